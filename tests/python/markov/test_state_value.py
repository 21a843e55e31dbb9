import numpy as np
import pytest

from customer_lifecycle.markov import state_value

BUYS, REWARDS, RATE = (0.3, 0.2, 0.15, 0.05, 0), (36, -4, -4, -4, 0), 0.2


def test_transitions_by_hand() -> None:
    assert state_value.transition_matrix([0.5, 0.25, 0.125]).tolist() == [
        [0.5, 0.5, 0],
        [0.25, 0, 0.75],
        [0.125, 0, 0.875],
    ]
    assert state_value.transition_matrix([0.25]).tolist() == [[1]]


def test_value_to_a_horizon_by_hand() -> None:
    # Rate 1, so a half per period. t = 0: (8, 0). t = 1: 8 + (8/2 + 0)/2 = 10, (8/4)/2 = 1.
    # t = 2: 8 + (10 + 1)/2/2 = 10.75, (10/4 + 3/4)/2 = 1.625.
    for periods, expected in enumerate([[8, 0], [10, 1], [10.75, 1.625]]):
        assert state_value.value_horizon([0.5, 0.25], [8, 0], 1, periods).tolist() == expected


def test_value_for_ever_by_hand() -> None:
    # V1 = V0/8 + 3/8 V1 = V0/5; V0 = 8 + V0/4 + V1/4 = 8 + .3 V0 = 80/7.
    assert state_value.value_infinite([0.5, 0.25], [8, 0], 1) == pytest.approx([80 / 7, 16 / 7])


def test_value_for_ever_solves_its_equation() -> None:
    value = state_value.value_infinite(BUYS, REWARDS, RATE)
    last = len(BUYS) - 1
    for state, (buys, reward) in enumerate(zip(BUYS, REWARDS, strict=True)):
        next_value = buys * value[0] + (1 - buys) * value[min(state + 1, last)]
        assert value[state] == pytest.approx(reward + next_value / (1 + RATE), abs=1e-12)


def test_a_long_horizon_is_for_ever() -> None:
    assert state_value.value_horizon(BUYS, REWARDS, RATE, 300) == pytest.approx(
        state_value.value_infinite(BUYS, REWARDS, RATE), rel=1e-12
    )


def test_values_are_the_mean_over_simulated_customers() -> None:
    generator = np.random.default_rng(2000)
    customers, state, total = 200_000, np.ones(200_000, dtype=int), 0.0
    for period in range(11):
        total += np.asarray(REWARDS)[state].mean() / (1 + RATE) ** period
        is_buying = generator.random(customers) < np.asarray(BUYS)[state]
        state = np.where(is_buying, 0, np.minimum(state + 1, len(BUYS) - 1))
    assert total == pytest.approx(state_value.value_horizon(BUYS, REWARDS, RATE, 10)[1], abs=0.15)


def test_going_on_is_worth_it_until_the_first_negative_value() -> None:
    assert state_value.should_spend([3, 1, 0]).tolist() == [True, True, True]
    assert state_value.should_spend([3, -1, 2, 0]).tolist() == [True, False, False, False]
    value = state_value.value_infinite(BUYS, REWARDS, RATE)
    assert state_value.should_spend(value).tolist() == [True, True, True, False, False]


def test_stopping_where_going_on_loses_money_is_worth_more_everywhere() -> None:
    buys, rewards = state_value.stop_from(BUYS, REWARDS, 3)
    assert (buys.tolist(), rewards.tolist()) == ([0.3, 0.2, 0.15, 0, 0], [36, -4, -4, 0, 0])
    stopped = state_value.value_infinite(buys, rewards, RATE)
    assert (stopped[:4] > state_value.value_infinite(BUYS, REWARDS, RATE)[:4]).all()
    for other in (0, 1, 2, 4):
        worse = state_value.value_infinite(*state_value.stop_from(BUYS, REWARDS, other), RATE)
        assert (worse <= stopped).all()


@pytest.mark.parametrize(
    ("buys", "rewards", "rate"),
    [
        ([], [], 0.1),
        ([0.5, 1.5], [1, 0], 0.1),
        ([0.5, -0.1], [1, 0], 0.1),
        ([0.5, np.nan], [1, 0], 0.1),
        ([[0.5]], [1], 0.1),
        ([0.5, 0], [1], 0.1),
        ([0.5, 0], [1, 0], -0.1),
        ([0.5, 0], [1, 0], np.nan),
    ],
)
def test_what_makes_no_sense_is_an_error(buys: list, rewards: list, rate: float) -> None:
    with pytest.raises(ValueError, match=r"must (not )?be"):
        state_value.value_horizon(buys, rewards, rate, 3)
    with pytest.raises(ValueError, match=r"must (not )?be"):
        state_value.value_infinite(buys, rewards, rate)


def test_for_ever_needs_a_discount_and_a_horizon_cannot_be_past() -> None:
    with pytest.raises(ValueError, match="positive"):
        state_value.value_infinite([0.5, 0], [1, 0], 0)
    assert state_value.value_horizon([0.5, 0], [1, 0], 0, 2).tolist() == [1.75, 0]
    with pytest.raises(ValueError, match="periods"):
        state_value.value_horizon([0.5, 0], [1, 0], 0.1, -1)
