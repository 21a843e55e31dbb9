"""Shops of a known kind, with the year that followed: what was expected, and what came."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from dbt_project import Run, run_dbt

START, AS_OF, END = date(2023, 1, 1), date(2024, 12, 31), date(2025, 12, 31)
DAYS, ALL_DAYS = (AS_OF - START).days, (END - START).days
SELECT = ("+customer_value", "+wake_up_list", "+forecast_checks", "+forecast_corrections")


@dataclass(frozen=True)
class Shop:
    """A build of what was known at the as-of date, and all the orders."""

    run: Run
    orders: pa.Table

    def later(self, days: int) -> dict[str, tuple[int, float]]:
        """Purchase days within so many days after the as-of date, and the amount, by customer."""
        last = AS_OF + timedelta(days)
        is_later = (pc.field("ordered_at") > AS_OF) & (pc.field("ordered_at") <= last)
        rows = self.orders.filter(is_later)
        bought = rows.filter(pc.field("amount") >= 0)
        distinct = bought.group_by("customer_id").aggregate([("ordered_at", "count_distinct")])
        money = rows.group_by("customer_id").aggregate([("amount", "sum")])
        amounts = dict(zip(*(column.to_pylist() for column in money.columns), strict=True))
        return {
            customer: (purchases, amounts[customer])
            for customer, purchases in zip(
                *(column.to_pylist() for column in distinct.columns), strict=True
            )
        }


def build(
    folder: Path, purchases: dict[str, list[int]], amounts_of: Callable[[str, int], list[float]]
) -> Shop:
    """Write orders on days since the start, refunds the day after, and build what was known."""
    rows = [
        (f"{customer}-{number}-{part}", customer, START + timedelta(int(day) + part), amount)
        for customer, days in purchases.items()
        for number, day in enumerate(days)
        for part, amount in enumerate(amounts_of(customer, number))
    ]
    names = ("order_id", "customer_id", "ordered_at", "amount")
    orders = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    (folder / "inputs").mkdir()
    known = orders.filter(pc.field("ordered_at") <= AS_OF)
    pq.write_table(known, folder / "inputs" / "orders.parquet")
    run = run_dbt(
        folder, {"lifecycle_input_dir": "inputs", "lifecycle_as_of_date": str(AS_OF)}, select=SELECT
    )
    assert run.succeeded, run.text
    return Shop(run, orders)


def poisson_days(
    generator: np.random.Generator, rate: float, first: int, last_alive: float
) -> list[int]:
    """Purchase days of a customer who buys at random until dropping out."""
    count = generator.poisson(rate * max(min(last_alive, ALL_DAYS) - first, 0))
    later = generator.uniform(first, min(last_alive, ALL_DAYS), count)
    return sorted({first, *np.ceil(later).astype(int).tolist()})


@pytest.fixture(scope="module")
def nobody_leaves(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One box at 9.99, gamma rates, customers for ever: an NBD without any spread of amounts."""
    generator = np.random.default_rng(1)
    rates = generator.gamma(0.8, 1 / 60, 1500)
    purchases = {
        f"C{number:04}": poisson_days(generator, rate, generator.integers(0, DAYS - 30), np.inf)
        for number, rate in enumerate(rates)
    }
    return build(tmp_path_factory.mktemp("stay"), purchases, lambda *_: [9.99])


@pytest.fixture(scope="module")
def half_keep_nothing(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Of ten customers two send everything back, three take free samples only; all may leave."""
    generator = np.random.default_rng(2)
    purchases = {}
    for number in range(2000):
        kind = "RRFFFKKKKK"[number % 10]
        first = generator.integers(0, DAYS - 30)
        lifetime = generator.exponential(1 / generator.gamma(0.8, 1 / 150))
        rate = generator.gamma(1.2, 1 / 60)
        purchases[f"{kind}{number:04}"] = poisson_days(generator, rate, first, first + lifetime)
    means = {customer: 40 * generator.gamma(4, 1 / 4) for customer in purchases}

    def amounts_of(customer: str, _: int) -> list[float]:
        amount = round(means[customer] * generator.gamma(5, 1 / 5), 2)
        return {"F": [0.0], "K": [amount], "R": [amount, -amount]}[customer[0]]

    return build(tmp_path_factory.mktemp("keep"), purchases, amounts_of)


@pytest.fixture(scope="module")
def clockwork(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Everybody buys every 7 or 30 days, give or take a seventh, and may stop."""
    generator = np.random.default_rng(3)
    purchases = {}
    for number in range(1500):
        every = (7, 30)[number % 2]
        day, days = float(generator.integers(0, DAYS - 60)), []
        while day <= ALL_DAYS:
            days.append(round(day))
            if generator.random() < every / 400:
                break
            day += every * generator.normal(1, 1 / 7)
        purchases[f"C{number:04}"] = sorted(set(days))
    return build(
        tmp_path_factory.mktemp("clock"),
        purchases,
        lambda *_: [round(30 * generator.gamma(5, 1 / 5), 2)],
    )


def forecasts(shop: Shop) -> list[dict]:
    return shop.run.records(
        """
        select customer_id, forecast.*, value.clv_365d::double as clv_365d, value.value_tier
        from customer_purchase_forecast as forecast
        inner join customer_value as value using (customer_id)
        """
    )


def test_where_nobody_leaves_the_nbd_serves(nobody_leaves: Shop) -> None:
    """Its limit is what the models with dropout find as well, so the simpler one is taken."""
    rows = nobody_leaves.run.records("from purchase_model_comparison")
    assert [row["model"] for row in rows if row["is_chosen"]] == ["nbd"]
    assert {row["model"] for row in rows if row["is_at_boundary"]} >= {"bg_nbd", "pareto_nbd"}
    found, came = forecasts(nobody_leaves), nobody_leaves.later(365)
    expected = sum(row["expected_purchases_365d"] for row in found)
    actual = sum(purchases for purchases, _ in came.values())
    # Both the parameters and the year are chance: five standard errors are about 6 %.
    assert expected == pytest.approx(actual, rel=0.06)
    assert {row["forecast_caution"] for row in found} == {None}


def test_a_single_price_is_what_everybody_pays(nobody_leaves: Shop) -> None:
    found = forecasts(nobody_leaves)
    assert {float(row["expected_average_amount"]) for row in found} == {9.99}
    for row in found:
        low = float(row["amount_365d_low"])
        assert low == pytest.approx(9.99 * row["purchases_365d_low"], rel=0.01, abs=0.01)


def test_what_is_sent_back_or_free_is_worth_nothing(half_keep_nothing: Shop) -> None:
    found, came = forecasts(half_keep_nothing), half_keep_nothing.later(365)
    value = {
        kind: sum(row["clv_365d"] for row in found if row["customer_id"][0] == kind)
        for kind in "KRF"
    }
    assert abs(value["R"]) < 0.02 * value["K"]
    assert value["F"] == 0
    best = [row["customer_id"][0] for row in found if row["value_tier"] in ("vip", "high")]
    assert best.count("K") > 0.99 * len(best)
    # The year's discount at 15 % is about 7 %.
    actual = sum(amount for customer, (_, amount) in came.items() if customer[0] == "K")
    assert value["K"] == pytest.approx(0.93 * actual, rel=0.12)


def test_an_own_rhythm_that_broke_off_counts(clockwork: Shop) -> None:
    """Of those whom the wake-up list has first, as many come back as it says."""
    came = clockwork.later(90)
    chances = clockwork.run.by_key(
        "select customer_id, probability_purchase_90d from wake_up_list order by priority limit 60"
    )
    actual = np.array([customer in came for customer in chances], dtype=float)
    expected = np.array(list(chances.values()))
    error = np.sqrt(np.sum(expected * (1 - expected)))
    assert abs(actual.sum() - expected.sum()) < 3 * error + 0.1 * len(chances)
    found = forecasts(clockwork)
    all_expected = sum(row["probability_purchase_90d"] for row in found)
    assert all_expected == pytest.approx(len(came), rel=0.05)


def test_corrections_are_what_the_holdout_says(clockwork: Shop) -> None:
    """Gaps of twice the longest have ended for good here, whatever the model thinks."""
    rows = clockwork.run.records("from forecast_corrections where gap_class % 3 = 2")
    assert sum(row["expected_returned"] for row in rows) > 10
    assert sum(row["returned"] for row in rows) == 0
    assert max(row["return_factor"] for row in rows) < 0.3
