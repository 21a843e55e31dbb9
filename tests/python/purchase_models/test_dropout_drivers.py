"""Who leaves sooner: what is planted is found, and what only goes with the rate is not."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dropout_world import dropout_world
from scipy.stats import false_discovery_control

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.dropout_drivers import (
    DRIVER_SCHEMA,
    MOST_VALUES,
    Comparison,
    _Objective,
    best_with_dropout,
    compare_dropout,
    driver_table,
)
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fitting import group_rows


def compared(world_seed: int, model: str = "bg_nbd", **options: float) -> list[Comparison]:
    """The planted trait, then the others."""
    world = dropout_world(2000, world_seed, **options)
    traits = [world.is_planted, *world.others.T]
    return [
        compare_dropout(PURCHASE_MODELS[model], world.states(who), world.states(~who))
        for who in traits
    ]


def test_what_doubles_the_dropout_is_found_and_what_goes_with_the_rate_is_not() -> None:
    false = 0
    ratios = []
    for seed in range(4):
        planted, *others = compared(seed)
        q = false_discovery_control([planted.p_value, *(other.p_value for other in others)])
        assert q[0] < 1e-4
        false += int((q[1:] <= 0.05).sum())
        assert planted.low > 1
        ratios.append(planted.ratio)
    # Of the eighty that do nothing at most one in twenty of all that is found may be one.
    assert false <= 1
    # Twice the chance, where that is not above 1: .28 against .143.
    assert np.mean(ratios) == pytest.approx(1.95, abs=0.2)


def test_without_a_driver_p_is_seldom_small() -> None:
    p = np.array([one.p_value for seed in (11, 12, 13) for one in compared(seed, factor=1.0)])
    # 63 tests; those of a shop go together, so twice the error of independent ones.
    assert (p <= 0.05).mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / p.size)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.3)


def test_shares_of_silent_customers_do_go_with_the_rate() -> None:
    """Why they are not what is tested: of those with three purchases the fast have left."""
    world = dropout_world(6000, 5)
    fast, slow = world.others[:, -1], world.others[:, 0]
    repeats, recency, age, _ = world.states(np.ones(6000, dtype=bool))
    silent = (repeats == 2) & (age - recency > 26)
    rates = [silent[who & (repeats == 2)].mean() for who in (fast & ~slow, slow & ~fast)]
    assert abs(rates[0] - rates[1]) > 0.04


def test_groups_that_are_alike_do_not_differ() -> None:
    states = dropout_world(500, 3).states(np.ones(500, dtype=bool))
    found = compare_dropout(BG_NBD, states, states)
    assert found.statistic == pytest.approx(0, abs=1e-4)
    assert found.ratio == pytest.approx(1, abs=1e-3)
    assert found.p_value > 0.99
    assert found.low < 1 < found.high


def test_the_other_way_round_it_is_the_reciprocal() -> None:
    world = dropout_world(1500, 4)
    one, others = world.states(world.is_planted), world.states(~world.is_planted)
    there, back = (compare_dropout(BG_NBD, *pair) for pair in ((one, others), (others, one)))
    assert back.ratio == pytest.approx(1 / there.ratio, rel=1e-3)
    assert back.statistic == pytest.approx(there.statistic, rel=1e-3)
    # Days in place of weeks: probabilities are the same.
    in_days = [(x, 7 * recency, 7 * age, n) for x, recency, age, n in (one, others)]
    assert compare_dropout(BG_NBD, *in_days).ratio == pytest.approx(there.ratio, rel=1e-3)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_the_gradient_is_that_of_the_likelihood(name: str) -> None:
    world = dropout_world(200, 6)
    groups = [
        np.vstack(group_rows(world.states(who)[:3], world.states(who)[3]))
        for who in (world.is_planted, ~world.is_planted)
    ]
    objective = _Objective(PURCHASE_MODELS[name], groups)
    point = np.array([0.1, 2.0, -0.2, 1.5, 0.5, 0.2, -1.0, 0.3])
    steps = np.eye(8) * 1e-6
    numeric = [(objective(point + s)[0] - objective(point - s)[0]) / 2e-6 for s in steps]
    assert objective(point)[1] == pytest.approx(numeric, rel=1e-5, abs=1e-7)


def test_where_nobody_comes_back_nothing_is_compared() -> None:
    once = (np.zeros(3), np.zeros(3), np.array([1.0, 2.0, 3.0]), np.ones(3))
    assert compare_dropout(BG_NBD, once, once) is None


def states_table(world_size: int) -> pa.Table:
    world = dropout_world(world_size, 7)
    parts = []
    for value, who in (("yes", world.is_planted), ("no", ~world.is_planted)):
        x, recency, age, customers = world.states(who)
        parts.append(
            pa.table(
                {
                    "trait": ["plan"] * x.size,
                    "trait_value": [value] * x.size,
                    "repeat_purchases": x.astype(int),
                    "recency_weeks": recency.astype(int),
                    "age_weeks": age.astype(int),
                    "customers": customers.astype(int),
                }
            )
        )
    return pa.concat_tables(parts)


def test_every_value_has_a_row_with_a_result_or_a_reason() -> None:
    states = states_table(300)
    single = states.slice(0, 1).set_column(0, "trait", pa.array(["other"]))
    states = pa.concat_tables([states, single])
    found = driver_table(states, "bg_nbd", 50)
    assert found.schema == DRIVER_SCHEMA
    rows = {(row["trait"], row["trait_value"]): row for row in found.to_pylist()}
    assert rows.keys() == {("plan", "yes"), ("plan", "no"), ("other", "yes")}
    shuffled = states.take(np.random.default_rng(1).permutation(states.num_rows))
    assert driver_table(shuffled, "bg_nbd", 50).equals(found)
    for row in driver_table(states, None, 50).to_pylist():
        assert row["not_tested_reason"] == "no_model_with_dropout"
        assert row["p_value"] is None
    assert driver_table(states.slice(0, 0), "bg_nbd", 50).num_rows == 0


def test_where_those_with_the_trait_never_come_back_nothing_is_compared() -> None:
    states = states_table(300)
    is_left_out = pc.and_(
        pc.equal(states["trait_value"], "yes"), pc.greater(states["repeat_purchases"], 0)
    )
    found = driver_table(states.filter(pc.invert(is_left_out)), "bg_nbd", 1).to_pylist()
    assert [row["trait_value"] for row in found] == ["no", "yes"]
    assert {row["not_tested_reason"] for row in found} == {"nobody_came_back"}
    assert {row["p_value"] for row in found} == {None}


def test_of_many_values_those_with_the_most_customers_are_compared() -> None:
    rng = np.random.default_rng(8)
    customers = 40 * (MOST_VALUES + 3)
    values = np.sort(rng.integers(0, MOST_VALUES + 3, customers))
    repeats = rng.integers(0, 3, customers)
    states = pa.table(
        {
            "trait": ["town"] * customers,
            "trait_value": [f"{value:03d}" for value in values],
            "repeat_purchases": repeats,
            "recency_weeks": repeats * 10,
            "age_weeks": [50] * customers,
            "customers": [1] * customers,
        }
    )
    sizes = np.bincount(values)
    reasons = {
        row["trait_value"]: row["not_tested_reason"]
        for row in driver_table(states, "bg_nbd", 1).to_pylist()
    }
    left_out = {int(value) for value, reason in reasons.items() if reason == "too_many_values"}
    assert len(left_out) == 3
    assert max(sizes[list(left_out)]) <= min(sizes[list(set(range(sizes.size)) - left_out)])


def test_the_model_is_the_one_that_fits_best_among_those_with_dropout() -> None:
    def fits(**likelihoods: float | None) -> pa.Table:
        return pa.table(
            {
                "model": list(likelihoods),
                "segment": ["all"] * len(likelihoods),
                "log_likelihood": pa.array(list(likelihoods.values()), pa.float64()),
                "serves_forecasts": [value is not None for value in likelihoods.values()],
            }
        )

    assert best_with_dropout(fits(nbd=-1.0, bg_nbd=-3.0, mbg_nbd=-2.0)) == "mbg_nbd"
    assert best_with_dropout(fits(nbd=-1.0, bg_nbd=None)) is None
