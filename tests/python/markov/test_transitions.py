"""Transitions between states: against simulation, integrals and the tests of their fit."""

import numpy as np
import pytest
from markov_world import MarkovWorld, simulate_periods
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import betaprime, binom, nbinom

from customer_lifecycle.markov import assumptions, transitions

WORLD = MarkovWorld(periods=4)
RATES, SPEND = (WORLD.a, WORLD.b), (WORLD.p, WORLD.q, WORLD.k)
CUTS = np.array([20.0, 35.0, 60.0])


def states(recency_cap: int, frequency_cap: int, customers: int, seed: int) -> dict:
    """The states of simulated customers at the last but one period, and where they went."""
    seen = simulate_periods(WORLD, customers, seed)
    counts = seen.counts.reshape(customers, -1)
    bucket = np.searchsorted(CUTS, seen.mean_amounts.reshape(customers, -1), side="right") + 1
    past = counts[:, :-1]
    has_bought = past.sum(axis=1) > 0
    past, following = past[has_bought], counts[has_bought, -1]
    rows, width = np.arange(len(past)), past.shape[1]
    last = width - 1 - (past[:, ::-1] > 0).argmax(axis=1)
    return {
        "recency": np.minimum(width - 1 - last, recency_cap),
        "frequency": np.minimum(past[rows, last], frequency_cap),
        "bucket": bucket[has_bought][rows, last],
        "to_frequency": np.minimum(following, frequency_cap),
        "to_bucket": bucket[has_bought, -1],
    }


def test_rows_sum_to_one_and_hold_every_state() -> None:
    table = transitions.transition_table(
        RATES, SPEND, CUTS, recency_cap=3, frequency_cap=2
    ).to_pandas()
    start = ["from_recency", "from_frequency", "from_bucket"]
    totals = table.groupby(start).probability.sum()
    assert len(totals) == 4 * 2 * 4
    assert len(table) == len(totals) * (2 * 4 + 1)
    assert np.abs(totals - 1).max() < 1e-12
    stays = table[table.to_recency > 0]
    assert (stays.to_recency == np.minimum(stays.from_recency + 1, 3)).all()


def test_purchase_days_are_negative_binomial_with_the_tail_in_the_last_cell() -> None:
    table = transitions.frequency_transitions((0.5, 1.2), recency_cap=2, frequency_cap=3)
    assert table.shape == (3, 3, 4)
    n, share = 0.5 + 2, (1.2 + 1 + 1) / (1.2 + 2 + 1)
    np.testing.assert_allclose(table[1, 1, :3], nbinom.pmf([0, 1, 2], n, share), rtol=1e-12)
    np.testing.assert_allclose(table[1, 1, 3], nbinom.sf(2, n, share), rtol=1e-9)


@pytest.mark.parametrize(("x1", "x2"), [(1, 1), (3, 2)])
@pytest.mark.parametrize("bucket", [0, 1, 3])
def test_amounts_are_the_integral_over_the_bucket(x1: int, x2: int, bucket: int) -> None:
    p, q, k = SPEND
    edges = np.concatenate([[0.0], CUTS, [np.inf]])
    mean = betaprime(p * x1, q, scale=k / x1)

    def joint(m1: float) -> float:
        u = x2 * CUTS[1] / (k + x1 * m1 + x2 * CUTS[1])
        return float(betainc(p * x2, p * x1 + q, u) * mean.pdf(m1))

    low, high = edges[bucket], edges[bucket + 1]
    by_hand = quad(joint, low, high, epsabs=1e-13)[0] / (mean.cdf(high) - mean.cdf(low))
    table = transitions.amount_transitions(SPEND, CUTS, frequency_cap=3)
    assert table[x1 - 1, bucket, x2 - 1, :2].sum() == pytest.approx(by_hand, abs=1e-8)


def test_one_bucket_holds_every_amount() -> None:
    table = transitions.amount_transitions(SPEND, [], frequency_cap=2)
    np.testing.assert_allclose(table, 1)


@pytest.mark.parametrize(
    ("cuts", "recency_cap", "frequency_cap", "message"),
    [
        ([20, 20], 3, 2, "cuts must be above 0 and rise"),
        ([0, 20], 3, 2, "cuts must be above 0 and rise"),
        ([20], 0, 2, "recency_cap and frequency_cap must be 1 or more"),
        ([20], 3, 0, "recency_cap and frequency_cap must be 1 or more"),
    ],
)
def test_caps_and_cuts_are_checked(
    cuts: list[float], recency_cap: int, frequency_cap: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        transitions.transition_table(RATES, SPEND, cuts, recency_cap, frequency_cap)


def g_test(probability: np.ndarray, seed: int, customers: int) -> assumptions.Check:
    """Test simulated customers, each once, against a table of probabilities."""
    recency_cap, frequency_cap, buckets = 2, 12, CUTS.size + 1
    seen = states(recency_cap, frequency_cap, customers, seed)
    start = np.ravel_multi_index(
        (seen["recency"], seen["frequency"] - 1, seen["bucket"] - 1), (3, frequency_cap, buckets)
    )
    end = np.where(
        seen["to_frequency"] == 0,
        frequency_cap * buckets,
        (seen["to_frequency"] - 1) * buckets + seen["to_bucket"] - 1,
    )
    observed = np.zeros(probability.shape)
    np.add.at(observed, (start, end), 1)
    state = np.repeat(np.arange(len(probability)), probability.shape[1])
    return assumptions.transitions(state, probability.ravel(), observed.ravel())


def all_probabilities(rates: tuple[float, float]) -> np.ndarray:
    """Of every state (row) to every purchase, and to none (last column)."""
    by_frequency = transitions.frequency_transitions(rates, 2, 12)
    by_amount = transitions.amount_transitions(SPEND, CUTS, 12)
    buys = by_frequency[:, :, None, 1:, None] * by_amount
    none = np.broadcast_to(by_frequency[:, :, :1], buys.shape[:3])
    return np.concatenate([buys.reshape(-1, 48), none.reshape(-1, 1)], axis=1)


def test_true_model_is_rejected_as_often_as_it_should_be() -> None:
    """At 5 %, five of a hundred worlds, give or take what chance does."""
    probability = all_probabilities(RATES)
    p_values = np.array([g_test(probability, seed, 4_000).p_value for seed in range(200)])
    rejected = int((p_values < 0.05).sum())
    assert binom.ppf(0.0005, 200, 0.05) <= rejected <= binom.ppf(0.9995, 200, 0.05)


def test_wrong_model_is_rejected() -> None:
    check = g_test(all_probabilities((WORLD.a, WORLD.b * 1.3)), seed=1, customers=60_000)
    assert check.p_value < 1e-10
    assert check.departure > 0.02
