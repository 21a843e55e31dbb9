"""What shows before silence: CDNOW worked out again, and a shop in which it is known."""

from bisect import bisect
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from plain_python import AmountByDay
from scipy.stats import ttest_ind_from_stats

SIGNALS = (
    "mean_gap_change",
    "mean_amount_change",
    "purchases_change",
    "discount_share",
    "channel_change",
)
MART = "from silence_onset_signals order by signal_number"


def change(inside: list, before: list) -> float | None:
    """Mean inside less mean before, as a share of the mean of both together."""
    if not inside or not before or not any([*inside, *before]):
        return None
    together = sum([*inside, *before]) / (len(inside) + len(before))
    return float((sum(inside) / len(inside) - sum(before) / len(before)) / together)


CLASSES = (1, 2, 3, 4, 6, 9, 14, 21, 31, 46)


def weighted(values: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Mean, variance, and how many values of equal weight would say as much."""
    mean = np.average(values, weights=weights)
    size = weights.sum() ** 2 / (weights**2).sum()
    variance = np.average((values - mean) ** 2, weights=weights) * size / (size - 1)
    return mean, variance, size


def gap_amount_and_purchases_change(
    amounts: AmountByDay, first_day: date, last_day: date
) -> tuple[float | None, float | None, float | None]:
    """The changes in the month from the first day to the last, knowing nothing later."""
    days = sorted(day for day in amounts if day <= last_day)
    gap_ends = [(day, (day - previous).days) for previous, day in pairwise(days)]
    months_before = (first_day.year - days[0].year) * 12 + first_day.month - days[0].month
    return (
        change(
            [gap for day, gap in gap_ends if day >= first_day],
            [gap for day, gap in gap_ends if day < first_day],
        ),
        change(
            [amounts[day] for day in days if day >= first_day],
            [amounts[day] for day in days if day < first_day],
        ),
        sum(day >= first_day for day in days) - sum(day < first_day for day in days) / months_before
        if months_before > 0
        else None,
    )


def test_signals_of_every_cdnow_customer(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    levels = {
        (customer, end): level
        for customer, end, level in cdnow_run.rows(
            "select customer_id, period_end, silence_level from customer_silence_history"
        )
    }
    # Signals, by whether the customer fell silent.
    values = {True: [], False: []}
    for (customer, end), level in levels.items():
        last_day = end.replace(day=1) - timedelta(1)
        level_before = levels.get((customer, last_day))
        if level is not None and level_before in (0, 1, 2, 3):
            known = {day: paid for day, paid in cdnow_days[customer].items() if day <= last_day}
            signals = gap_amount_and_purchases_change(known, last_day.replace(day=1), last_day)
            values[level >= 4].append((*signals, bisect(CLASSES, len(known))))
    rows = cdnow_run.records(MART)
    assert [row["signal"] for row in rows] == list(SIGNALS)
    for place, row in enumerate(rows[:3]):
        onset, stay = (
            np.array(
                [
                    (signals[place], signals[3])
                    for signals in values[group]
                    if signals[place] is not None
                ]
            )
            for group in (True, False)
        )
        of_class = [np.bincount(group[:, 1].astype(int), minlength=11) for group in (onset, stay)]
        compared = onset[of_class[1][onset[:, 1].astype(int)] > 0]
        weights = (of_class[0] / np.maximum(of_class[1], 1))[stay[:, 1].astype(int)]
        mean_onset, variance_onset, size_onset = weighted(compared[:, 0], np.ones(len(compared)))
        mean_stay, variance_stay, size_stay = weighted(stay[:, 0], weights)
        assert [row[f"customers_{name}"] for name in ("onset", "compared", "stay")] == [
            len(onset),
            len(compared),
            len(stay),
        ]
        names = (
            *("mean_onset", "mean_stay", "mean_of_all_who_stayed"),
            *("standardised_difference", "p_value"),
        )
        assert [row[name] for name in names] == pytest.approx(
            [
                mean_onset,
                mean_stay,
                stay[:, 0].mean(),
                (mean_onset - mean_stay) / np.sqrt((variance_onset + variance_stay) / 2),
                ttest_ind_from_stats(
                    *(mean_onset, np.sqrt(variance_onset), size_onset),
                    *(mean_stay, np.sqrt(variance_stay), size_stay),
                    equal_var=False,
                ).pvalue,
            ],
            rel=1e-9,
            abs=0,
        )
    # None of those who fell silent had begun in the month before.
    assert rows[2]["customers_onset"] == len(values[True]) > 1_000
    for row in rows[3:]:
        assert row["customers_onset"] == row["customers_compared"] == row["customers_stay"] == 0
        assert row["mean_onset"] is row["mean_stay"] is row["p_value"] is None


END = date(2012, 12, 31)
CUSTOMERS = 400
STOPPERS = 150


def shop(*, shows: bool) -> pa.Table:
    """Orders of customers who buy every 7 to 13 days, some of whom stop at the end of a month.

    Where it shows, those who are about to stop buy every 14 days in that month, for less money, at
    a higher discount, and mostly through a channel of its own.
    """
    rng = np.random.default_rng(20240229)
    month_ends = [date(2012, month + 1, 1) - timedelta(1) for month in range(1, 12)]
    orders = []
    for customer in range(CUSTOMERS):
        stops = customer < STOPPERS
        end = month_ends[rng.integers(1, 11)] if stops else END
        day = end - timedelta(int(rng.integers(0, 6)))
        while day >= date(2011, 1, 1):
            is_last_month = stops and (day.year, day.month) == (end.year, end.month)
            about_to_stop = shows and is_last_month
            amount = rng.gamma(4, 10) * (0.8 if about_to_stop else 1)
            discount = amount * rng.uniform(0.1, 0.3) * (1.5 if about_to_stop else 1)
            new_channel = rng.random() < (0.5 if about_to_stop else 0.01)
            channel = f"stall {rng.integers(10**9)}" if new_channel else "web"
            orders.append((customer, day, round(amount, 2), round(discount, 2), channel))
            gap = int(rng.integers(7, 14))
            day -= timedelta(14 if about_to_stop else gap)
    names = ("customer_id", "ordered_at", "amount", "discount_amount", "channel")
    columns = dict(zip(names, zip(*orders, strict=True), strict=True))
    return pa.table({"order_id": range(len(orders)), **columns})


def build(folder: Path, *, shows: bool, **lifecycle_vars: object) -> Run:
    run = build_inputs(
        folder,
        {"orders.parquet": shop(shows=shows)},
        {"lifecycle_as_of_date": str(END), **lifecycle_vars},
        select=("+silence_onset_signals",),
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="module")
def run_that_shows(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return build(tmp_path_factory.mktemp("shows"), shows=True)


def test_what_was_planted_is_found(run_that_shows: Run) -> None:
    rows = {row["signal"]: row for row in run_that_shows.records(MART)}
    signs = (1, -1, -1, 1, 1)
    for signal, sign in zip(SIGNALS, signs, strict=True):
        assert rows[signal]["customers_onset"] > 100, signal
        assert rows[signal]["standardised_difference"] * sign > 0.2, signal
        assert rows[signal]["p_value"] < 0.001, signal
    # Gaps of 14 days after gaps of 10; a discount of .3 of the full amount instead of .2.
    assert rows["mean_gap_change"]["mean_onset"] > 0.2
    assert 0.2 < rows["discount_share"]["mean_onset"] < 0.25
    assert 0.15 < rows["discount_share"]["mean_stay"] < 0.18


def test_what_was_not_planted_is_not_found(tmp_path: Path) -> None:
    rows = {row["signal"]: row for row in build(tmp_path, shows=False).records(MART)}
    for signal in ("mean_amount_change", "discount_share", "channel_change"):
        assert rows[signal]["customers_onset"] > 100
        assert rows[signal]["p_value"] > 0.01, signal
        assert abs(rows[signal]["standardised_difference"]) < 0.2, signal


def shop_of_two_rates() -> pa.Table:
    """Orders of customers who buy every 6 days at full price, of others every 24 at a discount.

    Of the first kind half stop at the end of some month. Everybody's channel is drawn anew for each
    order, a rare one now and then; nothing changes before anybody stops.
    """
    rng = np.random.default_rng(20240229)
    month_ends = [date(2012, month + 1, 1) - timedelta(1) for month in range(1, 12)]
    orders = []
    for customer in range(CUSTOMERS):
        is_often = customer < CUSTOMERS // 2
        stops = is_often and customer % 2 == 0
        end = month_ends[rng.integers(1, 11)] if stops else END
        day = end - timedelta(int(rng.integers(0, 6)))
        while day >= date(2011, 1, 1):
            amount = rng.gamma(4, 10)
            discount = 0 if is_often else amount * rng.uniform(0.2, 0.4)
            channel = ("web", "shop", "app", "phone")[rng.choice(4, p=(0.7, 0.2, 0.08, 0.02))]
            orders.append((customer, day, round(amount, 2), round(discount, 2), channel))
            day -= timedelta(int(rng.integers(3, 10) if is_often else rng.integers(20, 29)))
    names = ("customer_id", "ordered_at", "amount", "discount_amount", "channel")
    columns = dict(zip(names, zip(*orders, strict=True), strict=True))
    return pa.table({"order_id": range(len(orders)), **columns})


def test_what_goes_with_buying_often_is_no_sign_of_silence(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path,
        {"orders.parquet": shop_of_two_rates()},
        {"lifecycle_as_of_date": str(END)},
        select=("+silence_onset_signals",),
    )
    assert run.succeeded, run.text
    rows = {row["signal"]: row for row in run.records(MART)}
    for signal in ("discount_share", "channel_change"):
        row = rows[signal]
        assert row["customers_compared"] > 30
        # All who stayed are another kind of customer; those who buy as often are not.
        assert row["mean_of_all_who_stayed"] > 1.3 * row["mean_stay"], signal
        assert row["p_value"] is None or row["p_value"] > 0.01, signal


def test_without_python_models_only_the_p_values_are_missing(
    tmp_path: Path, run_that_shows: Run
) -> None:
    run = build(tmp_path, shows=True, lifecycle_purchase_models=False)
    assert run.rows(f"select p_value {MART}") == [(None,)] * 5
    numbers = f"""
        select mean_onset, mean_stay, standardised_difference, customers_compared, customers_stay
        {MART}
    """
    assert np.array(run.rows(numbers)) == pytest.approx(
        np.array(run_that_shows.rows(numbers)), rel=1e-9
    )
