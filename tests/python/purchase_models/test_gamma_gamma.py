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
    assert not fit.is_converged
    assert fit.is_at_boundary


# ---------------------------------------------------------------- moments


def test_moments_by_hand() -> None:
    # Two customers with two days each, of 8 and 12 and of 18 and 22: 8 within each on one degree of
    # freedom, s2 = 8. Means of 10 and 20 around 15: 2 (25 + 25) = 100 between, less 8, over
    # 4 - 8 / 4 = 2, so t2 = 46. q = 2 + 225 / 46, p = (225 + 46) / 8, k = 15 (q - 1) / p.
    found = gamma_gamma.moments(
        np.array([2.0, 2]), np.array([10.0, 20]), np.array([208.0, 808]), np.ones(2)
    )
    q = 2 + 225 / 46
    assert found == pytest.approx((271 / 8, q, 15 * (q - 1) * 8 / 271), rel=1e-12)


def test_the_expected_amount_is_the_credibility_estimate() -> None:
    generator = np.random.default_rng(5)
    x = generator.integers(1, 8, 60)
    amounts = [generator.gamma(3, generator.gamma(5, 8) / 3, days) for days in x]
    means = np.array([own.mean() for own in amounts])
    parameters = gamma_gamma.moments(
        x, means, np.array([np.sum(own**2) for own in amounts]), np.ones(60)
    )
    # Buhlmann and Straub, as it stands in textbooks.
    days, grand_mean = x.sum(), np.concatenate(amounts).mean()
    within = sum(np.sum((own - own.mean()) ** 2) for own in amounts) / (days - 60)
    between = (np.sum(x * (means - grand_mean) ** 2) - 59 * within) / (days - np.sum(x**2) / days)
    credibility = x / (x + within / between)
    mean = np.sum(credibility * means) / np.sum(credibility)
    assert between > 0
    assert gamma_gamma.expected_average_amount(parameters, x, means) == pytest.approx(
        credibility * means + (1 - credibility) * mean, rel=1e-10
    )
    assert gamma_gamma.expected_average_amount(parameters, 0, 0) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("price", [9.99, 12.5, 1e-3, 1e7])
def test_at_a_fixed_price_everybody_is_expected_to_pay_it(price: float) -> None:
    x = np.array([1.0, 2, 7, 1])
    fit = gamma_gamma.fit(x, np.full(4, price), [20, 5, 3, 40], squared_amount=x * price**2)
    assert fit.serves_forecasts
    assert not fit.is_converged
    amounts = gamma_gamma.expected_average_amount(fit.estimates, [0, 1, 7], [np.nan, price, price])
    assert amounts == pytest.approx(np.full(3, price), rel=1e-9)


def test_moments_recover_the_parameters_of_simulated_customers() -> None:
    """The mean of twenty worlds, within four of its standard errors."""
    truth = p, q, k = 4.0, 9.0, 80.0
    worlds = []
    for seed in range(20):
        generator = np.random.default_rng([2013, seed])
        x = generator.integers(2, 12, 4000)
        amounts = generator.gamma(p, 1 / np.repeat(generator.gamma(q, 1 / k, 4000), x))
        starts = np.r_[0, np.cumsum(x)[:-1]]
        means, squares = (
            np.add.reduceat(amounts, starts) / x,
            np.add.reduceat(amounts**2, starts),
        )
        worlds.append(gamma_gamma.moments(x, means, squares, np.ones(4000)))
    found = np.array(worlds)
    off = np.abs(found.mean(axis=0) - truth)
    assert (off < 4 * found.std(axis=0, ddof=1) / np.sqrt(20)).all()
    assert (found.std(axis=0) < 0.1 * np.array(truth)).all()


def test_too_few_and_infinite_means_are_left_to_moments() -> None:
    generator, ones = np.random.default_rng(8), np.ones(400)
    x = generator.integers(1, 6, 400).astype(float)
    rate = generator.gamma(0.6, 1, 400)  # q = .6: the mean over customers is infinite
    means = generator.gamma(3 * x) / (x * rate)
    squares = x * means**2 * 1.2
    assert gamma_gamma.fit(x, means, ones).estimates[1] < 1
    found = gamma_gamma.fit(x, means, ones, squared_amount=squares)
    assert found.estimates == pytest.approx(gamma_gamma.moments(x, means, squares, ones), rel=1e-10)
    assert found.estimates[1] > 2
    assert np.isnan(found.standard_errors).all()
    rows = (x[:9], means[:9], ones[:9])
    few = gamma_gamma.fit(*rows, squared_amount=squares[:9])
    assert few.serves_forecasts
    assert few.customers == 9
    assert few.log_likelihood == pytest.approx(gamma_gamma.log_likelihood(few.estimates, *rows))
    assert gamma_gamma.fit(*rows).not_fitted_reason == "too_few_customers"


def test_of_a_single_day_each_all_differences_are_within() -> None:
    # Amounts of 10, 20 and 30: a variance of 100 around 20, so p = 4, and nobody is apart.
    parameters = gamma_gamma.moments(
        np.ones(3), np.array([10.0, 20, 30]), np.array([100.0, 400, 900]), np.ones(3)
    )
    assert parameters[0] == pytest.approx(4, rel=1e-12)
    assert gamma_gamma.expected_average_amount(parameters, [0, 1], [0, 30]) == pytest.approx(
        [20, 20], rel=1e-4
    )


def test_a_maximum_is_kept_whatever_the_squares(cdnow: SimpleNamespace) -> None:
    rows = (cdnow.spend_frequency, cdnow.mean_amount, cdnow.weights)
    with_squares = gamma_gamma.fit(*rows, squared_amount=cdnow.spend_frequency)
    assert with_squares.estimates == pytest.approx(gamma_gamma.fit(*rows).estimates, rel=1e-9)
    assert with_squares.is_converged
