"""Welch's test, whether two groups of unequal variance have the same mean.

References
----------
.. [W47] Welch, B. L. (1947), "The generalization of 'Student's' problem when several different
   population variances are involved", Biometrika 34(1-2), 28-35.
.. [H92] Hall, P. (1992), "The bootstrap and Edgeworth expansion", Springer, section 2.6.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t, ttest_ind_from_stats


def p_values(
    means_1: npt.ArrayLike,
    variances_1: npt.ArrayLike,
    sizes_1: npt.ArrayLike,
    means_2: npt.ArrayLike,
    variances_2: npt.ArrayLike,
    sizes_2: npt.ArrayLike,
) -> np.ndarray:
    """Two-sided p-values from the statistics of the groups.

    Parameters
    ----------
    means_1, means_2 : array_like, shape (n,)
        Means of the first and of the second group, in any unit.
    variances_1, variances_2 : array_like, shape (n,)
        Their sample variances (divided by size - 1), in that unit squared.
    sizes_1, sizes_2 : array_like, shape (n,)
        Number of values in each group.

    Returns
    -------
    ndarray, shape (n,)
        NaN where nothing can be said: a group of fewer than two values, no variance in either
        group, or a statistic that is NaN.

    Notes
    -----
    ``t = (m1 - m2) / sqrt(v1 / n1 + v2 / n2)``, with the degrees of freedom of [W47]_.
    """
    columns = np.array([means_1, variances_1, sizes_1, means_2, variances_2, sizes_2], dtype=float)
    _, variances_1, sizes_1, _, variances_2, sizes_2 = columns
    is_defined = (
        np.isfinite(columns).all(axis=0)
        & (np.minimum(sizes_1, sizes_2) >= 2)
        & (variances_1 + variances_2 > 0)
    )
    result = np.full(is_defined.shape, np.nan)
    if is_defined.any():
        mean_1, variance_1, size_1, mean_2, variance_2, size_2 = columns[:, is_defined]
        result[is_defined] = ttest_ind_from_stats(
            mean_1,
            np.sqrt(variance_1),
            size_1,
            mean_2,
            np.sqrt(variance_2),
            size_2,
            equal_var=False,
        ).pvalue
    return result


def intervals(
    means_1: npt.ArrayLike,
    variances_1: npt.ArrayLike,
    sizes_1: npt.ArrayLike,
    means_2: npt.ArrayLike,
    variances_2: npt.ArrayLike,
    sizes_2: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of the difference of the means, the first less the second.

    Parameters
    ----------
    means_1, variances_1, sizes_1, means_2, variances_2, sizes_2 : array_like, shape (n,)
        As in :func:`p_values`.
    confidence
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray, shape (n,)
        In the unit of the means; NaN where :func:`p_values` is.

    Notes
    -----
    ``m1 - m2 +- t sqrt(v1 / n1 + v2 / n2)``, with the degrees of freedom of [W47]_.
    """
    columns = np.broadcast_arrays(means_1, variances_1, sizes_1, means_2, variances_2, sizes_2)
    mean_1, variance_1, size_1, mean_2, variance_2, size_2 = np.array(columns, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        part_1, part_2 = variance_1 / size_1, variance_2 / size_2
        together = part_1 + part_2
        is_defined = (np.minimum(size_1, size_2) >= 2) & (together > 0)
        degrees = together**2 / (part_1**2 / (size_1 - 1) + part_2**2 / (size_2 - 1))
        half = t.isf((1 - confidence) / 2, degrees) * np.sqrt(together)
    half = np.where(is_defined, half, np.nan)
    return mean_1 - mean_2 - half, mean_1 - mean_2 + half


def tail_errors(
    variances_1: npt.ArrayLike,
    third_moments_1: npt.ArrayLike,
    sizes_1: npt.ArrayLike,
    variances_2: npt.ArrayLike,
    third_moments_2: npt.ArrayLike,
    sizes_2: npt.ArrayLike,
) -> np.ndarray:
    """How often a 95 % interval of :func:`intervals` will miss on its worse side.

    Parameters
    ----------
    variances_1, third_moments_1, sizes_1 : array_like, shape (n,)
        Variances, third central moments and sizes of the first group; alike of the second. Where
        they are estimated, estimate them of both groups together: of a small group without a
        large value they say that all is well just when it is not.
    variances_2, third_moments_2, sizes_2 : array_like, shape (n,)
        See above.

    Returns
    -------
    ndarray, shape (n,)
        Probability; .025 is right. To first order: far above it the number says only that it is
        too much. NaN where no interval is.

    Notes
    -----
    Edgeworth's expansion of a studentised difference [H92]_. With ``A = (k1/n1^2 - k2/n2^2) /
    (v1/n1 + v2/n2)^(3/2)`` the truth lies below the interval with probability
    ``.025 - A (2 z^2 + 1) phi(z) / 6``, and above it with plus. Skewed values in arms of unequal
    size make A large; in equal arms it cancels.
    """
    columns = np.broadcast_arrays(
        variances_1, third_moments_1, sizes_1, variances_2, third_moments_2, sizes_2
    )
    variance_1, third_1, size_1, variance_2, third_2, size_2 = np.array(columns, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        together = variance_1 / size_1 + variance_2 / size_2
        skew = (third_1 / size_1**2 - third_2 / size_2**2) / together**1.5
    z = norm.isf(0.025)
    errors = 0.025 + np.abs(skew) * (2 * z**2 + 1) * norm.pdf(z) / 6
    is_defined = (np.minimum(size_1, size_2) >= 2) & (together > 0)
    return np.where(is_defined, errors, np.nan)
