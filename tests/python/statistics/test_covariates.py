"""Adjusted means and ratios: another library's numbers, and least squares on the members."""

import numpy as np
import pytest
from scipy.stats import t

from customer_lifecycle.statistics import welch
from customer_lifecycle.statistics.covariates import (
    MeanAndVariance,
    Sums,
    adjusted,
    ratio,
    relative_lift,
    slope,
)

# Sums of a simulated test in the guide of tea-tasting 2.0.0: revenue and revenue before; orders by
# sessions. The long numbers below are what tea-tasting 1.14.0 makes of these sums; 2.0.0, which
# says the same, wants a later Python than this project.
CONTROL = Sums(2023, 10602.60, 10678.43, 243736.4268, 405481.0443, 193410.1949)
TREATED = Sums(1977, 11328.43, 9331.96, 278029.8889, 284676.8592, 172016.7183)
ORDERS_CONTROL = Sums(2023, 1073, 4038, 2073, 10098, 2648)
ORDERS_TREATED = Sums(1977, 1133, 3920, 2121, 9698, 2730)


def sums(y: np.ndarray, x: np.ndarray) -> Sums:
    return Sums(y.size, y.sum(), x.sum(), y @ y, x @ x, x @ y)


def lift(first: MeanAndVariance, second: MeanAndVariance) -> tuple[float, float, float, float]:
    numbers = (first.mean, first.variance, first.members)
    numbers += (second.mean, second.variance, second.members)
    low, high = welch.intervals(*numbers)
    (p,) = welch.p_values(*([number] for number in numbers))
    return first.mean - second.mean, float(low), float(high), float(p)


def plain(arm: Sums) -> MeanAndVariance:
    return MeanAndVariance(arm.y / arm.members, arm.variances[0], arm.members)


@pytest.mark.parametrize(
    ("treated", "control", "expected"),
    [
        (
            plain(TREATED),
            plain(CONTROL),
            (0.48908310374047037, -0.13261881482743088, 1.1107850223083715, 0.12306988554251343),
        ),
        (
            adjusted(TREATED, CONTROL),
            adjusted(CONTROL, TREATED),
            (0.7310144482693364, 0.2022870246905646, 1.2597418718481082, 0.0067439292812052605),
        ),
        (
            ratio(ORDERS_TREATED),
            ratio(ORDERS_CONTROL),
            (0.02330500550889003, -0.002459433667909499, 0.049069444685689564, 0.07623759978168361),
        ),
    ],
    ids=["welch", "cuped", "ratio"],
)
def test_means_and_ratios_as_tea_tasting_has_them(
    treated: MeanAndVariance,
    control: MeanAndVariance,
    expected: tuple[float, float, float, float],
) -> None:
    assert lift(treated, control) == pytest.approx(expected, rel=1e-9)


def test_the_slope_as_in_the_guide_of_tea_tasting() -> None:
    assert slope(TREATED, CONTROL) == pytest.approx(0.433375, abs=5e-7)


def test_relative_lift_as_growthbook_has_it() -> None:
    control = MeanAndVariance(1396.87 / 3407, (52377.9767 - 1396.87**2 / 3407) / 3406, 3407)
    treated = MeanAndVariance(2422.7 / 3461, (134698.29 - 2422.7**2 / 3461) / 3460, 3461)
    share, error = relative_lift(treated, control)
    assert share == pytest.approx(0.70732, abs=5e-6)
    # With the degrees of freedom of the difference itself.
    parts = [arm.variance / arm.members for arm in (treated, control)]
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / 3460 + parts[1] ** 2 / 3406)
    half = t.isf(0.025, degrees) * error
    assert (share - half, share + half) == pytest.approx((-0.03526, 1.44989), abs=5e-6)


def test_the_effect_is_that_of_least_squares() -> None:
    """y on arm and covariate: the same slope but for the part between the arms, which is small."""
    rng = np.random.default_rng(25)
    x, arm = rng.gamma(2, 10, 4000), rng.random(4000) < 0.3
    y = 3 + 0.8 * x + 0.5 * arm + rng.normal(0, 5, 4000)
    columns = np.column_stack([np.ones(4000), arm, x])
    (_, effect, theta), *_ = np.linalg.lstsq(columns, y, rcond=None)
    first, second = sums(y[arm], x[arm]), sums(y[~arm], x[~arm])
    assert slope(first, second) == pytest.approx(theta, abs=0.001)
    assert adjusted(first, second).mean - adjusted(second, first).mean == pytest.approx(
        effect, abs=0.005
    )


def test_moments_are_those_of_the_adjusted_values() -> None:
    rng = np.random.default_rng(26)
    y, x = rng.normal(size=(2, 50))
    first, second = sums(y[:20], x[:20]), sums(y[20:], x[20:])
    theta = np.cov(x, y)[0, 1] / x.var(ddof=1)
    values = y - theta * (x - x.mean())
    assert slope(first, second) == pytest.approx(theta)
    found = adjusted(first, second)
    assert found.mean == pytest.approx(values[:20].mean())
    assert found.variance == pytest.approx(values[:20].var(ddof=1))


def test_a_covariate_takes_its_share_of_the_variance() -> None:
    """Planted correlation one half: a quarter of the variance goes."""
    rng = np.random.default_rng(27)
    shares = []
    for _ in range(200):
        x, noise = rng.normal(size=(2, 4000))
        y = 0.5 * x + np.sqrt(0.75) * noise
        first, second = sums(y[:400], x[:400]), sums(y[400:], x[400:])
        shares.append(adjusted(second, first).variance / second.variances[0])
    assert np.mean(shares) == pytest.approx(0.75, abs=0.02)


def test_the_error_of_a_ratio_is_the_one_seen() -> None:
    rng = np.random.default_rng(28)
    orders = rng.poisson(1.2, (4000, 300))
    amounts = orders * 20 + rng.normal(0, 9, orders.shape) * np.sqrt(orders)
    found = [ratio(sums(y, x)) for y, x in zip(amounts, orders.astype(float), strict=True)]
    seen = np.var([one.mean for one in found])
    assert np.mean([one.variance / one.members for one in found]) == pytest.approx(seen, rel=0.06)


def test_without_anything_beside_it_nothing_is_adjusted() -> None:
    first, second = Sums(10, 20, 0, 90, 0, 0), Sums(5, 5, 0, 9, 0, 0)
    assert slope(first, second) == 0
    assert adjusted(first, second) == MeanAndVariance(2, 50 / 9, 10)
    assert np.isnan(ratio(first).mean)
    assert np.isnan(relative_lift(MeanAndVariance(1, 1, 5), MeanAndVariance(0, 1, 5))[0])
    assert np.isnan(Sums(1, 1, 1, 1, 1, 1).variances).all()
