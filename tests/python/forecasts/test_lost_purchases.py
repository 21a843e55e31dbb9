import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import nbinom

from customer_lifecycle.forecasts.lost_purchases import lost_purchases_if_alive
from customer_lifecycle.purchase_models import bg_nbd, pareto_nbd
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS, PurchaseModel

PARAMETERS = {
    "nbd": (0.38477, 12.072),
    "bg_nbd": (0.2425967, 4.413659, 0.7929869, 2.426164),
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.55337084, 10.57951886, 0.60590725, 11.65811012),
}
every_model = pytest.mark.parametrize("model", PURCHASE_MODELS.values(), ids=PURCHASE_MODELS)
every_pair = pytest.mark.parametrize(("x", "age"), [(0, 0), (0, 5), (2, 38.86), (30, 60)])


def simulate_lost_purchases(
    name: str, x: float, age: float, weeks: float, customers: int, seed: int
) -> np.ndarray:
    """Let customers who are alive buy on for ever, and count what comes after their dropout."""
    r, alpha, *dropout = PARAMETERS[name]
    generator = np.random.default_rng(seed)
    rate = generator.gamma(r + x, 1 / (alpha + age), customers)
    if name == "nbd":
        return np.zeros(customers)
    if name == "pareto_nbd":
        s, beta = dropout
        lifetime = generator.exponential(1 / generator.gamma(s, 1 / (beta + age), customers))
        return generator.poisson(rate * np.maximum(weeks - lifetime, 0)).astype(float)
    a, b = dropout
    chances = x + (name == "mbg_nbd")
    last = generator.geometric(np.maximum(generator.beta(a, b + chances, customers), 1e-12))
    return np.maximum(generator.poisson(rate * weeks) - last.astype(float), 0)


@every_model
@every_pair
def test_moments_are_those_of_simulated_customers(
    model: PurchaseModel, x: float, age: float
) -> None:
    customers = 200_000
    lost = simulate_lost_purchases(model.NAME, x, age, 52.0, customers, seed=20240229)
    moments = lost_purchases_if_alive(
        model, PARAMETERS[model.NAME], 52.0, np.array([x]), np.array([age])
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
    mean = lost_purchases_if_alive(model, parameters, 52.0, np.array([x]), np.array([age]))[0]
    stays = 52.0 * (parameters[0] + x) / (parameters[1] + age)
    expected = model.expected_purchases_if_alive(parameters, 52.0, x, age)
    assert mean[0] == pytest.approx(stays - expected, rel=1e-10, abs=1e-13)


def test_moments_at_a_known_rate_and_lifetime() -> None:
    # Ten purchases a year and dropout at a rate of 2 a year: E[L] = 10 - 10 (1 - exp(-2)) / 2 and
    # E[L (L - 1)] = 100 - 2 * 100 (1 / 2 - (1 - exp(-2)) / 4).
    sharp, gone = 1e9, 1 - np.exp(-2)
    mean, pairs = 10 - 5 * gone, 100 - 200 * (1 / 2 - gone / 4)
    moments = lost_purchases_if_alive(
        pareto_nbd, (10 * sharp, sharp, 2 * sharp, sharp), 1.0, np.zeros(1), np.zeros(1)
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
    moments = lost_purchases_if_alive(
        bg_nbd, (r, alpha, a, b), 52.0, np.array([x]), np.array([age])
    )
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
