"""Parameters of every purchase model as they are in print, and customers who live by them."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from scipy.special import gammaln

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fitting import GRADIENT_TOLERANCE, LIMIT_TOLERANCE
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

PARAMETERS = {
    "nbd": (0.38477, 12.072),
    "bg_nbd": (0.2425967, 4.413659, 0.7929869, 2.426164),
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.55337084, 10.57951886, 0.60590725, 11.65811012),
}
every_model = pytest.mark.parametrize("model", PURCHASE_MODELS.values(), ids=PURCHASE_MODELS)


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


def simulate_chances(
    parameters: tuple, customers: int, seed: int, *, at_the_first: bool
) -> np.ndarray:
    """Let customers buy and drop out, one purchase a turn, up to an age of at most 100 weeks.

    They have a chance to drop out after each repeat purchase, and may have one at the first.
    """
    r, alpha, a, b = parameters
    generator = np.random.default_rng(seed)
    rate, dropout = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    age = generator.uniform(1, 100, customers)
    frequency, recency, clock = np.zeros((3, customers))
    is_buying = np.ones(customers, dtype=bool)
    if at_the_first:
        is_buying = generator.random(customers) >= dropout
    while is_buying.any():
        clock = clock + generator.exponential(1 / rate)
        is_buying &= clock <= age
        frequency[is_buying] += 1
        recency[is_buying] = clock[is_buying]
        is_buying &= generator.random(customers) >= dropout
    return np.array([frequency, recency, age])


def assert_gradient_is_that_of_the_log_likelihood(
    model: PurchaseModel | ModuleType, parameters: tuple, *rows: np.ndarray
) -> None:
    gradient = model.log_likelihood_and_gradient(parameters, *rows)[1]
    differences = [
        (
            model.log_likelihood(np.add(parameters, shift), *rows)
            - model.log_likelihood(np.subtract(parameters, shift), *rows)
        )
        / (2 * shift.sum())
        for shift in np.diag(1e-5 * np.asarray(parameters))
    ]
    assert gradient == pytest.approx(differences, rel=1e-6, abs=1e-6)


def assert_forecasts_average_to_those_of_a_new_customer(
    model: PurchaseModel, parameters: tuple, most_purchases: int
) -> None:
    """Over everything that may have come by some age: up to so many purchases, at any times."""
    age, horizon = 6.0, 20.0
    nodes, node_weights = np.polynomial.legendre.leggauss(80)
    recency, step = age * (nodes + 1) / 2, age * node_weights / 2
    total = np.exp(model.log_likelihood(parameters, [0], [0], [age], [1]))
    later = total * model.expected_purchases(parameters, horizon, 0, 0, age)
    so_far = 0.0
    for x in range(1, most_purchases + 1):
        # The density of (x, t_x): the x - 1 earlier purchases fill the ordered times before t_x.
        log_volume = (x - 1) * np.log(recency) - gammaln(x)
        densities = step * np.exp(
            log_volume
            + [model.log_likelihood(parameters, [x], [last], [age], [1]) for last in recency]
        )
        later += densities @ model.expected_purchases(parameters, horizon, x, recency, age)
        so_far += x * densities.sum()
        total += densities.sum()
    new = model.expected_purchases_new(parameters, np.array([age, age + horizon]))
    assert total == pytest.approx(1, rel=1e-9)
    assert so_far == pytest.approx(new[0], rel=1e-9)
    assert later == pytest.approx(new[1] - new[0], rel=1e-9)


def assert_every_small_base_ends_in_an_honest_fit(
    model: PurchaseModel, truth: tuple, simulate: Callable[[tuple, int, int], np.ndarray]
) -> None:
    fits, weights = [], np.ones(100)
    for seed in range(60):
        rows = simulate(truth, 100, seed)
        fit = model.fit(*rows, weights)
        assert np.isfinite([*fit.estimates, fit.log_likelihood]).all()
        assert fit.log_likelihood >= model.log_likelihood(truth, *rows, weights)
        assert fit.serves_forecasts
        assert fit.not_fitted_reason is None
        assert fit.is_converged or fit.is_at_boundary
        if fit.is_converged:
            assert fit.gradient_norm <= GRADIENT_TOLERANCE
            assert np.isfinite(fit.standard_errors).all()
        else:
            assert fit.gradient_norm <= LIMIT_TOLERANCE
        fits.append(fit)
    assert 0 < sum(fit.is_at_boundary for fit in fits) < 30
