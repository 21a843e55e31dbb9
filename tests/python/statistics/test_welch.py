import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from customer_lifecycle.statistics import welch

RNG = np.random.default_rng(20240229)


def p_value(first: np.ndarray, second: np.ndarray) -> float:
    (result,) = welch.p_values(
        *([number] for x in (first, second) for number in (x.mean(), x.var(ddof=1), x.size))
    )
    return result


@pytest.mark.parametrize("sizes", [(2, 2), (2, 500), (30, 40)])
@pytest.mark.parametrize("difference", [0, 0.5, 5])
def test_p_is_that_of_the_values_themselves(sizes: tuple[int, int], difference: float) -> None:
    first = RNG.normal(difference, 1, sizes[0])
    second = RNG.normal(0, 3, sizes[1])
    expected = ttest_ind(first, second, equal_var=False).pvalue
    assert p_value(first, second) == pytest.approx(expected, rel=1e-9)


def test_p_of_a_hand_worked_example() -> None:
    """Means 2 and 5, variances 1 and 4, three values each."""
    expected = 2 * t.sf(3 / (5 / 3) ** 0.5, df=50 / 17)
    assert p_value(np.array([1.0, 2, 3]), np.array([3.0, 5, 7])) == pytest.approx(expected)


def test_one_group_may_be_without_variance() -> None:
    assert 0 < p_value(np.ones(5), np.array([0.0, 1, 3])) < 1


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    nan = np.nan
    result = welch.p_values(
        [1, 1, 1, nan, 1],
        [1, nan, 0, nan, 1],
        [9, 1, 9, 0, 9],
        [0, 0, 0, 0, 0],
        [1, 1, 0, 1, nan],
        [9, 9, 9, 9, 1],
    )
    assert np.isfinite(result).tolist() == [True, False, False, False, False]
    assert welch.p_values([], [], [], [], [], []).size == 0


@pytest.mark.parametrize("sizes", [(2, 2), (2, 500), (30, 40)])
def test_intervals_are_those_of_the_values_themselves(sizes: tuple[int, int]) -> None:
    first, second = RNG.normal(1, 1, sizes[0]), RNG.normal(0, 3, sizes[1])
    expected = ttest_ind(first, second, equal_var=False).confidence_interval()
    found = welch.intervals(
        *(number for x in (first, second) for number in (x.mean(), x.var(ddof=1), x.size))
    )
    assert found == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_interval_as_growthbook_has_it() -> None:
    """Sums 1396.87 and 52377.9767 of 3407 controls, 2422.7 and 134698.29 of 3461 treated."""
    treated = (2422.7 / 3461, (134698.29 - 2422.7**2 / 3461) / 3460, 3461)
    controls = (1396.87 / 3407, (52377.9767 - 1396.87**2 / 3407) / 3406, 3407)
    assert welch.intervals(*treated, *controls) == pytest.approx((0.04538, 0.53462), abs=5e-6)
    (p,) = welch.p_values(*([number] for number in (*treated, *controls)))
    assert p == pytest.approx(0.02016, abs=5e-6)


def test_no_interval_of_groups_that_say_nothing() -> None:
    low, high = welch.intervals([1, 1], [1, 0], [1, 9], [0, 0], [1, 0], [9, 9])
    assert np.isnan([low, high]).all()
    assert np.isnan(welch.tail_errors([1, 0], [1, 0], [1, 9], [1, 0], [1, 0], [9, 9])).all()


# Spend: 4 % buy, for a log-normal amount with this sigma.
BUYING, SIGMA = 0.04, 0.7


def spend_moments() -> tuple[float, float, float]:
    """Mean, variance and third central moment of a member's spend, worked out."""
    raw = [BUYING * np.exp(k**2 * SIGMA**2 / 2) for k in (1, 2, 3)]
    mean = raw[0]
    return mean, raw[1] - mean**2, raw[2] - 3 * mean * raw[1] + 2 * mean**3


def totals(size: int, waves: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of an arm's spend in many waves."""
    buyers = RNG.binomial(size, BUYING, waves)
    amounts = np.exp(RNG.normal(0, SIGMA, buyers.sum()))
    wave = np.repeat(np.arange(waves), buyers)
    total = np.bincount(wave, amounts, waves)
    squares = np.bincount(wave, amounts**2, waves)
    return total / size, (squares - total**2 / size) / (size - 1)


@pytest.mark.parametrize(
    ("treated", "controls"), [(4500, 500), (9000, 1000), (2700, 1000), (1000, 1000)]
)
def test_the_tail_error_foretells_how_often_an_interval_misses(treated: int, controls: int) -> None:
    """Both arms spend alike: the truth is 0, and lies below the interval too often."""
    waves = 20_000
    mean_t, variance_t = totals(treated, waves)
    mean_c, variance_c = totals(controls, waves)
    low, high = welch.intervals(mean_t, variance_t, treated, mean_c, variance_c, controls)
    _, variance, third = spend_moments()
    foretold = welch.tail_errors(variance, third, treated, variance, third, controls)
    assert max((low > 0).mean(), (high < 0).mean()) == pytest.approx(float(foretold), abs=0.02)


def test_moments_of_both_arms_together_warn_when_the_interval_misses() -> None:
    """One control in ten of 500: of those that miss, and of those that each arm's own warn of."""
    waves, sizes = 4000, (450, 50)
    arms = []
    for size in sizes:
        buyers = RNG.binomial(size, 0.1, waves)
        amounts = np.exp(RNG.normal(0, SIGMA, buyers.sum()))
        wave = np.repeat(np.arange(waves), buyers)
        y, yy, yyy = (np.bincount(wave, amounts**power, waves) for power in (1, 2, 3))
        mean = y / size
        third = yyy / size - 3 * mean * yy / size + 2 * mean**3
        arms.append((mean, (yy - y**2 / size) / (size - 1), third))
    (mean_t, variance_t, third_t), (mean_c, variance_c, third_c) = arms
    low, _ = welch.intervals(mean_t, variance_t, 450, mean_c, variance_c, 50)
    variance = (449 * variance_t + 49 * variance_c) / 498
    third = (450 * third_t + 50 * third_c) / 500
    together = welch.tail_errors(variance, third, 450, variance, third, 50)
    own = welch.tail_errors(variance_t, third_t, 450, variance_c, third_c, 50)
    has_missed = low > 0
    assert has_missed.mean() > 0.1
    assert (has_missed & (together <= 0.05)).mean() < 0.005
    assert (has_missed & (own <= 0.05)).mean() > 0.08


def test_the_tail_error_of_equal_arms_is_right() -> None:
    assert welch.tail_errors([4], [90], [50], [4], [90], [50]) == pytest.approx([0.025])
