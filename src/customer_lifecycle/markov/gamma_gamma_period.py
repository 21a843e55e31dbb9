"""The gamma-gamma spend model of period means: how much a purchase day of a period brings.

The mean amount of a customer's period is one draw from Gamma(p, rate v), and v varies over
customers as Gamma(q, rate k) [CJ99]. So of anybody's period the mean M has M / k ~ BetaPrime(p, q).

References
----------
.. [CJ99] Colombo, R. and Jiang, W. (1999), "A stochastic RFM model", Journal of Interactive
   Marketing 13(3), 2-12.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor, log

import numpy as np
import numpy.typing as npt
from scipy.special import betaln

from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit

NAME = "gamma_gamma_period"
PARAMETERS = ("p", "q", "k")

# Cells of the curve per unit of the amount's natural logarithm: each is .2 % wide.
CELLS_PER_LOG = 500
# Of a probability, exp(-40) does not count any more.
_NEGLIGIBLE = 40.0
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)


def fit(
    mean_amount: npt.ArrayLike,
    weights: npt.ArrayLike,
    minimum_customers: int = MINIMUM_CUSTOMERS,
) -> Fit:
    """Fit p, q and k by maximum likelihood.

    Parameters
    ----------
    mean_amount : array_like, shape (n,)
        Of a customer's purchase days in a period, in money.
    weights : array_like, shape (n,)
        Periods with this mean.
    minimum_customers : int
        With fewer periods nothing is fitted.

    Returns
    -------
    Fit
        Its ``customers`` are periods of customers.
    """
    amounts = np.asarray(mean_amount, dtype=float)
    by_customer = gamma_gamma.fit(np.ones(amounts.shape), amounts, weights, minimum_customers)
    return replace(by_customer, model=NAME)


def truncated_mean_amount(
    parameters: Sequence[float], low: npt.ArrayLike, high: npt.ArrayLike
) -> np.ndarray:
    """Mean amount of a period, of anybody, between two bounds: E[M | low <= M <= high].

    Parameters
    ----------
    parameters : sequence of float
        p, q and k.
    low, high : array_like, shape (n,)
        In money, above 0.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If a low bound is not above 0 or above its high bound.

    Notes
    -----
    The density ``m^(p - 1) / (k + m)^(p + q)``, and m times it, over ln m by Gauss-Legendre nodes,
    relative to its largest node: so far out in a tail nothing is divided by zero.
    """
    low, high = np.atleast_1d(low).astype(float), np.atleast_1d(high).astype(float)
    if not ((low > 0) & (low <= high)).all():
        raise ValueError("bounds must be 0 < low <= high")
    p, q, k = parameters
    middle, half = np.log(low * high) / 2, np.log(high / low) / 2
    amounts = np.exp(middle[:, None] + half[:, None] * _NODES)
    log_density = p * np.log(amounts) - (p + q) * np.log(k + amounts)
    density = _NODE_WEIGHTS * np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return np.clip((density * amounts).sum(axis=1) / density.sum(axis=1), low, high)


def amount_curve(parameters: Sequence[float], low: float, high: float) -> dict[str, np.ndarray]:
    """Tabulate what truncated means are made of, for SQL to take differences.

    Parameters
    ----------
    parameters : sequence of float
        p, q and k.
    low, high : float
        Smallest and largest amount that will be looked up, in money, above 0.

    Returns
    -------
    dict of str to ndarray, each of shape (n,)
        By column: ``cell``, which is ``floor(ln(amount) * CELLS_PER_LOG)``, without gaps; and at
        its lower and its upper end the ``amount`` m, the ``probability`` P(M < m) and the
        ``partial_mean`` E[M; M < m] in money.

    Raises
    ------
    ValueError
        If low is not above 0 or above high.

    Notes
    -----
    Each cell by four Gauss-Legendre nodes in ln m, where the integrand is smooth, and what lies
    below the first by 64; unlike the closed form by incomplete beta functions this needs no finite
    mean.
    """
    if not 0 < low <= high:
        raise ValueError(f"amounts from {low} to {high}: they must be above 0 and in order")
    p, q, k = parameters
    edges = np.arange(floor(log(low) * CELLS_PER_LOG) - 1, ceil(log(high) * CELLS_PER_LOG) + 2)
    log_norm = q * log(k) - betaln(p, q)

    def integrals(
        start: np.ndarray, length: float, nodes: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        amounts = np.exp(start[:, None] + length * (nodes + 1) / 2)
        density = np.exp(log_norm + p * np.log(amounts) - (p + q) * np.log(k + amounts))
        weighted = density * weights * length / 2
        return np.sum(weighted, axis=1), np.sum(weighted * amounts, axis=1)

    starts = edges / CELLS_PER_LOG
    tail = _NEGLIGIBLE / p  # below, the density in ln m falls with exp(p ln m)
    below = integrals(starts[:1] - tail, tail, _NODES, _NODE_WEIGHTS)
    within = integrals(starts[:-1], 1 / CELLS_PER_LOG, *np.polynomial.legendre.leggauss(4))
    probability, partial_mean = (
        np.cumsum(np.concatenate(parts)) for parts in zip(below, within, strict=True)
    )
    curves = {"amount": np.exp(starts), "probability": probability, "partial_mean": partial_mean}
    columns = {"cell": edges[:-1]}
    for name, curve in curves.items():
        columns |= {f"lower_{name}": curve[:-1], f"upper_{name}": curve[1:]}
    return columns
