"""Integrals over the time ahead, of what bends on a scale of its own, and over beta numbers."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre
from scipy.linalg import eigh_tridiagonal

from customer_lifecycle.purchase_models.blas import one_blas_thread

Integrand = Callable[[np.ndarray], np.ndarray]

_YEAR_NODES = 32
_gauss_legendre = cache(legendre.leggauss)


def integral_over_time(
    integrand: Integrand, horizon: npt.ArrayLike, time_scale: npt.ArrayLike, nodes: int = 64
) -> np.ndarray:
    """Integrate from now to a horizon.

    Parameters
    ----------
    integrand : callable
        Of a delay in weeks, shape (n,): values, shape (n,).
    horizon : array_like, scalar or shape (n,)
        Weeks.
    time_scale : array_like, shape (n,)
        Weeks over which the integrand bends; for Gamma-Poisson models alpha + T.
    nodes : int
        Evaluations of the integrand.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    By Gauss-Legendre nodes in u = ln(1 + delay / scale), where a power of 1 + delay / scale has no
    singularity: 32 do for years, 64 for ever, if discounted.
    """
    scale = np.asarray(time_scale, dtype=float)
    length = np.log1p(np.asarray(horizon, dtype=float) / scale)
    total = np.zeros(length.shape)
    for node, weight in zip(*_gauss_legendre(nodes), strict=True):
        u = length * (node + 1) / 2
        total += weight * np.exp(u) * integrand(scale * np.expm1(u))
    return scale * length / 2 * total


@one_blas_thread
def integrals_over_time(
    integrand: Integrand, horizons: Sequence[float], time_scale: npt.ArrayLike
) -> np.ndarray:
    """Integrate from now to each of several horizons that lie within a few years.

    Parameters
    ----------
    integrand, time_scale
        As in :func:`integral_over_time`.
    horizons : sequence of float
        Weeks, above 0.

    Returns
    -------
    ndarray, shape (horizons, n)

    Notes
    -----
    The polynomial through the 32 values up to the longest horizon is integrated to all of them, so
    that twenty horizons cost no more than one.
    """
    scale = np.asarray(time_scale, dtype=float)
    lengths = np.log1p(np.divide.outer(np.asarray(horizons, dtype=float), scale))
    length = lengths.max(axis=0)
    nodes, weights = _gauss_legendre(_YEAR_NODES)
    u = length * (nodes[:, None] + 1) / 2
    values = np.exp(u) * np.array([integrand(scale * np.expm1(row)) for row in u])
    degrees = np.arange(_YEAR_NODES)
    to_coefficients = (degrees + 0.5)[:, None] * legendre.legvander(nodes, _YEAR_NODES - 1).T
    integral = legendre.legint(to_coefficients * weights, lbnd=-1) @ values
    ends = 2 * lengths / length - 1
    return scale * length / 2 * np.array([legendre.legval(x, integral, tensor=False) for x in ends])


@cache
def beta_nodes(a: float, b: float, nodes: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Jacobi nodes of the Beta(a, b) distribution: a mean is a sum over them.

    Parameters
    ----------
    a, b : float
        Above 0; any size does.
    nodes : int

    Returns
    -------
    points, weights : ndarray, shape (nodes,)
        In [0, 1]; the weights add up to 1.

    Notes
    -----
    From the eigenvectors of the Jacobi matrix (Golub and Welsch 1969), whose first components
    squared are the weights as shares of the whole, so that no gamma function overflows. With 256
    nodes the mean of exp(-c p) is good to 1e-11 up to c = 4,000.
    """
    k = np.arange(1.0, nodes)
    total = a + b
    s = 2 * k + total - 2
    diagonal = np.r_[(a - b) / total, ((a - 1) ** 2 - (b - 1) ** 2) / (s * (s + 2))]
    squares = 4 * k * (k + a - 1) * (k + b - 1) / (s**2 * (s + 1))
    squares[1:] *= (k[1:] + total - 2) / (s[1:] - 1)
    points, vectors = eigh_tridiagonal(diagonal, np.sqrt(squares))
    return np.clip((1 + points) / 2, 0, 1), vectors[0] ** 2
