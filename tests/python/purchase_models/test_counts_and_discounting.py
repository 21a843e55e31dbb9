from collections.abc import Callable

import numpy as np
import pytest
from purchase_world import PARAMETERS, every_model
from scipy.stats import nbinom

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.discounting import discounted_total
from customer_lifecycle.purchase_models.mbg_nbd import MBG_NBD
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel


def simulate_counts(name: str, weeks: float, customers: int, seed: int) -> np.ndarray:
    """Let new customers live and buy."""
    r, alpha, *dropout = PARAMETERS[name]
    generator = np.random.default_rng(seed)
    rate = generator.gamma(r, 1 / alpha, customers)
    if name == "pareto_nbd":
        s, beta = dropout
        lifetime = generator.exponential(
            1 / np.maximum(generator.gamma(s, 1 / beta, customers), 1e-300)
        )
        return generator.poisson(rate * np.minimum(lifetime, weeks))
    bought = generator.poisson(rate * weeks)
    if name == "nbd":
        return bought
    # The purchase after which a customer drops out; in the MBG/NBD the first purchase counts too.
    chance = np.maximum(generator.beta(*dropout, customers), 1e-12)
    return np.minimum(bought, generator.geometric(chance) - (name == "mbg_nbd"))


@every_model
@pytest.mark.parametrize("weeks", [1e-3, 3, 39, 520])
def test_probabilities_sum_to_one_and_to_the_expectation(
    model: PurchaseModel, weeks: float
) -> None:
    counts = np.arange(6000)
    probabilities = model.probability_of_purchases(PARAMETERS[model.NAME], counts, weeks)
    assert (probabilities >= 0).all()
    assert probabilities.sum() == pytest.approx(1, rel=1e-12)
    assert probabilities @ counts == pytest.approx(
        model.expected_purchases_new(PARAMETERS[model.NAME], weeks), rel=1e-10
    )


@every_model
@pytest.mark.parametrize(("x", "age"), [(0, 40), (3, 12.5), (70, 60), (600, 90)])
def test_probabilities_of_known_customers_sum_to_the_expectation(
    model: PurchaseModel, x: float, age: float
) -> None:
    counts, parameters = np.arange(6000), PARAMETERS[model.NAME]
    probabilities = model.probability_of_purchases_if_alive(parameters, counts, 39.0, x, age)
    assert (probabilities >= 0).all()
    assert probabilities.sum() == pytest.approx(1, rel=1e-11)
    assert probabilities @ counts == pytest.approx(
        model.expected_purchases_if_alive(parameters, 39.0, x, age), rel=1e-10
    )


@every_model
def test_probabilities_are_the_shares_of_simulated_customers(model: PurchaseModel) -> None:
    customers, weeks, counts = 200_000, 39.0, np.arange(12)
    simulated = simulate_counts(model.NAME, weeks, customers, seed=20240229)
    shares = (simulated[:, None] == counts).mean(axis=0)
    probabilities = model.probability_of_purchases(PARAMETERS[model.NAME], counts, weeks)
    errors = np.sqrt(probabilities * (1 - probabilities) / customers)
    assert np.abs((shares - probabilities) / errors).max() < 3.5


@every_model
def test_no_purchase_is_no_repeat_row_of_the_likelihood(model: PurchaseModel) -> None:
    weeks = np.array([0.5, 10, 77.86])
    likelihoods = [
        np.exp(model.log_likelihood(PARAMETERS[model.NAME], [0], [0], [age], [1])) for age in weeks
    ]
    assert model.probability_of_purchases(PARAMETERS[model.NAME], 0, weeks) == pytest.approx(
        likelihoods, rel=1e-11
    )


@every_model
def test_nobody_has_bought_again_at_once(model: PurchaseModel) -> None:
    probabilities = model.probability_of_purchases(PARAMETERS[model.NAME], [0, 1, 7], 0)
    assert probabilities == pytest.approx([1, 0, 0])


def test_published_probabilities_bg_nbd(printed: Callable) -> None:
    # In the tests of lifetimes, from the R package BTYD.
    parameters = (0.243, 4.414, 0.793, 2.426)
    probabilities = BG_NBD.probability_of_purchases(parameters, [11, 12, 20], 30)
    for probability, number in zip(
        probabilities, (".0019995214", ".0015170236", ".0002222260"), strict=True
    ):
        assert probability == printed(number)
    assert BG_NBD.probability_of_purchases(parameters, 10, 2) == printed("1.07869e-7")
    assert BG_NBD.probability_of_purchases(parameters, 0, 39) == printed(".5737864")


def test_negative_binomial() -> None:
    counts = np.array([0, 1, 5, 900])
    assert NBD.probability_of_purchases((0.8, 5.0), counts, 30.0) == pytest.approx(
        nbinom.pmf(counts, 0.8, 5 / 35), rel=1e-11
    )


def test_mbg_by_hand() -> None:
    # r = alpha = t = 1: P(n) = 2^-(n + 1), P(more than n) the same. a = b = 1: n chances are
    # survived with probability 1 / (n + 1), and the next is the last with 1 / (n + 1) / (n + 2).
    n = np.arange(5)
    by_hand = 2.0 ** -(n + 1) * (1 / (n + 1) + 1 / (n + 1) / (n + 2))
    assert MBG_NBD.probability_of_purchases((1, 1, 1, 1), n, 1) == pytest.approx(by_hand)


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.6, 11.7), (2, 0.3, 4, 90), (3, 80, 0.2, 1)])
@pytest.mark.parametrize("count", [0, 1, 6, 40, 400])
def test_pareto_counts_over_lifetimes(parameters: tuple, count: int) -> None:
    r, alpha, s, beta = parameters
    weeks = 78.0

    nodes, node_weights = np.polynomial.legendre.leggauss(60)
    panels = np.log(weeks) - 2 * np.arange(20)[:, None]
    time = np.exp(panels + nodes - 1)
    lifetime = s / beta * (beta / (beta + time)) ** (s + 1)
    density = nbinom.pmf(count, r, alpha / (alpha + time)) * lifetime * time
    inside = np.sum(density @ node_weights)
    alive = nbinom.pmf(count, r, alpha / (alpha + weeks)) * (beta / (beta + weeks)) ** s
    assert PARETO_NBD.probability_of_purchases(parameters, count, weeks) == pytest.approx(
        inside + alive, rel=1e-9
    )


@every_model
def test_residual_transactions_are_the_sum_of_discounted_purchases(model: PurchaseModel) -> None:
    rate, row, parameters = 0.0027, (7, 35, 77.86), PARAMETERS[model.NAME]
    weeks = np.arange(0, 10_001)
    middles = (weeks[1:] + weeks[:-1]) / 2
    purchases = np.diff(model.expected_purchases(parameters, weeks, *row))
    assert model.discounted_expected_residual_transactions(parameters, rate, *row) == pytest.approx(
        np.exp(-rate * middles) @ purchases, rel=2e-6
    )


@every_model
@pytest.mark.parametrize("rate", [-0.1, float("nan")])
def test_a_discount_rate_below_zero_is_refused(model: PurchaseModel, rate: float) -> None:
    parameters = PARAMETERS[model.NAME]
    with pytest.raises(ValueError, match="must not be below 0"):
        model.discounted_expected_residual_transactions(parameters, rate, 1, 5, 20)
    with pytest.raises(ValueError, match="must not be below 0"):
        model.discounted_purchases_if_alive(parameters, rate, 1, 20, horizon=52)


def test_discounted_total_agrees_with_the_closed_form() -> None:
    parameters = PARAMETERS["pareto_nbd"]
    x, recency, age = (
        np.array([0, 2, 7, 150]),
        np.array([0, 3, 35, 77]),
        np.array([0, 9, 77.86, 78]),
    )
    for rate in (1e-4, 0.0027, 0.3):
        total = PARETO_NBD.probability_alive(parameters, x, recency, age) * discounted_total(
            lambda delay: PARETO_NBD.expected_rate_if_alive(parameters, delay, x, age),
            rate,
            PARETO_NBD.time_scale(parameters, age),
        )
        assert total == pytest.approx(
            PARETO_NBD.discounted_expected_residual_transactions(parameters, rate, x, recency, age),
            rel=1e-10,
        )


def test_residual_transactions_by_hand() -> None:
    # One purchase in ten weeks, for ever, at .1 % a week: 1 / 10 / .001.
    assert NBD.discounted_expected_residual_transactions((2, 10), 0.001, 1, 5, 20) == pytest.approx(
        100
    )
    assert np.isinf(NBD.discounted_expected_residual_transactions((2, 10), 0, 1, 5, 20))


@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD], ids=["bg_nbd", "mbg_nbd"])
def test_without_discount_the_sum_is_refused(model: PurchaseModel) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        model.discounted_expected_residual_transactions(PARAMETERS[model.NAME], 0.0, 1, 5, 20)
