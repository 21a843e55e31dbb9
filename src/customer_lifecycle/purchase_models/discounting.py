"""Discounted totals of expected purchases."""

import numpy as np
import numpy.typing as npt

from customer_lifecycle.purchase_models.quadrature import Integrand, integral_over_time

# What is discounted by exp(-40) does not count any more.
_NEGLIGIBLE = 40.0


def refuse_negative(discount_rate_per_week: float) -> None:
    """Raise ValueError for a rate below 0, or one that is no number."""
    if not discount_rate_per_week >= 0:
        raise ValueError(
            f"discount rate per week is {discount_rate_per_week}: it must not be below 0"
        )


def discounted_total(
    rate_after: Integrand,
    discount_rate_per_week: float,
    time_scale: npt.ArrayLike,
    horizon: float = np.inf,
) -> np.ndarray:
    """Discount the purchases expected from now to a horizon, each from its own time.

    For models without a closed form.

    Parameters
    ----------
    rate_after : callable
        Of a delay in weeks, shape (n,): purchase days per week expected then, shape (n,).
    discount_rate_per_week : float
        Continuous: ``ln(1 + d) 7 / 365`` for a rate d per year.
    time_scale : array_like, shape (n,)
        Weeks over which the rate bends; for Gamma-Poisson models alpha + T.
    horizon : float
        Weeks; for ever unless given.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the rate is below 0, or 0 for ever: without discount the total need not be finite.
    """
    refuse_negative(discount_rate_per_week)
    if discount_rate_per_week == 0 and not np.isfinite(horizon):
        raise ValueError("discount rate per week is 0: for ever it must be above 0")
    if discount_rate_per_week > 0:
        horizon = min(horizon, _NEGLIGIBLE / discount_rate_per_week)
    return integral_over_time(
        lambda delay: np.exp(-discount_rate_per_week * delay) * rate_after(delay),
        horizon,
        time_scale,
    )
