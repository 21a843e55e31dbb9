"""Intervals of shares against what is in print, exact enumeration and their own equations."""

from math import comb

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency, norm

from customer_lifecycle.statistics import proportions

# Newcombe (1998), Statistics in Medicine 17, 873-890, Table II: methods 10 and 5.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]
MIETTINEN_NURMINEN = [
    ((56, 70, 48, 80), (0.0528, 0.3382)),
    ((9, 10, 3, 10), (0.1700, 0.8406)),
    ((10, 10, 0, 20), (0.7156, 1.0)),
]
# The same, 857-872, Table I: method 3.
WILSON = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]


@pytest.mark.parametrize(("counts", "printed"), WILSON)
def test_wilson_is_as_printed(counts: tuple[int, int], printed: tuple[float, float]) -> None:
    assert proportions.wilson_interval(*counts) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize(("buyers", "members"), [(81, 263), (15, 148), (1, 29), (28, 29), (3, 4)])
def test_wilson_limits_are_as_far_as_their_own_error(buyers: int, members: int) -> None:
    share, z = buyers / members, norm.isf(0.025)
    for limit in proportions.wilson_interval(buyers, members):
        distance = z * np.sqrt(limit * (1 - limit) / members)
        assert abs(share - limit) == pytest.approx(distance, rel=1e-9)


@pytest.mark.parametrize(("counts", "printed"), NEWCOMBE)
def test_newcombe_is_as_printed(counts: tuple[int, ...], printed: tuple[float, float]) -> None:
    assert proportions.newcombe_interval(*counts) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize(("counts", "printed"), MIETTINEN_NURMINEN)
def test_miettinen_nurminen_is_as_printed(
    counts: tuple[int, ...], printed: tuple[float, float]
) -> None:
    assert proportions.miettinen_nurminen_interval(*counts) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 4, 20), (3, 3, 0, 5)])
def test_intervals_turn_round_with_the_groups(counts: tuple[int, ...]) -> None:
    turned = counts[2:] + counts[:2]
    for interval in (proportions.newcombe_interval, proportions.miettinen_nurminen_interval):
        low, high = interval(*counts)
        assert interval(*turned) == pytest.approx((-high, -low), abs=1e-7)


def test_the_two_methods_agree_in_large_groups() -> None:
    counts = (400, 9000, 30, 1000)
    assert proportions.newcombe_interval(*counts) == pytest.approx(
        proportions.miettinen_nurminen_interval(*counts), abs=0.001
    )


def false_alarms(rate: float, treated: int, controls: int) -> tuple[float, float]:
    """Chance that an interval lies above 0 without an effect: Newcombe's and Wald's, enumerated."""
    counts = np.arange(240), np.arange(60)
    y_t, y_c = np.meshgrid(*counts, indexing="ij")
    chance = np.outer(binom.pmf(counts[0], treated, rate), binom.pmf(counts[1], controls, rate))
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    low, _ = proportions.newcombe_interval(y_t, treated, y_c, controls)
    p_t, p_c = y_t / treated, y_c / controls
    error = np.sqrt(p_t * (1 - p_t) / treated + p_c * (1 - p_c) / controls)
    wald = p_t - p_c - norm.isf(0.025) * error
    return float(chance[low > 0].sum()), float(chance[wald > 0].sum())


def test_newcombe_holds_in_a_small_control_arm_where_wald_breaks() -> None:
    newcombe, wald = false_alarms(0.018, 900, 100)
    assert newcombe < 0.001
    assert wald == pytest.approx(0.163, abs=5e-4)
    newcombe, wald = false_alarms(0.018, 4500, 500)
    assert newcombe == pytest.approx(0.015, abs=5e-4)
    assert wald == pytest.approx(0.059, abs=5e-4)


def mid_p_by_hand(y_1: int, n_1: int, y_2: int, n_2: int) -> float:
    buyers = y_1 + y_2
    ways = {
        y: comb(n_1, y) * comb(n_2, buyers - y)
        for y in range(max(0, buyers - n_2), min(n_1, buyers) + 1)
    }
    below = sum(count for y, count in ways.items() if y < y_1)
    above = sum(count for y, count in ways.items() if y > y_1)
    return min(1.0, 2 * (min(below, above) + ways[y_1] / 2) / sum(ways.values()))


@pytest.mark.parametrize(
    "counts", [(5, 56, 0, 29), (9, 10, 3, 10), (0, 10, 0, 20), (24, 300, 9, 90)]
)
def test_few_buyers_are_counted_out(counts: tuple[int, ...]) -> None:
    (p,) = proportions.p_values(*([count] for count in counts))
    assert p == pytest.approx(mid_p_by_hand(*counts), rel=1e-9)


def test_many_buyers_go_by_the_score_test() -> None:
    counts = (1745, 2211, 211, 623)
    table = [[1745, 2211 - 1745], [211, 623 - 211]]
    (p,) = proportions.p_values(*([count] for count in counts))
    assert p == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-6)
    (p,) = proportions.p_values([60], [1000], [40], [1000])
    table = [[60, 940], [40, 960]]
    assert p == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_rejections_without_effect_are_as_many_as_promised() -> None:
    """Rate .02 in both arms, one control in ten: all that can come, enumerated."""
    treated, controls, rate = 900, 100, 0.02
    y_t, y_c = np.meshgrid(np.arange(80), np.arange(25), indexing="ij")
    chance = np.outer(
        binom.pmf(np.arange(80), treated, rate), binom.pmf(np.arange(25), controls, rate)
    )
    p = proportions.p_values(
        y_t.ravel(), np.full(y_t.size, treated), y_c.ravel(), np.full(y_t.size, controls)
    )
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance.ravel()[p <= 0.05].sum() <= 0.05


def test_an_interval_of_a_planted_effect_covers_it() -> None:
    """Rates .03 and .06, 5,000 in each arm: how often the interval holds .03, enumerated."""
    size = 5000
    y_t, y_c = np.arange(150, 460), np.arange(50, 260)
    chance = np.outer(binom.pmf(y_t, size, 0.06), binom.pmf(y_c, size, 0.03))
    low, high = proportions.newcombe_interval(y_t[:, None], size, y_c[None, :], size)
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance[(low <= 0.03) & (high >= 0.03)].sum() == pytest.approx(0.95, abs=0.01)


def test_nothing_is_said_of_empty_groups() -> None:
    assert np.isnan(proportions.wilson_interval([0], [0])).all()
    assert np.isnan(proportions.newcombe_interval([0, 1], [0, 5], [1, 0], [5, 0])).all()
    result = proportions.p_values([0, 1, 0, 5], [0, 5, 9, 5], [1, 0, 0, 7], [5, 0, 4, 7])
    np.testing.assert_equal(result, [np.nan, np.nan, 1, 1])
    assert proportions.p_values([], [], [], []).size == 0
    with pytest.raises(ValueError, match="members"):
        proportions.miettinen_nurminen_interval(0, 0, 1, 5)
