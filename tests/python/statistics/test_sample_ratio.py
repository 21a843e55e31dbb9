"""Sample ratios: what is in print, and which losses are seen."""

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from customer_lifecycle.statistics import sample_ratio


def test_the_example_of_the_book() -> None:
    """Kohavi, Tang & Xu (2020), chapter 21: 821,588 against 815,482 of two equal arms."""
    statistic, p = sample_ratio.chi_square([821_588, 815_482], [0.5, 0.5])
    assert p == pytest.approx(1.8e-6, abs=5e-8)
    assert statistic == pytest.approx((821_588 - 815_482) ** 2 / (821_588 + 815_482))


def test_three_arms_and_shares_that_do_not_add_up() -> None:
    members = np.array([480, 260, 300])
    expected = chisquare(members, members.sum() * np.array([0.5, 0.25, 0.25]))
    assert sample_ratio.chi_square(members, [2, 1, 1]) == pytest.approx(
        (expected.statistic, expected.pvalue)
    )


def test_what_can_be_looked_at_every_day() -> None:
    assert np.exp(sample_ratio.log_e_value([4400, 600], [0.9, 0.1])) == pytest.approx(
        487.65, abs=0.01
    )
    # With a uniform prior the outcome has probability 1 / (n + 1).
    value = np.exp(sample_ratio.log_e_value([60, 40], [0.5, 0.5]))
    assert value == pytest.approx(1 / (101 * binom.pmf(60, 100, 0.5)))


def test_its_mean_is_one_where_members_come_as_planned() -> None:
    """What makes it evidence: the mean over all outcomes of 40 members is 1."""
    values = [np.exp(sample_ratio.log_e_value([n, 40 - n], [0.7, 0.3])) for n in range(41)]
    assert np.dot(values, binom.pmf(np.arange(41), 40, 0.7)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("lost", "lowest", "highest"), [(0.08, 0.95, 1), (0.03, 0, 0.2), (0, 0, 0.004)]
)
def test_which_losses_are_seen(lost: float, lowest: float, highest: float) -> None:
    """20,000 members in halves, a share of the treated lost: alarms at p below .001.

    Of 3 % few are seen; if only buyers are lost, at a rate of one in ten, it is .3 % of the
    members, and no count of them can see that.
    """
    rng = np.random.default_rng(21)
    treated = rng.binomial(20_000, 0.5, 2000)
    kept = rng.binomial(treated, 1 - lost)
    alarms = [
        sample_ratio.chi_square([k, 20_000 - t], [1, 1])[1] < 0.001
        for k, t in zip(kept, treated, strict=True)
    ]
    assert lowest <= np.mean(alarms) <= highest


def test_what_cannot_be_asked() -> None:
    assert np.isnan(sample_ratio.chi_square([0, 0], [0.5, 0.5])).all()
    for members, shares in [([5], [1]), ([5, 5], [1, 0])]:
        with pytest.raises(ValueError, match="share above 0"):
            sample_ratio.chi_square(members, shares)
