"""What a wave of a given size can see.

References
----------
.. [F81] Fleiss, J. L. (1981), "Statistical methods for rates and proportions", 2nd ed., Wiley,
   chapter 3.
"""

from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from customer_lifecycle.statistics.proportions import newcombe_interval

LEVEL = 0.05
POWER = 0.8
STEPS = 6


def least_lift_found(
    lift: npt.ArrayLike,
    base_rate: npt.ArrayLike,
    treated: npt.ArrayLike,
    controls: npt.ArrayLike,
    power: float = POWER,
) -> np.ndarray:
    """Lift that a wave finds with this power, if the treated buy as this lift says.

    Parameters
    ----------
    lift : array_like, shape (n,)
        What the share of the treated is taken to be above the base rate.
    base_rate : array_like, shape (n,)
        Share that buys without the contact.
    treated, controls : array_like, shape (n,)
        Members of the two arms.
    power
        Chance to find it: that the interval of 95 % lies above 0.

    Returns
    -------
    ndarray, shape (n,)
        A lift is found when this is not above the lift itself. NaN where an arm is empty.

    Notes
    -----
    The lower half of Newcombe's interval at the expected shares, plus ``z_power`` standard errors
    of the difference. The usual ``(z_level + z_power) sqrt(p(1 - p)(1/n_t + 1/n_c))`` is too
    small: the treated vary more than the base rate says, and small arms have wider intervals.
    """
    p, n_t, n_c = (np.asarray(column, float) for column in (base_rate, treated, controls))
    n_t, n_c = (np.where(n > 0, n, np.nan) for n in (n_t, n_c))
    share = np.clip(p + lift, 0, 1)
    low, _ = newcombe_interval(share * n_t, n_t, p * n_c, n_c)
    error = np.sqrt(share * (1 - share) / n_t + p * (1 - p) / n_c)
    return share - p - low + norm.isf(1 - power) * error


def smallest_lift_seen(
    base_rate: npt.ArrayLike,
    treated: npt.ArrayLike,
    controls: npt.ArrayLike,
    power: float = POWER,
) -> np.ndarray:
    """Smallest lift of a share that a wave finds with this power.

    Parameters
    ----------
    base_rate, treated, controls : array_like, shape (n,)
        As in :func:`least_lift_found`.
    power
        Chance to find it.

    Returns
    -------
    ndarray, shape (n,)
        NaN where an arm is empty.

    Notes
    -----
    The lift that :func:`least_lift_found` gives for itself, by repeating it: each time the rest is
    about a tenth of what it was.
    """
    lift = np.zeros(np.shape(np.asarray(base_rate) + np.asarray(treated) + np.asarray(controls)))
    for _ in range(STEPS):
        lift = least_lift_found(lift, base_rate, treated, controls, power)
    return lift


def control_share_needed(
    lift: float, base_rate: float, members: float, power: float = POWER
) -> float:
    """Smallest share of controls, in hundredths, with which a lift is found.

    Parameters
    ----------
    lift
        The difference of shares worth having, above 0.
    base_rate
        Share that buys without the contact.
    members
        Members of both arms together.
    power
        As in :func:`least_lift_found`.

    Returns
    -------
    float
        Up to one half; NaN when not even halves find it.

    Raises
    ------
    ValueError
        When the lift is not above 0.
    """
    if lift <= 0:
        raise ValueError("write a lift above 0")
    shares = np.arange(1, 51) / 100
    found = least_lift_found(lift, base_rate, members * (1 - shares), members * shares, power)
    enough = shares[found <= lift]
    return float(enough[0]) if enough.size else nan


def members_per_arm(
    share_1: float, share_2: float, power: float = POWER, level: float = LEVEL
) -> float:
    """Members that each of two equal arms needs to tell two shares apart.

    Parameters
    ----------
    share_1, share_2
        Different shares.
    power
        Chance to tell them apart.
    level
        Chance to do so where they are the same, on both sides.

    Returns
    -------
    float
        Not rounded.

    Raises
    ------
    ValueError
        When the shares are the same.

    Notes
    -----
    ``(z_level sqrt(2 p (1 - p)) + z_power sqrt(p1(1 - p1) + p2(1 - p2)))^2 / (p1 - p2)^2`` with
    the mean share p [F81]_.
    """
    if share_1 == share_2:
        raise ValueError("write two different shares")
    mean = (share_1 + share_2) / 2
    apart = sqrt(share_1 * (1 - share_1) + share_2 * (1 - share_2))
    together = sqrt(2 * mean * (1 - mean))
    root = norm.isf(level / 2) * together + norm.isf(1 - power) * apart
    return float(root**2 / (share_1 - share_2) ** 2)
