"""Whether the arms of a wave have as many members as were to be drawn into each.

References
----------
.. [KTX20] Kohavi, R., Tang, D. & Xu, Y. (2020), "Trustworthy online controlled experiments",
   Cambridge University Press, chapter 21.
.. [LM22] Lindon, M. & Malek, A. (2022), "Anytime-valid inference for multinomial count data",
   Advances in Neural Information Processing Systems 35.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln
from scipy.stats import chi2


def chi_square(members: npt.ArrayLike, shares: npt.ArrayLike) -> tuple[float, float]:
    """Pearson's statistic of the members of each arm against the planned shares.

    Parameters
    ----------
    members, shares : array_like, shape (arms,)
        Members of each arm, and the share of all that was planned for it. Shares are above 0 and
        are taken to add up to 1.

    Returns
    -------
    statistic, p_value : float
        With one degree of freedom fewer than there are arms. NaN without members.

    Raises
    ------
    ValueError
        When there are fewer than two arms, or a share is not above 0.
    """
    observed, planned = np.asarray(members, float), np.asarray(shares, float)
    if observed.size < 2 or (planned <= 0).any():
        raise ValueError("write two arms or more, each with a planned share above 0")
    if observed.sum() == 0:
        return np.nan, np.nan
    expected = observed.sum() * planned / planned.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return statistic, float(chi2.sf(statistic, observed.size - 1))


def log_e_value(members: npt.ArrayLike, shares: npt.ArrayLike, weight: float = 2) -> float:
    """Evidence against the planned shares that may be looked at every day, as a logarithm.

    Parameters
    ----------
    members, shares : array_like, shape (arms,)
        As in :func:`chi_square`.
    weight
        Sum of the Dirichlet prior's parameters, which are in proportion to the planned shares.

    Returns
    -------
    float
        If members come in as planned it ever exceeds ``log(x)`` with probability at most ``1/x``.

    Notes
    -----
    The Dirichlet-multinomial probability of the members as they came, over that of the planned
    shares [LM22]_: ``G(A) / G(A + n) prod G(a_i + n_i) / G(a_i) / theta_i^n_i``.
    """
    counts, planned = np.asarray(members, float), np.asarray(shares, float)
    planned = planned / planned.sum()
    prior = weight * planned
    return float(
        gammaln(weight)
        - gammaln(weight + counts.sum())
        + (gammaln(prior + counts) - gammaln(prior) - counts * np.log(planned)).sum()
    )
