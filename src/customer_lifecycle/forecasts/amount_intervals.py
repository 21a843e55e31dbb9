"""Predictive intervals of what known customers will spend: how often, and how much each time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import betaincc, betainccinv, betaincinv, expit, logit, ndtri, polygamma

from customer_lifecycle.forecasts.by_state import factors_of
from customer_lifecycle.forecasts.calibration import corrected
from customer_lifecycle.forecasts.intervals import check_tail
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import (
    STATE_COLUMNS,
    WEEKS_PER_YEAR,
    distinct_rows,
    states_in_weeks,
)

INTERVAL_SCHEMA = pa.schema(
    [
        *((column, pa.int64()) for column in (*STATE_COLUMNS, "gap_class", "spend_days")),
        ("amount_ratio_low", pa.float64()),
        ("amount_ratio_high", pa.float64()),
    ]
)

# Counts and ratios beyond this probability are not looked at.
_NEGLIGIBLE = 1e-6
_FIRST_COUNTS = 16
# Points of the grid per standard deviation of the log of what so many purchases bring.
_POINTS_PER_DEVIATION, _PURCHASES = 7.0, 100
# Where amounts hardly vary at all, a step of this size in ln s is small enough.
_LEAST_STEP = 1e-3
_BLOCK_SIZE = 2_000_000  # states times points


def amount_interval_table(
    states: pa.Table, model: str, parameters: Sequence[float], spend_parameters: Sequence[float]
) -> pa.Table:
    """Bound the amount that customers spend in 365 days, from their states.

    Parameters
    ----------
    states : pyarrow.Table
        Distinct states as in :func:`~customer_lifecycle.forecasts.by_state.forecast_table`, with
        ``spend_days`` (purchase days with an amount that the spend model sees).
    model : str
        A name in :data:`~customer_lifecycle.purchase_models.family.PURCHASE_MODELS`.
    parameters, spend_parameters : sequence of float
        Of that model, times in weeks; p, q and k of the gamma-gamma model.

    Returns
    -------
    pyarrow.Table
        With :data:`INTERVAL_SCHEMA`, one row per state in the order of the input: the 5 and 95 %
        points in units of k + the amount on the spend days.

    Raises
    ------
    KeyError
        If there is no model of that name.
    """
    interval = amount_interval(
        PURCHASE_MODELS[model],
        parameters,
        spend_parameters,
        WEEKS_PER_YEAR,
        *states_in_weeks(states),
        states["spend_days"].to_numpy(),
        **factors_of(states),
    )
    columns = states.select([*STATE_COLUMNS, "gap_class", "spend_days"]).columns
    return pa.table([*columns, *interval], schema=INTERVAL_SCHEMA)


def amount_interval(
    model: PurchaseModel,
    parameters: Sequence[float],
    spend_parameters: Sequence[float],
    horizon: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    paid_days: npt.ArrayLike,
    tail: float = 0.05,
    odds_factor: npt.ArrayLike = 1.0,
    rest_factor: npt.ArrayLike = 1.0,
    rate_factor: npt.ArrayLike = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Bound the amount that known customers spend in (T, T + horizon].

    Parameters
    ----------
    model : PurchaseModel
    parameters, spend_parameters : sequence of float
        Of that model; p, q and k of the gamma-gamma model.
    horizon, frequency, recency, age
        As in the functions of the model.
    paid_days : array_like, shape (n,)
        Purchase days with an amount above zero that the spend model sees.
    tail : float
        Probability below the interval, and above it.
    odds_factor, rest_factor, rate_factor : array_like, scalar or shape (n,)
        As in :func:`~customer_lifecycle.forecasts.calibration.corrected`.

    Returns
    -------
    low, high : ndarray, shape (n,)
        In units of k + the amount on the paid days. 0 where the amount is 0 with that probability.

    Raises
    ------
    ValueError
        If the tail is not between 0 and .5.

    Notes
    -----
    Given the customer's v ~ Gamma(p x + q, rate k + amount so far), the posterior of [FH13]_'s
    model, n purchases bring Gamma(p n, rate v). So the amount S in the units above is beta prime,
    and with n from the predictive distribution of the purchases::

        P(S > s) = P(alive) sum_n P(n | alive) (1 - I(s / (1 + s); p n, p x + q))

    with I the regularised incomplete beta function. For all customers with the same number of paid
    days the sum is one matrix product over a grid of ln s. Between two points of the grid the
    normal quantile of P(S > s | S > 0) is taken as linear, which is good to less than 1e-3 of s.
    """
    check_tail(tail)
    p, q, _ = spend_parameters
    frequency, recency, age, paid_days = (
        np.asarray(column, dtype=float) for column in (frequency, recency, age, paid_days)
    )
    alive, speed = corrected(
        model.probability_alive(parameters, frequency, recency, age),
        odds_factor,
        rest_factor,
        rate_factor,
    )
    low, high = np.zeros((2, frequency.size))
    order = np.argsort(paid_days, kind="stable")
    starts = np.flatnonzero(np.diff(paid_days[order], prepend=-1))
    for rows in np.split(order, starts[1:]) if order.size else []:
        pairs, pair_of_row = distinct_rows(horizon * speed[rows], frequency[rows], age[rows])
        by_count = _purchases_if_alive(model, parameters, *pairs)
        shape = p * paid_days[rows[0]] + q
        grid, beyond = _beyond_by_count(p, shape, by_count.shape[1], tail)
        buys = by_count.sum(axis=1)
        beyond_if_buys = by_count @ beyond / buys[:, None]
        for end, probability in ((low, 1 - tail), (high, tail)):
            share = probability / (alive[rows] * buys[pair_of_row])
            end[rows] = _quantiles(grid, beyond_if_buys, pair_of_row, share)
    return low, high


def _purchases_if_alive(
    model: PurchaseModel,
    parameters: Sequence[float],
    horizon: np.ndarray,
    frequency: np.ndarray,
    age: np.ndarray,
) -> np.ndarray:
    """Probability of 1, 2, … purchases of customers who are alive, up to negligible ones."""
    left = 1 - model.probability_of_purchases_if_alive(parameters, 0, horizon, frequency, age)
    rows = (horizon[:, None], frequency[:, None], age[:, None])
    blocks, counts = [], np.arange(1, _FIRST_COUNTS + 1)
    while not blocks or left.max() > _NEGLIGIBLE:
        blocks.append(model.probability_of_purchases_if_alive(parameters, counts, *rows))
        left = left - blocks[-1].sum(axis=1)
        counts = np.arange(counts[-1] + 1, 2 * counts[-1] + 1)
    by_count = np.hstack(blocks)
    counts_that_matter = by_count.max(axis=0) > _NEGLIGIBLE / by_count.shape[1]
    return by_count[:, : np.flatnonzero(counts_that_matter).max(initial=0) + 1]


def _beyond_by_count(
    p: float, shape: float, counts: int, tail: float
) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate, on a grid of ln s, the probability that 1, 2, … purchases bring more than s."""
    shapes = p * np.arange(1, counts + 1)
    starts = logit(betaincinv(shapes, shape, _NEGLIGIBLE))
    ends = logit(betainccinv(shapes, shape, _NEGLIGIBLE))
    highest = logit(betainccinv(shapes[-1], shape, tail / 2))
    # What fewer purchases bring varies more. Points are whole steps, the same whoever else is
    # there.
    deviation = float(np.sqrt(polygamma(1, p * _PURCHASES) + polygamma(1, shape)))
    step = max(deviation / _POINTS_PER_DEVIATION, _LEAST_STEP)
    grid = step * np.arange(np.floor(starts[0] / step), np.ceil(highest / step) + 1)
    beyond = (grid < starts[:, None]).astype(float)
    count, point = np.nonzero((grid >= starts[:, None]) & (grid <= ends[:, None]))
    beyond[count, point] = betaincc(shapes[count], shape, expit(grid[point]))
    return grid, beyond


def _quantiles(
    grid: np.ndarray, beyond: np.ndarray, row_of_state: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Find s beyond which a share of the probability lies; 0 for a share of 1 and more."""
    quantiles = np.zeros(share.size)
    size = max(_BLOCK_SIZE // grid.size, 1)
    open_states = np.flatnonzero(share < beyond[row_of_state, 0])
    for start in range(0, open_states.size, size):
        states = open_states[start : start + size]
        curve = beyond[row_of_state[states]]
        left = (curve > share[states, None]).sum(axis=1) - 1
        at = np.arange(states.size)
        wanted, before, after = (
            ndtri(np.clip(values, 1e-300, 1 - 1e-16))
            for values in (share[states], curve[at, left], curve[at, left + 1])
        )
        steps = left + (before - wanted) / (before - after)
        quantiles[states] = np.exp(grid[0] + steps * (grid[1] - grid[0]))
    return quantiles
