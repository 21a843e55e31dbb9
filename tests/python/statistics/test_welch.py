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
