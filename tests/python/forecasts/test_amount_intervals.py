import numpy as np
import pyarrow as pa
import pytest
from purchase_world import every_model
from scipy.optimize import brentq
from scipy.stats import betaprime
from test_intervals import HORIZON, PARAMETERS, simulate

from customer_lifecycle.forecasts.amount_intervals import (
    INTERVAL_SCHEMA,
    amount_interval,
    amount_interval_table,
)
from customer_lifecycle.forecasts.calibration import FACTORS
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import STATE_COLUMNS

NBD = PURCHASE_MODELS["nbd"]
SPEND = (6.25, 3.744, 15.44)


@pytest.mark.parametrize(
    ("theta", "low", "high"),
    [
        (0.5, 0.0, 18.0),  # half buy nothing; 1 / 2 - y / (4 - 2 y) = .05 at y = 18 / 19
        (0.98, 0.6 / 0.38, 930.0),  # .02 / (1 - .98 y) = .05 and .95, s = y / (1 - y)
    ],
)
def test_quantiles_by_hand(theta: float, low: float, high: float) -> None:
    # r = 1 makes purchases geometric, (1 - theta) theta^n, and with p = q = 1 the amount of n of
    # them exceeds s with probability 1 - y^n, y = s / (1 + s). So P(S > s) = 1 - (1 - theta) /
    # (1 - theta y).
    alpha = 52 / theta - 52
    found = amount_interval(NBD, (1.0, alpha), (1.0, 1.0, 1.0), 52.0, [0], [0], [0], [0])
    assert found[0] == pytest.approx(low, rel=1e-3)
    assert found[1] == pytest.approx(high, rel=1e-3)


@every_model
@pytest.mark.parametrize(
    "spend", [SPEND, (0.7, 1.5, 1.0), (150.0, 4.0, 1.0), (1.0, 60.0, 1.0)], ids=str
)
def test_quantiles_are_roots_of_the_survival_function(
    model: PurchaseModel, spend: tuple[float, float, float]
) -> None:
    parameters, (p, q, _) = PARAMETERS[model.NAME], spend
    states = np.array(
        [(0, 0, 20, 0), (2, 30, 38, 2), (2, 30, 38, 0), (5, 10, 60, 5), (30, 59, 60, 28)]
    ).T
    low, high = amount_interval(model, parameters, spend, 52.0, *states)
    counts = np.arange(1, 600)
    for found_low, found_high, (x, recency, age, paid_days) in zip(
        low, high, states.T, strict=True
    ):
        alive = model.probability_alive(parameters, x, recency, age)
        of_count = alive * model.probability_of_purchases_if_alive(parameters, counts, 52.0, x, age)

        def beyond(log_ratio: float, of_count: np.ndarray = of_count, shape: float = q) -> float:
            return of_count @ betaprime.sf(np.exp(log_ratio), p * counts, shape)

        for found, share in ((found_low, 0.95), (found_high, 0.05)):
            root = 0.0
            if of_count.sum() > share:
                shape = p * paid_days + q
                root = np.exp(brentq(lambda s: beyond(s, shape=shape) - share, -30, 20))  # noqa: B023
            assert found == pytest.approx(root, rel=1e-3)


def simulate_amounts(
    generator: np.random.Generator, scale: np.ndarray, purchases: np.ndarray
) -> np.ndarray:
    """Spend of so many purchases, each Gamma(p, rate v)."""
    return np.where(
        purchases > 0, generator.gamma(SPEND[0] * np.maximum(purchases, 1)) / scale, 0.0
    )


@every_model
def test_nine_of_ten_customers_spend_within(model: PurchaseModel) -> None:
    customers, generator = 100_000, np.random.default_rng(3)
    states, later = simulate(model.NAME, customers, seed=20240301)
    x = states[0]
    scale = generator.gamma(SPEND[1], 1 / SPEND[2], customers)
    before, spent = (simulate_amounts(generator, scale, number) for number in (x, later))
    fit = model.fit(*states, np.ones(customers))
    spend_fit = gamma_gamma.fit(x, before / np.maximum(x, 1), np.ones(customers))
    assert fit.serves_forecasts
    assert spend_fit.serves_forecasts
    unit = spend_fit.estimates[2] + before
    low, high = (
        unit * end
        for end in amount_interval(
            model, fit.estimates, spend_fit.estimates, HORIZON, *states, paid_days=x
        )
    )
    # Nothing is spent with a probability of its own. Where an end is 0 only the share of it counts
    # that would make the tail 5 % exactly.
    nothing = 1 - model.probability_alive(fit.estimates, *states) * (
        1 - model.probability_of_purchases_if_alive(fit.estimates, 0, HORIZON, x, states[2])
    )
    too_low = np.where(low > 0, spent < low, (spent == 0) * 0.05 / nothing)
    too_high = (spent > high) + (high == 0) * (spent == 0) * (nothing - 0.95) / nothing
    assert (low > 0).any()
    assert (high > 0).mean() > 0.3
    assert too_low.mean() == pytest.approx(0.05, abs=0.01)
    assert too_high.mean() == pytest.approx(0.05, abs=0.01)
    many = x >= 10
    assert (too_low[many].mean(), too_high[many].mean()) == pytest.approx((0.05, 0.05), abs=0.02)


def test_simulated_year_of_one_customer() -> None:
    # BG/NBD by its story: five paid repeat days that brought 100.
    (r, alpha, a, b), (p, q, k), size = PARAMETERS["bg_nbd"], SPEND, 400_000
    generator = np.random.default_rng(1)
    alive = PURCHASE_MODELS["bg_nbd"].probability_alive((r, alpha, a, b), 5, 30, 40)
    rate, chance = generator.gamma(r + 5, 1 / (alpha + 40), size), generator.beta(a, b + 5, size)
    purchases = np.minimum(generator.poisson(rate * 52), generator.geometric(chance))
    purchases *= generator.random(size) < alive
    scale = generator.gamma(p * 5 + q, 1 / (k + 100), size)
    spent = simulate_amounts(generator, scale, purchases)
    low, high = amount_interval(
        PURCHASE_MODELS["bg_nbd"], (r, alpha, a, b), SPEND, 52.0, [5], [30], [40], [5]
    )
    assert high * (k + 100) == pytest.approx(np.quantile(spent, 0.95), rel=0.01)
    assert low == np.quantile(spent, 0.05) == 0


def test_table_is_per_state_whatever_stands_beside_it() -> None:
    states = pa.table(
        {
            "repeat_purchases": [40, 0, 3, 3],
            "recency_days": [300, 0, 90, 90],
            "age_days": [310, 50, 365, 365],
            "gap_class": [0, -1, 1, 1],
            "spend_days": [40, 0, 3, 2],
            **{name: pa.array([None, 1.0, 1.0, 1.0], pa.float64()) for name in FACTORS},
        }
    )
    table = amount_interval_table(states, "bg_nbd", PARAMETERS["bg_nbd"], SPEND)
    assert table.schema == INTERVAL_SCHEMA
    names = [*STATE_COLUMNS, "gap_class", "spend_days"]
    assert table.select(names) == states.select(names)
    for number in range(4):
        alone = amount_interval_table(
            states.slice(number, 1), "bg_nbd", PARAMETERS["bg_nbd"], SPEND
        )
        for name in ("amount_ratio_low", "amount_ratio_high"):
            assert alone[name][0].as_py() == pytest.approx(table[name][number].as_py(), rel=1e-5)
    assert table["amount_ratio_low"][0].as_py() > 0
    none = amount_interval_table(states.slice(0, 0), "bg_nbd", PARAMETERS["bg_nbd"], SPEND)
    assert none.schema == INTERVAL_SCHEMA
    assert none.num_rows == 0


def test_a_tail_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="tail"):
        amount_interval(NBD, (1.0, 1.0), SPEND, 52.0, [1], [2], [3], [1], tail=0.5)
