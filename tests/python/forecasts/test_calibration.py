"""What held-out time corrects, and what it leaves alone."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import halfnorm, nbinom

from customer_lifecycle.forecasts.calibration import (
    CLASS_COLUMNS,
    FACTOR_SCHEMA,
    STATE_COLUMNS,
    Corrections,
    Holdout,
    _drawn_to_one,
    _gamma_means,
    _normal_means,
    _odds_and_rest,
    correct,
    corrected,
    correction_table,
)

GRID = (4, 6)


def holdout_of(
    chance: np.ndarray, came: np.ndarray, purchases: float = 1, alive: float = 1.0
) -> Holdout:
    """Customers in the last axis, who come back by chance, and then buy so often.

    Where all are alive the whole factor is that of the class, and none is one of odds.
    """
    row, column, _ = (axis.ravel() for axis in np.indices(chance.shape))
    size = row.size
    return Holdout(
        row,
        column,
        np.ones(size),
        np.full(size, alive),
        chance.ravel(),
        chance.ravel(),
        purchases * came.ravel(),
        chance.shape[:2],
    )


def customers(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances of a model, and who comes back if it is true."""
    generator = np.random.default_rng(seed)
    chance = generator.uniform(0.01, 0.2, (*GRID, per_class))
    return chance, (generator.random(chance.shape) < chance).astype(float)


def corrections_of(holdout: Holdout) -> Corrections:
    """Without classes that stand in for others."""
    return correct(holdout, [-1] * holdout.shape[1])


# ---------------------------------------------------------------- the parts, by hand


@pytest.mark.parametrize(
    ("actual", "expected", "variance", "factor"),
    [
        (130, 100, 100, 1 + (1 - 100 / 900) * 0.3),  # three standard errors: 8 / 9 of the way
        (80, 100, 100, 1 - 0.75 * 0.2),
        (109, 100, 100, 1.0),  # less than one
        (100, 100, 0, 1.0),
        (0, 0, 0, 1.0),
        (7, 0, 0, 1.0),
        (50, 100, 0, 0.5),
    ],
)
def test_a_ratio_is_drawn_to_one_by_its_chance_error(
    actual: float, expected: float, variance: float, factor: float
) -> None:
    assert _drawn_to_one(actual, expected, variance) == pytest.approx(factor, rel=1e-14)


def test_rows_are_drawn_to_one_by_how_much_they_differ() -> None:
    # Ratios 1.5 and .5 with errors .01: 50 - 2 over weights of 200 is a variance of .24 between
    # them, so 24 / 25 of the way. A row in which nothing is expected is not looked at.
    found = _normal_means(np.array([15, 5, 3.0]), np.array([10, 10, 0.0]), np.array([1, 1, 1.0]))
    assert found == pytest.approx([1 + 0.96 * 0.5, 1 - 0.96 * 0.5, 1], rel=1e-14)
    alike = _normal_means(np.array([10.5, 9.5]), np.array([10, 10.0]), np.array([1, 1.0]))
    assert alike.tolist() == [1, 1]


def test_classes_are_drawn_to_one_by_the_likeliest_strength() -> None:
    """The negative binomial of scipy on a grid of strengths."""
    actual, expected = np.array([3.0, 30, 0, 12, 80, 1]), np.array([10.0, 12, 6, 11, 50, 0.5])
    strengths = np.exp(np.linspace(np.log(0.05), np.log(1e6), 200_001))[:, None]
    likelihood = nbinom.logpmf(actual, strengths, strengths / (strengths + expected)).sum(axis=1)
    prior = halfnorm.logpdf(strengths[:, 0] ** -0.5, scale=0.5)
    (strength,) = strengths[np.argmax(likelihood + prior)]
    assert 0.1 < strength < 100
    assert _gamma_means(actual, expected) == pytest.approx(
        (actual + strength) / (expected + strength), rel=1e-4
    )


def test_classes_that_differ_by_chance_alone_are_one() -> None:
    expected = np.array([10.0, 12, 0, 50])
    assert _gamma_means(np.array([12.0, 10, 4, 49]), expected).tolist() == [1, 1, 1, 1]
    assert _gamma_means(np.zeros(2), np.zeros(2)).tolist() == [1, 1]


# ---------------------------------------------------------------- all together


@pytest.mark.parametrize("per_class", [3, 50, 2000])
def test_a_true_model_is_hardly_corrected(per_class: int) -> None:
    """By no more than the error of the whole shop, the least there is; and all classes alike."""
    errors = []
    for seed in range(20):
        found = corrections_of(holdout_of(*customers(per_class, seed)))
        errors.append([np.log(found.returns), np.log(found.rates)])
    returns, rates = np.swapaxes(errors, 0, 1)
    expected = 0.105 * per_class * np.prod(GRID)
    # In most shops no class, row or column is told from the others.
    assert np.median([np.ptp(own) for own in returns]) < 0.01
    assert np.sqrt(np.mean(returns**2)) < 1 / np.sqrt(expected) + 0.02
    assert np.sqrt(np.mean(rates**2)) < 1 / np.sqrt(expected) + 0.02


@pytest.mark.parametrize(("per_class", "most"), [(500, 0.2), (5000, 0.03)])
def test_a_class_that_never_comes_back_gets_next_to_nothing(per_class: int, most: float) -> None:
    """52 are expected in it, and 525."""
    chance, came = customers(per_class, seed=5)
    came[1, 3] = 0
    found = corrections_of(holdout_of(chance, came))
    others = np.delete(found.returns.ravel(), 1 * GRID[1] + 3)
    assert found.returns[1, 3] < most
    assert others == pytest.approx(np.ones(others.size), abs=0.3)


def test_a_gap_that_few_come_back_from_is_found_in_every_row() -> None:
    chance, _ = customers(500, seed=6)
    truth = np.where(np.arange(GRID[1]) == 2, 0.25, 1.0)
    came = np.random.default_rng(7).random(chance.shape) < chance * truth[:, None]
    found = corrections_of(holdout_of(chance, came.astype(float)))
    errors = 1 / np.sqrt(truth * chance.sum(axis=-1)[0])  # of one class alone
    assert (np.abs(found.returns / truth - 1) < 2.5 * errors).all()
    # A column's error is that of four classes.
    assert found.returns[:, 2].mean() == pytest.approx(0.25, rel=3 * errors[2] / 2)


def test_purchases_of_those_who_come_are_more() -> None:
    """Twice as many purchases of whoever comes back: that is the speed, not the return."""
    found = corrections_of(holdout_of(*customers(2000, seed=8), purchases=2))
    assert found.returns == pytest.approx(np.ones(GRID), abs=0.15)
    assert found.rates == pytest.approx(2 * np.ones(GRID), rel=0.06)
    assert (found.rates == found.rates[:, :1]).all()


def test_one_class_by_hand() -> None:
    # 40 of 100 expected come back, of 250 with a chance of .4, which is a variance of 60: (1 - 60 /
    # 3600) of the way, to .41. What is left, 40 to 41, is chance. Purchases are 40 where 41 are
    # expected then: chance as well.
    chance, came = np.full((1, 1, 250), 0.4), (np.arange(250) < 40).reshape(1, 1, 250)
    found = corrections_of(holdout_of(chance, came))
    assert found.returns == pytest.approx(np.array([[0.41]]), rel=1e-12)
    # The model says that all are alive, so that is no matter of the odds.
    assert (found.odds.tolist(), found.rests.tolist()) == ([[1.0]], found.returns.tolist())
    assert found.rates == pytest.approx(np.array([[1.0]]), rel=1e-12)


def test_odds_bring_as_many_back_as_the_factor_says() -> None:
    # One customer is alive with .2, one with .8, and comes back then: 1 is expected in all. Odds of
    # 1/4 and 4, times 2, are 1/2 and 8: 1/3 + 8/9 = 11/9.
    alive, ones = np.array([0.2, 0.8]), np.ones(2)
    odds, rest = _odds_and_rest(ones, alive, alive, 11 / 9)
    assert (odds, rest) == (pytest.approx(2, rel=1e-12), 1)
    assert corrected(alive, odds, rest)[0] == pytest.approx([1 / 3, 8 / 9], rel=1e-12)
    # At ten times the odds there are 5/7 + 40/41 of them: the rest is speed. The other way round it
    # is a share of all.
    most = 5 / 7 + 40 / 41
    assert _odds_and_rest(ones, alive, alive, 1.8) == pytest.approx((10, 1.8 / most), rel=1e-12)
    fewest = 1 / 41 + 2 / 7
    assert _odds_and_rest(ones, alive, alive, 0.1) == pytest.approx((0.1, 0.1 / fewest), rel=1e-12)
    # Nobody has odds that a factor changes; nothing is expected; nothing is to be changed.
    assert _odds_and_rest(ones, ones, alive, 1.5) == (1, 1.5)
    assert _odds_and_rest(ones, np.zeros(2), np.zeros(2), 1.5) == (1, 1)
    assert _odds_and_rest(ones, alive, alive, 1.0) == (1, 1)


def test_who_is_likely_alive_is_lifted_less_than_who_is_not() -> None:
    """More come back of a class than expected: those who were all but sure to have no room."""
    generator = np.random.default_rng(10)
    alive = generator.choice([0.1, 0.9], 4000)
    # In truth three times the odds: .25 and .964.
    truth = 3 * alive / (1 - alive + 3 * alive)
    holdout = Holdout(
        *np.zeros((2, 4000), dtype=int),
        np.ones(4000),
        alive,
        0.5 * alive,
        0.5 * alive,
        (generator.random(4000) < 0.5 * truth).astype(float),
        (1, 1),
    )
    found = corrections_of(holdout)
    assert found.returns[0, 0] > 1.15
    assert found.odds[0, 0] == pytest.approx(3, rel=0.35)
    assert found.rests.tolist() == [[1.0]]
    now_alive, speed = corrected(np.array([0.1, 0.9]), found.odds[0, 0], found.rests[0, 0])
    assert now_alive == pytest.approx([0.25, 0.964], abs=0.07)
    assert speed.tolist() == [1, 1]
    # With the factor as one of the probability both came out wrong: .12 and 1.
    assert found.returns[0, 0] * 0.9 > 1


def test_few_customers_without_a_purchase_say_little() -> None:
    """Nobody of ten with a chance of a fifth each: that happens to one true model in nine."""
    chance = np.full((1, 1, 10), 0.2)
    found = corrections_of(holdout_of(chance, np.zeros_like(chance)))
    # Returns: 2 expected, variance 1.6, so 1 - (1 - .4) = .4. Then .8 purchases are expected and
    # none came, with no less than a Poisson number's variance of .8: not more than chance.
    assert found.returns == pytest.approx(np.array([[0.4]]), rel=0.05)
    assert found.rates.tolist() == [[1.0]]


def test_what_was_impossible_tells_nothing_of_the_others() -> None:
    chance, came = customers(200, seed=9)
    chance[0, 0], came[0, 0] = 0, 0
    before = corrections_of(holdout_of(chance, came))
    came[0, 0] = 1
    after = corrections_of(holdout_of(chance, came))
    assert np.isfinite([after.returns, after.odds, after.rests, after.rates]).all()
    assert after.returns.tolist() == before.returns.tolist()
    assert after.rates.tolist() == before.rates.tolist()


# ---------------------------------------------------------------- the table


def states_of(rows: list[dict]) -> pa.Table:
    schema = pa.schema(
        [
            (name, pa.float64() if name.startswith(("prob", "exp")) else pa.int64())
            for name in (*CLASS_COLUMNS, *STATE_COLUMNS)
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def rows_of(
    repeats: int, gap: int, returned: int, expected: float, alive: float = 0.5
) -> list[dict]:
    """A class of 1,000 in which whoever comes back buys once."""
    names = (*CLASS_COLUMNS, *STATE_COLUMNS)
    chances = (alive, expected / 1000, expected / 1000)
    return [
        dict(zip(names, (repeats, gap, size, *chances, came), strict=True))
        for size, came in ((returned, 1), (1000 - returned, 0))
    ]


def test_every_class_has_factors_and_a_new_one_those_of_the_next_less_rare() -> None:
    came = {(0, -1): 400, (0, -2): 60, (2, 0): 400, (2, 1): 300, (2, 4): 50}
    expected = came | {(0, -2): 200, (2, 4): 200}
    rows = [row for key in came for row in rows_of(*key, came[key], expected[key])]
    table = correction_table(states_of(rows), rarities=2)
    assert table.schema == FACTOR_SCHEMA
    found = {(row["repeat_purchases_from"], row["gap_class"]): row for row in table.to_pylist()}
    gaps = (-1, -2, -3, *range(9))
    assert sorted(found) == sorted((low, gap) for low in (0, 2) for gap in gaps)
    for key, row in found.items():
        counts = (row["customers"], row["returned"], row["purchases"])
        assert counts == (1000 * (key in came), came.get(key, 0), came.get(key, 0))
        for name in ("expected_returned", "expected_purchases"):
            assert row[name] == pytest.approx(expected.get(key, 0), rel=1e-12)
    factors = {key: row["return_factor"] for key, row in found.items()}
    assert factors[0, -2] == pytest.approx(0.3, abs=0.1)
    assert factors[2, 4] == pytest.approx(0.25, abs=0.1)
    assert factors[2, 0] == pytest.approx(1, abs=0.1)
    for low in (0, 2):
        # Nobody was in -3, 7, 3 and 6. They are corrected like -2, 4, 0 and, by way of 3, again 0,
        # as far as that is not of one class alone: like that column in a row without customers.
        other = 2 - low
        assert factors[low, -3] * factors[other, -2 if other else -1] > 0
        assert factors[low, 3] == factors[low, 6]
    assert factors[2, -3] == factors[2, -2]
    assert factors[0, 7] == factors[0, 4]
    assert factors[0, 3] == factors[0, 0]
    # Where nobody was, odds are those that the factor takes in the class that stands in.
    for (low, gap), stand_in in (((0, -3), -2), ((2, 7), 4), ((2, 3), 0), ((2, -3), 0)):
        chance = expected[low, stand_in] / 1000
        odds, rest = _odds_and_rest(
            np.ones(1), np.array([0.5]), np.array([chance]), factors[low, gap]
        )
        assert (found[low, gap]["odds_factor"], found[low, gap]["rest_factor"]) == pytest.approx(
            (odds, rest), rel=1e-9
        ), (low, gap)
    assert {row["rate_factor"] for key, row in found.items() if key[0] == 2} == {
        found[2, 0]["rate_factor"]
    }


def test_no_classes_give_no_factors() -> None:
    assert correction_table(states_of([]), rarities=4) == FACTOR_SCHEMA.empty_table()


# ---------------------------------------------------------------- the use


def test_odds_are_changed_and_the_rest_is_a_share_or_speed() -> None:
    alive = np.array([0.5, 0.5, 0.5, 0.0, 1.0])
    now_alive, speed = corrected(alive, [3, 3, 1, 3, 5], [1, 0.8, 4, 1, 0.2], 1.1)
    assert now_alive == pytest.approx([0.75, 0.6, 0.5, 0, 0.2], rel=1e-15)
    assert speed == pytest.approx([1.1, 1.1, 2.2, 1.1, 1.1], rel=1e-15)
    now_alive, speed = corrected(np.array([0.3, 1.0]))
    assert (now_alive.tolist(), speed.tolist()) == ([0.3, 1.0], [1.0, 1.0])
