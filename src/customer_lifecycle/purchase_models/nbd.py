"""The NBD model: Poisson purchases, gamma rates, nobody drops out.

Every customer buys at a rate of his own, lambda ~ Gamma(r, rate alpha) per week, for ever [MS88].

References
----------
.. [MS88] Morrison, D. G. and Schmittlein, D. C. (1988), "Generalizing the NBD model for customer
   purchases: what are the implications and is it worth the effort?", Journal of Business & Economic
   Statistics 6(2), 145-159.
"""

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi, xlogy

from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit, fit_purchase_model
from customer_lifecycle.purchase_models.likelihoods import total_by_run

NAME = "nbd"
PARAMETERS = ("r", "alpha")

_TIME_POWERS = (0, 1)
_STARTS = ((1.0, 1.0), (0.1, 0.1))


def log_likelihood_and_gradient(
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,  # noqa: ARG001 (all purchase models have the same arguments)
    age: npt.ArrayLike,
    weights: npt.ArrayLike,
) -> tuple[float, np.ndarray]:
    """Log-likelihood of the purchase times, and its derivatives by r and alpha.

    Parameters
    ----------
    parameters : sequence of float
        r (pure number) and alpha (weeks).
    frequency : array_like, shape (n,)
        Repeat purchase days.
    recency : array_like, shape (n,)
        Weeks from the first purchase to the last; not used.
    age : array_like, shape (n,)
        Weeks observed since the first purchase.
    weights : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    log_likelihood : float
        Weighted sum over the rows.
    gradient : ndarray, shape (2,)

    Notes
    -----
    ``ln G(r + x) - ln G(r) + r ln alpha - (r + x) ln(alpha + T)`` with G the gamma function: the
    density of the purchase times, so without the combinatorial constants of the count [MS88]_.
    """
    r, alpha = parameters
    x, age, weights = np.asarray(frequency), np.asarray(age), np.asarray(weights)
    log_share = np.log1p(age / alpha)
    counts, count_weights = total_by_run(x, weights)
    by_count = gammaln(r + counts) - gammaln(r) - counts * log(alpha)
    by_r = np.sum(count_weights * (psi(r + counts) - psi(r))) - np.sum(weights * log_share)
    by_alpha = np.sum(weights * (r / alpha - (r + x) / (alpha + age)))
    value = np.sum(count_weights * by_count) - np.sum(weights * (r + x) * log_share)
    return float(value), np.array([by_r, by_alpha])


def log_likelihood(
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    weights: npt.ArrayLike,
) -> float:
    """Log-likelihood of the purchase times; see :func:`log_likelihood_and_gradient`."""
    return log_likelihood_and_gradient(parameters, frequency, recency, age, weights)[0]


def fit(
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    weights: npt.ArrayLike,
    minimum_customers: int = MINIMUM_CUSTOMERS,
) -> Fit:
    """Fit r and alpha by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age, weights : array_like, shape (n,)
        As in :func:`log_likelihood_and_gradient`.
    minimum_customers : int
        With fewer customers nothing is fitted.

    Returns
    -------
    Fit
        Never an exception: what went wrong is in its flags and its reason.
    """
    return fit_purchase_model(
        NAME,
        PARAMETERS,
        _TIME_POWERS,
        _STARTS,
        log_likelihood_and_gradient,
        frequency,
        recency,
        age,
        weights,
        minimum_customers,
    )


def probability_alive(
    parameters: Sequence[float],  # noqa: ARG001 (all purchase models have the same arguments)
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Probability of being a customer still: 1, nobody drops out.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)
    """
    return np.ones(np.broadcast(frequency, recency, age).shape)


def expected_rate_if_alive(
    parameters: Sequence[float],
    delay: npt.ArrayLike,
    frequency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Purchase days per week expected at T + delay of a customer who is alive at T.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    delay : array_like, scalar or shape (n,)
        Weeks.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    ``(r + x) / (alpha + T)``, the posterior mean rate [MS88]_, at any time.
    """
    r, alpha = parameters
    rate = (r + np.asarray(frequency)) / (alpha + np.asarray(age))
    return rate * np.ones_like(delay, dtype=float)


def time_scale(parameters: Sequence[float], age: npt.ArrayLike) -> np.ndarray:
    """Weeks over which the expected rate bends, at an age in weeks: alpha + T."""
    return parameters[1] + np.asarray(age, dtype=float)


def expected_purchases_if_alive(
    parameters: Sequence[float],
    horizon: npt.ArrayLike,
    frequency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Purchase days expected in (T, T + horizon] of a customer who is alive at T.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    horizon : array_like, scalar or shape (n,)
        Weeks.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    ``horizon (r + x) / (alpha + T)``, the posterior mean rate times the horizon [MS88]_.
    """
    r, alpha = parameters
    return np.asarray(horizon) * (r + np.asarray(frequency)) / (alpha + np.asarray(age))


def expected_purchases_by_horizon_if_alive(
    parameters: Sequence[float],
    horizons: Sequence[float],
    frequency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Purchase days expected up to several horizons of customers who are alive at T.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    horizons : sequence of float
        Weeks, above 0, within a few years.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (horizons, n)
    """
    return expected_purchases_if_alive(parameters, np.reshape(horizons, (-1, 1)), frequency, age)


def expected_purchases(
    parameters: Sequence[float],
    horizon: npt.ArrayLike,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Purchase days expected of a known customer in (T, T + horizon].

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    horizon : array_like, scalar or shape (n,)
        Weeks.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)
    """
    return probability_alive(parameters, frequency, recency, age) * expected_purchases_if_alive(
        parameters, horizon, frequency, age
    )


def expected_purchases_new(parameters: Sequence[float], horizon: npt.ArrayLike) -> np.ndarray:
    """Repeat purchase days expected of a new customer within the horizon (weeks) of the first.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    horizon : array_like
        Weeks.

    Returns
    -------
    ndarray, shape of the horizon
    """
    return expected_purchases_if_alive(parameters, horizon, frequency=0, age=0)


def probability_of_purchases_if_alive(
    parameters: Sequence[float],
    count: npt.ArrayLike,
    horizon: npt.ArrayLike,
    frequency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Probability of exactly so many purchase days in (T, T + horizon] when alive at T.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    count : array_like
        Purchase days, whole numbers from 0 on.
    horizon : array_like
        Weeks.
    frequency, age : array_like
        Repeat purchase days so far, weeks observed since the first purchase.

    Returns
    -------
    ndarray, of the shape of all broadcast

    Notes
    -----
    The negative binomial distribution with R = r + x and A = alpha + T,
    ``G(R + n) / (G(R) n!) (A / (A + t))^R (t / (A + t))^n`` [MS88]_.
    """
    r, alpha = parameters
    shape, scale = r + np.asarray(frequency, dtype=float), alpha + np.asarray(age, dtype=float)
    count, horizon = np.asarray(count, dtype=float), np.asarray(horizon, dtype=float)
    log_shares = xlogy(count, horizon / (scale + horizon)) - shape * np.log1p(horizon / scale)
    return np.exp(gammaln(shape + count) - gammaln(shape) - gammaln(count + 1) + log_shares)


def probability_of_purchases(
    parameters: Sequence[float], count: npt.ArrayLike, horizon: npt.ArrayLike
) -> np.ndarray:
    """Probability that a new customer makes exactly so many repeat purchases within the horizon.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    count : array_like
        Repeat purchase days, whole numbers from 0 on.
    horizon : array_like
        Weeks since the first purchase.

    Returns
    -------
    ndarray, shape of count and horizon broadcast
    """
    return probability_of_purchases_if_alive(parameters, count, horizon, frequency=0, age=0)


def discounted_expected_residual_transactions(
    parameters: Sequence[float],
    discount_rate_per_week: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Purchase days expected of a known customer after T for ever, discounted to T.

    Parameters
    ----------
    parameters : sequence of float
        r and alpha.
    discount_rate_per_week : float
        Continuous: ``ln(1 + d) 7 / 365`` for a rate d per year.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)
        Infinite without discount.

    Notes
    -----
    ``(r + x) / (alpha + T) / discount rate``: the posterior mean rate for ever.
    """
    mean_rate = expected_purchases(parameters, 1.0, frequency, recency, age)
    with np.errstate(divide="ignore"):
        return mean_rate / np.float64(discount_rate_per_week)
