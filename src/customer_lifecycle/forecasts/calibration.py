"""Corrections of a purchase model by what came in held-out time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

CLASS_COLUMNS = ("repeat_purchases_from", "gap_class")
"""Lowest number of repeat purchases of the class, and class of the open gap: 0, 1, 2 are gaps of
which there are many as long, the last two longer than any before; 3, 4, 5 the same of the rarer
ones, and so on; below 0 are those of one-time buyers among everybody's gaps, the rarer the lower.
"""

COUNT_COLUMNS = (
    "customers",
    "returned",
    "expected_returned",
    "returned_variance",
    "purchases",
    "expected_purchases",
    "squared_purchases",
    "cross_purchases",
    "squared_expected",
)
"""Sums over the customers of a class: those who bought in the holdout, their expected number and
its variance under the model; purchase days as they came and as expected; squares and products of
both."""

FACTOR_SCHEMA = pa.schema(
    [
        *((column, pa.int64()) for column in CLASS_COLUMNS),
        ("customers", pa.int64()),
        ("returned", pa.int64()),
        ("expected_returned", pa.float64()),
        ("purchases", pa.int64()),
        ("expected_purchases", pa.float64()),
        ("return_factor", pa.float64()),
        ("rate_factor", pa.float64()),
    ]
)

# Strength of the prior of a class, in expected returns: from hardly any to one that hardly moves.
_WEAKEST, _STRONGEST = 0.05, 1e6
# How far factors spread before anything is known of them: one that spreads more needs reasons.
_USUAL_SPREAD = 0.5
_ROUNDS = 50
# A class may hold customers of whom the model knows more than others: no factor makes them faster.
_MOST_SPEED = 2.0


@dataclass(frozen=True)
class Corrections:
    """Factors by class, in arrays over (classes of repeat purchases, classes of the open gap).

    Attributes
    ----------
    returns : ndarray
        What to multiply the probability of coming back by.
    rates : ndarray
        What to multiply the purchases of those who come back by; the same in every class of gaps.
    """

    returns: np.ndarray
    rates: np.ndarray


def correct(
    returned: np.ndarray,
    expected_returned: np.ndarray,
    returned_variance: np.ndarray,
    purchases: np.ndarray,
    expected_purchases: np.ndarray,
    squared_purchases: np.ndarray,
    cross_purchases: np.ndarray,
    squared_expected: np.ndarray,
    like: Sequence[int],
) -> Corrections:
    """Estimate by how much a model is off in each class of customers.

    Parameters
    ----------
    returned, expected_returned, returned_variance, purchases, expected_purchases,
    squared_purchases, cross_purchases, squared_expected : ndarray, shape (repeats, gaps)
        Sums over the customers of each class of repeat purchases and of the open gap, as in
        :data:`COUNT_COLUMNS`; 0 where there are none.
    like : sequence of int, of len (gaps)
        The earlier column that stands in for a column without customers; -1 for none.

    Returns
    -------
    Corrections

    Notes
    -----
    First who comes back. The number of those who do in a class is Poisson around the model's times
    the factors of all, of the row, of the column and of the class itself. That of all is the ratio,
    drawn towards 1 by its chance error (positive-part James-Stein). The others have gamma priors
    with the mean 1, whose strength is that of the largest marginal likelihood (negative binomial)
    times a half-normal prior of their spread, without which a few customers of whom nobody came
    back would be written off: where classes differ no more than by chance, nothing is corrected.

    Then how often: the ratio of purchases to those expected after the first correction, of all and
    by row, drawn towards 1 in the same way (DerSimonian and Laird's variance between rows). Its
    chance error is what was observed, but no less than that of a Poisson number: where hardly
    anybody bought, hardly any variance is seen.

    What a model holds for impossible no factor mends: classes in which nothing is expected tell
    nothing, whatever came.
    """
    returned = np.where(expected_returned > 0, returned, 0.0)
    purchases = np.where(expected_purchases > 0, purchases, 0.0)
    overall = _drawn_to_one(np.sum(returned), np.sum(expected_returned), np.sum(returned_variance))
    expected = overall * expected_returned
    by_row, by_column = np.ones((expected.shape[0], 1)), np.ones((1, expected.shape[1]))
    for _ in range(_ROUNDS):
        rows, columns = by_row, by_column
        by_column = _gamma_means(
            returned.sum(axis=0, keepdims=True), (expected * by_row).sum(axis=0, keepdims=True)
        )
        by_row = _gamma_means(
            returned.sum(axis=1, keepdims=True), (expected * by_column).sum(axis=1, keepdims=True)
        )
        if max(np.abs(by_row - rows).max(), np.abs(by_column - columns).max()) < 1e-12:
            break
    for column, stand_in in enumerate(like):
        if stand_in >= 0 and not expected[:, column].any():
            by_column[:, column] = by_column[:, stand_in]
    effects = overall * by_row * by_column
    returns = effects * _gamma_means(returned, expected_returned * effects)

    then = returns * expected_purchases
    errors = squared_purchases - 2 * returns * cross_purchases + returns**2 * squared_expected
    rate = _drawn_to_one(np.sum(purchases), np.sum(then), max(np.sum(errors), np.sum(then)))
    then = rate * then.sum(axis=1)
    rates = rate * _normal_means(purchases.sum(axis=1), then, np.maximum(errors.sum(axis=1), then))
    return Corrections(returns, np.broadcast_to(rates[:, None], returns.shape))


def correction_table(
    classes: pa.Table, rarities: int, repeat_classes: Sequence[int] = ()
) -> pa.Table:
    """Correct a model by classes of repeat purchases and of the open gap.

    Parameters
    ----------
    classes : pyarrow.Table
        :data:`CLASS_COLUMNS` and :data:`COUNT_COLUMNS`, one row per class with customers.
    rarities : int
        How many shares divide the gaps into rarer and rarer ones.
    repeat_classes : sequence of int
        Classes of repeat purchases beside those with customers.

    Returns
    -------
    pyarrow.Table
        With :data:`FACTOR_SCHEMA`: every class of repeat purchases with every class of the open
        gap. One that nobody was in is corrected like the next less rare one, since customers reach
        it later; a class of repeat purchases like all customers. Empty without any class.
    """
    if not classes.num_rows:
        return FACTOR_SCHEMA.empty_table()
    of_class = classes["repeat_purchases_from"].to_numpy()
    lows = np.union1d(of_class, np.asarray(repeat_classes, dtype=of_class.dtype))
    row = np.searchsorted(lows, of_class)
    gaps = [*range(-1, -rarities - 2, -1), *range(3 * rarities + 3)]
    like = [
        gaps.index(gap + 1 if gap < 0 else gap - 3) if gap < -1 or gap > 2 else -1 for gap in gaps
    ]
    column = [gaps.index(gap) for gap in classes["gap_class"].to_pylist()]
    sums = {}
    for name in COUNT_COLUMNS:
        sums[name] = np.zeros((lows.size, len(gaps)))
        np.add.at(sums[name], (row, column), classes[name].to_numpy().astype(float))
    customers = sums.pop("customers")
    found = correct(**sums, like=like)
    columns = [
        *(grid.ravel() for grid in np.meshgrid(lows, gaps, indexing="ij")),
        customers.ravel().astype(np.int64),
        sums["returned"].ravel().astype(np.int64),
        sums["expected_returned"].ravel(),
        sums["purchases"].ravel().astype(np.int64),
        sums["expected_purchases"].ravel(),
        found.returns.ravel(),
        found.rates.ravel(),
    ]
    return pa.table([pa.array(values) for values in columns], schema=FACTOR_SCHEMA)


def corrected(
    alive: np.ndarray, return_factor: npt.ArrayLike, rate_factor: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Correct the probability of being alive, and the speed of purchases of who is.

    Parameters
    ----------
    alive : ndarray, shape (n,)
        Probability of being alive, of the model.
    return_factor, rate_factor : array_like, scalar or shape (n,)
        What to multiply the probability of coming back by, and the purchases of those who do.

    Returns
    -------
    alive, speed : ndarray, shape (n,)
        Expected purchases change by both factors. What would make the probability more than 1 goes
        into the speed, up to twice as fast.
    """
    wanted = np.asarray(return_factor) * alive
    possible = np.minimum(wanted, 1.0)
    excess = np.divide(wanted, possible, out=np.ones(alive.shape), where=possible > 0)
    return possible, np.asarray(rate_factor) * np.minimum(excess, _MOST_SPEED)


def _drawn_to_one(actual: float, expected: float, variance: float) -> float:
    """Draw a ratio towards 1 as far as it may be chance (positive-part James-Stein)."""
    if expected <= 0:
        return 1.0
    gap = actual - expected
    return 1 + max(0.0, 1 - variance / gap**2) * gap / expected if gap else 1.0


def _gamma_means(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Posterior means of ratios with a common gamma prior of mean 1; 1 if nothing is expected."""
    is_there = expected > 0
    if not is_there.any():
        return np.ones(expected.shape)
    n, mean = actual[is_there], expected[is_there]

    def loss(log_strength: float) -> float:
        m = np.exp(log_strength)
        odds = m * np.log1p(mean / m) + xlogy(n, (m + mean) / mean)
        spread = 1 / np.sqrt(m)
        return float(np.sum(odds - gammaln(m + n) + gammaln(m)) + (spread / _USUAL_SPREAD) ** 2 / 2)

    bounds = (np.log(_WEAKEST), np.log(_STRONGEST))
    strength = np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x)
    if loss(bounds[1]) <= loss(np.log(strength)):  # as good when nothing differs: then nothing does
        return np.ones(expected.shape)
    return np.where(is_there, (actual + strength) / (expected + strength), 1.0)


def _normal_means(actual: np.ndarray, expected: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Draw ratios towards 1 by their errors and how much they differ; 1 if nothing is expected."""
    is_there = expected > 0
    if not is_there.any():
        return np.ones(expected.shape)
    ratios = np.divide(actual, expected, out=np.ones(expected.shape), where=is_there)
    errors = np.divide(variance, expected**2, out=np.ones(expected.shape), where=is_there)
    weights = is_there / errors
    surplus = np.sum(weights * (ratios - 1) ** 2) - is_there.sum()
    between = max(0.0, surplus / np.sum(weights))
    return 1 + between / (between + errors) * (ratios - 1)
