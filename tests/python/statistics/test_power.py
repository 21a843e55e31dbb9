"""Power: what R prints, and the chance to find a lift, enumerated."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, chi, norm, t

from customer_lifecycle.statistics import power, proportions


def test_members_as_r_prints_them() -> None:
    """power.prop.test(p1 = .50, p2 = .75, power = .90) of R's manual; 5 % to 5.25 % beside it."""
    assert power.members_per_arm(0.50, 0.75, power=0.9) == pytest.approx(76.7, abs=0.05)
    assert power.members_per_arm(0.05, 0.0525) == pytest.approx(122_123, abs=0.5)
    # Van Belle's rule, 16 p (1 - p) / delta^2.
    assert power.members_per_arm(0.05, 0.0525) == pytest.approx(121_600, rel=0.005)


def chance_to_find(lift: float, rate: float, treated: int, controls: int) -> float:
    """Chance that the interval lies above 0, over all that can come."""
    y_t, y_c = np.arange(treated + 1)[:, None], np.arange(controls + 1)[None, :]
    chance = binom.pmf(y_t, treated, rate + lift) * binom.pmf(y_c, controls, rate)
    low, _ = proportions.newcombe_interval(y_t, treated, y_c, controls)
    return float(chance[low > 0].sum())


@pytest.mark.parametrize(
    ("rate", "treated", "controls"),
    [(0.1, 4500, 500), (0.1, 2500, 2500), (0.02, 1500, 500), (0.4, 300, 300)],
)
def test_such_a_lift_is_found_in_four_waves_of_five(
    rate: float, treated: int, controls: int
) -> None:
    lift = float(power.smallest_lift_seen(rate, treated, controls))
    assert chance_to_find(lift, rate, treated, controls) == pytest.approx(0.8, abs=0.02)


def test_with_two_buyers_expected_among_the_controls_it_promises_a_little_too_much() -> None:
    lift = float(power.smallest_lift_seen(0.02, 900, 100))
    assert 0.75 < chance_to_find(lift, 0.02, 900, 100) < 0.8


def test_the_usual_formula_promises_too_much() -> None:
    """5,000 on the list, one control in ten, one in ten returns: 3.96 points for 80 %, it says."""
    usual = (norm.isf(0.025) + norm.isf(0.2)) * np.sqrt(0.09 * (1 / 4500 + 1 / 500))
    assert usual == pytest.approx(0.0396, abs=5e-5)
    assert chance_to_find(usual, 0.1, 4500, 500) < 0.72
    assert float(power.smallest_lift_seen(0.1, 4500, 500)) > 0.042


def test_the_smallest_lift_is_the_least_that_is_found() -> None:
    rates, treated, controls = np.array([0.02, 0.1]), np.array([900, 4500]), np.array([100, 500])
    lift = power.smallest_lift_seen(rates, treated, controls)
    again = power.least_lift_found(lift, rates, treated, controls)
    assert again == pytest.approx(lift, rel=1e-4)


@pytest.mark.parametrize(("lift", "members"), [(0.03, 8000), (0.02, 8000), (0.05, 2000)])
def test_a_hundredth_fewer_controls_would_not_do(lift: float, members: int) -> None:
    share = power.control_share_needed(lift, 0.07, members)
    for controls, is_enough in [(share, True), (share - 0.01, False)]:
        size = round(members * controls)
        found = float(power.smallest_lift_seen(0.07, members - size, size)) <= lift
        assert found == is_enough


def test_what_no_share_can_see() -> None:
    assert np.isnan(power.control_share_needed(0.001, 0.1, 5000))
    assert np.isnan(power.control_share_needed(0.02, 0.1, 0))
    assert np.isnan(power.smallest_lift_seen(0.1, [0, 10], [10, 0])).all()
    with pytest.raises(ValueError, match="above 0"):
        power.control_share_needed(0, 0.1, 100)
    with pytest.raises(ValueError, match="different"):
        power.members_per_arm(0.1, 0.1)


def test_power_of_means_as_r_prints_it() -> None:
    """power.t.test(n = 20, delta = 1, sd = 1) and (power = .90, delta = 1) of R's manual."""
    assert power.power_of_means(20, 1) == pytest.approx(0.8689528, abs=5e-8)
    assert power.members_per_arm_for_means(1, power=0.9) == pytest.approx(22.02110, abs=5e-6)


@pytest.mark.parametrize(("members", "effect"), [(5, 1.5), (20, 1.0), (500, 0.1), (30, 0.0)])
def test_power_of_means_by_integrating_over_the_standard_deviation(
    members: int, effect: float
) -> None:
    """Given what the standard deviation is estimated to be, the difference is normal."""
    degrees = 2 * (members - 1)
    limit = t.isf(0.025, degrees)

    def chance(ratio: float) -> float:
        beyond = norm.sf(limit * ratio - effect * np.sqrt(members / 2))
        return beyond * chi.pdf(ratio * np.sqrt(degrees), degrees) * np.sqrt(degrees)

    expected, _ = quad(chance, 0, 4, epsabs=1e-12, limit=200)
    assert power.power_of_means(members, effect) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("effect", "chance"), [(1.0, 0.9), (0.02, 0.8), (0.3, 0.06), (5.0, 0.99)])
def test_so_many_members_have_that_power(effect: float, chance: float) -> None:
    members = power.members_per_arm_for_means(effect, power=chance)
    assert power.power_of_means(members, effect) == pytest.approx(chance, abs=1e-8)


def test_two_members_are_enough_for_what_nobody_could_miss() -> None:
    assert power.members_per_arm_for_means(200.0) == 2


@pytest.mark.parametrize(("members", "effect"), [(1, 0.5), (20, -0.5)])
def test_no_power_without_members_or_of_a_negative_effect(members: float, effect: float) -> None:
    with pytest.raises(ValueError, match="at least 2 members"):
        power.power_of_means(members, effect)


@pytest.mark.parametrize(("effect", "chance"), [(0.0, 0.8), (0.5, 1.0), (0.5, 0.05)])
def test_no_number_of_members_for_no_effect_or_certainty(effect: float, chance: float) -> None:
    with pytest.raises(ValueError, match="an effect above 0"):
        power.members_per_arm_for_means(effect, power=chance)
