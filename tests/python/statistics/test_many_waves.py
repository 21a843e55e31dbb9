"""Many waves together: the papers' own numbers, and planted effects."""

import numpy as np
import pytest

from customer_lifecycle.statistics import many_waves

# Benjamini & Hochberg (1995), section 4.1: thrombolysis, 15 endpoints.
FIFTEEN = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip
# Cases and others, vaccinated and not, of 13 trials of BCG (Colditz et al. 1994).
BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ]
)  # fmt: skip
SCHOOLS = ([28, 8, -3, 7, -1, 1, 18, 12], np.array([15, 10, 16, 11, 9, 11, 10, 18]) ** 2)


def test_the_paper_rejects_four_and_bonferroni_three() -> None:
    q = many_waves.q_values(FIFTEEN)
    assert (q <= 0.05).sum() == 4
    assert (np.array(FIFTEEN) <= 0.05 / 15).sum() == 3


def test_q_by_its_definition() -> None:
    """The smallest rate at which the step-up rule rejects, found by trying."""
    p = np.array([0.03, np.nan, 0.001, 0.2, 0.03, 0.9])
    known = np.sort(p[~np.isnan(p)])
    q = many_waves.q_values(p)
    for value, found in zip(p, q, strict=True):
        if np.isnan(value):
            assert np.isnan(found)
            continue
        rates = np.arange(1, 100_001) / 100_000
        passes = known[None, :] <= rates[:, None] * np.arange(1, known.size + 1) / known.size
        cut = np.where(passes.any(1), np.max(np.where(passes, known, 0), axis=1), -1)
        assert found == pytest.approx(rates[np.argmax(cut >= value)], abs=1e-5)
    assert many_waves.q_values([]).size == 0


def bcg_effects() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    return (
        np.log(a / (a + b)) - np.log(c / (c + d)),
        1 / a - 1 / (a + b) + 1 / c - 1 / (c + d),
    )


def test_bcg_as_metafor_has_it() -> None:
    common = many_waves.random_effects(*bcg_effects())
    assert common.between_variance == pytest.approx(0.3088, abs=5e-5)
    assert common.mean == pytest.approx(-0.7141, abs=5e-5)
    assert common.standard_error == pytest.approx(0.1787, abs=5e-5)
    assert common.heterogeneity == pytest.approx(152.2330, abs=5e-5)


def test_bcg_with_its_mean_from_weighted_least_squares() -> None:
    effects, variances = bcg_effects()
    common = many_waves.random_effects(effects, variances)
    root = np.sqrt(variances + common.between_variance)
    (mean,), (rest,), *_ = np.linalg.lstsq((1 / root)[:, None], effects / root, rcond=None)
    assert common.mean == pytest.approx(mean)
    # The error of least squares, of 13 trials with 12 degrees of freedom: t is 2.178813.
    error = common.standard_error * np.sqrt(max(rest / 12, 1))
    assert common.robust_error == pytest.approx(error)
    assert common.interval() == pytest.approx((mean - 2.178813 * error, mean + 2.178813 * error))


@pytest.mark.parametrize("waves", [5, 10])
def test_kinds_without_a_mean_effect_seldom_have_one(waves: int) -> None:
    """Waves that differ by .05 around 0. By z 13 % of the kinds of five had a mean effect."""
    rng = np.random.default_rng([25, waves])
    kinds, found, by_z = 2000, 0, 0
    for _ in range(kinds):
        variances = rng.uniform(0.01, 0.04, waves) ** 2
        effects = rng.normal(rng.normal(0, 0.05, waves), np.sqrt(variances))
        common = many_waves.random_effects(effects, variances)
        low, high = common.interval()
        found += low > 0 or high < 0
        by_z += abs(common.mean) > 1.96 * common.standard_error
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / kinds)
    assert found / kinds <= bound < by_z / kinds


def test_eight_schools_do_not_differ() -> None:
    common = many_waves.random_effects(*SCHOOLS)
    assert common.between_variance == 0
    assert common.mean == pytest.approx(7.69, abs=0.005)
    assert common.standard_error == pytest.approx(4.07, abs=0.005)
    np.testing.assert_allclose(many_waves.shrunken(*SCHOOLS, common), common.mean)


def test_shrinkage_takes_the_luck_out_of_winners() -> None:
    """200 effects N(.01, .01^2), seen with error .02: squared errors fall to a fifth."""
    rng = np.random.default_rng(22)
    raw, drawn = [], []
    for _ in range(200):
        truth = rng.normal(0.01, 0.01, 200)
        seen = truth + rng.normal(0, 0.02, 200)
        common = many_waves.random_effects(seen, np.full(200, 0.02**2))
        raw.append(((seen - truth) ** 2).mean())
        drawn.append(
            ((many_waves.shrunken(seen, np.full(200, 0.02**2), common) - truth) ** 2).mean()
        )
    assert np.mean(drawn) / np.mean(raw) == pytest.approx(0.2, abs=0.03)


def test_the_next_wave_lies_in_its_interval() -> None:
    rng = np.random.default_rng(23)
    inside = []
    for _ in range(1000):
        truth = rng.normal(0.01, 0.02, 13)
        common = many_waves.random_effects(
            truth[:12] + rng.normal(0, 0.01, 12), np.full(12, 0.01**2)
        )
        low, high = common.next_interval()
        inside.append(low <= truth[12] <= high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_portfolios_without_effect_seldom_have_a_winner() -> None:
    rng = np.random.default_rng(24)
    winners = [(many_waves.q_values(rng.random(20)) <= 0.05).any() for _ in range(2000)]
    assert np.mean(winners) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 2000))


def test_one_wave_and_none() -> None:
    common = many_waves.random_effects([0.02], [0.01])
    assert (common.mean, common.between_variance) == (0.02, 0)
    assert np.isnan(common.next_interval()).all()
    assert np.isnan(common.interval()).all()
    for effects, variances in [([], []), ([1], [0])]:
        with pytest.raises(ValueError, match="above 0"):
            many_waves.random_effects(effects, variances)


def test_shrunken_averages_foretell_the_season() -> None:
    """Efron & Morris (1977): 18 batters after 45 at bats, and what came in the rest of 1970.

    Stein's constant brings the squared error from .075 to .021, a factor of 3.5; the project's,
    which keeps half as much of each average, 3.4.
    """
    hits = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
    rest = np.array(
        [
            0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269,
            0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200,
        ]
    )  # fmt: skip
    averages = hits / 45
    variances = np.full(18, averages.mean() * (1 - averages.mean()) / 45)
    common = many_waves.random_effects(averages, variances)
    stein = 1 - 15 / common.heterogeneity
    assert stein == pytest.approx(0.212, abs=5e-4)
    by_stein = averages.mean() + stein * (averages - averages.mean())
    assert by_stein[0] == pytest.approx(0.294, abs=5e-4)

    def error(forecast: np.ndarray) -> float:
        return float(((forecast - rest) ** 2).sum())

    assert error(averages) / error(by_stein) == pytest.approx(3.5, abs=0.05)
    # DerSimonian & Laird's constant is k - 1.
    found = many_waves.shrunken(averages, variances, common)
    kept = 1 - 17 / common.heterogeneity
    np.testing.assert_allclose(found, averages.mean() + kept * (averages - averages.mean()))
    assert error(averages) / error(found) == pytest.approx(3.4, abs=0.05)
