"""The return curve of simulated gaps is the one that they were drawn from."""

from datetime import date
from math import sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from scipy.stats import binom, chi2

AS_OF = date(2020, 6, 30)
CUSTOMERS = 50_000
LONGEST_OBSERVATION_DAYS = 2000
SEED = 20240229

# Rates of the gaps, per day, are Gamma(R, ALPHA) over customers.
R, ALPHA = 1.5, 150.0

# Up to here enough gaps go on, and end, for the estimate to be normally distributed.
LONGEST_SILENCE = 810
HALF_WIDTH = 1.959963984540054
VERY_RARELY = 0.001


def one_gap_each(customers: int) -> np.ndarray:
    """In whole days: a gap of 3.2 days is one of more than 3 days, but not of more than 4."""
    rng = np.random.default_rng(SEED)
    rates = rng.gamma(R, 1 / ALPHA, customers)
    return np.ceil(rng.exponential(1 / rates)).astype(int)


def returns_within(horizon: np.ndarray, silent: np.ndarray) -> np.ndarray:
    return 1 - ((ALPHA + silent) / (ALPHA + silent + horizon)) ** R


def return_curve(folder: Path, gaps: np.ndarray, seen_for: np.ndarray) -> Run:
    """The curve of customers who bought, were seen for so many days, and came back or did not.

    Who did come back bought on the as-of date. That opens another gap, but one of no days. So each
    customer counts with the one gap: the curve pools gaps, and frequent buyers have more of them.
    """
    came_back = gaps <= seen_for
    first_days = np.datetime64(AS_OF) - np.where(came_back, gaps, seen_for).astype("timedelta64[D]")
    days = np.append(first_days, np.full(came_back.sum(), AS_OF, "datetime64[D]"))
    run = build_inputs(
        folder,
        {
            "orders.parquet": pa.table(
                {
                    "order_id": np.arange(days.size),
                    "customer_id": np.append(np.arange(gaps.size), np.flatnonzero(came_back)),
                    "ordered_at": days,
                    "amount": np.ones(days.size),
                }
            )
        },
        # Some gaps are longer than any shop's.
        {
            "lifecycle_as_of_date": str(AS_OF),
            "lifecycle_longest_pause_days": None,
            "lifecycle_earliest_valid_date": None,
        },
        select=("+return_curve", "+dormancy_thresholds"),
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="module")
def censored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    seen_for = np.random.default_rng(SEED + 1).integers(
        1, LONGEST_OBSERVATION_DAYS, CUSTOMERS, endpoint=True
    )
    gaps = one_gap_each(CUSTOMERS)
    assert 0.1 < np.mean(gaps > seen_for) < 0.9
    return return_curve(tmp_path_factory.mktemp("censored"), gaps, seen_for)


@pytest.fixture(scope="module")
def points(censored: Run) -> np.ndarray:
    """Days of silence, horizon, and distance from the truth in standard errors."""
    silent, horizon, estimate, low, high = np.array(
        censored.rows(
            "select silent_days, horizon_days, p_return, p_return_low, p_return_high "
            f"from return_curve where silent_days <= {LONGEST_SILENCE} order by all"
        )
    ).T
    errors = (high - low) / (2 * HALF_WIDTH)
    return np.column_stack([silent, horizon, (estimate - returns_within(horizon, silent)) / errors])


def test_the_curve_is_the_truth_although_many_are_not_back_yet(points: np.ndarray) -> None:
    assert set(points[:, 1]) == {30, 90, 365}
    assert np.abs(points[:, 2]).max() < 4


@pytest.mark.parametrize("horizon", [30, 90])
def test_the_interval_is_as_wide_as_it_says(points: np.ndarray, horizon: int) -> None:
    """Seen where horizons follow upon one another: only then do estimates err independently."""
    follows = (points[:, 1] == horizon) & (points[:, 0] % horizon == 0)
    distances = points[follows, 2]
    assert distances.size == LONGEST_SILENCE // horizon + 1
    covered = np.sum(np.abs(distances) < HALF_WIDTH)
    assert covered >= binom.ppf(VERY_RARELY, distances.size, 0.95)
    # An interval that is too wide would not show there; in the sum of the squares it does.
    assert VERY_RARELY < chi2.cdf(np.sum(distances**2), distances.size) < 1 - VERY_RARELY


def test_thresholds_are_where_the_truth_falls_below_the_share(censored: Run) -> None:
    """Far beyond the quantiles of the gaps that have ended."""
    found = {
        threshold: rest
        for threshold, *rest in censored.rows(
            "select threshold, reason, days, horizon_days, return_share, p_return_low, "
            "p_return_high from dormancy_thresholds order by threshold_number"
        )
    }
    for threshold, share in (("at_risk_after", 0.3), ("dormant_after", 0.2)):
        reason, days, horizon, return_share, low, high = found[threshold]
        assert (reason, return_share) == (None, share)
        error = (high - low) / (2 * HALF_WIDTH)
        truth = returns_within(np.array(horizon), np.array(days))
        # The upper end of the interval has just fallen below the share.
        assert abs(truth + HALF_WIDTH * error - share) < 4 * error, threshold
        assert share - 0.1 * error < high < share
    # The share falls below a tenth after 2,324 days, and customers were seen for 2,000 at most.
    assert found["churned_after"][:2] == [
        "share_not_reached",
        censored.value("select max(silent_days) from return_curve") + 1,
    ]
    quantiles = censored.rows(
        "select quantile_days from main_internal.int_lifecycle__threshold_candidates "
        f"where as_of_date = '{AS_OF}' order by threshold_number"
    )
    assert all(2 * days < found[name][1] for (days,), name in zip(quantiles, found, strict=True))


def test_when_everybody_is_back_the_curve_counts_them(tmp_path: Path) -> None:
    gaps = one_gap_each(2000)
    found = {
        (silent, horizon): rest
        for silent, horizon, *rest in return_curve(tmp_path, gaps, gaps).rows(
            "select silent_days, horizon_days, at_risk, p_return, p_return_low, p_return_high "
            "from return_curve"
        )
    }
    assert found.keys() == {(t, h) for t in {0, *gaps.tolist()} for h in (30, 90, 365)}
    for (silent, horizon), (at_risk, *estimates) in found.items():
        still_silent = gaps[gaps > silent]
        assert at_risk == still_silent.size
        if silent + horizon > gaps.max():
            assert estimates == [None, None, None]
            continue
        share = np.mean(still_silent <= silent + horizon)
        # Greenwood's interval is then that of any share.
        half_width = HALF_WIDTH * sqrt(share * (1 - share) / at_risk)
        expected = [share, max(share - half_width, 0), min(share + half_width, 1)]
        assert estimates == pytest.approx(expected, rel=0, abs=1e-9), (silent, horizon)
