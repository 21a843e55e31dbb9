from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import (
    assert_forecasts_average_to_those_of_a_new_customer,
    assert_gradient_is_that_of_the_log_likelihood,
    simulate_chances,
)
from scipy.integrate import quad
from scipy.special import betaln, expit
from scipy.stats import beta, gamma

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.fitting import Fit
from customer_lifecycle.purchase_models.nbd import NBD

WALKTHROUGH = (0.2425967, 4.413659, 0.7929869, 2.426164)
simulate = partial(simulate_chances, at_the_first=False)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow: SimpleNamespace) -> Fit:
    return BG_NBD.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)


def test_published_fit(cdnow_fit: Fit, printed: Callable) -> None:
    assert cdnow_fit.parameters == ("r", "alpha", "a", "b")
    for estimate, number in zip(
        cdnow_fit.estimates, (".24259", "4.41360", ".79292", "2.42591"), strict=True
    ):
        assert estimate == printed(number)
    assert cdnow_fit.log_likelihood == printed("-9582.429")
    assert cdnow_fit.serves_forecasts
    assert cdnow_fit.gradient_norm < 1e-12


def test_published_expectations(cdnow_fit: Fit, printed: Callable) -> None:
    known = BG_NBD.expected_purchases(cdnow_fit.estimates, 39, 2, 30.43, 38.86)
    assert known == printed("1.226")
    for weeks, number in {
        0.1429: ".0078",
        1: ".0532",
        3: ".1506",
        31.8571: "1.0405",
        32: "1.0437",
        78: "1.8580",
    }.items():
        assert BG_NBD.expected_purchases_new(cdnow_fit.estimates, weeks) == printed(number)


def test_published_rows(printed: Callable) -> None:
    parameters = (0.25, 4.0, 0.8, 2.5)
    assert BG_NBD.log_likelihood(parameters, [0], [0], [40], [1]) == printed("-.59947382")
    assert BG_NBD.log_likelihood(parameters, [200], [38], [40], [1]) == printed("100.7957")


def test_published_walkthrough(printed: Callable) -> None:
    assert BG_NBD.expected_purchases_new(WALKTHROUGH, 52) == printed("1.444004")
    assert BG_NBD.expected_purchases(WALKTHROUGH, 52, 26, 216 / 7, 31) == printed("25.75659")
    assert BG_NBD.probability_alive(WALKTHROUGH, 26, 216 / 7, 31) == printed(".9688523")
    for x, number in {
        10: ".3474606",
        15: ".04283391",
        20: ".004158973",
        25: ".0003583685",
    }.items():
        assert BG_NBD.expected_purchases(WALKTHROUGH, 52, x, 20, 39) == printed(number)


def test_published_holdout(cdnow: SimpleNamespace, cdnow_fit: Fit, printed: Callable) -> None:
    expected = BG_NBD.expected_purchases(
        cdnow_fit.estimates, 39, cdnow.frequency, cdnow.recency, cdnow.age
    )
    assert expected.sum() == printed("1653.4")
    assert np.abs(expected - cdnow.holdout).mean() == printed(".7855")


@pytest.mark.parametrize("row", [(0, 0, 40), (1, 3, 4), (2, 30.43, 38.86), (6, 20, 39)])
def test_everything_is_a_mean_over_rates_and_dropout_probabilities(row: tuple) -> None:
    parameters, horizon = (2.0, 5.0, 2.0, 3.0), 39.0
    x, recency, age = row
    nodes, node_weights = np.polynomial.legendre.leggauss(200)
    rate, dropout = 5 * (nodes[:, None] + 1), (nodes + 1) / 2
    density = gamma.pdf(rate, 2, scale=1 / 5) * beta.pdf(dropout, 2, 3)
    density *= 5 * node_weights[:, None] * node_weights / 2
    alive = (1 - dropout) ** x * rate**x * np.exp(-rate * age)
    dropped_out = (
        dropout * (1 - dropout) ** (x - 1) * rate**x * np.exp(-rate * recency) if x > 0 else 0
    )
    likelihood = np.sum(density * (alive + dropped_out))
    purchases = alive * -np.expm1(-rate * dropout * horizon) / dropout

    assert BG_NBD.log_likelihood(parameters, [x], [recency], [age], [1]) == pytest.approx(
        log(likelihood), rel=1e-9
    )
    assert BG_NBD.probability_alive(parameters, *row) == pytest.approx(
        np.sum(density * alive) / likelihood, rel=1e-9
    )
    assert BG_NBD.expected_purchases(parameters, horizon, *row) == pytest.approx(
        np.sum(density * purchases) / likelihood, rel=1e-9
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [(0.79, 2.43), (1.0, 2.0), (0.4, 0.6), (0.3, 0.2), (1.0, 0.05), (3.5, 0.7), (40, 90)],
)
@pytest.mark.parametrize(
    ("x", "age", "horizon"),
    [
        (0, 0, 1e-3),
        (0, 0, 52),
        (0, 0, 2600),
        (1, 70, 52),
        (2, 0.5, 260),
        (30, 45, 4.3),
        (300, 75, 2600),
    ],
)
def test_expectation_is_a_mean_over_dropout_probabilities(
    a: float, b: float, x: float, age: float, horizon: float
) -> None:
    r, alpha = 0.6, 4.0
    log_odds = np.arange(-200, 900, 0.01)  # of p; in them the trapezium rule is exact to the digits
    p = expit(log_odds)
    density = np.exp(a * log_odds - (a + b + x) * np.logaddexp(0, log_odds))
    purchases = -np.expm1(-(r + x) * np.log1p(p * horizon / (alpha + age))) / p
    assert BG_NBD.expected_purchases_if_alive((r, alpha, a, b), horizon, x, age) == pytest.approx(
        density @ purchases / density.sum(), rel=1e-11
    )


# Eq. 10 of the paper without its odds, worked out as it stands with 80 digits.
@pytest.mark.parametrize(
    ("parameters", "horizon", "x", "age", "expected"),
    [
        (WALKTHROUGH, 52, 0, 0, 1.444004156540161),
        (WALKTHROUGH, 2600, 0, 0, 9.507424841156904),
        (WALKTHROUGH, 0.001, 3, 20, 0.0001328174844926829),
        (WALKTHROUGH, 2600, 400, 80, 2029.496400911945),
        (WALKTHROUGH, 260, 5000, 720, 1583.287549512493),
        ((0.6, 0.05, 0.3, 0.2), 2600, 0, 0, 665.7430840299205),
        ((0.6, 4.0, 0.4, 0.5), 52, 0, 10, 1.248203559048426),
        ((1.5, 4.0, 60.0, 250.0), 520, 20, 30, 5.576271186423384),
        ((45.0, 11.0, 1.5, 1.1), 390, 0, 0, 3.124124568866469),
    ],
)
def test_expectation_to_the_last_digits(
    parameters: tuple, horizon: float, x: float, age: float, expected: float
) -> None:
    assert BG_NBD.expected_purchases_if_alive(parameters, horizon, x, age) == pytest.approx(
        expected, rel=1e-11
    )


@pytest.mark.parametrize(
    "parameters", [(0.25, 4.4, 0.8, 2.4), (3.0, 0.2, 5.0, 0.3), (0.05, 60.0, 1.0, 1.0)]
)
def test_gradient_is_that_of_the_log_likelihood(parameters: tuple) -> None:
    x = np.array([0, 0, 1, 1, 7, 400])
    recency, age = np.array([0, 0, 2, 9, 30, 89]), np.array([0, 9, 9, 9, 80, 90.5])
    weights = np.array([2, 3, 1, 2, 5, 4])
    assert_gradient_is_that_of_the_log_likelihood(BG_NBD, parameters, x, recency, age, weights)


def test_finite_for_thousands_of_purchases() -> None:
    x = np.array([500, 5000])
    rows = (x, np.array([99.0, 20.0]), np.array([100.0, 100.0]))
    value, gradient = BG_NBD.log_likelihood_and_gradient(WALKTHROUGH, *rows, [1, 1])
    assert np.isfinite([value, *gradient]).all()
    odds = 0.7929869 / 501.426164 * (104.413659 / 103.413659) ** 500.2425967
    assert BG_NBD.probability_alive(WALKTHROUGH, *rows) == pytest.approx([1 / (1 + odds), 0])
    expected = BG_NBD.expected_purchases(WALKTHROUGH, 52, *rows)
    assert 0 < expected[0] < 52 * (x[0] + 0.25) / 104
    assert expected[1] == pytest.approx(0, abs=1e-9)


def test_nobody_without_a_repeat_purchase_has_dropped_out() -> None:
    assert (BG_NBD.probability_alive(WALKTHROUGH, [0, 0], [0, 0], [0, 500]) == 1).all()


def test_forecasts_average_to_those_of_a_new_customer() -> None:
    assert_forecasts_average_to_those_of_a_new_customer(BG_NBD, WALKTHROUGH, most_purchases=149)


def test_recovers_the_parameters_of_simulated_customers() -> None:
    truth = (0.5, 5.0, 0.8, 2.5)
    rows = simulate(truth, 5000, seed=1997)
    fit = BG_NBD.fit(*rows, np.ones(5000))
    errors = np.subtract(fit.estimates, truth) / fit.standard_errors
    assert fit.serves_forecasts
    assert np.abs(errors).max() < 3


def test_customers_who_never_drop_out_are_those_of_the_nbd() -> None:
    rows = simulate((2.0, 4.0, 1e-9, 1.0), 500, seed=7)
    fit = BG_NBD.fit(*rows, np.ones(500))
    assert fit.is_at_boundary
    assert fit.serves_forecasts
    assert np.isnan(fit.standard_errors).all()
    # It is the NBD's then.
    nbd = NBD.fit(*rows, np.ones(500))
    assert fit.log_likelihood == pytest.approx(nbd.log_likelihood, abs=0.5)
    assert BG_NBD.expected_purchases(fit.estimates, 52, *rows).sum() == pytest.approx(
        NBD.expected_purchases(nbd.estimates, 52, *rows).sum(), rel=0.01
    )


@pytest.mark.parametrize("x", [60, 97, 110, 900])
def test_a_hundred_purchases_at_whole_numbers_and_long_delays(x: int) -> None:
    # a + b - r - 1 is 4. The mean of (1 + p u)^-(R + 1) over p ~ Beta(a, b + x), by s = p^a.
    (r, alpha, a, b), age = (0.8, 12.0, 0.8, 5.0), 10.0
    for delay in (52, 520, 2607):

        def density(s: float, u: float = delay / (alpha + age)) -> float:
            p = s ** (1 / a)
            return np.exp(-(r + x + 1) * np.log1p(p * u)) * (1 - p) ** (b + x - 1) / a

        cuts = [0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
        mean = sum(quad(density, *ends, epsabs=0)[0] for ends in pairwise(cuts))
        rate = BG_NBD.expected_rate_if_alive((r, alpha, a, b), delay, x, age)
        assert rate == pytest.approx(
            (r + x) / (alpha + age) * mean / np.exp(betaln(a, b + x)), rel=1e-9
        )
