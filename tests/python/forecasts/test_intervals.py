import numpy as np
import pytest
from purchase_world import every_model
from scipy.stats import nbinom

from customer_lifecycle.forecasts.intervals import predictive_interval
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

PARAMETERS = {
    "nbd": (0.8, 12.0),
    "bg_nbd": (0.8, 12.0, 0.8, 5.0),
    "mbg_nbd": (1.1, 15.0, 1.3, 10.0),
    "pareto_nbd": (1.2, 21.0, 0.6, 30.0),
}
HORIZON = 26.0


def simulate(name: str, customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Let customers live and buy: their states at an age of weeks, and what they buy thereafter."""
    r, alpha, *dropout = PARAMETERS[name]
    generator = np.random.default_rng(seed)
    rate = generator.gamma(r, 1 / alpha, customers)
    age = generator.choice(np.arange(6, 90, 7), customers).astype(float)
    lifetime, last_purchase = np.full((2, customers), np.inf)
    if name == "pareto_nbd":
        s, beta = dropout
        dropout_rate = np.maximum(generator.gamma(s, 1 / beta, customers), 1e-300)
        lifetime = generator.exponential(1 / dropout_rate)
    elif name != "nbd":
        chance = np.maximum(generator.beta(*dropout, customers), 1e-12)
        last_purchase = generator.geometric(chance) - (name == "mbg_nbd")
    frequency, recency, later, clock = np.zeros((4, customers))
    number, is_buying = 0, np.ones(customers, dtype=bool)
    while is_buying.any():
        clock += generator.exponential(1 / np.maximum(rate, 1e-300))
        number += 1
        is_buying &= (clock <= np.minimum(lifetime, age + HORIZON)) & (number <= last_purchase)
        is_early = is_buying & (clock <= age)
        frequency += is_early
        recency[is_early] = clock[is_early]
        later += is_buying & ~is_early
    return np.array([frequency, recency, age]), later


def distributions(
    model: PurchaseModel, parameters: tuple, states: np.ndarray, counts: int
) -> np.ndarray:
    """Probability of at most each count, one row per state."""
    pairs, pair_of_state = np.unique(states[[0, 2]], axis=1, return_inverse=True)
    if_alive = model.probability_of_purchases_if_alive(
        parameters, np.arange(counts), HORIZON, pairs[0][:, None], pairs[1][:, None]
    )
    alive = model.probability_alive(parameters, *states)[:, None]
    return 1 - alive * (1 - np.cumsum(if_alive, axis=1)[pair_of_state.ravel()])


@every_model
def test_ends_are_the_tightest_with_5_percent_beyond(model: PurchaseModel) -> None:
    parameters, counts = PARAMETERS[model.NAME], 250
    states, _ = simulate(model.NAME, 3000, seed=5)
    low, high = predictive_interval(model, parameters, HORIZON, *states)
    at_most = distributions(model, parameters, states, counts)
    assert (at_most[:, -1] > 0.999).all()
    assert (low == (at_most <= 0.05).sum(axis=1)).all()
    assert (high == (at_most < 0.95).sum(axis=1)).all()
    assert (low <= high).all()
    assert low.max() > 0


@every_model
def test_nine_of_ten_customers_are_inside(model: PurchaseModel) -> None:
    states, later = simulate(model.NAME, 100_000, seed=20240229)
    fit = model.fit(*states, np.ones(later.size))
    assert fit.serves_forecasts
    low, high = predictive_interval(model, fit.estimates, HORIZON, *states)
    assert (later < low).mean() <= 0.05
    assert (later > high).mean() <= 0.05

    # Whole numbers cover more than nominal. At an end only the share of its probability counts that
    # would make the tail 5 % exactly.
    counts = int(high.max()) + 2
    rows = np.arange(later.size)
    at_most = np.hstack(
        [np.zeros((later.size, 1)), distributions(model, fit.estimates, states, counts)]
    )
    up_to_low, below_low = at_most[rows, low + 1], at_most[rows, low]
    up_to_high, below_high = at_most[rows, high + 1], at_most[rows, high]
    low_share = (0.05 - below_low) / (up_to_low - below_low)
    high_share = (up_to_high - 0.95) / (up_to_high - below_high)
    inside = ((later >= low) & (later <= high)).astype(float)
    inside -= low_share * (later == low) + high_share * (later == high)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)
    many = states[0] >= 10
    assert inside[many].mean() == pytest.approx(0.9, abs=0.02)


def test_nbd_quantiles() -> None:
    x, age = np.array([0, 1, 7, 300]), np.array([10, 0, 52, 90.5])
    low, high = predictive_interval(PURCHASE_MODELS["nbd"], (0.8, 12.0), 52.0, x, 0 * x, age)
    shape, share = 0.8 + x, (12 + age) / (64 + age)
    assert low.tolist() == nbinom.ppf(0.05, shape, share).tolist()
    assert high.tolist() == nbinom.ppf(0.95, shape, share).tolist()


def test_who_is_gone_buys_nothing() -> None:
    low, high = predictive_interval(
        PURCHASE_MODELS["bg_nbd"], PARAMETERS["bg_nbd"], 52.0, [40], [20], [150]
    )
    assert (low.tolist(), high.tolist()) == ([0], [0])


@every_model
def test_hundreds_of_purchases_no_horizon_and_nobody(model: PurchaseModel) -> None:
    parameters = PARAMETERS[model.NAME]
    low, high = predictive_interval(model, parameters, 52.0, [900], [99.9], [100])
    assert low < model.expected_purchases(parameters, 52.0, 900, 99.9, 100) < high
    assert 300 < high < 600
    assert predictive_interval(model, parameters, 0.0, [3], [9], [10])[1].tolist() == [0]
    assert [end.size for end in predictive_interval(model, parameters, 52.0, [], [], [])] == [0, 0]


@pytest.mark.parametrize("tail", [0.0, 0.5, -1, float("nan")])
def test_a_tail_that_is_none_is_refused(tail: float) -> None:
    with pytest.raises(ValueError, match="tail"):
        predictive_interval(PURCHASE_MODELS["nbd"], (0.8, 12.0), 52.0, [1], [2], [3], tail=tail)
