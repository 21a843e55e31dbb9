"""Predictive intervals of the purchases of known customers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from customer_lifecycle.forecasts.calibration import corrected
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import distinct_rows


def predictive_interval(
    model: PurchaseModel,
    parameters: Sequence[float],
    horizon: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    tail: float = 0.05,
    odds_factor: npt.ArrayLike = 1.0,
    rest_factor: npt.ArrayLike = 1.0,
    rate_factor: npt.ArrayLike = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Bound the purchase days of known customers in (T, T + horizon].

    Parameters
    ----------
    model : PurchaseModel
    parameters, horizon, frequency, recency, age
        As in the functions of the model.
    tail : float
        Most probability below the interval, and above it.
    odds_factor, rest_factor, rate_factor : array_like, scalar or shape (n,)
        As in :func:`~customer_lifecycle.forecasts.calibration.corrected`.

    Returns
    -------
    low, high : ndarray of int64, shape (n,)
        The highest low with P(X < low) <= tail, and the lowest high with P(X > high) <= tail. The
        interval covers 1 - 2 tail or more: at its ends whole numbers leave no choice.

    Raises
    ------
    ValueError
        If the tail is not between 0 and .5.

    Notes
    -----
    The predictive distribution is that of the model: the posterior of the purchase rate, of dropout
    until now and of dropout to come, and the counting noise. It is exact, nothing is simulated. The
    parameters are taken as known. What depends on purchases and age only is worked out once per
    such pair, count by count, until no pair has more than the tail left. Who buys faster by a
    factor has as many purchases as in a time longer by it.
    """
    check_tail(tail)
    frequency, recency, age = (np.asarray(c, dtype=float) for c in (frequency, recency, age))
    alive, speed = corrected(
        model.probability_alive(parameters, frequency, recency, age),
        odds_factor,
        rest_factor,
        rate_factor,
    )
    pairs, pair_of_state = distinct_rows(horizon * speed, frequency, age)

    low, high = np.zeros((2, frequency.size), dtype=np.int64)
    more_if_alive = np.ones(pairs.shape[1])  # probability of more than the count
    open_pairs, open_states = np.arange(pairs.shape[1]), np.arange(frequency.size)
    count = 0
    while open_states.size:
        more_if_alive[open_pairs] -= model.probability_of_purchases_if_alive(
            parameters, count, *pairs[:, open_pairs]
        )
        more = alive[open_states] * more_if_alive[pair_of_state[open_states]]
        count += 1
        low[open_states[more >= 1 - tail]] = count
        open_states = open_states[more > tail]
        high[open_states] = count
        open_pairs = open_pairs[more_if_alive[open_pairs] > tail]
    return low, high


def check_tail(tail: float) -> None:
    """Refuse a tail that is not between 0 and .5."""
    if not 0 < tail < 0.5:
        raise ValueError(f"tail is {tail}: it must be between 0 and .5")
