"""The MBG/NBD model: gamma purchase rates, and a chance to drop out after every purchase.

A customer buys at a rate lambda ~ Gamma(r, rate alpha) per week and drops out right after a
purchase, the first one included, with probability p ~ Beta(a, b) [BH07]. It is the BG/NBD model but
for the first purchase: who has not come back may be gone.

References
----------
.. [BH07] Batislam, E. P., Denizel, M. and Filiztekin, A. (2007), "Empirical validation and
   comparison of models for customer base analysis", International Journal of Research in Marketing
   24(3), 201-209.
"""

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, gammaln, psi

from customer_lifecycle.purchase_models import bg_nbd
from customer_lifecycle.purchase_models.discounting import discounted_total
from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit, fit_purchase_model
from customer_lifecycle.purchase_models.likelihoods import mix_odds, total_by_run

NAME = "mbg_nbd"
PARAMETERS = ("r", "alpha", "a", "b")

_TIME_POWERS = (0, 1, 0, 0)
_STARTS = ((0.5, 0.2, 1.0, 2.0), (1.0, 1.0, 0.1, 1.0), (1.0, 0.3, 1.0, 1.0))


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
    The likelihood of [BH07]_ in logs: the NBD's terms at T, the beta function's for x + 1 purchases
    without dropout, and ``ln(1 + odds)`` with the odds of having dropped out after the last
    purchase, which for x = 0 is the first.
    """
    r, alpha, a, b = parameters
    x, recency, age = np.asarray(frequency), np.asarray(recency), np.asarray(age)
    weights = np.asarray(weights)
    log_share, log_fall = np.log1p(age / alpha), np.log((alpha + age) / (alpha + recency))
    log_total, dropped_out = mix_odds(_log_odds_of_dropout(parameters, x, log_fall))
    terms = log_total - (r + x) * log_share
    # The odds go with the gap's factor ((alpha + T) / (alpha + t_x))^(r + x) a / (b + x).
    by_r = dropped_out * log_fall - log_share
    by_alpha = r / alpha - (r + x) * (
        (1 - dropped_out) / (alpha + age) + dropped_out / (alpha + recency)
    )

    counts, count_weights = total_by_run(x, weights)
    _, dropped_out_weights = total_by_run(x, weights * dropped_out)
    chances = counts + 1
    by_count = (
        gammaln(r + counts)
        - gammaln(r)
        - counts * log(alpha)
        + betaln(a, b + chances)
        - betaln(a, b)
    )
    r_by_count = psi(r + counts) - psi(r)
    a_by_count = psi(a + b) - psi(a + b + chances)
    b_by_count = a_by_count + psi(b + chances) - psi(b)
    value, of_r, of_alpha = (np.sum(weights * column) for column in (terms, by_r, by_alpha))
    gradient = [
        of_r + np.sum(count_weights * r_by_count),
        of_alpha,
        np.sum(count_weights * a_by_count + dropped_out_weights / a),
        np.sum(count_weights * b_by_count - dropped_out_weights / (b + counts)),
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
        Below 1 without a repeat purchase too.

    Notes
    -----
    ``1 / (1 + a / (b + x) ((alpha + T) / (alpha + t_x))^(r + x))`` [BH07]_.
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
    As in :func:`expected_purchases_if_alive`, the BG/NBD's with b + 1.
    """
    r, alpha, a, b = parameters
    return bg_nbd.expected_rate_if_alive((r, alpha, a, b + 1), delay, frequency, age)


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
    From T on the model is the BG/NBD. Who is alive has got over x + 1 chances to drop out instead
    of x, so p ~ Beta(a, b + 1 + x): the BG/NBD's expectation with b + 1.
    """
    r, alpha, a, b = parameters
    return bg_nbd.expected_purchases_if_alive((r, alpha, a, b + 1), horizon, frequency, age)


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
    As in :func:`expected_purchases_if_alive`, the BG/NBD's with b + 1.
    """
    r, alpha, a, b = parameters
    return bg_nbd.expected_purchases_by_horizon_if_alive(
        (r, alpha, a, b + 1), horizons, frequency, age
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
    A new customer is a known one at x = T = 0, who is alive with probability b / (a + b).
    """
    return expected_purchases(parameters, horizon, frequency=0, recency=0, age=0)


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
    As in :func:`expected_purchases_if_alive`, the BG/NBD's with b + 1.
    """
    r, alpha, a, b = parameters
    return bg_nbd.probability_of_purchases_if_alive(
        (r, alpha, a, b + 1), count, horizon, frequency, age
    )


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
    alive = probability_alive(parameters, frequency=0, recency=0, age=0)
    if_alive = probability_of_purchases_if_alive(parameters, count, horizon, frequency=0, age=0)
    return alive * if_alive + (1 - alive) * (np.asarray(count) == 0)


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
    """Log of the odds of dropout at the last purchase to being alive."""
    r, _, a, b = parameters
    return np.log(a / (b + x)) + (r + x) * log_fall
