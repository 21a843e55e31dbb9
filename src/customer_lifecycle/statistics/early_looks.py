"""Looking at a wave every day without being fooled: by who bought next, treated or control.

References
----------
.. [GHK24] Grünwald, P., de Heide, R. & Koolen, W. (2024), "Safe testing", Journal of the Royal
   Statistical Society B 86(5), 1091-1128.
.. [V39] Ville, J. (1939), "Étude critique de la notion de collectif", Gauthier-Villars.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

LOG_RATIOS = np.arange(-20, 21) / 10
"""The rate ratios that are weighed, as logarithms: from exp(-2) to exp(2)."""

SPREAD = 0.4
"""Standard deviation of the normal weights of those logarithms."""


def log_weights() -> np.ndarray:
    """Return the logarithms of the weights of :data:`LOG_RATIOS`, which add up to 1.

    Returns
    -------
    ndarray, shape (k,)
    """
    weights = -0.5 * (LOG_RATIOS / SPREAD) ** 2
    return weights - logsumexp(weights)


def log_likelihoods(
    buyers_1: npt.ArrayLike,
    waiting_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    waiting_2: npt.ArrayLike,
    log_ratios: npt.ArrayLike = LOG_RATIOS,
) -> np.ndarray:
    """Likelihood of each rate ratio after each day, against the ratio 1, as logarithms.

    Parameters
    ----------
    buyers_1, waiting_1, buyers_2, waiting_2 : array_like, shape (days,)
        Members who bought for the first time on each day, and who had not bought before it, of the
        treated (1) and of the controls (2).
    log_ratios : array_like, shape (k,)
        Logarithms of the ratio of the treated's chance to buy next to the controls'.

    Returns
    -------
    ndarray, shape (days, k)

    Notes
    -----
    ``L(theta) = prod theta^e1 ((r1 + r2) / (theta r1 + r2))^(e1 + e2)``: given that somebody buys,
    who is it. First purchases of one day are treated as one after another, by Breslow.
    """
    return np.cumsum(_parts(buyers_1, waiting_1, buyers_2, waiting_2, log_ratios), axis=0)


def _parts(
    buyers_1: npt.ArrayLike,
    waiting_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    waiting_2: npt.ArrayLike,
    log_ratios: npt.ArrayLike = LOG_RATIOS,
) -> np.ndarray:
    """Return what each row adds to :func:`log_likelihoods`."""
    e_1, r_1, e_2, r_2 = (
        np.asarray(column, float)[:, None] for column in (buyers_1, waiting_1, buyers_2, waiting_2)
    )
    logs = np.asarray(log_ratios, float)[None, :]
    waiting = np.where(r_1 + r_2 > 0, r_1 + r_2, 1)
    return e_1 * logs - (e_1 + e_2) * np.log(
        (np.exp(logs) * r_1 + r_2 + (r_1 + r_2 == 0)) / waiting
    )


def e_values(
    buyers_1: npt.ArrayLike,
    waiting_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    waiting_2: npt.ArrayLike,
) -> np.ndarray:
    """Evidence after each day that the two arms do not buy alike.

    Parameters
    ----------
    buyers_1, waiting_1, buyers_2, waiting_2 : array_like, shape (days,)
        As in :func:`log_likelihoods`.

    Returns
    -------
    ndarray, shape (days,)
        1 before anybody has bought. Without an effect it reaches 20 on any day at all in at most
        one wave in twenty [V39]_, however often one looks.

    Notes
    -----
    ``E = sum w_k L(theta_k)``: a safe log-rank test [GHK24]_.
    """
    logs = log_likelihoods(buyers_1, waiting_1, buyers_2, waiting_2)
    return np.exp(logsumexp(logs + log_weights(), axis=1))


def staggered_e_values(
    days: npt.ArrayLike,
    buyers_1: npt.ArrayLike,
    waiting_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    waiting_2: npt.ArrayLike,
) -> np.ndarray:
    """Evidence after each calendar day when members come in on several days.

    Parameters
    ----------
    days : array_like, shape (cells,)
        Calendar day of each cell as a whole number from 0 on: day of assignment and days since.
    buyers_1, waiting_1, buyers_2, waiting_2 : array_like, shape (cells,)
        Of the members who were assigned on one day: those who bought for the first time on that
        calendar day, and those who had not bought before it.

    Returns
    -------
    ndarray, shape (days,)
        As :func:`e_values`, which it is when all members come in on one day.

    Notes
    -----
    Members are compared with those who came in with them. So a day that is over stays as it is,
    whoever comes later. By days since the assignment alone later members would rewrite the days
    before, and what was seen on them: with members of 120 days one wave in thirteen without effect
    reached 20.
    """
    days = np.asarray(days, int)
    parts = np.zeros((days.max() + 1, LOG_RATIOS.size))
    np.add.at(parts, days, _parts(buyers_1, waiting_1, buyers_2, waiting_2))
    return np.exp(logsumexp(np.cumsum(parts, axis=0) + log_weights(), axis=1))


def ratio_interval(
    buyers_1: npt.ArrayLike,
    waiting_1: npt.ArrayLike,
    buyers_2: npt.ArrayLike,
    waiting_2: npt.ArrayLike,
    evidence: float = 20,
) -> tuple[float, float]:
    """Interval of the rate ratio after the last day that holds on whatever day one looks.

    Parameters
    ----------
    buyers_1, waiting_1, buyers_2, waiting_2 : array_like, shape (days,)
        As in :func:`log_likelihoods`.
    evidence
        20 for 95 %.

    Returns
    -------
    low, high : float
        Ratios, 0 and infinity where nothing bounds them within exp(-5) and exp(5).

    Notes
    -----
    All theta with ``E / L(theta) < evidence``, on a grid of thousandths of the logarithm.
    """
    grid = np.arange(-5000, 5001) / 1000
    columns = (buyers_1, waiting_1, buyers_2, waiting_2)
    against = np.log(e_values(*columns)[-1]) - log_likelihoods(*columns, grid)[-1]
    inside = grid[against < np.log(evidence)]
    low = 0.0 if inside[0] == grid[0] else float(np.exp(inside[0]))
    high = np.inf if inside[-1] == grid[-1] else float(np.exp(inside[-1]))
    return low, high
