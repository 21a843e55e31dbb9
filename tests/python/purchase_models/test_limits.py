"""Fits at their limit forecast what the simpler model does: no dropout, or customers alike."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import PARAMETERS, every_model
from scipy.special import betaln, expit
from scipy.stats import poisson

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.mbg_nbd import MBG_NBD
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.quadrature import beta_nodes

STATES = np.array([(0, 0, 0), (0, 0, 30), (2, 10, 40), (2, 39, 40), (25, 60, 70)], dtype=float).T
WEEKLY = np.log(1.15) * 7 / 365
GAP = 3.0  # weeks


def alike(name: str) -> tuple[float, ...]:
    """Parameters of customers who buy at the same rate, and drop out as in print."""
    return (1e4, 1e4 * GAP, *PARAMETERS[name][2:])


# ---------------------------------------------------------------- nobody drops out


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
@pytest.mark.parametrize("rate", [(0.4, 12.0), (7.0, 20.0)], ids=str)
def test_who_never_drops_out_is_a_customer_of_the_nbd(name: str, rate: tuple[float, float]) -> None:
    model, parameters = PURCHASE_MODELS[name], (*rate, 1e-4, 1e4)
    x, _, age = STATES
    for horizon in (1.0, 52.0, 520.0):
        assert model.expected_purchases(parameters, horizon, *STATES) == pytest.approx(
            NBD.expected_purchases(rate, horizon, *STATES), rel=2e-3
        )
        for count in (0, 1, 5):
            assert model.probability_of_purchases_if_alive(
                parameters, count, horizon, x, age
            ) == pytest.approx(
                NBD.probability_of_purchases_if_alive(rate, count, horizon, x, age),
                rel=2e-3,
                abs=1e-6,  # one in a hundred million drops out after all
            )
    assert model.discounted_expected_residual_transactions(
        parameters, WEEKLY, *STATES
    ) == pytest.approx(
        NBD.discounted_expected_residual_transactions(rate, WEEKLY, *STATES), rel=2e-3
    )


# ---------------------------------------------------------------- customers alike


@every_model
def test_customers_alike_are_those_of_a_poisson_process(model: PurchaseModel) -> None:
    """The rate is known; dropout is simulated."""
    x, age, weeks, size = 2.0, 40.0, 78.0, 400_000
    parameters, generator = alike(model.NAME), np.random.default_rng(11)
    end, last = np.full(size, weeks), np.full(size, np.inf)
    if model is PARETO_NBD:
        s, beta = parameters[2:]
        lives = generator.exponential(1 / generator.gamma(s, 1 / (beta + age), size))
        end = np.minimum(weeks, lives)
    elif model is not NBD:
        a, b = parameters[2:]
        chances = x + (model is MBG_NBD)
        last = generator.geometric(np.maximum(generator.beta(a, b + chances, size), 1e-12))
    bought = np.minimum(generator.poisson(end / GAP), last)
    expected = float(model.expected_purchases_if_alive(parameters, weeks, x, age))
    assert abs(expected - bought.mean()) < 4 * bought.std() / np.sqrt(size) + 1e-3 * expected
    for count in (0, 1, 4, 26):
        chance = float(model.probability_of_purchases_if_alive(parameters, count, weeks, x, age))
        assert abs(chance - np.mean(bought == count)) < (
            4 * np.sqrt(max(chance, 1 / size) / size) + 2e-3 * chance
        )
    if model is NBD:
        assert expected == pytest.approx(weeks / GAP, rel=2e-3)
        assert chance == pytest.approx(poisson.pmf(26, weeks / GAP), rel=2e-3)


@pytest.mark.parametrize("gap", [0.2, 3.0, 40.0])
@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd"])
def test_lifetimes_of_customers_alike_are_means_over_their_chances(name: str, gap: float) -> None:
    """Given the chance p to drop out, (1 - (1 + p u)^-(r + x)) / p purchases are expected."""
    model, (a, b) = PURCHASE_MODELS[name], PARAMETERS[name][2:]
    horizons = np.array([30 / 7, 52.0, 520.0, 2607.0])
    for r, x, age in ((1e4, 0.0, 0.0), (1e4, 3.0, 20.0), (30.0, 3.0, 20.0)):
        parameters = (r, r * gap, a, b)
        exact = [
            mean_by_trapezoid(
                a,
                b + x + model.first_chances,
                lambda p, u=u, shape=r + x: -np.expm1(-shape * np.log1p(p * u)) / p,
            )
            for u in horizons / (r * gap + age)
        ]
        found = model.expected_purchases_if_alive(parameters, horizons, x, age)
        assert found == pytest.approx(np.array(exact), rel=1e-7)
        state = np.array([x]), np.array([age])
        by_year = model.expected_purchases_by_horizon_if_alive(parameters, horizons[:2], *state)
        assert by_year[:, 0] == pytest.approx(np.array(exact[:2]), rel=1e-7)
        lifetime = model.discounted_purchases_if_alive(parameters, 0.0, *state, horizon=2607.0)
        assert lifetime[0] == pytest.approx(exact[3], rel=1e-7)


@pytest.mark.parametrize("s", [1e4, 5.0])
def test_lifetimes_of_customers_who_are_gone_soon(s: float) -> None:
    """Lives of two weeks or so, over 50 years."""
    parameters, x, age = (1e4, 1e4 * 0.5, s, 2 * s), np.array([0.0]), np.array([0.0])
    closed = PARETO_NBD.expected_purchases_if_alive(parameters, 2607.0, x, age)
    lifetime = PARETO_NBD.discounted_purchases_if_alive(parameters, 0.0, x, age, horizon=2607.0)
    assert lifetime == pytest.approx(closed, rel=1e-9)
    lost, _ = PARETO_NBD.lost_purchases_if_alive(parameters, 52.0, x, age)
    kept = PARETO_NBD.expected_purchases_if_alive(parameters, 52.0, x, age)
    assert lost + kept == pytest.approx(PARETO_NBD.mean_rate(parameters, x, age) * 52, rel=1e-7)


# ---------------------------------------------------------------- means over beta numbers

LOGITS, STEP = np.linspace(-60, 60, 200_001, retstep=True)
LOG_P, LOG_Q = -np.log1p(np.exp(-LOGITS)), -np.log1p(np.exp(LOGITS))
P = expit(LOGITS)


def mean_by_trapezoid(a: float, b: float, values: Callable[[np.ndarray], np.ndarray]) -> float:
    """Mean over p ~ Beta(a, b), by the trapezoid rule in ln(p / (1 - p)); for a, b >= .5."""
    density = np.exp(a * LOG_P + b * LOG_Q - betaln(a, b))
    return STEP * float(np.sum(density * values(P)))


@pytest.mark.parametrize("a", [1e-4, 0.3, 1.0, 1.7, 40.0, 1e4, 1e8])
@pytest.mark.parametrize("b", [1e-4, 0.7, 1.0, 2.5, 300.0, 1e4, 1e8])
def test_nodes_have_the_moments_of_the_distribution(a: float, b: float) -> None:
    points, weights = beta_nodes(a, b)
    assert ((points >= 0) & (points <= 1) & (weights >= 0)).all()
    moment = 1.0
    for power in range(12):
        assert weights @ points**power == pytest.approx(moment, rel=1e-9, abs=1e-14)
        moment *= (a + power) / (a + b + power)


@pytest.mark.parametrize("r", [1.0, 4.9, 5.1, 100.0, 1e4])
@pytest.mark.parametrize("b", [0.5, 2.5, 98.0, 200.0, 1e4])
def test_expected_rate_is_the_mean_over_the_chances_to_drop_out(r: float, b: float) -> None:
    """To 1e-9 of the mean rate, on horizons from a day to ten years."""
    for a, (x, age, gap) in (
        (0.5, (0.0, 0.0, 4.0)),
        (0.8, (3.0, 20.0, 4.0)),
        (30.0, (40.0, 50.0, 1.0)),
        (1e4, (1.0, 20.0, 4.0)),
    ):
        alpha, shape = r * gap, r + x
        delays = np.array([1 / 7, 8.0, 104.0, 520.0])
        exact = [
            mean_by_trapezoid(a, b + x, lambda p, u=u: np.exp(-(shape + 1) * np.log1p(p * u)))  # noqa: B023
            for u in delays / (alpha + age)
        ]
        found = BG_NBD.expected_rate_if_alive((r, alpha, a, b), delays, x, age)
        assert found / (shape / (alpha + age)) == pytest.approx(np.array(exact), rel=0, abs=1e-9)


def test_many_customers_at_once_are_as_each_alone() -> None:
    generator, parameters = np.random.default_rng(4), alike("bg_nbd")
    delay, age = generator.uniform(0, 100, 3000), generator.uniform(0, 90, 3000)
    x = generator.integers(0, 9, 3000).astype(float)
    found = BG_NBD.expected_rate_if_alive(parameters, delay, x, age)
    for number in (0, 17, 2999):
        alone = BG_NBD.expected_rate_if_alive(parameters, delay[number], x[number], age[number])
        assert found[number] == pytest.approx(float(alone), rel=1e-13)
    table = [column.reshape(30, 100) for column in (delay, x, age)]
    assert BG_NBD.expected_rate_if_alive(parameters, *table).ravel() == pytest.approx(found)
    assert BG_NBD.expected_rate_if_alive(parameters, *np.zeros((3, 0))).size == 0


# ---------------------------------------------------------------- small shops


@pytest.mark.parametrize(("size", "shops"), [(50, 8), (100, 6), (200, 5), (1000, 3)])
def test_a_small_sample_of_cdnow_always_has_fits_that_serve(
    cdnow: SimpleNamespace, size: int, shops: int
) -> None:
    rows = np.array([cdnow.frequency, cdnow.recency, cdnow.age])
    for shop in range(shops):
        chosen = np.random.default_rng([size, shop]).choice(rows.shape[1], size, replace=False)
        sample = rows[:, chosen]
        nbd = NBD.fit(*sample, np.ones(size))
        for model in PURCHASE_MODELS.values():
            fit = model.fit(*sample, np.ones(size))
            assert fit.serves_forecasts
            # The NBD is the limit of all the others, so none is worse.
            assert fit.log_likelihood >= nbd.log_likelihood - 0.05
            expected = model.expected_purchases(fit.estimates, 52, *sample)
            assert np.isfinite(expected).all()
            assert (expected > 0).all()
