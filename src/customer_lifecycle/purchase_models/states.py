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


def distinct_rows(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the distinct rows of a few columns.

    What is expected of a customer who is alive depends on purchases and age alone, and there are
    fewer such pairs than states.

    Parameters
    ----------
    *columns : ndarray, shape (n,)

    Returns
    -------
    rows : ndarray, shape (columns, distinct rows)
        Sorted by the first column, then the next.
    row_of_state : ndarray of int64, shape (n,)
        Where each state's row stands.
    """
    order = np.lexsort(columns[::-1])  # np.unique along an axis takes ten times as long
    rows = np.stack(columns)[:, order]
    is_first = np.ones(order.size, dtype=bool)
    is_first[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    row_of_state = np.empty(order.size, dtype=np.int64)
    row_of_state[order] = np.cumsum(is_first) - 1
    return rows[:, is_first], row_of_state
