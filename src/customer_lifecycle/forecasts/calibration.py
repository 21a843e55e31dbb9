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

STATE_COLUMNS = (
    "customers",
    "probability_alive",
    "probability_purchase",
    "expected_purchases",
    "holdout_purchases",
)
"""Customers of a class that are alike: how many, their probability of being alive and of coming
back in the holdout, and purchase days then, as expected and as they came."""

FACTORS = ("odds_factor", "rest_factor", "rate_factor")
"""What :func:`corrected` takes."""

FACTOR_SCHEMA = pa.schema(
    [
        *((column, pa.int64()) for column in CLASS_COLUMNS),
        ("customers", pa.int64()),
        ("returned", pa.int64()),
        ("expected_returned", pa.float64()),
        ("purchases", pa.int64()),
        ("expected_purchases", pa.float64()),
        *((factor, pa.float64()) for factor in ("return_factor", *FACTORS)),
    ]
)

# Strength of the prior of a class, in expected returns: from hardly any to one that hardly moves.
_WEAKEST, _STRONGEST = 0.05, 1e6
# How far factors spread before anything is known of them: one that spreads more needs reasons.
_USUAL_SPREAD = 0.5
_ROUNDS = 50
# A class may hold customers of whom the model knows more than others: no factor makes them faster.
_MOST_SPEED = 2.0
# Nor does one make the odds of being alive more than ten times as high or as low: beyond that
# probabilities are 0 and 1, and what was left of the order of the customers is lost.
_MOST_ODDS = 10.0
_HALVINGS = 50
# A factor no further from 1 than this is none: rounding does not move odds that nothing bounds.
_NO_FACTOR = 1e-9


@dataclass(frozen=True)
class Holdout:
    """Customers at the calibration end and what came of them, in arrays of shape (n,).

    Attributes
    ----------
    row, column : ndarray of int
        Class of repeat purchases, and of the open gap.
    customers : ndarray
        How many are alike.
    alive, chance : ndarray
        Probability of being alive, and of coming back in the holdout.
    expected, purchases : ndarray
        Purchase days in the holdout, as expected and as they came.
    shape : tuple of int
        How many classes there are of either kind.
    """

    row: np.ndarray
    column: np.ndarray
    customers: np.ndarray
    alive: np.ndarray
    chance: np.ndarray
    expected: np.ndarray
    purchases: np.ndarray
    shape: tuple[int, int]

    @property
    def cell(self) -> np.ndarray:
        """Number of the class, counted along the rows."""
        return self.row * self.shape[1] + self.column

    def total(self, values: npt.ArrayLike) -> np.ndarray:
        """Sum over the customers of each class, of shape `shape`."""
        weights = np.broadcast_to(self.customers * values, self.cell.shape)
        sums = np.bincount(self.cell, weights, minlength=self.shape[0] * self.shape[1])
        return sums.reshape(self.shape)


@dataclass(frozen=True)
class Corrections:
    """Factors by class, in arrays over (classes of repeat purchases, classes of the open gap).

    Attributes
    ----------
    returns : ndarray
        Those who come back, as far as that is no chance, by those expected.
    odds, rests : ndarray
        What brings that about: what to multiply the odds of being alive by, and what these do not
        do.
    rates : ndarray
        What to multiply the purchases of those who come back by; the same in every class of gaps.
    """

    returns: np.ndarray
    odds: np.ndarray
    rests: np.ndarray
    rates: np.ndarray


def correct(holdout: Holdout, like: Sequence[int]) -> Corrections:
    """Estimate by how much a model is off in each class of customers.

    Parameters
    ----------
    holdout : Holdout
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

    That number is brought about by the odds of being alive, all of a class multiplied by the same
    factor o: with the probability a of being alive and q of coming back of who is, it solves ::

        sum o a / (1 - a + o a) q = return factor times sum a q

    Odds change by a factor when the share of those who have left was another than the model has it
    before anything is seen of the customer (Bayes; for classifiers [SLD02]_), and a shift of all
    log odds that makes the sum right is recalibration in the large ([C58]_, with the slope left at
    1). Who is nearly sure to be alive is hardly moved, and nobody gets to 1. No odds become more
    than ten times as high or as low. What is left then, and all of it where the model says 1 for
    everybody, is a factor of the whole class: below 1 of the probability, above 1 of the speed.

    Then how often: the ratio of purchases to those expected after the first correction, of all and
    by row, drawn towards 1 in the same way (DerSimonian and Laird's variance between rows). Its
    chance error is what was observed, but no less than that of a Poisson number: where hardly
    anybody bought, hardly any variance is seen.

    What a model holds for impossible no factor mends: classes in which nothing is expected tell
    nothing, whatever came.

    References
    ----------
    .. [C58] D. R. Cox (1958), Two further applications of a model for binary regression,
       Biometrika 45, 562-565.
    .. [SLD02] M. Saerens, P. Latinne, C. Decaestecker (2002), Adjusting the outputs of a classifier
       to new a priori probabilities: a simple procedure, Neural Computation 14, 21-41.
    """
    expected_returned = holdout.total(holdout.chance)
    came = np.where(expected_returned.ravel()[holdout.cell] > 0, holdout.purchases, 0.0)
    returned = holdout.total(came > 0)
    overall = _drawn_to_one(
        np.sum(returned),
        np.sum(expected_returned),
        np.sum(holdout.total(holdout.chance * (1 - holdout.chance))),
    )
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
    odds, rests = _odds_and_rests(holdout, returns, like)

    alive, speed = corrected(
        holdout.alive,
        odds.ravel()[holdout.cell],
        rests.ravel()[holdout.cell],
    )
    change = np.divide(alive, holdout.alive, out=np.ones(alive.shape), where=holdout.alive > 0)
    then = change * speed * holdout.expected
    errors, then = holdout.total((came - then) ** 2), holdout.total(then)
    purchases = holdout.total(came)
    rate = _drawn_to_one(np.sum(purchases), np.sum(then), max(np.sum(errors), np.sum(then)))
    then = rate * then.sum(axis=1)
    rates = rate * _normal_means(purchases.sum(axis=1), then, np.maximum(errors.sum(axis=1), then))
    return Corrections(returns, odds, rests, np.broadcast_to(rates[:, None], returns.shape))


def _odds_and_rests(
    holdout: Holdout, returns: np.ndarray, like: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Share a factor of returns out to the odds of being alive and the rest, in each class."""
    odds, rests = np.ones(returns.shape), np.ones(returns.shape)
    members = np.argsort(holdout.cell, kind="stable")
    bounds = np.searchsorted(holdout.cell[members], np.arange(returns.size + 1))
    for row, column in np.ndindex(returns.shape):
        # A class that nobody was in is taken for one like the next less rare.
        of_whom = column
        while bounds[(cell := row * returns.shape[1] + of_whom) + 1] == bounds[cell]:
            of_whom = like[of_whom]
            if of_whom < 0:
                break
        if of_whom >= 0:
            own = members[bounds[cell] : bounds[cell + 1]]
        else:
            own = members[bounds[row * returns.shape[1]] : bounds[(row + 1) * returns.shape[1]]]
        if not own.size:
            own = members
        odds[row, column], rests[row, column] = _odds_and_rest(
            holdout.customers[own], holdout.alive[own], holdout.chance[own], returns[row, column]
        )
    return odds, rests


def _odds_and_rest(
    customers: np.ndarray, alive: np.ndarray, chance: np.ndarray, factor: float
) -> tuple[float, float]:
    """Find the odds that change the sum of the chances by a factor, and what they leave of it."""
    expected = np.sum(customers * chance)
    if abs(factor - 1) <= _NO_FACTOR or expected <= 0:
        return 1.0, 1.0

    def change(log_odds: float) -> float:
        times = np.exp(log_odds)
        return float(np.sum(customers * chance * times / (1 - alive + times * alive)) / expected)

    low, high = -np.log(_MOST_ODDS), np.log(_MOST_ODDS)
    if change(high) - change(low) <= _NO_FACTOR:
        return 1.0, factor
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if change(middle) < factor else (low, middle)
    rest = factor / change(low)
    return float(np.exp(low)), rest if abs(rest - 1) > _NO_FACTOR else 1.0


def correction_table(
    states: pa.Table, rarities: int, repeat_classes: Sequence[int] = ()
) -> pa.Table:
    """Correct a model by classes of repeat purchases and of the open gap.

    Parameters
    ----------
    states : pyarrow.Table
        :data:`CLASS_COLUMNS` and :data:`STATE_COLUMNS`, one row for customers that are alike.
    rarities : int
        How many shares divide the gaps into rarer and rarer ones.
    repeat_classes : sequence of int
        Classes of repeat purchases beside those with customers.

    Returns
    -------
    pyarrow.Table
        With :data:`FACTOR_SCHEMA`: every class of repeat purchases with every class of the open
        gap. One that nobody was in is corrected like the next less rare one, since customers reach
        it later; a class of repeat purchases like all customers. Empty without any customer.
    """
    if not states.num_rows:
        return FACTOR_SCHEMA.empty_table()
    of_class = states["repeat_purchases_from"].to_numpy()
    lows = np.union1d(of_class, np.asarray(repeat_classes, dtype=of_class.dtype))
    gaps = [*range(-1, -rarities - 2, -1), *range(3 * rarities + 3)]
    like = [
        gaps.index(gap + 1 if gap < 0 else gap - 3) if gap < -1 or gap > 2 else -1 for gap in gaps
    ]
    holdout = Holdout(
        np.searchsorted(lows, of_class),
        np.array([gaps.index(gap) for gap in states["gap_class"].to_pylist()]),
        *(states[name].to_numpy().astype(float) for name in STATE_COLUMNS),
        shape=(lows.size, len(gaps)),
    )
    found = correct(holdout, like)
    columns = [
        *np.meshgrid(lows, gaps, indexing="ij"),
        holdout.total(1.0).astype(np.int64),
        holdout.total(holdout.purchases > 0).astype(np.int64),
        holdout.total(holdout.chance),
        holdout.total(holdout.purchases).astype(np.int64),
        holdout.total(holdout.expected),
        found.returns,
        found.odds,
        found.rests,
        found.rates,
    ]
    return pa.table([pa.array(grid.ravel()) for grid in columns], schema=FACTOR_SCHEMA)


def corrected(
    alive: np.ndarray,
    odds_factor: npt.ArrayLike = 1.0,
    rest_factor: npt.ArrayLike = 1.0,
    rate_factor: npt.ArrayLike = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Correct the probability of being alive, and the speed of purchases of who is.

    Parameters
    ----------
    alive : ndarray, shape (n,)
        Probability of being alive, of the model.
    odds_factor, rest_factor, rate_factor : array_like, scalar or shape (n,)
        What to multiply its odds by; below 1 the probability itself, and above 1 the purchases of
        those who are alive, up to twice as many; and those purchases in any case.

    Returns
    -------
    alive, speed : ndarray, shape (n,)
        Who is certain to be alive or to have left has odds that no factor changes.
    """
    odds, rest = np.asarray(odds_factor), np.asarray(rest_factor)
    # Where nothing is changed, not even the last bit is.
    possible = np.where(odds == 1, alive, odds * alive / (1 - alive + odds * alive))
    speed = np.asarray(rate_factor) * np.clip(rest, 1.0, _MOST_SPEED)
    return possible * np.minimum(rest, 1.0), np.broadcast_to(speed, alive.shape)


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
