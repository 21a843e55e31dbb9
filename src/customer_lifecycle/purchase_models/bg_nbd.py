"""The BG/NBD model: gamma purchase rates, and a chance to drop out after each repeat purchase.

A customer buys at a rate lambda ~ Gamma(r, rate alpha) per week and drops out right after a repeat
purchase with probability p ~ Beta(a, b) [FHL05a].

References
----------
.. [FHL05a] Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), "Counting your customers the easy
   way: an alternative to the Pareto/NBD model", Marketing Science 24(2), 275-284.
"""

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, expit, gammaln, hyp2f1, psi

from customer_lifecycle.purchase_models import nbd
from customer_lifecycle.purchase_models.discounting import discounted_total
from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit, fit_purchase_model
from customer_lifecycle.purchase_models.likelihoods import mix_odds, total_by_run
from customer_lifecycle.purchase_models.quadrature import integral_over_time, integrals_over_time

NAME = "bg_nbd"
PARAMETERS = ("r", "alpha", "a", "b")

_TIME_POWERS = (0, 1, 0, 0)
_SERIES_TERMS = 1000
_STARTS = ((0.3, 0.2, 1.0, 3.0), (1.0, 1.0, 0.1, 1.0), (1.0, 0.3, 1.0, 1.0))


def log_likelihood_and_gradient(
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    weights: npt.ArrayLike,
) -> tuple[float, np.ndarray]:
    """Log-likelihood of the purchase times, and its derivatives by r, alpha, a and b.

    Parameters
    ----------
    parameters : sequence of float
        r, a, b (pure numbers) and alpha (weeks), in the order r, alpha, a, b.
    frequency : array_like, shape (n,)
        Repeat purchase days.
    recency : array_like, shape (n,)
        Weeks from the first purchase to the last.
    age : array_like, shape (n,)
        Weeks observed since the first purchase.
    weights : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    log_likelihood : float
        Weighted sum over the rows.
    gradient : ndarray, shape (4,)

    Notes
    -----
    Eq. 6 of [FHL05a]_ in logs: the NBD's terms at T, the beta function's for x purchases without
    dropout, and ``ln(1 + odds)`` with the odds of having dropped out after the last purchase. No
    power is ever formed, so hundreds of purchases do no harm.
    """
    r, alpha, a, b = parameters
    x, recency, age = np.asarray(frequency), np.asarray(recency), np.asarray(age)
    weights = np.asarray(weights)
    log_share, log_fall = np.log1p(age / alpha), np.log((alpha + age) / (alpha + recency))
    log_total, dropped_out = mix_odds(_log_odds_of_dropout(parameters, x, log_fall))
    terms = log_total - (r + x) * log_share
    # The odds go with the gap's factor ((alpha + T) / (alpha + t_x))^(r + x) a / (b + x - 1).
    by_r = dropped_out * log_fall - log_share
    by_alpha = r / alpha - (r + x) * (
        (1 - dropped_out) / (alpha + age) + dropped_out / (alpha + recency)
    )

    counts, count_weights = total_by_run(x, weights)
    _, dropped_out_weights = total_by_run(x, weights * dropped_out)
    by_count = (
        gammaln(r + counts)
        - gammaln(r)
        - counts * log(alpha)
        + betaln(a, b + counts)
        - betaln(a, b)
    )
    r_by_count = psi(r + counts) - psi(r)
    a_by_count = psi(a + b) - psi(a + b + counts)
    b_by_count = a_by_count + psi(b + counts) - psi(b)
    value, of_r, of_alpha = (np.sum(weights * column) for column in (terms, by_r, by_alpha))
    gradient = [
        of_r + np.sum(count_weights * r_by_count),
        of_alpha,
        np.sum(count_weights * a_by_count + dropped_out_weights / a),
        np.sum(count_weights * b_by_count - dropped_out_weights / (b + np.maximum(counts, 1) - 1)),
    ]
    return float(value + np.sum(count_weights * by_count)), np.array(gradient)


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
    """Fit r, alpha, a and b by maximum likelihood.

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
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
) -> np.ndarray:
    """Probability that a customer has not dropped out by T.

    Parameters
    ----------
    parameters : sequence of float
        r, alpha, a, b.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)
        1 where there is no repeat purchase: the model has dropout after repeat purchases only.

    Notes
    -----
    ``1 / (1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x))`` for x > 0 [FHL05a]_.
    """
    alpha = parameters[1]
    log_fall = np.log((alpha + np.asarray(age)) / (alpha + np.asarray(recency)))
    return expit(-_log_odds_of_dropout(parameters, np.asarray(frequency), log_fall))


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
        r, alpha, a, b.
    delay : array_like, scalar or shape (n,)
        Weeks.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    The derivative of eq. 10 of [FHL05a]_ by the horizon, without its dropout odds: the mean rate
    R / (alpha + T), R = r + x, times the mean of ``(1 + p u)^-(R + 1)`` over p ~ Beta(a, b + x),
    u = delay / (alpha + T). That mean is a hypergeometric function, with v = ln(1 + u)::

        exp(-a v) 2F1(a + b - r - 1, a; a + b + x; 1 - exp(-v))

    Where a > R + 1 Euler's transformation is undone to keep the series bounded:
    ``exp(-(R + 1) v)``, R + 1 and b + x.
    """
    r, alpha, a, b = parameters
    x, age, delay = np.broadcast_arrays(
        *(np.asarray(column, dtype=float) for column in (frequency, age, delay))
    )
    shape = r + x
    v = np.log1p(delay / (alpha + age))
    is_swapped = a > shape + 1
    first = np.where(is_swapped, shape + 1, a + b - r - 1)
    second = np.where(is_swapped, b + x, a)
    decay = np.where(is_swapped, shape + 1, a)
    mean = np.exp(-decay * v) * _hypergeometric(first, second, a + b + x, -np.expm1(-v))
    return shape / (alpha + age) * mean


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
        r, alpha, a, b.
    horizon : array_like, scalar or shape (n,)
        Weeks.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    Eq. 10 of [FHL05a]_ without its dropout odds. In print it is a difference that has poles at
    a = 1 and a + b + x = 1 and loses digits on short horizons. Here the rate, which has no such
    poles, is integrated. In ln(1 + u) it has no singularity nearer than pi to the real line, so 32
    Gauss-Legendre nodes give 11 digits and more from horizons of hours to those of 50 years.
    """
    x, age, horizon = np.broadcast_arrays(
        *(np.asarray(column, dtype=float) for column in (frequency, age, horizon))
    )
    return integral_over_time(
        lambda delay: expected_rate_if_alive(parameters, delay, x, age),
        horizon,
        time_scale(parameters, age),
        nodes=32,
    )


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
        r, alpha, a, b.
    horizons : sequence of float
        Weeks, above 0, within a few years.
    frequency, age : array_like, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    ndarray, shape (horizons, n)

    Notes
    -----
    The integral of :func:`expected_rate_if_alive` to all horizons at once.
    """
    x, age = np.asarray(frequency, dtype=float), np.asarray(age, dtype=float)
    return integrals_over_time(
        lambda delay: expected_rate_if_alive(parameters, delay, x, age),
        horizons,
        time_scale(parameters, age),
    )


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
        r, alpha, a, b.
    horizon : array_like, scalar or shape (n,)
        Weeks.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    Eq. 10 of [FHL05a]_.
    """
    return probability_alive(parameters, frequency, recency, age) * expected_purchases_if_alive(
        parameters, horizon, frequency, age
    )


def expected_purchases_new(parameters: Sequence[float], horizon: npt.ArrayLike) -> np.ndarray:
    """Repeat purchase days expected of a new customer within the horizon of the first purchase.

    Parameters
    ----------
    parameters : sequence of float
        r, alpha, a, b.
    horizon : array_like
        Weeks.

    Returns
    -------
    ndarray, shape of the horizon

    Notes
    -----
    Eq. 9 of [FHL05a]_, which is eq. 10 at x = T = 0.
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
        r, alpha, a, b.
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
    Eq. 8 of [FHL05a]_ with r + x, alpha + T and b + x, the posterior when alive. Its sum in
    brackets, 1 less the first terms of the negative binomial distribution, is taken as the
    incomplete beta function that it is, without cancellation.
    """
    r, alpha, a, b = parameters
    x, age = np.asarray(frequency, dtype=float), np.asarray(age, dtype=float)
    count, horizon = np.asarray(count, dtype=float), np.asarray(horizon, dtype=float)
    earlier = np.maximum(count, 1)
    survived = np.exp(betaln(a, b + x + count) - betaln(a, b + x))
    dropped_out = np.exp(betaln(a + 1, b + x + earlier - 1) - betaln(a, b + x))
    at_least = betainc(earlier, r + x, horizon / (alpha + age + horizon))
    just_so_many = nbd.probability_of_purchases_if_alive((r, alpha), count, horizon, x, age)
    return survived * just_so_many + np.where(count > 0, dropped_out * at_least, 0)


def probability_of_purchases(
    parameters: Sequence[float], count: npt.ArrayLike, horizon: npt.ArrayLike
) -> np.ndarray:
    """Probability that a new customer makes exactly so many repeat purchases within the horizon.

    Parameters
    ----------
    parameters : sequence of float
        r, alpha, a, b.
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
        r, alpha, a, b.
    discount_rate_per_week : float
        Continuous: ``ln(1 + d) 7 / 365`` for a rate d per year.
    frequency, recency, age : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the discount rate is not above 0.
    """
    x, age = np.broadcast_arrays(*(np.asarray(column, dtype=float) for column in (frequency, age)))
    if_alive = discounted_total(
        lambda delay: expected_rate_if_alive(parameters, delay, x, age),
        discount_rate_per_week,
        time_scale(parameters, age),
    )
    return probability_alive(parameters, x, recency, age) * if_alive


def _log_odds_of_dropout(
    parameters: Sequence[float], x: np.ndarray, log_fall: np.ndarray
) -> np.ndarray:
    """Log of the odds of dropout at the last purchase to being alive; -inf where x is 0."""
    r, _, a, b = parameters
    log_odds = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * log_fall
    return np.where(x > 0, log_odds, -np.inf)


def _hypergeometric(
    first: np.ndarray, second: np.ndarray, third: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """2F1 for z in [0, 1), also where scipy's overflows.

    Near z = 1 it takes gamma functions of the third argument, which overflow from about 90 on when
    the others differ from it by whole numbers. With so large a third argument the series converges
    fast.
    """
    values = np.array(hyp2f1(first, second, third, z))
    is_lost = ~np.isfinite(values)
    if is_lost.any():
        first, second, third, z = (column[is_lost] for column in (first, second, third, z))
        total, term = np.ones(z.size), np.ones(z.size)
        for k in range(_SERIES_TERMS):
            term = term * (first + k) * (second + k) / ((third + k) * (k + 1)) * z
            total += term
        values[is_lost] = total
    return values
