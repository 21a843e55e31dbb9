"""Welch's test, whether two groups of unequal variance have the same mean.

References
----------
.. [W47] Welch, B. L. (1947), "The generalization of 'Student's' problem when several different
   population variances are involved", Biometrika 34(1-2), 28-35.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_ind_from_stats


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
