"""The gamma-gamma spend model: how much a customer spends on a purchase day, apart from how often.

Amounts vary around a customer's own mean as Gamma(p, rate v), and v varies over customers as
Gamma(q, rate k) [FH13].

References
----------
.. [FH13] Fader, P. S. and Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value",
   http://www.brucehardie.com/notes/025/.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log, nan

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi

from customer_lifecycle.purchase_models.fitting import (
    MINIMUM_CUSTOMERS,
    Fit,
    group_rows,
    maximise,
    not_fitted,
    reason_not_to_fit,
)
from customer_lifecycle.purchase_models.likelihoods import total_by_run

NAME = "gamma_gamma"
PARAMETERS = ("p", "q", "k")

# Shapes beyond this make no difference; variances below the other stand for none.
_LARGEST = 1e6
_TINY = 1e-300

_STARTS = ((1.0, 3.0, 2.0), (5.0, 3.0, 0.5), (5.0, 1.5, 0.1))


def log_likelihood_and_gradient(
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    mean_amount: npt.ArrayLike,
    weights: npt.ArrayLike,
) -> tuple[float, np.ndarray]:
    """Log-likelihood of the customers' mean amounts, and its derivatives by p, q and k.

    Parameters
    ----------
    parameters : sequence of float
        p, q (pure numbers) and k (money).
    frequency : array_like, shape (n,)
        Repeat purchase days with an amount above zero, at least one.
    mean_amount : array_like, shape (n,)
        Their mean amount, in money.
    weights : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    log_likelihood : float
        Weighted sum over the rows.
    gradient : ndarray, shape (3,)

    Notes
    -----
    ``ln G(px + q) - ln G(px) - ln G(q) + q ln k + (px - 1) ln m + px ln x - (px + q) ln(k + x m)``
    with G the gamma function: eq. 1a of [FH13]_.
    """
    p, q, k = parameters
    x, mean_amount, weights = np.asarray(frequency), np.asarray(mean_amount), np.asarray(weights)
    total = x * mean_amount
    log_own_share, log_prior_share = np.log(total / (k + total)), np.log(k / (k + total))
    terms = q * log_prior_share + p * x * log_own_share - np.log(mean_amount)
    by_k = q / k - (p * x + q) / (k + total)
    counts, count_weights = total_by_run(x, weights)
    by_count = gammaln(p * counts + q) - gammaln(p * counts) - gammaln(q)
    p_by_count = counts * (psi(p * counts + q) - psi(p * counts))
    q_by_count = psi(p * counts + q) - psi(q)
    value, by_p, by_q, by_k = (
        np.sum(weights * column) for column in (terms, x * log_own_share, log_prior_share, by_k)
    )
    return float(value + np.sum(count_weights * by_count)), np.array(
        [
            by_p + np.sum(count_weights * p_by_count),
            by_q + np.sum(count_weights * q_by_count),
            by_k,
        ]
    )


def log_likelihood(
    parameters: Sequence[float],
    frequency: npt.ArrayLike,
    mean_amount: npt.ArrayLike,
    weights: npt.ArrayLike,
) -> float:
    """Log-likelihood of the customers' mean amounts; see :func:`log_likelihood_and_gradient`."""
    return log_likelihood_and_gradient(parameters, frequency, mean_amount, weights)[0]


def fit(
    frequency: npt.ArrayLike,
    mean_amount: npt.ArrayLike,
    weights: npt.ArrayLike,
    minimum_customers: int = MINIMUM_CUSTOMERS,
    squared_amount: npt.ArrayLike | None = None,
) -> Fit:
    """Fit p, q and k by maximum likelihood, or by moments where that has no maximum.

    Parameters
    ----------
    frequency, mean_amount, weights : array_like, shape (n,)
        As in :func:`log_likelihood_and_gradient`; rows without repeat purchases or without an
        amount are left out.
    minimum_customers : int
        With fewer customers that are left there is no maximum likelihood.
    squared_amount : array_like, shape (n,), optional
        Sum of the squared amounts of the purchase days of one customer of the row. With it too few
        customers, a parameter that runs away (everybody spends the same, or customers do not
        differ) and a mean that is infinite (q <= 1) are left to :func:`moments`.

    Returns
    -------
    Fit
        Never an exception: what went wrong is in its flags and its reason.
    """
    frequency, mean_amount = np.asarray(frequency), np.asarray(mean_amount)
    has_spend = (frequency > 0) & ~(mean_amount <= 0)
    rows = [frequency, mean_amount] + ([] if squared_amount is None else [squared_amount])
    columns, weights = group_rows(
        [np.asarray(column)[has_spend] for column in rows], np.asarray(weights)[has_spend]
    )
    found = _most_likely(*columns[:2], weights, minimum_customers)
    is_sound = found.is_converged and not found.is_at_boundary and found.estimates[1] > 1
    is_bad_data = found.not_fitted_reason in ("invalid_values", "no_repeat_purchases")
    if squared_amount is None or is_sound or is_bad_data or not weights.size:
        return found
    estimates = moments(*columns, weights)
    return replace(
        found,
        estimates=estimates,
        standard_errors=(nan,) * len(PARAMETERS),
        log_likelihood=log_likelihood(estimates, *columns[:2], weights),
        gradient_norm=nan,
        iterations=0,
        is_converged=False,
        is_at_boundary=True,
        not_fitted_reason=None,
    )


def _most_likely(
    frequency: np.ndarray, mean_amount: np.ndarray, weights: np.ndarray, minimum_customers: int
) -> Fit:
    columns, weights = group_rows((frequency, mean_amount), weights)
    customers, groups = round(np.sum(weights)), weights.size
    reason = reason_not_to_fit(columns, weights, minimum_customers)
    if reason is None and customers == 0:
        reason = "no_repeat_purchases"
    if reason:
        return not_fitted(NAME, PARAMETERS, customers, groups, reason)
    unit = np.sum(weights * columns[1]) / customers
    return maximise(
        NAME,
        PARAMETERS,
        log_likelihood_and_gradient,
        (columns[0], columns[1] / unit),
        weights,
        _STARTS,
        units=(1.0, 1.0, unit),
        log_likelihood_shift=-customers * log(unit),
    )


def moments(
    frequency: np.ndarray, mean_amount: np.ndarray, squared_amount: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Estimate p, q and k from means and variances, which always gives an answer.

    Parameters
    ----------
    frequency, mean_amount, squared_amount, weights : ndarray, shape (n,)
        As in :func:`fit`, rows with spend only.

    Returns
    -------
    p, q, k : float
        Up to 1e6, where amounts, or customers, are as good as the same.

    Notes
    -----
    The variance within customers s2 and between them t2 are those of a one-way analysis of variance
    with unequal groups (Buhlmann and Straub's estimators), t2 not below 0; the mean m is that of
    the customers, weighed by their credibility x t2 / (x t2 + s2). The model has t2 = m^2 / (q - 2)
    and s2 = (m^2 + t2) / p, and its expected amount is then their credibility estimate. When nobody
    has two purchases the variances cannot be told apart, and all of it counts as within.
    """
    purchases, total = weights * frequency, weights * frequency * mean_amount
    grand_mean = np.sum(total) / np.sum(purchases)
    within_squares = np.sum(weights * squared_amount - total * mean_amount)
    between_squares = np.sum(purchases * (mean_amount - grand_mean) ** 2)
    customers, freedom = np.sum(weights), np.sum(purchases) - np.sum(weights)
    within, between = between_squares / max(customers - 1, 1), 0.0
    if freedom > 0:
        within = max(within_squares, 0) / freedom
        spread = np.sum(purchases) - np.sum(purchases * frequency) / np.sum(purchases)
        if spread > 0:
            between = max((between_squares - (customers - 1) * within) / spread, 0)
    credibility = frequency * between / np.maximum(frequency * between + within, _TINY)
    shares = weights * (credibility if np.any(credibility > 0) else frequency)
    mean = np.sum(shares * mean_amount) / np.sum(shares)
    q = 2 + mean**2 / max(between, mean**2 / _LARGEST)
    p = (mean**2 + between) / max(within, (mean**2 + between) / _LARGEST)
    return float(p), float(q), float(mean * (q - 1) / p)


def expected_average_amount(
    parameters: Sequence[float], frequency: npt.ArrayLike, mean_amount: npt.ArrayLike
) -> np.ndarray:
    """Mean amount per purchase day that is expected of a customer.

    Parameters
    ----------
    parameters : sequence of float
        p, q and k.
    frequency, mean_amount : array_like, shape (n,)
        Repeat purchase days with an amount above zero and their mean amount, which is not looked at
        where the frequency is 0.

    Returns
    -------
    ndarray, shape (n,)
        In money; NaN where the mean does not exist, px + q <= 1.

    Notes
    -----
    ``p (k + x m) / (px + q - 1)``, the weighted mean of the customer's own mean amount and that of
    the population, ``pk / (q - 1)`` [FH13]_.
    """
    p, q, k = parameters
    x = np.asarray(frequency, dtype=float)
    total = np.where(x > 0, x * np.asarray(mean_amount, dtype=float), 0.0)
    excess = p * x + q - 1
    return p * (k + total) / np.where(excess > 0, excess, np.nan)
