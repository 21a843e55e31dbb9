"""Tests of assumptions: rejected rarely where they hold, surely where they do not."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom, chi2, spearmanr

from customer_lifecycle.markov import assumptions
from customer_lifecycle.markov.assumptions import Check

WORLDS = 200
CUSTOMERS = 1_500
RATES = (1.2, 1.5)
SPEND = (4.0, 6.0, 50.0)

Draw = Callable[[np.random.Generator], Check]


def independent(rng: np.random.Generator, strength: float = 0.0) -> Check:
    frequency = rng.poisson(rng.gamma(2, 2, CUSTOMERS)) + 1
    amount = rng.gamma(2, 20, CUSTOMERS) * frequency**strength
    return assumptions.frequency_and_amount(frequency, amount, np.ones(CUSTOMERS))


def memory(rng: np.random.Generator, strength: float = 0.0) -> Check:
    state, before = rng.integers(1, 4, CUSTOMERS), rng.integers(1, 4, CUSTOMERS)
    bought = rng.random(CUSTOMERS) < 0.2 + 0.1 * state - strength * before
    return assumptions.first_order(state, before, bought, np.ones(CUSTOMERS))


def counts(rng: np.random.Generator, stop: float = 0.0, periods: int = 8) -> np.ndarray:
    rates = rng.gamma(RATES[0], 1 / RATES[1], (CUSTOMERS, 1))
    active = np.cumsum(rng.random((CUSTOMERS, periods)) < stop, axis=1) == 0
    return rng.poisson(rates * active)


def dispersion(rng: np.random.Generator, stop: float = 0.0) -> Check:
    table = counts(rng, stop)
    size = np.full(CUSTOMERS, table.shape[1])
    return assumptions.poisson(table.sum(axis=1), (table**2).sum(axis=1), size, np.ones(CUSTOMERS))


def rates(rng: np.random.Generator, stop: float = 0.0) -> Check:
    table = counts(rng, stop)
    size = np.full(CUSTOMERS, table.shape[1])
    return assumptions.gamma_rates(RATES, table.sum(axis=1), size, np.ones(CUSTOMERS))


def amounts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    days = rng.integers(1, 6, CUSTOMERS)
    scale = SPEND[2] / rng.gamma(SPEND[1], 1, CUSTOMERS)
    first = rng.standard_gamma(SPEND[0], CUSTOMERS) * scale
    rest = rng.standard_gamma(SPEND[0] * (days - 1)) * scale
    return days, first, first + rest


def shares(rng: np.random.Generator, shape: float = SPEND[0]) -> Check:
    days, first, total = amounts(rng)
    return assumptions.gamma_amounts(shape, days, first / total, np.ones(CUSTOMERS))


def means(rng: np.random.Generator, shape: float = SPEND[1]) -> Check:
    days, _, total = amounts(rng)
    spend = (SPEND[0], shape, SPEND[2])
    return assumptions.gamma_amount_rates(spend, days, total, np.ones(CUSTOMERS))


@pytest.mark.parametrize("draw", [independent, memory, dispersion])
def test_what_holds_is_rejected_as_often_as_it_should_be(draw: Draw) -> None:
    p_values = [draw(np.random.default_rng(seed)).p_value for seed in range(WORLDS)]
    rejected = sum(p < 0.05 for p in p_values)
    assert binom.ppf(0.0005, WORLDS, 0.05) <= rejected <= binom.ppf(0.9995, WORLDS, 0.05)


@pytest.mark.parametrize(("draw", "degrees_taken"), [(rates, 2), (shares, 1), (means, 3)])
def test_known_parameters_take_no_degrees_of_freedom(draw: Draw, degrees_taken: int) -> None:
    """The tests count fitted parameters; with the true ones the statistic has as many more."""
    checks = [draw(np.random.default_rng(seed)) for seed in range(WORLDS)]
    statistics = np.array([check.statistic for check in checks])
    degrees = [
        min(range(1, 80), key=lambda n, c=c: abs(chi2.sf(c.statistic, n) - c.p_value))
        for c in checks
    ]
    p_values = chi2.sf(statistics, np.array(degrees) + degrees_taken)
    rejected = int((p_values < 0.05).sum())
    assert binom.ppf(0.0005, WORLDS, 0.05) <= rejected <= binom.ppf(0.9995, WORLDS, 0.05)


@pytest.mark.parametrize(
    ("draw", "setting"),
    [
        (independent, {"strength": 0.4}),
        (memory, {"strength": 0.1}),
        (dispersion, {"stop": 0.15}),
        (rates, {"stop": 0.15}),
        (shares, {"shape": 2.5}),
        (means, {"shape": 4.0}),
    ],
)
def test_what_does_not_hold_is_rejected(draw: Callable[..., Check], setting: dict) -> None:
    truth = draw(np.random.default_rng(1))
    found = draw(np.random.default_rng(1), **setting)
    assert found.p_value < 1e-6
    assert found.departure > 2 * truth.departure


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(4)
    frequency, amount = rng.integers(1, 6, 300), rng.integers(1, 40, 300)
    rows, customers = np.unique(np.stack([frequency, amount]), axis=1, return_counts=True)
    found = assumptions.frequency_and_amount(*rows, customers)
    assert found.statistic == pytest.approx(spearmanr(frequency, amount).statistic, abs=1e-12)
    assert found.customers == 300


def test_dispersion_by_hand() -> None:
    # 4 purchases as 4, 0: D = 2 * 16 / 4 - 4 = 4; as 2, 2: 2 * 8 / 4 - 4 = 0; expected 1 each.
    found = assumptions.poisson([4, 4, 1], [16, 8, 1], [2, 2, 5], [1, 1, 9])
    assert found.statistic == pytest.approx(4 / 2)
    # The one with a single purchase tells nothing. Variance 2 * (1 - 1 / 4) each.
    assert found.customers == 2
    assert found.p_value == pytest.approx(0.248213, abs=1e-5)  # 2 P(Z > 2 / sqrt(3))


@pytest.mark.parametrize(
    "check",
    [
        assumptions.frequency_and_amount([1, 1], [5, 6], [10, 10]),
        assumptions.first_order([], [], [], []),
        assumptions.first_order([1, 1], [1, 2], [0, 1], [2, 2]),
        assumptions.poisson([1], [1], [5], [100]),
        assumptions.gamma_rates(RATES, [0, 1], [3, 3], [2, 1]),
        assumptions.gamma_amounts(4.0, [2], [0.5], [3]),
        assumptions.gamma_amount_rates(SPEND, [2], [50.0], [3]),
        assumptions.transitions([1, 1], [0.5, 0.5], [1, 1]),
    ],
)
def test_too_little_data_say_nothing(check: Check) -> None:
    assert np.isnan(check.p_value)
    (row,) = assumptions.check_table({"some": check}).to_pylist()
    assert row["p_value"] is None
    assert row["statistic"] is None
