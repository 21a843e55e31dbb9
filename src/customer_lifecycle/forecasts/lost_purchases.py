"""Purchases that dropout will cost, against the same customers if they stayed."""

from collections.abc import Sequence

import numpy as np

from customer_lifecycle.purchase_models import nbd
from customer_lifecycle.purchase_models.family import PurchaseModel
from customer_lifecycle.purchase_models.quadrature import integral_over_time


def lost_purchases_if_alive(
    model: PurchaseModel,
    parameters: Sequence[float],
    horizon: float,
    frequency: np.ndarray,
    age: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """First two moments of the purchase days lost to dropout in (T, T + horizon].

    A customer who is alive at T buys on at the same times for ever; what comes after the dropout is
    lost.

    Parameters
    ----------
    model : PurchaseModel
    parameters : sequence of float
        Of that model.
    horizon : float
        Weeks.
    frequency, age : ndarray, shape (n,)
        Repeat purchase days, weeks observed since the first purchase.

    Returns
    -------
    mean, mean_square : ndarray, shape (n,)
        Of the number lost.

    Notes
    -----
    Exact. At a rate lambda a purchase at t is lost with the probability G(t) of dropout before t,
    and a pair of purchases with that of the earlier one, so that of the number L lost::

        E[L] = int_0^H E[lambda G(t)] dt
        E[L (L - 1)] = 2 int_0^H (H - t) E[lambda^2 G(t)] dt

    G depends on lambda in some models. To weigh the posterior by lambda is to add 1 to the shape r
    and to multiply by the mean rate (r + x) / (alpha + T), so both are integrals of what the rate
    loses: without dropout it is the NBD's.
    """
    r, alpha, *dropout = parameters

    def lost_rate(shape: float, delay: np.ndarray) -> np.ndarray:
        stays = nbd.expected_rate_if_alive((shape, alpha), delay, frequency, age)
        return stays - model.expected_rate_if_alive((shape, alpha, *dropout), delay, frequency, age)

    scale = model.time_scale(parameters, age)
    mean = integral_over_time(lambda delay: lost_rate(r, delay), horizon, scale, nodes=32)
    rate = nbd.expected_rate_if_alive((r, alpha), 0.0, frequency, age)
    pairs = integral_over_time(
        lambda delay: (horizon - delay) * lost_rate(r + 1, delay), horizon, scale, nodes=32
    )
    return mean, 2 * rate * pairs + mean
