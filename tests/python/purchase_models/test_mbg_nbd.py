from collections.abc import Callable
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, gammaln
from scipy.stats import beta, gamma

from customer_lifecycle.purchase_models import bg_nbd, mbg_nbd
from customer_lifecycle.purchase_models.fitting import GRADIENT_TOLERANCE, Fit

TYPICAL = (0.525, 6.183, 0.891, 1.614)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow: SimpleNamespace) -> Fit:
    return mbg_nbd.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)


def simulate(parameters: tuple, customers: int, seed: int) -> np.ndarray:
    """Let customers drop out or buy on, one purchase a turn, up to an age of at most 100 weeks."""
    r, alpha, a, b = parameters
    generator = np.random.default_rng(seed)
    rate, dropout = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    age = generator.uniform(1, 100, customers)
    frequency, recency, clock = np.zeros((3, customers))
    is_buying = generator.random(customers) >= dropout
    while is_buying.any():
        clock = clock + generator.exponential(1 / rate)
        is_buying &= clock <= age
        frequency[is_buying] += 1
        recency[is_buying] = clock[is_buying]
        is_buying &= generator.random(customers) >= dropout
    return np.array([frequency, recency, age])


def test_published_fit(cdnow_fit: Fit, printed: Callable) -> None:
    assert cdnow_fit.model == "mbg_nbd"
    assert cdnow_fit.parameters == ("r", "alpha", "a", "b")
    for estimate, number in zip(
        cdnow_fit.estimates, (".525", "6.183", ".891", "1.614"), strict=True
    ):
        assert estimate == printed(number)
    assert cdnow_fit.log_likelihood == printed("-9582.136")
    assert cdnow_fit.serves_forecasts
    assert cdnow_fit.gradient_norm < 1e-12


def test_published_rows(printed: Callable) -> None:
    parameters = (0.25, 4.0, 0.8, 2.5)
    assert mbg_nbd.log_likelihood(parameters, [0], [0], [40], [1]) == printed("-.41792826")
    assert mbg_nbd.log_likelihood(parameters, [200], [38], [40], [1]) == printed("100.7869")


def test_published_holdout(cdnow: SimpleNamespace, cdnow_fit: Fit, printed: Callable) -> None:
    expected = mbg_nbd.expected_purchases(
        cdnow_fit.estimates, 39, cdnow.frequency, cdnow.recency, cdnow.age
    )
    assert expected.sum() == printed("1576.7")
    assert np.abs(expected - cdnow.holdout).mean() == printed(".7648")


def test_log_likelihood_and_probability_by_hand() -> None:
    # r = 1, alpha = 10, a = b = 1, T = 10. Of those who never return half have dropped out at once,
    # and half of the others have not bought by chance, 10 / 20: 1/2 + 1/2 1/2 = 3/4, a third alive.
    assert mbg_nbd.log_likelihood((1, 10, 1, 1), [0], [0], [10], [2]) == pytest.approx(
        2 * log(3 / 4)
    )
    assert mbg_nbd.probability_alive((1, 10, 1, 1), 0, 0, 10) == pytest.approx(1 / 3)


@pytest.mark.parametrize("row", [(0, 0, 40), (1, 3, 4), (2, 30.43, 38.86), (6, 20, 39)])
def test_everything_is_a_mean_over_rates_and_dropout_probabilities(row: tuple) -> None:
    parameters, horizon = (2.0, 5.0, 2.0, 3.0), 39.0
    x, recency, age = row
    nodes, node_weights = np.polynomial.legendre.leggauss(200)
    rate, dropout = 5 * (nodes[:, None] + 1), (nodes + 1) / 2
    density = gamma.pdf(rate, 2, scale=1 / 5) * beta.pdf(dropout, 2, 3)
    density *= 5 * node_weights[:, None] * node_weights / 2
    alive = (1 - dropout) ** (x + 1) * rate**x * np.exp(-rate * age)
    dropped_out = dropout * (1 - dropout) ** x * rate**x * np.exp(-rate * recency)
    likelihood = np.sum(density * (alive + dropped_out))
    purchases = alive * -np.expm1(-rate * dropout * horizon) / dropout

    assert mbg_nbd.log_likelihood(parameters, [x], [recency], [age], [1]) == pytest.approx(
        log(likelihood), rel=1e-9
    )
    assert mbg_nbd.probability_alive(parameters, *row) == pytest.approx(
        np.sum(density * alive) / likelihood, rel=1e-9
    )
    assert mbg_nbd.expected_purchases(parameters, horizon, *row) == pytest.approx(
        np.sum(density * purchases) / likelihood, rel=1e-9
    )


@pytest.mark.parametrize(("a", "b"), [(0.89, 1.61), (1.0, 2.0), (0.3, 0.2), (3.5, 0.7), (40, 90)])
@pytest.mark.parametrize(
    ("x", "age", "horizon"), [(0, 0, 52), (0, 39, 1e-3), (2, 0.5, 260), (300, 75, 2600)]
)
def test_expectation_is_a_mean_over_dropout_probabilities(
    a: float, b: float, x: float, age: float, horizon: float
) -> None:
    r, alpha = 0.6, 4.0
    log_odds = np.arange(-200, 900, 0.01)  # of p; in them the trapezium rule is exact to the digits
    p = expit(log_odds)
    density = np.exp(a * log_odds - (a + b + x + 1) * np.logaddexp(0, log_odds))
    purchases = -np.expm1(-(r + x) * np.log1p(p * horizon / (alpha + age))) / p
    assert mbg_nbd.expected_purchases_if_alive((r, alpha, a, b), horizon, x, age) == pytest.approx(
        density @ purchases / density.sum(), rel=1e-11
    )


@pytest.mark.parametrize(
    "parameters", [TYPICAL, (3.0, 0.2, 5.0, 0.3), (0.05, 60.0, 1.0, 1.0), (0.3, 2.0, 0.1, 40.0)]
)
def test_gradient_is_that_of_the_log_likelihood(parameters: tuple) -> None:
    x = np.array([0, 0, 1, 1, 7, 400])
    recency, age = np.array([0, 0, 2, 9, 30, 89]), np.array([0, 9, 9, 9, 80, 90.5])
    weights = np.array([2, 3, 1, 2, 5, 4])
    gradient = mbg_nbd.log_likelihood_and_gradient(parameters, x, recency, age, weights)[1]
    differences = [
        (
            mbg_nbd.log_likelihood(np.add(parameters, shift), x, recency, age, weights)
            - mbg_nbd.log_likelihood(np.subtract(parameters, shift), x, recency, age, weights)
        )
        / (2 * shift.sum())
        for shift in np.diag(1e-5 * np.asarray(parameters))
    ]
    assert gradient == pytest.approx(differences, rel=1e-6, abs=1e-6)


def test_finite_for_thousands_of_purchases() -> None:
    x = np.array([500, 5000])
    rows = (x, np.array([99.0, 20.0]), np.array([100.0, 100.0]))
    value, gradient = mbg_nbd.log_likelihood_and_gradient(TYPICAL, *rows, [1, 1])
    assert np.isfinite([value, *gradient]).all()
    odds = 0.891 / 501.614 * (106.183 / 105.183) ** 500.525
    assert mbg_nbd.probability_alive(TYPICAL, *rows) == pytest.approx([1 / (1 + odds), 0])
    expected = mbg_nbd.expected_purchases(TYPICAL, 52, *rows)
    assert 0 < expected[0] < 52 * (x[0] + 0.525) / 106
    assert expected[1] == pytest.approx(0, abs=1e-9)


def test_some_have_dropped_out_at_the_first_purchase() -> None:
    r, alpha, a, b = TYPICAL
    age = np.array([0, 10, 500])
    alive = mbg_nbd.probability_alive(TYPICAL, 0, 0, age)
    returning_late = b / (a + b) * (alpha / (alpha + age)) ** r
    assert alive == pytest.approx(returning_late / (a / (a + b) + returning_late))


def test_from_the_first_return_on_it_is_the_bg_nbd() -> None:
    """Who buys again was alive at first: the BG/NBD, with one chance to drop out behind him."""
    r, alpha, a, b = TYPICAL
    rows = ([1, 7, 40], [3, 20, 38], [9, 39, 40])
    shifted = (r, alpha, a, b + 1)
    assert mbg_nbd.probability_alive(TYPICAL, *rows) == pytest.approx(
        bg_nbd.probability_alive(shifted, *rows)
    )
    assert mbg_nbd.log_likelihood(TYPICAL, *rows, [1, 1, 1]) == pytest.approx(
        3 * log(b / (a + b)) + bg_nbd.log_likelihood(shifted, *rows, [1, 1, 1])
    )


def test_forecasts_average_to_those_of_a_new_customer() -> None:
    age, horizon = 6.0, 20.0
    nodes, node_weights = np.polynomial.legendre.leggauss(80)
    recency, step = age * (nodes + 1) / 2, age * node_weights / 2
    total = np.exp(mbg_nbd.log_likelihood(TYPICAL, [0], [0], [age], [1]))
    later = total * mbg_nbd.expected_purchases(TYPICAL, horizon, 0, 0, age)
    so_far = 0.0
    for x in range(1, 150):
        # The density of (x, t_x): the x - 1 earlier purchases fill the ordered times before t_x.
        log_volume = (x - 1) * np.log(recency) - gammaln(x)
        densities = step * np.exp(
            log_volume
            + [mbg_nbd.log_likelihood(TYPICAL, [x], [last], [age], [1]) for last in recency]
        )
        later += densities @ mbg_nbd.expected_purchases(TYPICAL, horizon, x, recency, age)
        so_far += x * densities.sum()
        total += densities.sum()
    new = mbg_nbd.expected_purchases_new(TYPICAL, np.array([age, age + horizon]))
    assert total == pytest.approx(1, rel=1e-9)
    assert so_far == pytest.approx(new[0], rel=1e-9)
    assert later == pytest.approx(new[1] - new[0], rel=1e-9)


def test_days_give_the_same_answer_as_weeks(cdnow: SimpleNamespace, cdnow_fit: Fit) -> None:
    days = mbg_nbd.fit(cdnow.frequency, 7 * cdnow.recency, 7 * cdnow.age, cdnow.weights)
    scale = np.array([1, 7, 1, 1])
    assert days.estimates == pytest.approx(scale * cdnow_fit.estimates, rel=1e-9)
    assert days.standard_errors == pytest.approx(scale * cdnow_fit.standard_errors, rel=1e-6)
    assert days.log_likelihood == pytest.approx(
        cdnow_fit.log_likelihood - cdnow.frequency.sum() * log(7), rel=1e-12
    )


def test_recovers_the_parameters_of_simulated_customers() -> None:
    truth = (0.5, 5.0, 0.8, 2.5)
    rows = simulate(truth, 5000, seed=1997)
    fit = mbg_nbd.fit(*rows, np.ones(5000))
    errors = np.subtract(fit.estimates, truth) / fit.standard_errors
    assert fit.serves_forecasts
    assert np.abs(errors).max() < 3


def test_customers_who_never_drop_out_are_no_case_for_this_model() -> None:
    rows = simulate((2.0, 4.0, 1e-9, 1.0), 500, seed=7)
    fit = mbg_nbd.fit(*rows, np.ones(500))
    assert fit.is_at_boundary
    assert not fit.serves_forecasts


def test_every_small_base_ends_in_an_honest_fit() -> None:
    truth, weights = (0.5, 8.0, 0.8, 2.5), np.ones(100)
    fits = []
    for seed in range(60):
        rows = simulate(truth, 100, seed)
        fit = mbg_nbd.fit(*rows, weights)
        assert np.isfinite([*fit.estimates, fit.log_likelihood]).all()
        assert fit.log_likelihood >= mbg_nbd.log_likelihood(truth, *rows, weights)
        assert fit.serves_forecasts == (fit.is_converged and not fit.is_at_boundary)
        if fit.serves_forecasts:
            assert fit.gradient_norm <= GRADIENT_TOLERANCE
            assert np.isfinite(fit.standard_errors).all()
        else:
            assert fit.is_at_boundary or fit.not_fitted_reason
        fits.append(fit)
    assert 0 < sum(fit.is_at_boundary for fit in fits) < 30
