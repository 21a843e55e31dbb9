"""Tests of what the Markov model of customers takes for granted, from grouped counts.

With many customers everything is rejected, so each test also says how far off the data are, as a
number that does not grow with their number.
"""

from collections.abc import Mapping, Sequence
from math import isfinite, nan, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import betainc, xlogy
from scipy.stats import chi2, nbinom, norm, rankdata

CHECK_SCHEMA = pa.schema(
    [
        ("assumption", pa.string()),
        ("statistic", pa.float64()),
        ("p_value", pa.float64()),
        ("departure", pa.float64()),
        ("customers", pa.int64()),
    ]
)

# Expected customers that a cell of a chi-square test needs.
MINIMUM_EXPECTED = 5.0
CLASSES = 10


class Check(NamedTuple):
    """What a test of an assumption found.

    Attributes
    ----------
    statistic : float
        In the units of the test; NaN when there is too little to test.
    p_value : float
        Of data at least so far off, if the assumption held.
    departure : float
        How far off the data are, 0 being not at all.
    customers : int
        Customers (or periods of customers) that were looked at.
    """

    statistic: float
    p_value: float
    departure: float
    customers: int


def frequency_and_amount(
    frequency: npt.ArrayLike, amount: npt.ArrayLike, customers: npt.ArrayLike
) -> Check:
    """Test whether those who buy more often spend more, or less, on a purchase day.

    Parameters
    ----------
    frequency : array_like, shape (n,)
        Repeat purchase days.
    amount : array_like, shape (n,)
        Of one purchase day, not a mean: the means of many days vary less, and with them their
        ranks.
    customers : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    Check
        Statistic and departure: Spearman's rank correlation, and its size. The p-value is that of
        the normal distribution.
    """
    weights = np.asarray(customers, dtype=float)
    total = int(weights.sum())
    ranks = [_mid_ranks(np.asarray(column), weights) for column in (frequency, amount)]
    centred = [rank - np.sum(weights * rank) / max(total, 1) for rank in ranks]
    norms = [sqrt(np.sum(weights * rank**2)) for rank in centred]
    if total < 3 or min(norms) == 0:
        return Check(nan, nan, nan, total)
    correlation = float(np.sum(weights * centred[0] * centred[1]) / (norms[0] * norms[1]))
    p_value = 2 * norm.sf(abs(correlation) * sqrt(total - 1))
    return Check(correlation, float(p_value), abs(correlation), total)


def first_order(
    stratum: npt.ArrayLike, before: npt.ArrayLike, bought: npt.ArrayLike, customers: npt.ArrayLike
) -> Check:
    """Test whether the past before the present state says more about what comes next.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
        The present state.
    before : array_like of int, shape (n,)
        What was before it.
    bought : array_like of bool, shape (n,)
        Whether the customer bought in the next period.
    customers : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    Check
        Statistic: G, the likelihood ratio of independence given the present state. Departure:
        Cramer's V, the square root of G per customer.
    """
    stratum, before, bought = (np.asarray(c).astype(int) for c in (stratum, before, bought))
    weights = np.asarray(customers, dtype=float)
    statistic, degrees = 0.0, 0
    for state in np.unique(stratum):
        rows = stratum == state
        values, row = np.unique(before[rows], return_inverse=True)
        table = np.zeros((values.size, 2))
        np.add.at(table, (row.ravel(), bought[rows]), weights[rows])
        table = table[table.sum(axis=1) > 0]
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        if (expected < MINIMUM_EXPECTED).any():
            continue  # too few in this state
        statistic += 2 * float(np.sum(xlogy(table, table / expected)))
        degrees += table.shape[0] - 1
    total = int(weights.sum())
    if degrees == 0:
        return Check(nan, nan, nan, total)
    return Check(statistic, float(chi2.sf(statistic, degrees)), sqrt(statistic / total), total)


def poisson(
    purchase_days: npt.ArrayLike,
    sum_of_squares: npt.ArrayLike,
    periods: npt.ArrayLike,
    customers: npt.ArrayLike,
) -> Check:
    """Test whether each customer's purchases fall on the periods as chance has it.

    Parameters
    ----------
    purchase_days : array_like, shape (n,)
        Of a customer, in all periods together.
    sum_of_squares : array_like, shape (n,)
        Of the purchase days of the single periods.
    periods : array_like, shape (n,)
        Complete periods observed.
    customers : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    Check
        Statistic: the index of dispersion, 1 for Poisson counts; above, purchases come in clusters
        or stop. Departure: its distance from 1.

    Notes
    -----
    Given their total X over n periods, Poisson counts are multinomial. Then Pearson's ``D = n sum
    of squares / X - X`` has the mean n - 1 and the variance 2 (n - 1) (1 - 1 / X), exactly,
    whatever the customer's rate. Over all customers the sum of D is normal.
    """
    x, squares, n, weights = (
        np.asarray(c, dtype=float) for c in (purchase_days, sum_of_squares, periods, customers)
    )
    tells = (x > 1) & (n > 1)
    x, squares, n, weights = x[tells], squares[tells], n[tells], weights[tells]
    total = int(weights.sum())
    expected = np.sum(weights * (n - 1))
    variance = np.sum(weights * 2 * (n - 1) * (1 - 1 / x))
    if not variance > 0:
        return Check(nan, nan, nan, total)
    found = np.sum(weights * (n * squares / x - x))
    p_value = 2 * norm.sf(abs(found - expected) / sqrt(variance))
    index = float(found / expected)
    return Check(index, float(p_value), abs(index - 1), total)


def gamma_rates(
    parameters: Sequence[float],
    purchase_days: npt.ArrayLike,
    periods: npt.ArrayLike,
    customers: npt.ArrayLike,
) -> Check:
    """Test whether the customers' purchase counts are as gamma-distributed rates have them.

    Parameters
    ----------
    parameters : sequence of float
        a and b of the model of :mod:`~customer_lifecycle.markov.nbd_period`, fitted to these
        counts.
    purchase_days, periods, customers : array_like, shape (n,)
        Of a customer in all periods together, complete periods observed, customers per row.

    Returns
    -------
    Check
        Statistic: chi-square over the counts 0, 1, ..., those expected of few together. Departure:
        the share of the customers that would have to move.
    """
    a, b = parameters
    x, n, weights = (np.asarray(c) for c in (purchase_days, periods, customers))
    observed = np.bincount(x.astype(int), weights=weights)
    counts = np.arange(observed.size)
    lengths, length = np.unique(n, return_inverse=True)
    of_length = np.bincount(length.ravel(), weights=weights)
    expected = of_length @ nbinom.pmf(counts, a, (b / (b + lengths))[:, None])
    expected[-1] += observed.sum() - expected.sum()  # the tail beyond
    found, model = _cells(observed, expected)
    return _chi_square(found, model, fitted=2)


def gamma_amounts(
    shape: float, days: npt.ArrayLike, share: npt.ArrayLike, customers: npt.ArrayLike
) -> Check:
    """Test whether the amounts of a customer vary as a gamma distribution has it.

    Parameters
    ----------
    shape : float
        p of the gamma-gamma model.
    days : array_like, shape (n,)
        Paid repeat days, at least two to tell anything.
    share : array_like, shape (n,)
        Of one of these days in their total amount.
    customers : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    Check
        Statistic: chi-square over tenths. Departure: the share of the customers that would have to
        move.

    Notes
    -----
    Whatever the customer's rate v, one of x gamma amounts is a share ~ Beta(p, p (x - 1)) of all.
    """
    x, share, weights = (np.asarray(c, dtype=float) for c in (days, share, customers))
    tells = x > 1
    level = betainc(shape, shape * (x[tells] - 1), np.clip(share[tells], 0, 1))
    return _uniform(level, weights[tells], fitted=1)


def gamma_amount_rates(
    parameters: Sequence[float],
    days: npt.ArrayLike,
    total_amount: npt.ArrayLike,
    customers: npt.ArrayLike,
) -> Check:
    """Test whether the customers' amounts are as gamma-distributed rates have them.

    Parameters
    ----------
    parameters : sequence of float
        p, q and k of the gamma-gamma model, fitted to these amounts.
    days, total_amount, customers : array_like, shape (n,)
        Paid repeat days, their amount in money, customers per row.

    Returns
    -------
    Check
        Statistic: chi-square over tenths. Departure: the share of the customers that would have to
        move.
    """
    p, q, k = parameters
    x, total, weights = (np.asarray(c, dtype=float) for c in (days, total_amount, customers))
    return _uniform(betainc(p * x, q, total / (k + total)), weights, fitted=3)


def transitions(state: npt.ArrayLike, probability: npt.ArrayLike, observed: npt.ArrayLike) -> Check:
    """Test whether customers move between states as the model says.

    Parameters
    ----------
    state : array_like, shape (n,)
        Number of the state that the transition starts from.
    probability : array_like, shape (n,)
        Of the transition; those from a state sum to 1.
    observed : array_like, shape (n,)
        Customers who made it.

    Returns
    -------
    Check
        Statistic: G of the counts in the model's probabilities, over all states. Departure: the
        share of the customers that would have to move elsewhere.

    Notes
    -----
    Transitions of which fewer than five are expected are taken together, state by state. G takes
    all for independent, so a customer should occur once.
    """
    states, start = np.unique(np.asarray(state), return_inverse=True)
    start, probability = start.ravel(), np.asarray(probability, dtype=float)
    observed = np.asarray(observed, dtype=float)
    of_state = np.bincount(start, weights=observed)
    expected = of_state[start] * probability
    is_rare = expected < MINIMUM_EXPECTED
    rare_found, rare_expected = (
        np.bincount(start[is_rare], weights=column[is_rare], minlength=states.size)
        for column in (observed, expected)
    )
    found = np.concatenate([observed[~is_rare], rare_found])
    model = np.concatenate([expected[~is_rare], rare_expected])
    cell_state = np.concatenate([start[~is_rare], np.arange(states.size)])
    # Rare transitions that are too few even together are left out, and the others go without them.
    is_enough = (rare_expected >= MINIMUM_EXPECTED)[cell_state]
    is_enough[: found.size - states.size] = True
    found, model, cell_state = (column[is_enough] for column in (found, model, cell_state))
    found_in_state, model_of_state = (
        np.bincount(cell_state, weights=column, minlength=states.size) for column in (found, model)
    )
    with np.errstate(invalid="ignore"):
        model = model * (found_in_state / model_of_state)[cell_state]
    total = int(found.sum())
    degrees = found.size - np.unique(cell_state).size
    if degrees < 1:
        return Check(nan, nan, nan, total)
    statistic = 2 * float(np.sum(xlogy(found, found / model)))
    departure = float(np.abs(found - model).sum() / (2 * total))
    return Check(statistic, float(chi2.sf(statistic, degrees)), departure, total)


def check_table(checks: Mapping[str, Check]) -> pa.Table:
    """Lay out checks as one row per assumption.

    Parameters
    ----------
    checks : mapping of str to Check
        By assumption.

    Returns
    -------
    pyarrow.Table
        With :data:`CHECK_SCHEMA`. A number that does not exist is null, never NaN.
    """
    rows = [
        {"assumption": name}
        | {field: value if isfinite(value) else None for field, value in check._asdict().items()}
        for name, check in checks.items()
    ]
    return pa.Table.from_pylist(rows, schema=CHECK_SCHEMA)


def _mid_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ranks of grouped values, ties sharing their mean rank."""
    order = rankdata(values, method="dense") - 1
    per_value = np.bincount(order, weights=weights)
    return (np.cumsum(per_value) - (per_value - 1) / 2)[order]


def _cells(observed: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge neighbours, from the left, until enough is expected in each cell."""
    starts, so_far = [0], 0.0
    for position, mean in enumerate(expected[:-1], start=1):
        so_far += mean
        if so_far >= MINIMUM_EXPECTED:
            starts.append(position)
            so_far = 0.0
    if so_far + expected[-1] < MINIMUM_EXPECTED and len(starts) > 1:
        starts.pop()
    return np.add.reduceat(observed, starts), np.add.reduceat(expected, starts)


def _uniform(level: np.ndarray, weights: np.ndarray, fitted: int) -> Check:
    """Test whether levels between 0 and 1 are spread evenly over tenths."""
    tenth = np.minimum((level * CLASSES).astype(int), CLASSES - 1)
    found = np.bincount(tenth, weights=weights, minlength=CLASSES)
    return _chi_square(found, np.full(CLASSES, found.sum() / CLASSES), fitted)


def _chi_square(found: np.ndarray, expected: np.ndarray, fitted: int) -> Check:
    total = int(found.sum())
    degrees = found.size - 1 - fitted
    if degrees < 1 or (expected < MINIMUM_EXPECTED).any():
        return Check(nan, nan, nan, total)
    statistic = float(np.sum((found - expected) ** 2 / expected))
    departure = float(np.abs(found - expected).sum() / (2 * total))
    return Check(statistic, float(chi2.sf(statistic, degrees)), departure, total)
