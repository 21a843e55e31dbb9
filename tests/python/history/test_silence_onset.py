"""What shows before silence: CDNOW worked out again, and a shop in which it is known."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from plain_python import AmountByDay
from scipy.stats import ttest_ind

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
            values[level >= 4].append(
                gap_amount_and_purchases_change(
                    cdnow_days[customer], last_day.replace(day=1), last_day
                )
            )
    rows = cdnow_run.records(MART)
    assert [row["signal"] for row in rows] == list(SIGNALS)
    for place, row in enumerate(rows[:3]):
        onset, stay = (
            np.array([signals[place] for signals in values[group] if signals[place] is not None])
            for group in (True, False)
        )
        assert (row["customers_onset"], row["customers_stay"]) == (onset.size, stay.size)
        found = [
            row[name] for name in ("mean_onset", "mean_stay", "standardised_difference", "p_value")
        ]
        deviation = np.sqrt((onset.var(ddof=1) + stay.var(ddof=1)) / 2)
        assert found == pytest.approx(
            [
                onset.mean(),
                stay.mean(),
                (onset.mean() - stay.mean()) / deviation,
                ttest_ind(onset, stay, equal_var=False).pvalue,
            ],
            rel=1e-9,
            abs=0,
        )
    # None of those who fell silent had begun in the month before.
    assert rows[2]["customers_onset"] == len(values[True]) > 1_000
    for row in rows[3:]:
        assert (row["customers_onset"], row["customers_stay"]) == (0, 0)
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


def test_without_python_models_only_the_p_values_are_missing(
    tmp_path: Path, run_that_shows: Run
) -> None:
    run = build(tmp_path, shows=True, lifecycle_purchase_models=False)
    assert run.rows(f"select p_value {MART}") == [(None,)] * 5
    numbers = f"""
        select mean_onset, mean_stay, standardised_difference, customers_onset, customers_stay
        {MART}
    """
    assert np.array(run.rows(numbers)) == pytest.approx(
        np.array(run_that_shows.rows(numbers)), rel=1e-9
    )
