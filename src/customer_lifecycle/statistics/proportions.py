"""Shares of two groups: intervals of each and of their difference, and whether they differ.

References
----------
.. [N98a] Newcombe, R. G. (1998), "Two-sided confidence intervals for the single proportion:
   comparison of seven methods", Statistics in Medicine 17(8), 857-872.
.. [N98b] Newcombe, R. G. (1998), "Interval estimation for the difference between independent
   proportions: comparison of eleven methods", Statistics in Medicine 17(8), 873-890.
.. [MN85] Miettinen, O. & Nurminen, M. (1985), "Comparative analysis of two rates", Statistics in
   Medicine 4(2), 213-226.
.. [L61] Lancaster, H. O. (1961), "Significance tests in discrete distributions", Journal of the
   American Statistical Association 56, 223-234.
"""

from math import acos, copysign, cos, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import hypergeom, norm

FEW_BUYERS = 25
"""Buyers in the smaller arm below which the normal distribution is not trusted."""


def wilson_interval(
    buyers: npt.ArrayLike, members: npt.ArrayLike, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share by Wilson's score method.

    Parameters
    ----------
    buyers, members : array_like, shape (n,)
        Buyers, and members of whom they are some.
    confidence
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Within [0, 1]; NaN without members.

    Notes
    -----
    ``(p + z^2/2n +- z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n)``, method 3 of [N98a]_.
    """
    y, n = np.asarray(buyers, float), np.asarray(members, float)
    n = np.where(n > 0, n, np.nan)
    z = norm.isf((1 - confidence) / 2)
    share = y / n
    centre = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return (np.clip((centre - half) / scale, 0, 1), np.clip((centre + half) / scale, 0, 1))


def newcombe_interval(
    buyers_1: npt.ArrayLike,
    members_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    members_2: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the difference of two shares, the first less the second.

    Parameters
    ----------
    buyers_1, members_1, buyers_2, members_2 : array_like, shape (n,)
        Buyers and members of the two groups.
    confidence
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Within [-1, 1]; NaN where a group has no members.

    Notes
    -----
    Method 10 of [N98b]_, of Wilson's limits (l, u) of each group: ``d - sqrt((p1 - l1)^2 +
    (u2 - p2)^2)`` and ``d + sqrt((u1 - p1)^2 + (p2 - l2)^2)``. It holds in small groups and where
    nobody has bought, as Wald's does not.
    """
    share_1, share_2 = (
        np.asarray(y, float) / np.where(np.asarray(n) > 0, n, np.nan)
        for y, n in ((buyers_1, members_1), (buyers_2, members_2))
    )
    low_1, high_1 = wilson_interval(buyers_1, members_1, confidence)
    low_2, high_2 = wilson_interval(buyers_2, members_2, confidence)
    difference = share_1 - share_2
    return (
        difference - np.hypot(share_1 - low_1, high_2 - share_2),
        difference + np.hypot(high_1 - share_1, share_2 - low_2),
    )


def miettinen_nurminen_interval(
    buyers_1: int, members_1: int, buyers_2: int, members_2: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two shares by the score test, to check Newcombe's with.

    Parameters
    ----------
    buyers_1, members_1, buyers_2, members_2
        Buyers and members of the two groups; members at least 1.
    confidence
        Between 0 and 1.

    Returns
    -------
    low, high : float
        Within [-1, 1].

    Raises
    ------
    ValueError
        When a group has no members.

    Notes
    -----
    The differences ``delta`` with ``(d - delta)^2 / V(delta) = z^2``. V is ``N / (N - 1)`` times
    the variance at the maximum of the likelihood among shares that differ by delta, which is a
    root of a cubic [MN85]_.
    """
    if min(members_1, members_2) < 1:
        raise ValueError("both groups need members")
    z = float(norm.isf((1 - confidence) / 2))
    difference = buyers_1 / members_1 - buyers_2 / members_2

    def excess(delta: float) -> float:
        share_2 = _share_at_difference(delta, buyers_1, members_1, buyers_2, members_2)
        share_1 = share_2 + delta
        together = members_1 + members_2
        variance = share_1 * (1 - share_1) / members_1 + share_2 * (1 - share_2) / members_2
        variance = max(variance, 0.0) * together / (together - 1)
        return (difference - delta) ** 2 - z**2 * variance

    # Beside the difference the excess is negative; at it, where a share is 0 or 1, it may be 0.
    edge, beside = 1 - 1e-12, 1e-9
    low, high = -1.0, 1.0
    if difference - beside > -edge and excess(-edge) > 0:
        low = float(brentq(excess, -edge, difference - beside, xtol=1e-12))
    if difference + beside < edge and excess(edge) > 0:
        high = float(brentq(excess, difference + beside, edge, xtol=1e-12))
    return low, high


def _share_at_difference(
    delta: float, buyers_1: int, members_1: int, buyers_2: int, members_2: int
) -> float:
    """Return the likeliest share of the second group when the first one's is higher by delta."""
    together = members_1 + members_2
    buyers = buyers_1 + buyers_2
    cubic = float(together)
    square = (members_1 + 2 * members_2) * delta - together - buyers
    linear = (members_2 * delta - together - 2 * buyers_2) * delta + buyers
    constant = buyers_2 * delta * (1 - delta)
    q = (square / (3 * cubic)) ** 3 - square * linear / (6 * cubic**2) + constant / (2 * cubic)
    p = copysign(sqrt(max((square / (3 * cubic)) ** 2 - linear / (3 * cubic), 0.0)), q)
    angle = (pi + acos(min(max(q / p**3, -1.0), 1.0))) / 3 if p else 0.0
    share = 2 * p * cos(angle) - square / (3 * cubic)
    return min(max(share, max(0.0, -delta)), min(1.0, 1 - delta))


def p_values(
    buyers_1: npt.ArrayLike,
    members_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    members_2: npt.ArrayLike,
) -> np.ndarray:
    """Two-sided p-values that two shares are the same.

    Parameters
    ----------
    buyers_1, members_1, buyers_2, members_2 : array_like, shape (n,)
        Buyers and members of the two groups.

    Returns
    -------
    ndarray, shape (n,)
        By the score test; by Fisher's exact test with mid-p where a group has fewer than
        :data:`FEW_BUYERS` buyers or others. 1 where nobody has bought, or everybody; NaN where a
        group has no members.

    Notes
    -----
    Score test: ``z = d / sqrt(p(1 - p)(1/n1 + 1/n2))`` with the share p of both groups together.
    Mid-p [L61]_: given all buyers those of the first group are hypergeometric; twice the smaller
    tail, of which the outcome itself counts half.
    """
    counts = np.array([buyers_1, members_1, buyers_2, members_2], dtype=float)
    is_defined = np.isfinite(counts).all(axis=0) & (np.minimum(counts[1], counts[3]) > 0)
    result = np.full(is_defined.shape, np.nan)
    y_1, n_1, y_2, n_2 = counts[:, is_defined]
    smallest = np.minimum.reduce([y_1, n_1 - y_1, y_2, n_2 - y_2])
    p = np.where(smallest < FEW_BUYERS, _mid_p(y_1, n_1, y_2, n_2), _score_p(y_1, n_1, y_2, n_2))
    result[is_defined] = np.minimum(p, 1)
    return result


def _score_p(y_1: np.ndarray, n_1: np.ndarray, y_2: np.ndarray, n_2: np.ndarray) -> np.ndarray:
    share = (y_1 + y_2) / (n_1 + n_2)
    variance = share * (1 - share) * (1 / n_1 + 1 / n_2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(y_1 / n_1 - y_2 / n_2) / np.sqrt(variance)
    return np.where(variance > 0, 2 * norm.sf(np.where(variance > 0, z, 0)), 1.0)


def _mid_p(y_1: np.ndarray, n_1: np.ndarray, y_2: np.ndarray, n_2: np.ndarray) -> np.ndarray:
    law = hypergeom(n_1 + n_2, y_1 + y_2, n_1)
    half = 0.5 * law.pmf(y_1)
    return 2 * np.minimum(law.cdf(y_1 - 1) + half, law.sf(y_1) + half)
