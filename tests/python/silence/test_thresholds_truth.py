"""Of those beyond a threshold no more come back than it says: shops whose future is known."""

from datetime import date, timedelta
from functools import partial
from math import sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from plain_python import AS_OF, HORIZON, THRESHOLDS, AmountByDay, learn_thresholds

from customer_lifecycle.shops.simulate import SimulatedShop, simulate_orders

START = date(2022, 1, 1)
TWO_YEARS_ON = date(2023, 12, 31)
SEED = 20240229

shop_with = partial(
    SimulatedShop, start=START, end=TWO_YEARS_ON + timedelta(HORIZON), acquisition_days=730
)


def simulated(shop: SimulatedShop, customers: int) -> pa.Table:
    return pa.Table.from_batches(simulate_orders(shop, customers, SEED))


def weekly_and_yearly(customers: int) -> pa.Table:
    """Half buy every week and half every year, for a year longer; half of each leave some day."""
    rng = np.random.default_rng(SEED)
    start = START - timedelta(365)
    last_day = (TWO_YEARS_ON - start).days + HORIZON
    numbers, days = [], []
    for number in range(customers):
        rhythm, jitter = (7, 1) if number % 2 else (365, 20)
        leaves = rng.integers(0, last_day) if rng.random() < 0.5 else last_day
        day = int(rng.integers(0, 365))
        while day <= leaves:
            numbers.append(number)
            days.append(day)
            day += rhythm + int(rng.integers(-jitter, jitter, endpoint=True))
    return pa.table(
        {
            "order_id": np.arange(len(days)),
            "customer_id": numbers,
            "ordered_at": np.datetime64(start) + np.array(days),
            "amount": np.ones(len(days)),
        }
    )


def build(folder: Path, orders: pa.Table, as_of: date) -> Run:
    """All orders are there, and those after the as-of date must not count."""
    run = build_inputs(
        folder,
        {"orders.parquet": orders},
        {"lifecycle_as_of_date": str(as_of)},
        select=("+dormancy_thresholds", "+threshold_backtest"),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    return run


def returns(orders: pa.Table, as_of: date, days: int) -> tuple[int, int]:
    """Customers who have been silent for so many days, and how many buy within the horizon."""
    now = np.datetime64(as_of)
    numbers = np.unique(orders["customer_id"].to_numpy(), return_inverse=True)[1]
    ordered_at = orders["ordered_at"].to_numpy().astype("datetime64[D]")
    last = np.full(numbers.max() + 1, np.datetime64("0001-01-01"))
    comes = np.full(numbers.max() + 1, np.datetime64("9999-12-31"))
    is_past = ordered_at <= now
    np.maximum.at(last, numbers[is_past], ordered_at[is_past])
    np.minimum.at(comes, numbers[~is_past], ordered_at[~is_past])
    has_bought = last > np.datetime64("0001-01-01")
    is_silent = has_bought & (now - last >= np.timedelta64(days))
    return int(is_silent.sum()), int((comes[is_silent] - now <= np.timedelta64(HORIZON)).sum())


def learnt(run: Run) -> dict[str, tuple]:
    return {
        threshold: tuple(rest)
        for threshold, *rest in run.rows(
            "select threshold, days, source, reason from dormancy_thresholds "
            "order by threshold_number"
        )
    }


def no_more_than_stated(customers: int, returned: int, share: float) -> bool:
    return returned <= share * customers + 3 * sqrt(share * (1 - share) * customers)


SHOPS = {
    "nobody leaves": simulated(shop_with(model="nbd", r=0.8, alpha=8.6), 2500),
    "many leave": simulated(shop_with(model="bg_nbd", r=1.2, alpha=6, a=1, b=2.5), 2500),
    "weekly and yearly buyers": weekly_and_yearly(1200),
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple:
    orders = SHOPS[request.param]
    run = build(tmp_path_factory.mktemp("shop"), orders, TWO_YEARS_ON)
    return request.param, orders, run


def test_no_more_come_back_than_the_thresholds_say(shop: tuple) -> None:
    name, orders, run = shop
    found = learnt(run)
    assert [days for days, _, _ in found.values()] == sorted(
        {days for days, _, _ in found.values()}
    )
    for threshold, (share, _) in THRESHOLDS.items():
        days, _, reason = found[threshold]
        customers, returned = returns(orders, TWO_YEARS_ON, days)
        assert no_more_than_stated(customers, returned, share), (name, threshold, days)
        if reason == "share_not_reached":
            assert customers == 0, (name, threshold)
    if name == "nobody leaves":
        # Beyond the quantile of the completed gaps more than twice as many come back as should.
        assert found["churned_after"][1:] == ("return_curve", "share_not_reached")
        quantile = run.value(
            "select quantile_days from main_internal.int_lifecycle__threshold_candidates "
            f"where threshold = 'churned_after' and as_of_date = '{TWO_YEARS_ON}'"
        )
        customers, returned = returns(orders, TWO_YEARS_ON, quantile)
        assert returned > 0.2 * customers > 20
    else:
        # Neither are the thresholds so late that nobody reaches them.
        assert {source for _, source, _ in found.values()} == {"return_curve"}
        assert returns(orders, TWO_YEARS_ON, found["churned_after"][0])[0] > 100


def test_the_past_half_year_is_counted(shop: tuple) -> None:
    """What the backtest says of each rule is what happened, and what the warning rests on."""
    name, orders, run = shop
    learnt_on = TWO_YEARS_ON - timedelta(HORIZON)
    rows = run.records("from threshold_backtest where days is not null")
    assert {row["rule"] for row in rows} >= {"default", "quantile"}, name
    for row in rows:
        assert row["learnt_on"] == learnt_on
        customers, returned = returns(orders, learnt_on, row["days"])
        assert (row["customers"], row["customers_returned"]) == (customers, returned), row
        expected = no_more_than_stated(customers, returned, row["return_share"])
        assert row["is_as_stated"] == (expected if customers else None), row


def test_ten_days_of_history_make_nobody_churned(tmp_path: Path) -> None:
    orders = SHOPS["nobody leaves"]
    run = build(tmp_path, orders, START + timedelta(9))
    assert learnt(run) == {
        "at_risk_after": (90, "default", "history_too_short"),
        "dormant_after": (180, "default", "history_too_short"),
        "churned_after": (365, "default", "history_too_short"),
    }
    assert run.statuses["thresholds_are_learnt"] == "warn"
    assert "thresholds_are_learnt" in run.text


def test_thresholds_of_cdnow_at_every_month_end(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    """Worked out again from the log, each from what was known then."""
    found = cdnow_run.rows(
        "select as_of_date, at_risk_after, dormant_after, churned_after "
        "from main_internal.int_lifecycle__thresholds order by as_of_date"
    )
    assert len(found) >= 13
    for as_of, *days in found:
        assert days == list(learn_thresholds(cdnow_days, as_of).values()), as_of
    assert found[-1][0] == AS_OF
    assert set(cdnow_run.rows("select source, reason from dormancy_thresholds")) == {
        ("return_curve", None)
    }


@pytest.mark.parametrize("demo", ["cdnow_run", "simulated_run"])
def test_the_demos_keep_what_their_thresholds_said(
    demo: str, request: pytest.FixtureRequest
) -> None:
    """Learnt half a year before the end, and held against the half year that followed."""
    run = request.getfixturevalue(demo)
    rows = run.rows(
        "select threshold, customers, customers_returned, return_share, is_as_stated "
        "from threshold_backtest where rule = 'return_curve' and customers > 0"
    )
    assert len(rows) >= 2
    for threshold, customers, returned, share, is_as_stated in rows:
        assert no_more_than_stated(customers, returned, share), threshold
        assert is_as_stated
