"""Daily looks: worked out by hand, and false alarms of simulated waves without an effect."""

import numpy as np
import pytest

from customer_lifecycle.statistics import early_looks

THREE_DAYS = ([30, 25, 28], [4500, 4470, 4445], [1, 2, 0], [500, 499, 497])


def test_weights_add_up_to_one_and_are_even() -> None:
    weights = np.exp(early_looks.log_weights())
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(weights, weights[::-1])
    # exp(-.5 (.4 / .4)^2) of the weight in the middle.
    assert weights[24] / weights[20] == pytest.approx(np.exp(-0.5))


def test_one_buyer_worked_out_by_hand() -> None:
    """Three treated and one control wait, a treated one buys: L = 4 theta / (3 theta + 1)."""
    logs = early_looks.log_likelihoods([1], [3], [0], [1], [0.0, np.log(2)])
    np.testing.assert_allclose(np.exp(logs), [[1, 8 / 7]])


def test_three_days_in_products() -> None:
    """The same sum as a product of chances, one purchase after another."""
    total = 0.0
    for k in range(-20, 21):
        theta, likelihood = np.exp(k / 10), 1.0
        for e_1, r_1, e_2, r_2 in zip(*THREE_DAYS, strict=True):
            whole = theta * r_1 + r_2
            likelihood *= (theta * r_1 / whole) ** e_1 * (r_2 / whole) ** e_2
            likelihood /= (r_1 / (r_1 + r_2)) ** e_1 * (r_2 / (r_1 + r_2)) ** e_2
        total += np.exp(-0.5 * (k / 4) ** 2) * likelihood
    weights = sum(np.exp(-0.5 * (k / 4) ** 2) for k in range(-20, 21))
    values = early_looks.e_values(*THREE_DAYS)
    assert values[-1] == pytest.approx(total / weights, rel=1e-9)
    assert values[-1] == pytest.approx(2.43957, abs=1e-4)


def test_days_without_anybody_say_nothing() -> None:
    np.testing.assert_allclose(early_looks.e_values([0, 0, 0], [9, 9, 0], [0, 0, 0], [4, 4, 0]), 1)
    assert early_looks.ratio_interval([0], [9], [0], [4]) == (0.0, np.inf)


def daily(
    rng: np.random.Generator, treated: int, controls: int, rates: tuple[float, float]
) -> list:
    columns = []
    for members, rate in zip((treated, controls), rates, strict=True):
        buyers = rng.multinomial(
            members, [*(rate * (1 - rate) ** np.arange(90)), (1 - rate) ** 90]
        )[:90]
        columns += [buyers, members - np.cumsum(buyers) + buyers]
    return columns


@pytest.mark.parametrize("sizes", [(900, 100), (4500, 500), (2500, 2500)])
def test_looking_every_day_finds_nothing_where_there_is_nothing(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng([17, *sizes])
    waves, alarms = 600, 0
    for _ in range(waves):
        alarms += early_looks.e_values(*daily(rng, *sizes, (0.001, 0.001))).max() >= 20
    # At most 5 %, by a theorem: not even with bad luck of three standard errors less.
    assert alarms / waves <= 0.05


def staggered(rng: np.random.Generator, rate: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Calendar days and cells of a wave into which 20 and 20 come on each of 120 days."""
    chances = rate * (1 - rate) ** np.arange(90)
    columns = []
    for _ in range(2):
        buyers = rng.multinomial(20, [*chances, 1 - chances.sum()], size=120)[:, :90]
        columns += [buyers, 20 - np.cumsum(buyers, axis=1) + buyers]
    return np.add.outer(np.arange(120), np.arange(90)), columns


def test_looking_every_day_finds_nothing_when_members_come_in_on_many_days() -> None:
    rng = np.random.default_rng(20)
    waves, alarms, rewritten = 300, 0, 0
    for _ in range(waves):
        days, columns = staggered(rng, 0.01)
        cells = [days.ravel(), *(column.ravel() for column in columns)]
        values = early_looks.staggered_e_values(*cells)
        alarms += values.max() >= 20
        # What was seen on a day stays as it is when others come in later.
        seen = days <= 60
        early = early_looks.staggered_e_values(days[seen], *(column[seen] for column in columns))
        np.testing.assert_allclose(values[:61], early)
        # By days since alone it does not, and finds too much.
        rewritten += any(
            early_looks.e_values(
                *((column * (days <= day)).sum(axis=0) for column in columns)
            ).max()
            >= 20
            for day in range(20, 210, 5)
        )
    assert alarms / waves <= 0.05
    assert rewritten / waves > 0.05


def test_members_of_one_day_are_compared_as_before() -> None:
    columns = [np.array(column) for column in THREE_DAYS]
    np.testing.assert_allclose(
        early_looks.staggered_e_values([0, 1, 2], *columns), early_looks.e_values(*columns)
    )


def asymptotic_half(error: np.ndarray, members: float, tuning: float) -> np.ndarray:
    """Half of the asymptotic confidence sequence that other tools look at every day.

    Waudby-Smith et al. (2021), arXiv 2103.06476, equations 9 and 161; ``members`` of both arms.
    """
    log_level = -2 * np.log(0.05)
    rho = np.sqrt((log_level + np.log(log_level + 1)) / tuning)
    spread = members * rho**2 + 1
    return error * np.sqrt(2 * spread * np.log(np.sqrt(spread) / 0.05) / (members * rho**2))


def relative(means: tuple[float, float], variances: tuple[float, float]) -> tuple[float, float]:
    """Lift of the first over the second, and its standard error by the delta method."""
    (mean, base), (variance, base_variance) = means, variances
    return mean / base - 1, np.sqrt(variance / base**2 + base_variance * mean**2 / base**4)


def test_the_asymptotic_sequence_is_the_one_in_use() -> None:
    """Of GrowthBook's tests (gbstats): means with N* 1000, shares with N* 5000, both relative."""
    sizes = (3461, 3000)
    sums, squares = (2422.7, 1396.87), (134698.29, 52377.9767)
    means = tuple(total / n for total, n in zip(sums, sizes, strict=True))
    variances = tuple(
        (square - total**2 / n) / (n - 1) / n
        for square, total, n in zip(squares, sums, sizes, strict=True)
    )
    lift, error = relative(means, variances)
    half = asymptotic_half(error, sum(sizes), 1000)
    assert (lift - half, lift + half) == pytest.approx((-0.55844, 1.56516), abs=5e-6)
    shares = (2422 / 3461, 1396 / 3000)
    of_shares = tuple(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True))
    lift, error = relative(shares, of_shares)
    half = asymptotic_half(error, sum(sizes), 5000)
    assert (lift - half, lift + half) == pytest.approx((0.40098, 0.60675), abs=5e-6)


@pytest.mark.parametrize("sizes", [(900, 100), (4500, 500)])
def test_the_asymptotic_sequence_sees_what_is_not_there(sizes: tuple[int, int]) -> None:
    """Looked at from the first day it is wrong in one wave of five, as long as arms are unequal."""
    rng = np.random.default_rng([17, *sizes])
    waves, alarms = 600, 0
    for _ in range(waves):
        buyers_1, _, buyers_2, _ = daily(rng, *sizes, (0.001, 0.001))
        shares = np.cumsum([buyers_1, buyers_2], axis=1) / np.array(sizes)[:, None]
        error = np.sqrt((shares * (1 - shares) / np.array(sizes)[:, None]).sum(axis=0))
        apart = np.abs(shares[0] - shares[1])
        half = asymptotic_half(error, sum(sizes), 5000)
        alarms += bool(((apart > half) & (error > 0)).any())
    assert alarms / waves > 0.15


def test_a_strong_effect_is_found_early() -> None:
    rng = np.random.default_rng(18)
    found = [
        early_looks.e_values(*daily(rng, 2500, 2500, (0.002, 0.001))).max() >= 20
        for _ in range(200)
    ]
    assert np.mean(found) > 0.95


def test_the_interval_covers_the_ratio_and_narrows() -> None:
    rng = np.random.default_rng(19)
    covered = []
    for _ in range(200):
        low, high = early_looks.ratio_interval(*daily(rng, 2500, 2500, (0.0014, 0.001)))
        covered.append(low <= np.log(1 - 0.0014) / np.log(1 - 0.001) <= high)
    assert np.mean(covered) >= 0.95
    few = early_looks.ratio_interval([3], [2500], [2], [2500])
    many = early_looks.ratio_interval([300], [2500], [200], [2500])
    assert few[0] < many[0] < 1.5 < many[1] < few[1]
