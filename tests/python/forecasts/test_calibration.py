"""What held-out time corrects, and what it leaves alone."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import halfnorm, nbinom

from customer_lifecycle.forecasts.calibration import (
    CLASS_COLUMNS,
    COUNT_COLUMNS,
    FACTOR_SCHEMA,
    _drawn_to_one,
    _gamma_means,
    _normal_means,
    correct,
    corrected,
    correction_table,
)

SUMS = COUNT_COLUMNS[1:]
GRID = (4, 6)


def sums_of(chance: np.ndarray, came: np.ndarray) -> dict[str, np.ndarray]:
    """Sums of customers in the last axis, who come back by chance, and then buy once."""
    values = (
        came,
        chance,
        chance * (1 - chance),
        came,
        chance,
        came**2,
        came * chance,
        chance**2,
    )
    return {name: value.sum(axis=-1) for name, value in zip(SUMS, values, strict=True)}


def customers(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances of a model, and who comes back if it is true."""
    generator = np.random.default_rng(seed)
    chance = generator.uniform(0.01, 0.2, (*GRID, per_class))
    return chance, (generator.random(chance.shape) < chance).astype(float)


def no_stand_ins(sums: dict[str, np.ndarray]) -> dict:
    return sums | {"like": [-1] * sums["returned"].shape[1]}


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
        found = correct(**no_stand_ins(sums_of(*customers(per_class, seed))))
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
    found = correct(**no_stand_ins(sums_of(chance, came)))
    others = np.delete(found.returns.ravel(), 1 * GRID[1] + 3)
    assert found.returns[1, 3] < most
    assert others == pytest.approx(np.ones(others.size), abs=0.3)


def test_a_gap_that_few_come_back_from_is_found_in_every_row() -> None:
    chance, _ = customers(500, seed=6)
    truth = np.where(np.arange(GRID[1]) == 2, 0.25, 1.0)
    came = np.random.default_rng(7).random(chance.shape) < chance * truth[:, None]
    found = correct(**no_stand_ins(sums_of(chance, came.astype(float))))
    errors = 1 / np.sqrt(truth * chance.sum(axis=-1)[0])  # of one class alone
    assert (np.abs(found.returns / truth - 1) < 2.5 * errors).all()
    # A column's error is that of four classes.
    assert found.returns[:, 2].mean() == pytest.approx(0.25, rel=3 * errors[2] / 2)


def test_purchases_of_those_who_come_are_more() -> None:
    """Twice as many purchases of whoever comes back: that is the speed, not the return."""
    sums = sums_of(*customers(2000, seed=8))
    for name, factor in (("purchases", 2), ("cross_purchases", 2), ("squared_purchases", 4)):
        sums[name] = factor * sums[name]
    found = correct(**no_stand_ins(sums))
    assert found.returns == pytest.approx(np.ones(GRID), abs=0.15)
    assert found.rates == pytest.approx(2 * np.ones(GRID), rel=0.06)
    assert (found.rates == found.rates[:, :1]).all()


def test_one_class_by_hand() -> None:
    # 40 of 100 expected come back, with a variance of 60: (1 - 60 / 3600) of the way, to .41. What
    # is left, 40 to 41, is chance. Purchases are 40 where 41 are expected then: chance as well.
    one = {
        name: np.array([[value]])
        for name, value in zip(SUMS, (40, 100, 60, 40, 100, 40, 20, 50), strict=True)
    }
    found = correct(**one, like=[-1])
    assert found.returns == pytest.approx(np.array([[0.41]]), rel=1e-12)
    assert found.rates == pytest.approx(np.array([[1.0]]), rel=1e-12)


def test_few_customers_without_a_purchase_say_little() -> None:
    """Nobody of ten with a chance of a fifth each: that happens to one true model in nine."""
    chance = np.full((1, 1, 10), 0.2)
    found = correct(**no_stand_ins(sums_of(chance, np.zeros_like(chance))))
    # Returns: 2 expected, variance 1.6, so 1 - (1 - .4) = .4. Then .8 purchases are expected and
    # none came, with no less than a Poisson number's variance of .8: not more than chance.
    assert found.returns == pytest.approx(np.array([[0.4]]), rel=0.05)
    assert found.rates.tolist() == [[1.0]]


def test_what_was_impossible_tells_nothing_of_the_others() -> None:
    chance, came = customers(200, seed=9)
    chance[0, 0], came[0, 0] = 0, 0
    before = correct(**no_stand_ins(sums_of(chance, came)))
    came[0, 0] = 1
    after = correct(**no_stand_ins(sums_of(chance, came)))
    assert np.isfinite([after.returns, after.rates]).all()
    assert after.returns.tolist() == before.returns.tolist()


# ---------------------------------------------------------------- the table


def classes_of(rows: list[dict]) -> pa.Table:
    schema = pa.schema(
        [
            (
                name,
                pa.float64()
                if "expected" in name or "var" in name or "cross" in name
                else pa.int64(),
            )
            for name in (*CLASS_COLUMNS, *COUNT_COLUMNS)
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def row_of(repeats: int, gap: int, returned: int, expected: float, size: int = 1000) -> dict:
    """A class in which whoever comes back buys once."""
    chance = expected / size
    values = (
        repeats,
        gap,
        size,
        returned,
        expected,
        expected * (1 - chance),
        returned,
        expected,
        returned,
        returned * chance,
        expected * chance,
    )
    return dict(zip((*CLASS_COLUMNS, *COUNT_COLUMNS), values, strict=True))


def test_every_class_has_factors_and_a_new_one_those_of_the_next_less_rare() -> None:
    rows = [
        row_of(0, -1, 400, 400),
        row_of(0, -2, 60, 200),
        row_of(2, 0, 400, 400),
        row_of(2, 1, 300, 300),
        row_of(2, 4, 50, 200),
    ]
    table = correction_table(classes_of(rows), rarities=2)
    assert table.schema == FACTOR_SCHEMA
    found = {(row["repeat_purchases_from"], row["gap_class"]): row for row in table.to_pylist()}
    gaps = (-1, -2, -3, *range(9))
    assert sorted(found) == sorted((low, gap) for low in (0, 2) for gap in gaps)
    for row in rows:
        shown = found[row["repeat_purchases_from"], row["gap_class"]]
        assert {name: shown[name] for name in ("customers", "returned", "purchases")} == {
            name: row[name] for name in ("customers", "returned", "purchases")
        }
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
    assert {row["rate_factor"] for key, row in found.items() if key[0] == 2} == {
        found[2, 0]["rate_factor"]
    }


def test_no_classes_give_no_factors() -> None:
    assert correction_table(classes_of([]), rarities=4) == FACTOR_SCHEMA.empty_table()


# ---------------------------------------------------------------- the use


def test_more_than_certain_is_quicker() -> None:
    alive, speed = corrected(np.array([0.5, 0.5, 0.5, 0.0, 1.0]), [1.5, 4, 0.5, 3, 0.2], 1.1)
    assert alive == pytest.approx([0.75, 1, 0.25, 0, 0.2], rel=1e-15)
    assert speed == pytest.approx([1.1, 2.2, 1.1, 1.1, 1.1], rel=1e-15)
    alive, speed = corrected(np.array([0.3, 1.0]), 1.0, 1.0)
    assert (alive.tolist(), speed.tolist()) == ([0.3, 1.0], [1.0, 1.0])
