from collections.abc import Callable
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import assert_gradient_is_that_of_the_log_likelihood
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import gamma

from customer_lifecycle.purchase_models.nbd import NBD

CDNOW_PARAMETERS = (0.38477, 12.0720)


def test_published_fit(cdnow: SimpleNamespace, printed: Callable) -> None:
    fit = NBD.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    r, alpha = fit.estimates
    assert r == printed(".38477")
    assert alpha == printed("12.0720")
    assert fit.log_likelihood == printed("-9763.658")
    assert fit.customers == 2357
    assert fit.serves_forecasts
    assert fit.gradient_norm < 1e-12


def test_published_holdout(cdnow: SimpleNamespace, printed: Callable) -> None:
    fit = NBD.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    expected = NBD.expected_purchases(fit.estimates, 39, cdnow.frequency, cdnow.recency, cdnow.age)
    assert cdnow.holdout.sum() == 1882
    assert expected.sum() == printed("2929.8")
    assert np.abs(expected - cdnow.holdout).mean() == printed("1.041")
    assert cdnow.holdout.mean() == printed(".7985")


@pytest.mark.parametrize(("x", "age"), [(0, 0), (0, 40), (3, 40), (25, 78.5)])
def test_log_likelihood_is_the_mean_over_rates(x: float, age: float) -> None:
    def likelihood(rate: float) -> float:
        return rate**x * np.exp(-rate * age) * gamma.pdf(rate, 0.8, scale=1 / 5)

    integral = quad(likelihood, 0, 1)[0] + quad(likelihood, 1, np.inf)[0]
    assert NBD.log_likelihood((0.8, 5), [x], [0], [age], [1]) == pytest.approx(log(integral))


def test_log_likelihood_by_hand() -> None:
    # r = 2, alpha = 10, x = 1, T = 10: G(3) / G(2) 10^2 / 20^3 = 2 * 100 / 8000 = 1 / 40, twice.
    assert NBD.log_likelihood((2, 10), [1], [4], [10], [2]) == pytest.approx(2 * log(1 / 40))


@pytest.mark.parametrize("parameters", [(0.25, 4.0), (3.0, 0.2), (120.0, 900.0)])
def test_gradient_is_that_of_the_log_likelihood(parameters: tuple) -> None:
    x, age, weights = np.array([0, 0, 1, 7, 400]), np.array([0, 9, 9, 80, 90.5]), [2, 3, 1, 5, 4]
    assert_gradient_is_that_of_the_log_likelihood(NBD, parameters, x, 0 * age, age, weights)


def test_forecasts_by_hand() -> None:
    parameters = (2.0, 10.0)
    assert NBD.expected_purchases(parameters, 5, [0, 4], [0, 3], [10, 10]) == pytest.approx(
        [5 * 2 / 20, 5 * 6 / 20]
    )
    assert NBD.expected_purchases_new(parameters, [5, 52]) == pytest.approx([1.0, 10.4])
    assert (NBD.probability_alive(parameters, [0, 4], [0, 3], [10, 200]) == 1).all()


def test_forecasts_average_to_those_of_a_new_customer() -> None:
    (r, alpha), age, horizon = (0.7, 6.0), 30.0, 52.0
    x = np.arange(2000)
    log_volume = x * log(age) - gammaln(x + 1)  # of the ordered purchase times within the age
    probabilities = np.exp(
        [
            NBD.log_likelihood((r, alpha), [count], [0], [age], [1]) + volume
            for count, volume in zip(x, log_volume, strict=True)
        ]
    )
    later = NBD.expected_purchases((r, alpha), horizon, x, 0 * x, age + 0 * x)
    new = NBD.expected_purchases_new((r, alpha), np.array([age, age + horizon]))
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities @ x == pytest.approx(new[0])
    assert probabilities @ later == pytest.approx(new[1] - new[0])
    assert probabilities[0] == pytest.approx((alpha / (alpha + age)) ** r)


def test_recovers_the_parameters_of_simulated_customers() -> None:
    truth = (0.6, 9.0)
    generator = np.random.default_rng(20240229)
    age = generator.integers(10, 700, 5000) / 7
    frequency = generator.poisson(generator.gamma(truth[0], 1 / truth[1], 5000) * age)
    fit = NBD.fit(frequency, 0 * age, age, np.ones(5000))
    errors = np.subtract(fit.estimates, truth) / fit.standard_errors
    assert fit.serves_forecasts
    assert np.abs(errors).max() < 3
