"""Purchase days and mean amounts per period: fits, posterior means, means between two bounds."""

import numpy as np
import pytest
from dbt_project import PROJECT
from markov_world import MarkovWorld, simulate_periods
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import betaprime, nbinom

from customer_lifecycle.markov import gamma_gamma_period, nbd_period
from customer_lifecycle.purchase_models import gamma_gamma

WORLD = MarkovWorld(periods=8)
SPEND = (2.5, 3.7, 15.0)


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """Purchase days of 60,000 customers in eight periods."""
    return simulate_periods(WORLD, 60_000, seed=1).counts.reshape(-1, WORLD.periods)


def test_purchase_days_per_period_are_recovered(counts: np.ndarray) -> None:
    found = nbd_period.fit(
        counts.sum(axis=1), np.full(len(counts), WORLD.periods), np.ones(len(counts))
    )
    assert (found.model, found.parameters, found.serves_forecasts) == (
        "nbd_period",
        ("a", "b"),
        True,
    )
    for estimate, error, truth in zip(
        found.estimates, found.standard_errors, (WORLD.a, WORLD.b), strict=True
    ):
        assert abs(estimate - truth) < 3 * error


@pytest.mark.parametrize("recency", [0, 1, 3])
@pytest.mark.parametrize("frequency", [1, 2])
def test_posterior_means_are_unbiased(counts: np.ndarray, recency: int, frequency: int) -> None:
    """Of all who are in a state by chance, the next period is as the state says."""
    is_in_state = (counts[:, 6 - recency] == frequency) & (counts[:, 7 - recency : 7] == 0).all(
        axis=1
    )
    following = counts[is_in_state, 7]
    expected = nbd_period.expected_frequency((WORLD.a, WORLD.b), recency, frequency)
    assert following.size > 500
    assert abs(following.mean() - expected) < 3.5 * following.std() / np.sqrt(following.size)


def test_next_count_is_negative_binomial() -> None:
    count = np.arange(400)
    probability = nbd_period.probability_of_frequency((0.5, 1.2), count, 3, 2)
    assert probability.sum() == pytest.approx(1, abs=1e-12)
    assert probability @ count == pytest.approx(2.5 / 5.2)
    # 1 - ((b + 1 + r) / (b + 2 + r)) ** (a + f)
    assert 1 - probability[0] == pytest.approx(1 - (5.2 / 6.2) ** 2.5)


def test_truncated_frequency_is_a_weighted_mean() -> None:
    weights = nbinom.pmf(np.arange(2, 6), 0.5, 1.2 / 2.2)
    by_hand = weights @ np.arange(2, 6) / weights.sum()
    found = nbd_period.truncated_mean_frequency((0.5, 1.2), [2, 3, 0], [5, 3, 5_000])
    # The value itself between equal bounds; without bounds the mean, a / b.
    np.testing.assert_allclose(found, [by_hand, 3, 0.5 / 1.2], rtol=1e-12)


def test_truncated_frequency_is_finite_far_out() -> None:
    found = nbd_period.truncated_mean_frequency((0.5, 50.0), [300], [400])
    assert 300 <= found[0] < 300.1


@pytest.mark.parametrize(("low", "high"), [(3, 2), (-1, 2)])
def test_bounds_of_frequency_are_checked(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="bounds must be 0 <= low <= high"):
        nbd_period.truncated_mean_frequency((0.5, 1.2), [low], [high])


def test_period_amounts_are_those_of_single_purchases() -> None:
    """One draw per period mean is the gamma-gamma model with x = 1."""
    amounts = betaprime.rvs(2.5, 3.7, scale=15, size=4_000, random_state=2).round(2)
    found = gamma_gamma_period.fit(amounts, np.ones(4_000))
    single = gamma_gamma.fit(np.ones(4_000), amounts, np.ones(4_000))
    assert found.estimates == single.estimates
    assert found.model == "gamma_gamma_period"
    for estimate, error, truth in zip(found.estimates, found.standard_errors, SPEND, strict=True):
        assert abs(estimate - truth) < 3 * error


@pytest.mark.parametrize(("low", "high"), [(5, 6), (30, 300), (0.1, 900), (300, 301)])
def test_truncated_amount_is_the_integral(low: float, high: float) -> None:
    p, q, k = SPEND
    density = betaprime(p, q, scale=k).pdf
    parts = [quad(lambda m, i=i: m**i * density(m), low, high, epsabs=0)[0] for i in (0, 1)]
    found = gamma_gamma_period.truncated_mean_amount(SPEND, [low], [high])
    assert found[0] == pytest.approx(parts[1] / parts[0], rel=1e-9)


def test_truncated_amount_between_equal_bounds_is_the_bound() -> None:
    assert gamma_gamma_period.truncated_mean_amount(SPEND, [40.0], [40.0])[0] == 40


@pytest.mark.parametrize(("low", "high"), [(0, 5), (6, 5)])
def test_bounds_of_amount_are_checked(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="bounds must be 0 < low <= high"):
        gamma_gamma_period.truncated_mean_amount(SPEND, [low], [high])
    with pytest.raises(ValueError, match="above 0 and in order"):
        gamma_gamma_period.amount_curve(SPEND, low, high)


def test_curve_is_the_distribution_function_and_its_mean() -> None:
    p, q, k = SPEND
    curve = gamma_gamma_period.amount_curve(SPEND, 1, 900)
    assert curve["lower_amount"][0] <= 1
    assert curve["upper_amount"][-1] >= 900
    np.testing.assert_array_equal(np.diff(curve["cell"]), 1)
    np.testing.assert_array_equal(
        curve["cell"], np.floor(np.log(curve["lower_amount"] * (1 + 1e-9)) * 500)
    )
    for end in ("lower", "upper"):
        share = curve[f"{end}_amount"] / (k + curve[f"{end}_amount"])
        np.testing.assert_allclose(curve[f"{end}_probability"], betainc(p, q, share), atol=1e-12)
        np.testing.assert_allclose(
            curve[f"{end}_partial_mean"],
            k * p / (q - 1) * betainc(p + 1, q - 1, share),
            atol=1e-10,
        )


def test_curve_needs_no_finite_mean() -> None:
    curve = gamma_gamma_period.amount_curve((2.0, 0.8, 10.0), 5, 500)
    mean = (curve["upper_partial_mean"][-1] - curve["lower_partial_mean"][0]) / (
        curve["upper_probability"][-1] - curve["lower_probability"][0]
    )
    bounds = curve["lower_amount"][:1], curve["upper_amount"][-1:]
    exact = gamma_gamma_period.truncated_mean_amount((2.0, 0.8, 10.0), *bounds)
    assert mean == pytest.approx(exact[0], rel=1e-9)


@pytest.fixture(scope="module")
def readings() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What customers did in the next period, and the two readings: expected and literal."""
    seen = simulate_periods(WORLD, 60_000, seed=3)
    counts = seen.counts.reshape(-1, WORLD.periods)
    amounts = seen.mean_amounts.reshape(counts.shape)
    has_bought = counts[:, :-1].sum(axis=1) > 0
    counts, amounts = counts[has_bought], amounts[has_bought]
    past, past_amounts = counts[:, :-1], amounts[:, :-1]
    rows, width = np.arange(len(past)), past.shape[1]
    last = width - 1 - (past[:, ::-1] > 0).argmax(axis=1)
    frequency, amount = past[rows, last], past_amounts[rows, last]

    rates, spend = (WORLD.a, WORLD.b), (WORLD.p, WORLD.q, WORLD.k)
    of_periods = gamma_gamma_period.fit(
        amounts[counts > 0].round(2), np.ones((counts > 0).sum())
    ).estimates
    expected = (
        nbd_period.expected_frequency(rates, width - 1 - last, frequency),
        gamma_gamma.expected_average_amount(spend, frequency, amount),
    )
    literal = (
        nbd_period.truncated_mean_frequency(rates, frequency, past.max(axis=1)),
        gamma_gamma_period.truncated_mean_amount(
            of_periods, amount, np.nanmax(past_amounts, axis=1)
        ),
    )
    realised, buys = (counts[:, -1], amounts[:, -1]), counts[:, -1] > 0
    spent = np.where(buys, realised[0] * np.nan_to_num(realised[1]), 0)
    return {
        "purchase days": (realised[0], expected[0], literal[0]),
        "amount per purchase day": tuple(
            reading[1][buys] for reading in (realised, expected, literal)
        ),
        "amount": (spent, expected[0] * expected[1], literal[0] * literal[1]),
    }


@pytest.mark.parametrize("quantity", ["purchase days", "amount per purchase day", "amount"])
def test_literal_reading_is_biased_upward_and_the_expected_is_not(
    readings: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], quantity: str
) -> None:
    realised, expected, literal = readings[quantity]
    error = realised.std() / np.sqrt(realised.size)
    assert abs(expected.mean() - realised.mean()) < 3 * error
    assert literal.mean() - realised.mean() > 30 * error


def test_the_table_of_the_docs_says_so(
    readings: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> None:
    text = (PROJECT / "docs" / "value.md").read_text()
    for quantity, columns in readings.items():
        cells = " | ".join(f"{column.mean():.2f}" for column in columns)
        assert f"| {quantity} | {cells} |" in text
