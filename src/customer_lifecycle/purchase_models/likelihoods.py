"""What the log-likelihoods share: sums by purchase count, and the mixture of alive and not."""

import numpy as np


def total_by_run(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the weights of neighbours with equal values.

    Sorted customers have far fewer purchase counts than rows: what depends on the count alone, the
    gamma functions, is worked out once per run.

    Parameters
    ----------
    values, weights : ndarray, shape (n,)
        In any order; sorted values make the fewest runs.

    Returns
    -------
    values, weights : ndarray, shape (runs,)
    """
    if values.size == 0:
        return values, weights
    starts = np.r_[0, np.flatnonzero(values[1:] != values[:-1]) + 1]
    return values[starts], np.add.reduceat(weights, starts)


def mix_odds(log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn the log of odds into ln(1 + odds) and odds / (1 + odds), without overflow.

    Parameters
    ----------
    log_odds : ndarray, shape (n,)
        -inf for odds of 0.

    Returns
    -------
    log_total, share : ndarray, shape (n,)
    """
    smaller = np.exp(-np.abs(log_odds))  # of the odds and their inverse
    log_total = np.maximum(log_odds, 0) + np.log1p(smaller)
    return log_total, np.exp(np.minimum(log_odds, 0)) / (1 + smaller)
