from collections.abc import Callable
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import assert_gradient_is_that_of_the_log_likelihood
from scipy.integrate import quad
from scipy.stats import gamma

from customer_lifecycle.purchase_models import gamma_gamma


def test_published_fit(cdnow: SimpleNamespace, printed: Callable) -> None:
    fit = gamma_gamma.fit(cdnow.spend_frequency, cdnow.mean_amount, cdnow.weights)
    for estimate, number in zip(fit.estimates, ("6.2496", "3.7442", "15.4435"), strict=True):
        assert estimate == printed(number)
    assert fit.log_likelihood == printed("-4055.918")
    assert fit.customers == 946
    assert fit.serves_forecasts
    assert fit.gradient_norm < 1e-12


@pytest.mark.parametrize(("x", "mean_amount"), [(1, 4.0), (3, 25.5), (40, 9.9)])
def test_log_likelihood_is_the_mean_over_rates(x: float, mean_amount: float) -> None:
    p, q, k = parameters = (2.5, 3.1, 12.0)

    def density(rate: float) -> float:  # the mean of x amounts Gamma(p, rate) is Gamma(px, x rate)
        return gamma.pdf(mean_amount, p * x, scale=1 / (x * rate)) * gamma.pdf(rate, q, scale=1 / k)

    integral = quad(density, 0, 5, points=[p / mean_amount], epsabs=0, epsrel=1e-10)[0]
    assert gamma_gamma.log_likelihood(parameters, [x], [mean_amount], [3]) == pytest.approx(
        3 * log(integral), rel=1e-9
    )


@pytest.mark.parametrize("parameters", [(6.25, 3.74, 15.4), (0.3, 0.8, 400.0)])
def test_gradient_is_that_of_the_log_likelihood(parameters: tuple) -> None:
    rows = (np.array([1, 1, 4, 300]), np.array([3.5, 80, 41, 17.25]), np.array([2, 1, 3, 5]))
    assert_gradient_is_that_of_the_log_likelihood(gamma_gamma, parameters, *rows)


def test_expected_amount_by_hand() -> None:
    # p = 2, q = 3, k = 10: 2 * 10 / 2 = 10 of a new customer; two purchases of 30 on average give
    # 2 (10 + 60) / (4 + 2) = 70 / 3.
    amounts = gamma_gamma.expected_average_amount((2, 3, 10), [0, 2, 0], [np.nan, 30, 99])
    assert amounts == pytest.approx([10, 70 / 3, 10])


def test_expected_amount_is_missing_where_the_mean_is_infinite() -> None:
    # q = 0.5: no mean for new customers; p = 0.25: none for px + q <= 1, x <= 2.
    amounts = gamma_gamma.expected_average_amount((0.25, 0.5, 10), [0, 1, 2, 3], [0, 8, 8, 8])
    assert np.isnan(amounts[:3]).all()
    assert amounts[3] == pytest.approx(0.25 * (10 + 24) / 0.25)


def test_expected_amounts_average_to_that_of_a_new_customer() -> None:
    p, q, k = parameters = (2.0, 4.0, 30.0)

    def weighted(mean_amount: float) -> float:
        likelihood = np.exp(gamma_gamma.log_likelihood(parameters, [2], [mean_amount], [1]))
        return likelihood * gamma_gamma.expected_average_amount(parameters, 2, mean_amount)

    average = quad(weighted, 0, 50)[0] + quad(weighted, 50, np.inf)[0]
    assert average == pytest.approx(p * k / (q - 1))


def test_recovers_the_parameters_of_simulated_customers() -> None:
    truth = (4.0, 3.5, 20.0)
    generator = np.random.default_rng(2013)
    frequency = generator.integers(1, 30, 5000)
    rate = generator.gamma(truth[1], 1 / truth[2], 5000)
    mean_amount = generator.gamma(truth[0] * frequency, 1 / (frequency * rate))
    fit = gamma_gamma.fit(frequency, mean_amount, np.ones(5000))
    errors = np.subtract(fit.estimates, truth) / fit.standard_errors
    assert fit.serves_forecasts
    assert np.abs(errors).max() < 3


def test_customers_without_spend_are_left_out(cdnow: SimpleNamespace) -> None:
    has_spend = cdnow.spend_frequency > 0
    everyone = gamma_gamma.fit(
        cdnow.spend_frequency, np.where(has_spend, cdnow.mean_amount, np.nan), cdnow.weights
    )
    buyers = gamma_gamma.fit(
        cdnow.spend_frequency[has_spend],
        cdnow.mean_amount[has_spend],
        cdnow.weights[has_spend],
    )
    assert everyone == buyers


def test_other_money_gives_the_same_customers(cdnow: SimpleNamespace) -> None:
    euros = gamma_gamma.fit(cdnow.spend_frequency, cdnow.mean_amount, cdnow.weights)
    cents = gamma_gamma.fit(cdnow.spend_frequency, 100 * cdnow.mean_amount, cdnow.weights)
    assert cents.estimates == pytest.approx(np.multiply(euros.estimates, (1, 1, 100)), rel=1e-9)
    assert cents.log_likelihood == pytest.approx(euros.log_likelihood - 946 * log(100), rel=1e-12)


@pytest.mark.parametrize(
    ("frequency", "mean_amount", "reason"),
    [
        ([], [], "too_few_customers"),
        ([0] * 60, [0.0] * 60, "too_few_customers"),
        ([2] * 60, [np.nan] * 60, "invalid_values"),
        ([2] * 60, [np.inf] * 60, "invalid_values"),
    ],
)
def test_no_fit_says_why(frequency: list, mean_amount: list, reason: str) -> None:
    fit = gamma_gamma.fit(frequency, mean_amount, [1] * len(frequency))
    assert fit.not_fitted_reason == reason
    assert np.isnan(fit.estimates).all()


@pytest.mark.parametrize("amounts", [np.full(60, 12.5), np.repeat([1e-9, 1e9], 30)])
def test_amounts_that_fit_no_model_are_flagged(amounts: np.ndarray) -> None:
    fit = gamma_gamma.fit(np.full(60, 3), amounts, np.ones(60))
    assert not fit.serves_forecasts
    assert fit.is_at_boundary
