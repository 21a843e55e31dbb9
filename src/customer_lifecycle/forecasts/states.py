"""What customers have in common: the pairs of purchases and age among their states."""

import numpy as np


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
