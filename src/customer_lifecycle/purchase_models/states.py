"""States of customers, as SQL groups them by day and as the models take them."""

import numpy as np
import pyarrow as pa

DAYS_PER_WEEK = 7
WEEKS_PER_YEAR = 365 / DAYS_PER_WEEK

STATE_COLUMNS = ("repeat_purchases", "recency_days", "age_days")
"""Repeat purchase days, days from the first purchase to the last, days observed since the first."""


def states_in_weeks(states: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take frequency, recency and age (both in weeks) from a table with :data:`STATE_COLUMNS`."""
    frequency, recency, age = (states[name].to_numpy().astype(float) for name in STATE_COLUMNS)
    return frequency, recency / DAYS_PER_WEEK, age / DAYS_PER_WEEK


def grouped_customers(states: pa.Table) -> tuple[np.ndarray, ...]:
    """Take what purchase models are fitted to: the states, and from ``customers`` the weights."""
    return *states_in_weeks(states), states["customers"].to_numpy()


def distinct_pairs(frequency: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the distinct pairs of purchases and age.

    What is expected of a customer who is alive depends on these two alone, and there are fewer such
    pairs than states.

    Parameters
    ----------
    frequency, age : ndarray, shape (n,)

    Returns
    -------
    pairs : ndarray, shape (2, pairs)
        Sorted by purchases, then age.
    pair_of_state : ndarray of int64, shape (n,)
        Where each state's pair stands.
    """
    order = np.lexsort((age, frequency))  # np.unique along an axis takes ten times as long
    rows = np.stack([frequency, age])[:, order]
    is_first = np.ones(order.size, dtype=bool)
    is_first[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    pair_of_state = np.empty(order.size, dtype=np.int64)
    pair_of_state[order] = np.cumsum(is_first) - 1
    return rows[:, is_first], pair_of_state
