"""What a wave of a given size can see.

References
----------
.. [F81] Fleiss, J. L. (1981), "Statistical methods for rates and proportions", 2nd ed., Wiley,
   chapter 3.
.. [C88] Cohen, J. (1988), "Statistical power analysis for the behavioral sciences", 2nd ed.,
   Erlbaum, chapter 2.
"""

from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import nct, norm, t

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


def power_of_means(members: float, effect: float, level: float = LEVEL) -> float:
    """Chance that two equal arms show a difference of their means, as of spend per member.

    Parameters
    ----------
    members
        Members of each arm, at least 2; it need not be whole.
    effect
        Difference of the means in standard deviations of a member, not negative.
    level
        Chance to see one where there is none, on both sides.

    Returns
    -------
    float
        Of Student's test.

    Raises
    ------
    ValueError
        When there are fewer than 2 members, or the effect is negative.

    Notes
    -----
    ``1 - F(t_level; 2 (n - 1), effect sqrt(n / 2))`` with the noncentral t distribution [C88]_: the
    chance to see it on the side on which it is.
    """
    if members < 2 or effect < 0:
        raise ValueError("write at least 2 members, and an effect that is not negative")
    degrees = 2 * (members - 1)
    return float(nct.sf(t.isf(level / 2, degrees), degrees, effect * sqrt(members / 2)))


def members_per_arm_for_means(effect: float, power: float = POWER, level: float = LEVEL) -> float:
    """Members that each of two equal arms needs to show a difference of their means.

    Parameters
    ----------
    effect
        Difference of the means in standard deviations of a member, above 0.
    power
        Chance to show it, above the level.
    level
        As in :func:`power_of_means`.

    Returns
    -------
    float
        Not rounded, and at least 2.

    Raises
    ------
    ValueError
        When the effect is not above 0, or the power not between the level and 1.
    """
    if effect <= 0 or not level < power < 1:
        raise ValueError("write an effect above 0, and a power between the level and 1")
    if power_of_means(2, effect, level) >= power:
        return 2.0
    # By the normal distribution it takes no more than this without the few that Student's t adds.
    enough = 2 * ((norm.isf(level / 2) + norm.isf(1 - power)) / effect) ** 2 + 10
    return float(brentq(lambda n: power_of_means(n, effect, level) - power, 2, enough, xtol=1e-9))
