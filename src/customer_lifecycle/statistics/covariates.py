"""Means of two arms with a second column beside each value: adjusted for it, or divided by it.

Everything comes of sums, so that nobody has to see the members.

References
----------
.. [DXKW13] Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013), "Improving the sensitivity of online
   controlled experiments by utilizing pre-experiment data", WSDM, 123-132.
.. [DKL18] Deng, A., Knoblich, U. & Lu, J. (2018), "Applying the delta method in metric analytics",
   KDD, 233-242.
"""

from dataclasses import dataclass
from math import nan, sqrt


@dataclass(frozen=True)
class Sums:
    """Sums over the members of an arm.

    Attributes
    ----------
    members
        How many there are.
    y, x
        Sums of the value and of the second column, in their units.
    yy, xx, xy
        Sums of the squares and of the product.
    """

    members: float
    y: float
    x: float
    yy: float
    xx: float
    xy: float

    def __add__(self, other: "Sums") -> "Sums":
        """Add the sums of another arm."""
        return Sums(
            self.members + other.members,
            self.y + other.y,
            self.x + other.x,
            self.yy + other.yy,
            self.xx + other.xx,
            self.xy + other.xy,
        )

    @property
    def variances(self) -> tuple[float, float, float]:
        """Sample variances of value and second column, and their covariance; NaN of one member."""
        if self.members < 2:
            return nan, nan, nan
        n = self.members
        return (
            max(self.yy - self.y * self.y / n, 0) / (n - 1),
            max(self.xx - self.x * self.x / n, 0) / (n - 1),
            (self.xy - self.x * self.y / n) / (n - 1),
        )


@dataclass(frozen=True)
class MeanAndVariance:
    """Mean of an arm, and sample variance of a member, in the value's unit and its square."""

    mean: float
    variance: float
    members: float


def slope(first: Sums, second: Sums) -> float:
    """Slope of the value on the covariate over both arms together (theta), 0 where x is constant.

    Parameters
    ----------
    first, second
        Sums of the two arms.

    Returns
    -------
    float
        Units of the value per unit of the covariate.
    """
    _, variance, covariance = (first + second).variances
    return covariance / variance if variance > 0 else 0.0


def adjusted(arm: Sums, other: Sums) -> MeanAndVariance:
    """Mean of an arm less what the covariate had foretold (CUPED).

    Parameters
    ----------
    arm, other
        Sums of the arm and of the other one. The covariate is known on the day of assignment.

    Returns
    -------
    MeanAndVariance
        Of ``y - theta (x - mean of x over both arms)`` [DXKW13]_.
    """
    theta = slope(arm, other)
    both = arm + other
    variance_y, variance_x, covariance = arm.variances
    return MeanAndVariance(
        mean=arm.y / arm.members - theta * (arm.x / arm.members - both.x / both.members),
        variance=max(variance_y - 2 * theta * covariance + theta**2 * variance_x, 0.0),
        members=arm.members,
    )


def ratio(arm: Sums) -> MeanAndVariance:
    """Ratio of the sums of an arm, as amount per order, by the delta method.

    Parameters
    ----------
    arm
        Sums of the arm, x being the denominator.

    Returns
    -------
    MeanAndVariance
        ``R = sum y / sum x`` and ``(v_y - 2 R cov + R^2 v_x) / mean(x)^2`` [DKL18]_. NaN where x
        adds up to 0.
    """
    if arm.x == 0:
        return MeanAndVariance(nan, nan, arm.members)
    quotient = arm.y / arm.x
    variance_y, variance_x, covariance = arm.variances
    variance = variance_y - 2 * quotient * covariance + quotient**2 * variance_x
    mean_x = arm.x / arm.members
    return MeanAndVariance(quotient, max(variance, 0.0) / mean_x**2, arm.members)


def relative_lift(first: MeanAndVariance, second: MeanAndVariance) -> tuple[float, float]:
    """Lift of the first mean over the second as a share of the second, and its standard error.

    Parameters
    ----------
    first, second
        Means of treated and controls.

    Returns
    -------
    lift, standard_error : float
        By the delta method; NaN where the second mean is 0.
    """
    if second.mean == 0:
        return nan, nan
    variance = (
        first.variance / first.members / second.mean**2
        + second.variance / second.members * first.mean**2 / second.mean**4
    )
    return (first.mean - second.mean) / second.mean, sqrt(variance)
