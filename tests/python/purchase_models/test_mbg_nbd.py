from collections.abc import Callable
from functools import partial
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import (
    assert_every_small_base_ends_in_an_honest_fit,
    assert_forecasts_average_to_those_of_a_new_customer,
    assert_gradient_is_that_of_the_log_likelihood,
    simulate_chances,
)
from scipy.special import expit
from scipy.stats import beta, gamma

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.fitting import Fit
from customer_lifecycle.purchase_models.mbg_nbd import MBG_NBD
from customer_lifecycle.purchase_models.nbd import NBD

TYPICAL = (0.525, 6.183, 0.891, 1.614)
simulate = partial(simulate_chances, at_the_first=True)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow: SimpleNamespace) -> Fit:
    return MBG_NBD.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)


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
    assert MBG_NBD.log_likelihood(parameters, [0], [0], [40], [1]) == printed("-.41792826")
    assert MBG_NBD.log_likelihood(parameters, [200], [38], [40], [1]) == printed("100.7869")


def test_published_holdout(cdnow: SimpleNamespace, cdnow_fit: Fit, printed: Callable) -> None:
    expected = MBG_NBD.expected_purchases(
        cdnow_fit.estimates, 39, cdnow.frequency, cdnow.recency, cdnow.age
    )
    assert expected.sum() == printed("1576.7")
    assert np.abs(expected - cdnow.holdout).mean() == printed(".7648")


def test_log_likelihood_and_probability_by_hand() -> None:
    # r = 1, alpha = 10, a = b = 1, T = 10. Of those who never return half have dropped out at once,
    # and half of the others have not bought by chance, 10 / 20: 1/2 + 1/2 1/2 = 3/4, a third alive.
    assert MBG_NBD.log_likelihood((1, 10, 1, 1), [0], [0], [10], [2]) == pytest.approx(
        2 * log(3 / 4)
    )
    assert MBG_NBD.probability_alive((1, 10, 1, 1), 0, 0, 10) == pytest.approx(1 / 3)


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

    assert MBG_NBD.log_likelihood(parameters, [x], [recency], [age], [1]) == pytest.approx(
        log(likelihood), rel=1e-9
    )
    assert MBG_NBD.probability_alive(parameters, *row) == pytest.approx(
        np.sum(density * alive) / likelihood, rel=1e-9
    )
    assert MBG_NBD.expected_purchases(parameters, horizon, *row) == pytest.approx(
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
    assert MBG_NBD.expected_purchases_if_alive((r, alpha, a, b), horizon, x, age) == pytest.approx(
        density @ purchases / density.sum(), rel=1e-11
    )


@pytest.mark.parametrize(
    "parameters", [TYPICAL, (3.0, 0.2, 5.0, 0.3), (0.05, 60.0, 1.0, 1.0), (0.3, 2.0, 0.1, 40.0)]
)
def test_gradient_is_that_of_the_log_likelihood(parameters: tuple) -> None:
    x = np.array([0, 0, 1, 1, 7, 400])
    recency, age = np.array([0, 0, 2, 9, 30, 89]), np.array([0, 9, 9, 9, 80, 90.5])
    weights = np.array([2, 3, 1, 2, 5, 4])
    assert_gradient_is_that_of_the_log_likelihood(MBG_NBD, parameters, x, recency, age, weights)


def test_finite_for_thousands_of_purchases() -> None:
    x = np.array([500, 5000])
    rows = (x, np.array([99.0, 20.0]), np.array([100.0, 100.0]))
    value, gradient = MBG_NBD.log_likelihood_and_gradient(TYPICAL, *rows, [1, 1])
    assert np.isfinite([value, *gradient]).all()
    odds = 0.891 / 501.614 * (106.183 / 105.183) ** 500.525
    assert MBG_NBD.probability_alive(TYPICAL, *rows) == pytest.approx([1 / (1 + odds), 0])
    expected = MBG_NBD.expected_purchases(TYPICAL, 52, *rows)
    assert 0 < expected[0] < 52 * (x[0] + 0.525) / 106
    assert expected[1] == pytest.approx(0, abs=1e-9)


def test_some_have_dropped_out_at_the_first_purchase() -> None:
    r, alpha, a, b = TYPICAL
    age = np.array([0, 10, 500])
    alive = MBG_NBD.probability_alive(TYPICAL, 0, 0, age)
    returning_late = b / (a + b) * (alpha / (alpha + age)) ** r
    assert alive == pytest.approx(returning_late / (a / (a + b) + returning_late))


def test_from_the_first_return_on_it_is_the_bg_nbd() -> None:
    """Who buys again was alive at first: the BG/NBD, with one chance to drop out behind him."""
    r, alpha, a, b = TYPICAL
    rows = ([1, 7, 40], [3, 20, 38], [9, 39, 40])
    shifted = (r, alpha, a, b + 1)
    assert MBG_NBD.probability_alive(TYPICAL, *rows) == pytest.approx(
        BG_NBD.probability_alive(shifted, *rows)
    )
    assert MBG_NBD.log_likelihood(TYPICAL, *rows, [1, 1, 1]) == pytest.approx(
        3 * log(b / (a + b)) + BG_NBD.log_likelihood(shifted, *rows, [1, 1, 1])
    )


def test_forecasts_average_to_those_of_a_new_customer() -> None:
    assert_forecasts_average_to_those_of_a_new_customer(MBG_NBD, TYPICAL, most_purchases=149)


def test_days_give_the_same_answer_as_weeks(cdnow: SimpleNamespace, cdnow_fit: Fit) -> None:
    days = MBG_NBD.fit(cdnow.frequency, 7 * cdnow.recency, 7 * cdnow.age, cdnow.weights)
    scale = np.array([1, 7, 1, 1])
    assert days.estimates == pytest.approx(scale * cdnow_fit.estimates, rel=1e-9)
    assert days.standard_errors == pytest.approx(scale * cdnow_fit.standard_errors, rel=1e-6)
    assert days.log_likelihood == pytest.approx(
        cdnow_fit.log_likelihood - cdnow.frequency.sum() * log(7), rel=1e-12
    )


def test_recovers_the_parameters_of_simulated_customers() -> None:
    truth = (0.5, 5.0, 0.8, 2.5)
    rows = simulate(truth, 5000, seed=1997)
    fit = MBG_NBD.fit(*rows, np.ones(5000))
    errors = np.subtract(fit.estimates, truth) / fit.standard_errors
    assert fit.serves_forecasts
    assert np.abs(errors).max() < 3


def test_customers_who_never_drop_out_are_those_of_the_nbd() -> None:
    rows = simulate((2.0, 4.0, 1e-9, 1.0), 500, seed=7)
    fit = MBG_NBD.fit(*rows, np.ones(500))
    assert fit.is_at_boundary
    assert fit.serves_forecasts
    assert np.isnan(fit.standard_errors).all()
    # It is the NBD's then.
    nbd = NBD.fit(*rows, np.ones(500))
    assert fit.log_likelihood == pytest.approx(nbd.log_likelihood, abs=0.5)
    assert MBG_NBD.expected_purchases(fit.estimates, 52, *rows).sum() == pytest.approx(
        NBD.expected_purchases(nbd.estimates, 52, *rows).sum(), rel=0.01
    )


def test_every_small_base_ends_in_an_honest_fit() -> None:
    assert_every_small_base_ends_in_an_honest_fit(MBG_NBD, (0.5, 8.0, 0.8, 2.5), simulate)
