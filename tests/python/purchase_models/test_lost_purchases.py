import numpy as np
import pytest
from purchase_world import PARAMETERS, every_model, simulate_lost_purchases
from scipy.special import betaln
from scipy.stats import nbinom

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

every_pair = pytest.mark.parametrize(("x", "age"), [(0, 0), (0, 5), (2, 38.86), (30, 60)])


@every_model
@every_pair
def test_moments_are_those_of_simulated_customers(
    model: PurchaseModel, x: float, age: float
) -> None:
    customers = 200_000
    lost = simulate_lost_purchases(model.NAME, x, age, 52.0, customers, seed=20240229)
    moments = model.lost_purchases_if_alive(
        PARAMETERS[model.NAME], 52.0, np.array([x]), np.array([age])
    )
    for simulated, moment in zip((lost, lost**2), moments, strict=True):
        error = simulated.std() / customers**0.5
        assert moment[0] == pytest.approx(simulated.mean(), abs=4 * error)


@every_model
@every_pair
def test_mean_is_what_is_missing_from_the_expectation(
    model: PurchaseModel, x: float, age: float
) -> None:
    parameters = PARAMETERS[model.NAME]
    mean = model.lost_purchases_if_alive(parameters, 52.0, np.array([x]), np.array([age]))[0]
    stays = 52.0 * (parameters[0] + x) / (parameters[1] + age)
    expected = model.expected_purchases_if_alive(parameters, 52.0, x, age)
    assert mean[0] == pytest.approx(stays - expected, rel=1e-10, abs=1e-13)


@every_model
def test_one_age_may_stand_for_all(model: PurchaseModel) -> None:
    parameters, x, age = PARAMETERS[model.NAME], np.array([0, 4]), 5.0
    together = model.lost_purchases_if_alive(parameters, 52.0, x, age)
    one_by_one = model.lost_purchases_if_alive(parameters, 52.0, x, np.full(2, age))
    assert np.array_equal(together, one_by_one)


def test_moments_at_a_known_rate_and_lifetime() -> None:
    # Ten purchases a year and dropout at a rate of 2 a year: E[L] = 10 - 10 (1 - exp(-2)) / 2 and
    # E[L (L - 1)] = 100 - 2 * 100 (1 / 2 - (1 - exp(-2)) / 4).
    sharp, gone = 1e9, 1 - np.exp(-2)
    mean, pairs = 10 - 5 * gone, 100 - 200 * (1 / 2 - gone / 4)
    moments = PARETO_NBD.lost_purchases_if_alive(
        (10 * sharp, sharp, 2 * sharp, sharp), 1.0, np.zeros(1), np.zeros(1)
    )
    assert moments[0] == pytest.approx(mean, rel=1e-6)
    assert moments[1] == pytest.approx(pairs + mean, rel=1e-6)


def test_moments_by_counting() -> None:
    # Of n purchases, n - j are lost, the j-th being the last with probability
    # B(a + 1, b + x + j - 1) / B(a, b + x).
    (r, alpha, a, b), x, age = PARAMETERS["bg_nbd"], 2, 38.86
    n, j = np.arange(400)[:, None], np.arange(1, 400)
    of_n = nbinom.pmf(n, r + x, (alpha + age) / (alpha + age + 52))
    lost = np.maximum(n - j, 0)
    of_j = np.exp(betaln(a + 1, b + x + j - 1) - betaln(a, b + x))
    moments = BG_NBD.lost_purchases_if_alive((r, alpha, a, b), 52.0, np.array([x]), np.array([age]))
    assert moments[0] == pytest.approx(np.sum(of_n * of_j * lost), rel=1e-10)
    assert moments[1] == pytest.approx(np.sum(of_n * of_j * lost**2), rel=1e-10)


@every_model
def test_the_rate_is_the_growth_of_what_is_expected(model: PurchaseModel) -> None:
    parameters, x, age = PARAMETERS[model.NAME], np.array([0, 1, 40]), np.array([0, 30, 78])
    for delay in (0.5, 20, 400):
        step = delay * 1e-4
        later, earlier = (
            model.expected_purchases_if_alive(parameters, delay + shift, x, age)
            for shift in (step, -step)
        )
        rate = model.expected_rate_if_alive(parameters, delay, x, age)
        assert rate == pytest.approx((later - earlier) / (2 * step), rel=1e-7)
