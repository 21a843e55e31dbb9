"""Discounted totals of expected purchases, for models without a closed form."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)
# What is discounted by exp(-40) does not count any more.
_NEGLIGIBLE = 40.0


def discounted_total(
    expected_until: Callable[[np.ndarray], np.ndarray],
    discount_rate_per_week: float,
    time_scale: npt.ArrayLike,
) -> np.ndarray:
    """Discount the purchases expected from now on for ever, each from its own time.

    Parameters
    ----------
    expected_until : callable
        Of a horizon in weeks, shape (n,): purchase days expected until then, shape (n,).
    discount_rate_per_week : float
        Continuous: ``ln(1 + d) 7 / 365`` for a rate d per year.
    time_scale : array_like, shape (n,)
        Weeks over which the expectation bends; for Gamma-Poisson models alpha + T.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the rate is not above 0: without discount the total need not be finite.

    Notes
    -----
    By parts the total is the integral of ``rate exp(-rate v) expected_until(v)`` over v from 0 on.
    It is summed over 64 Gauss-Legendre nodes in ln(1 + v / scale).
    """
    if not discount_rate_per_week > 0:
        raise ValueError(f"discount rate per week is {discount_rate_per_week}: it must be above 0")
    scale = np.asarray(time_scale, dtype=float)
    length = np.log1p(_NEGLIGIBLE / (discount_rate_per_week * scale))
    total = np.zeros(scale.shape)
    for node, weight in zip(_NODES, _NODE_WEIGHTS, strict=True):
        u = length * (node + 1) / 2
        horizon = scale * np.expm1(u)
        density = np.exp(u - discount_rate_per_week * horizon)  # and dv is scale exp(u) du
        total += weight * density * expected_until(horizon)
    return discount_rate_per_week * scale * length / 2 * total
