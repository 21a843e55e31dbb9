import numpy as np
import pytest
from markov_world import CustomerPeriods, MarkovWorld, simulate_periods
from scipy.stats import chisquare, nbinom

WORLD = MarkovWorld()
CUSTOMERS = 50_000


@pytest.fixture(scope="module")
def drawn() -> CustomerPeriods:
    return simulate_periods(WORLD, CUSTOMERS, 7)


def distance(values: np.ndarray, expected: float) -> float:
    """Distance of the mean of independent values from what it should be, in standard errors."""
    return abs(values.mean() - expected) / (values.std() / np.sqrt(values.size))


def test_every_customer_has_every_period(drawn: CustomerPeriods) -> None:
    cells = drawn.customers * WORLD.periods + drawn.periods
    assert np.array_equal(cells, np.arange(CUSTOMERS * WORLD.periods))
    assert np.array_equal(np.isnan(drawn.mean_amounts), drawn.counts == 0)


def test_purchases_per_period_are_negative_binomial(drawn: CustomerPeriods) -> None:
    a, b = WORLD.a, WORLD.b
    first, second = drawn.counts.reshape(CUSTOMERS, -1)[:, :2].T
    assert distance(first, a / b) < 4
    assert distance((first - a / b) ** 2, a / b + a / b**2) < 4
    # Periods share the rate and nothing else.
    assert distance((first - a / b) * (second - a / b), a / b**2) < 4
    kinds = np.append(nbinom.pmf(np.arange(7), a, b / (b + 1)), nbinom.sf(6, a, b / (b + 1)))
    seen = np.bincount(np.minimum(first, 7), minlength=8)
    assert chisquare(seen, kinds * CUSTOMERS).pvalue > 1e-4


def test_the_next_purchases_given_those_before(drawn: CustomerPeriods) -> None:
    first, second = drawn.counts.reshape(CUSTOMERS, -1)[:, :2].T
    for purchases in range(4):
        expected = (WORLD.a + purchases) / (WORLD.b + 1)
        assert distance(second[first == purchases], expected) < 4


def test_amounts_are_gamma_gamma(drawn: CustomerPeriods) -> None:
    p, q, k = WORLD.p, WORLD.q, WORLD.k
    counts = drawn.counts.reshape(CUSTOMERS, -1)
    means = drawn.mean_amounts.reshape(CUSTOMERS, -1)
    for purchases in (1, 2, 4):
        amounts = means[counts[:, 0] == purchases, 0]
        assert distance(amounts, p * k / (q - 1)) < 4
        square = p * k * k * (p + 1 / purchases) / ((q - 1) * (q - 2))
        assert distance(amounts**2, square) < 4
    bought_twice = (counts[:, :2] > 0).all(axis=1)
    before, after = means[bought_twice, 0], means[bought_twice, 1]
    purchases = counts[bought_twice, 0]
    surprise = after - p * (k + purchases * before) / (p * purchases + q - 1)
    assert distance(surprise, 0) < 4
    assert distance(surprise * before, 0) < 4
