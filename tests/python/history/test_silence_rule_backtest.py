"""What each rule of silence would have been worth: all CDNOW customers again, and a known truth."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from dbt_project import Run, run_dbt
from plain_python import AmountByDay, band_of, own_silence, seed
from scipy import stats

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.shops.simulate import PRESETS, write_inputs

HORIZON = 90
ELIGIBLE = 15
PROBABILITIES = {
    "pooled_probability",
    "bg_nbd_not_alive",
    "nbd_no_purchase",
    "bg_nbd_no_purchase",
}
BACKTEST = ("+silence_rule_backtest",)


def estimates(run: Run, model: str, fitted_on: date) -> dict[str, float]:
    """Parameters as fitted at a period end."""
    return run.by_key(
        "select parameter, estimate from main_internal.int_lifecycle__period_parameters "
        f"where model = '{model}' and fitted_on = date '{fitted_on}'"
    )


def no_purchase_by_likelihoods(
    parameters: list[float], x: int, recency: float, age: float, horizon: float
) -> float:
    """Likelihood of the purchases so far and none within the horizon to that of those so far."""
    later, now = (
        BG_NBD.log_likelihood(parameters, [x], [recency], [until], [1])
        for until in (age + horizon, age)
    )
    return float(np.exp(later - now))


def rules_say(
    days: list[date], period_end: date, nbd: dict[str, float], bg: dict[str, float]
) -> dict[str, tuple[Fraction | float, bool]]:
    """Score and flag by rule, of a customer with two purchase days or more."""
    own = own_silence(days, period_end)
    n, gaps, open_gap = len(days), sorted(own.gaps), own.open_gap
    x, recency, age = n - 1, sum(gaps) / 7, (sum(gaps) + open_gap) / 7
    pooled = 1 - ((nbd["alpha"] + recency) / (nbd["alpha"] + age)) ** (nbd["r"] + x)
    if n >= ELIGIBLE:
        level, level_score = own.level, own.ratio
    else:
        level, level_score = "abcde".index(band_of(pooled)), pooled
    parameters = [bg[name] for name in BG_NBD.PARAMETERS]
    not_alive = 1 - float(BG_NBD.probability_alive(parameters, [x], [recency], [age])[0])
    nbd_none = ((nbd["alpha"] + age) / (nbd["alpha"] + age + HORIZON / 7)) ** (nbd["r"] + x)
    bg_none = no_purchase_by_likelihoods(parameters, x, recency, age, HORIZON / 7)
    shorter = Fraction(sum(gap < open_gap for gap in gaps), len(gaps))
    # Inverted-cdf percentiles, from the sorted gaps: no share of shorter ones is asked for.
    eighth_tenth, ninth_tenth = (gaps[-(-tenths * len(gaps) // 10) - 1] for tenths in (8, 9))
    return {
        "own_level_5": (own.score, own.level >= 5),
        "level_4": (level_score, level >= 4),
        "fixed_90_days": (open_gap, open_gap >= 90),
        "twice_mean_gap": (
            open_gap / Fraction(sum(gaps), len(gaps)),
            open_gap >= 2 * Fraction(sum(gaps), len(gaps)),
        ),
        "percentile_80": (shorter, open_gap > eighth_tenth),
        "percentile_90": (shorter, open_gap > ninth_tenth),
        "pooled_probability": (pooled, pooled >= 0.95),
        "bg_nbd_not_alive": (not_alive, not_alive >= 0.5),
        "nbd_no_purchase": (nbd_none, nbd_none >= 0.5),
        "bg_nbd_no_purchase": (bg_none, bg_none >= 0.5),
    }


def bin_of(score: float) -> float:
    """The bin of 1/10,000 of the score, or of what it lacks to 1, in which ties count half."""
    if score <= 0:
        return -np.inf
    if score <= 0.5:
        return np.floor(1e4 * np.log(score))
    return -np.floor(1e4 * np.log(1 - score)) if score < 1 else 1e9 + np.floor(1e4 * np.log(score))


def auc(scores: np.ndarray, stayed_away: np.ndarray) -> float:
    positive, negative = scores[stayed_away], scores[~stayed_away]
    pairs = len(positive) * len(negative)
    return stats.mannwhitneyu(positive, negative, method="asymptotic").statistic / pairs


@pytest.mark.parametrize("period_end", [date(1997, 9, 30), date(1998, 3, 31)])
def test_every_rule_on_all_customers(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay], period_end: date
) -> None:
    nbd, bg = (estimates(cdnow_run, model, period_end) for model in ("nbd", "bg_nbd"))
    until = period_end + timedelta(HORIZON)
    said, stayed_away, is_eligible = [], [], []
    for all_days in cdnow_days.values():
        days = sorted(day for day in all_days if day <= period_end)
        if len(days) >= 2:
            said.append(rules_say(days, period_end, nbd, bg))
            stayed_away.append(not any(period_end < day <= until for day in all_days))
            is_eligible.append(len(days) >= ELIGIBLE)
    outcome, eligible = np.array(stayed_away), np.array(is_eligible)
    found = {
        row.pop("rule"): row
        for row in cdnow_run.records(
            f"from silence_rule_backtest where period_end = date '{period_end}'"
        )
    }
    cuts = {row["rule"]: float(row["cut"]) for row in seed("lifecycle_backtest_rules")}
    assert set(found) == set(said[0]) == set(cuts)
    for rule, row in found.items():
        # A fraction becomes the nearest double, so equal ones stay equal.
        scores = np.array([float(by_rule[rule][0]) for by_rule in said])
        flags = np.array([by_rule[rule][1] for by_rule in said])
        hits = int((flags & outcome).sum())
        bins = np.array([bin_of(score) for score in scores])
        # What the bins cost.
        assert abs(auc(bins, outcome) - auc(scores, outcome)) < 1e-5
        statistics = {
            "auc": auc(bins, outcome),
            "auc_eligible": auc(bins[eligible], outcome[eligible]),
            "precision": hits / flags.sum(),
            "recall": hits / outcome.sum(),
            "f1": 2 / (flags.sum() / hits + outcome.sum() / hits),
            "base_rate": outcome.mean(),
        }
        if rule in PROBABILITIES:
            statistics["brier"] = np.mean((scores - outcome) ** 2)
            statistics["mean_probability"] = scores.mean()
        else:
            assert row.pop("brier") is row.pop("mean_probability") is None
        found_statistics = {name: row.pop(name) for name in statistics}
        assert found_statistics == pytest.approx(statistics, rel=1e-9, abs=0), rule
        assert row == {
            "horizon_days": HORIZON,
            "cut": cuts[rule],
            "customers": len(said),
            "customers_eligible": eligible.sum(),
            "flagged": flags.sum(),
            "is_probability": rule in PROBABILITIES,
            "period_end": period_end,
        }
    assert len(said) > 9_000
    assert 0.5 < outcome.mean() < 0.9


def test_period_ends_are_those_that_the_horizon_has_followed(cdnow_run: Run) -> None:
    rows = cdnow_run.rows(
        "select period_end, count(distinct rule) from silence_rule_backtest group by all order by 1"
    )
    # As of 1998-06-30, 90 days after 1998-04-01; history begins with July 1997.
    firsts = [date(1997, month, 1) for month in range(8, 13)]
    firsts += [date(1998, month, 1) for month in range(1, 5)]
    ends = [first - timedelta(1) for first in firsts]
    assert rows == [(end, 10) for end in ends]


def test_without_models_the_models_rules_have_no_statistics(
    tmp_path: Path, cdnow_sample_file: Path
) -> None:
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_dir": str(cdnow_sample_file.parent),
            "lifecycle_purchase_models": False,
            "lifecycle_minimum_purchases": 5,
        },
        select=BACKTEST,
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    without = run.records(
        "from silence_rule_backtest where auc is null and precision is null and recall is null "
        "and f1 is null and brier is null and mean_probability is null and flagged is null"
    )
    # The level of those with few purchases rests on the NBD.
    assert {row["rule"] for row in without} == {*PROBABILITIES, "level_4"}
    assert len(without) == 9 * 5
    for row in without:
        assert (row["auc_eligible"] is not None) == (row["rule"] == "level_4")
    assert run.value("select count(*) from silence_rule_backtest where auc is not null") == 9 * 5
    assert (
        run.value("select count(distinct (period_end, customers)) from silence_rule_backtest") == 9
    )
    assert run.value("select min(customers) from silence_rule_backtest") > 500


def test_a_horizon_that_no_period_end_has_behind_it_gives_no_rows(
    tmp_path: Path, cdnow_sample_file: Path
) -> None:
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_dir": str(cdnow_sample_file.parent),
            "lifecycle_backtest_horizon": 400,
        },
        select=BACKTEST,
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.value("select count(*) from silence_rule_backtest") == 0
    assert run.troubles() == {}


@pytest.fixture(scope="module")
def true_model(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A shop whose customers buy and drop out as BG/NBD says."""
    folder = tmp_path_factory.mktemp("true_model")
    shop = PRESETS["cdnow"]
    assert (shop.model, shop.times) == ("bg_nbd", "days")
    write_inputs(folder / "shop", shop, 20_000, seed=20240229)
    run = run_dbt(
        folder,
        {"lifecycle_input_dir": "shop", "lifecycle_as_of_date": str(shop.end)},
        select=BACKTEST,
    )
    assert run.succeeded, run.text
    return SimpleNamespace(shop=shop, run=run)


def test_the_probability_of_the_true_model_is_the_best(true_model: SimpleNamespace) -> None:
    rows = true_model.run.rows(
        "select period_end, rule, brier from silence_rule_backtest where is_probability"
    )
    assert len(rows) == 9 * len(PROBABILITIES)
    briers: dict[date, dict[str, float]] = {}
    for period_end, rule, brier in rows:
        briers.setdefault(period_end, {})[rule] = brier
    for by_rule in briers.values():
        assert min(by_rule, key=by_rule.get) == "bg_nbd_no_purchase"


def test_the_probability_of_the_true_model_is_calibrated(true_model: SimpleNamespace) -> None:
    rows = true_model.run.rows(
        "select mean_probability, base_rate, brier, customers from silence_rule_backtest "
        "where rule = 'bg_nbd_no_purchase'"
    )
    for mean_probability, base_rate, brier, customers in rows:
        # The variance of an outcome is p (1 - p), whose mean is what the Brier score estimates.
        assert abs(mean_probability - base_rate) < 4 * np.sqrt(brier / customers)
    # Not just on average: among those with like probabilities, too.
    for period_end in ("1997-09-30", "1998-03-31"):
        bins = true_model.run.rows(
            "select sum(stayed_away), sum(score_sum), sum(score_sum * (1 - score_sum / customers)) "
            "from main_internal.int_lifecycle__silence_rule_counts "
            f"where rule = 'bg_nbd_no_purchase' and period_end = date '{period_end}' "
            "group by floor(10 * score_sum / customers) having sum(customers) >= 50"
        )
        distances = [(found - expected) ** 2 / variance for found, expected, variance in bins]
        assert len(bins) >= 6
        assert sum(distances) < stats.chi2.isf(1e-4, len(bins))
