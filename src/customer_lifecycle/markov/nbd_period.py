"""Purchase days per period: Poisson counts, gamma rates, and a state that remembers one period.

A customer buys on X ~ Poisson(lambda) days in a period, lambda ~ Gamma(a, rate b). Of the past only
the last active period is remembered: f purchase days in it, and the r periods since without any.

References
----------
.. [MS88] Morrison, D. G. and Schmittlein, D. C. (1988), "Generalizing the NBD model for customer
   purchases: what are the implications and is it worth the effort?", Journal of Business & Economic
   Statistics 6(2), 145-159.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from scipy.stats import nbinom

from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit
from customer_lifecycle.purchase_models.nbd import NBD

NAME = "nbd_period"
PARAMETERS = ("a", "b")


def fit(
    purchase_days: npt.ArrayLike,
    periods: npt.ArrayLike,
    weights: npt.ArrayLike,
    minimum_customers: int = MINIMUM_CUSTOMERS,
) -> Fit:
    """Fit a and b by maximum likelihood.

    Parameters
    ----------
    purchase_days : array_like, shape (n,)
        In all observed periods of a customer together.
    periods : array_like, shape (n,)
        Complete periods observed.
    weights : array_like, shape (n,)
        Customers per row.
    minimum_customers : int
        With fewer customers nothing is fitted.

    Returns
    -------
    Fit
        a is a pure number, b is in periods. Never an exception: what went wrong is in its flags.
    """
    by_time = NBD.fit(purchase_days, periods, periods, weights, minimum_customers)
    return replace(by_time, model=NAME, parameters=PARAMETERS)


def expected_frequency(
    parameters: Sequence[float], recency: npt.ArrayLike, frequency: npt.ArrayLike
) -> np.ndarray:
    """Purchase days expected in the next period.

    Parameters
    ----------
    parameters : sequence of float
        a and b.
    recency, frequency : array_like
        Periods since the last active one (0 if that is the present one), purchase days in it.

    Returns
    -------
    ndarray
        ``(a + f) / (b + 1 + r)``, the posterior mean of the rate.
    """
    a, b = parameters
    return (a + np.asarray(frequency, dtype=float)) / (b + 1 + np.asarray(recency, dtype=float))


def probability_of_frequency(
    parameters: Sequence[float],
    count: npt.ArrayLike,
    recency: npt.ArrayLike,
    frequency: npt.ArrayLike,
) -> np.ndarray:
    """Probability of exactly so many purchase days in the next period.

    Parameters
    ----------
    parameters : sequence of float
        a and b.
    count : array_like
        Purchase days, whole numbers from 0 on.
    recency, frequency : array_like
        As in :func:`expected_frequency`.

    Returns
    -------
    ndarray, of the shape of all broadcast
        Negative binomial with shape a + f and success probability (b + 1 + r) / (b + 2 + r).
    """
    a, b = parameters
    periods = b + 1 + np.asarray(recency, dtype=float)
    return nbinom.pmf(count, a + np.asarray(frequency, dtype=float), periods / (periods + 1))


def truncated_mean_frequency(
    parameters: Sequence[float], low: npt.ArrayLike, high: npt.ArrayLike
) -> np.ndarray:
    """Mean purchase days of a period, of anybody, between two bounds: E[F | low <= F <= high].

    Parameters
    ----------
    parameters : sequence of float
        a and b.
    low, high : array_like of int, shape (n,)
        Both included.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If a low bound is negative or above its high bound.
    """
    a, b = parameters
    low, high = np.atleast_1d(low).astype(int), np.atleast_1d(high).astype(int)
    if (low < 0).any() or (low > high).any():
        raise ValueError("bounds must be 0 <= low <= high")
    means = [
        softmax(nbinom.logpmf(counts := np.arange(first, last + 1), a, b / (b + 1))) @ counts
        for first, last in zip(low, high, strict=True)
    ]
    # Where nearly all the weight is on one bound, the last bit may fall beside it.
    return np.clip(np.array(means, dtype=float), low, high)
