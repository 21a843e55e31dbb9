"""Models compared on held-out time: the published figures, and what a comparison must add up to."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, run_dbt
from purchase_world import PARAMETERS as PARAMETERS_OF
from purchase_world import every_model
from scipy.stats import nbinom, poisson

from customer_lifecycle.forecasts.holdout import (
    HoldoutForecast,
    chosen_forecast,
    forecasts_by_model,
    holdout_forecast,
    holdout_states,
    holdout_sums,
    tracking_curves,
)
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.shops.simulate import PRESETS, write_inputs

PARAMETERS = (0.24259, 4.41360, 0.79292, 2.42591)
NAIVE = {"naive_same_rate", "naive_mean", "naive_zero"}
COMPARISON = (
    "+purchase_model_comparison",
    "+purchase_model_calibration",
    "+purchase_model_tracking",
)


@pytest.fixture(scope="module")
def holdout_run(tmp_path_factory: pytest.TempPathFactory, cdnow_sample_file: Path) -> Run:
    """The 1/10 sample with the 39 weeks of holdout that the papers have."""
    run = run_dbt(
        tmp_path_factory.mktemp("holdout"),
        {
            "lifecycle_input_dir": str(cdnow_sample_file.parent),
            "lifecycle_holdout_start": "1997-10-01",
        },
        select=COMPARISON,
    )
    assert run.succeeded, run.text
    return run


def test_totals_and_errors_are_the_published_ones(holdout_run: Run, printed: Callable) -> None:
    published = {
        "nbd": ("2929.8", "1.041"),
        "bg_nbd": ("1653.4", ".7855"),
        "mbg_nbd": ("1576.7", ".7648"),
        "pareto_nbd": ("1665.5", ".7545"),
        "naive_zero": ("0", ".7985"),
    }
    rows = {row["model"]: row for row in holdout_run.records("from purchase_model_comparison")}
    for model, (total, error) in published.items():
        assert rows[model]["predicted"] == printed(total), model
        assert rows[model]["mae"] == printed(error), model
    for row in rows.values():
        assert (row["actual"], row["customers"]) == (1882, 2357)
        assert row["bias"] == row["predicted"] - 1882
        assert (row["holdout_start"], row["holdout_end"]) == (date(1997, 10, 1), date(1998, 6, 30))


def test_the_best_model_is_chosen_and_no_naive_one(holdout_run: Run) -> None:
    rows = holdout_run.records("from purchase_model_comparison order by model_rank")
    assert [row["model_rank"] for row in rows] == list(range(1, 8))
    scores = [row["log_score"] for row in rows]
    assert scores[-1] is None
    assert rows[-1]["model"] == "naive_zero"
    assert scores[:-1] == sorted(scores[:-1], reverse=True)
    # What cannot be told apart in the holdout, the likelihood of all the data tells apart (BIC).
    fits = holdout_run.by_key(
        "select model, min(bic) from main_internal.int_lifecycle__fitted_parameters "
        "where segment = 'all' and model not like 'gamma%' group by model"
    )
    gaps = holdout_run.by_key(
        "select model, score_gap - 2 * score_gap_standard_error "
        "from main_internal.int_lifecycle__model_errors where model not like 'naive%'"
    )
    tied = [model for model, gap in gaps.items() if gap <= 0]
    assert [row["model"] for row in rows if row["is_chosen"]] == [min(tied, key=fits.get)]
    assert "nbd" not in tied


def test_log_scores_recomputed(holdout_run: Run, cdnow: SimpleNamespace) -> None:
    """The NBD's by scipy, with the parameters in print."""
    r, alpha = 0.38477, 12.0720
    share = (alpha + cdnow.age) / (alpha + cdnow.age + 39)
    score = nbinom.logpmf(cdnow.holdout, r + cdnow.frequency, share).mean()
    mean = cdnow.frequency.sum() / cdnow.age.sum()
    found = holdout_run.by_key("select model, log_score from purchase_model_comparison")
    assert found["nbd"] == pytest.approx(score, rel=1e-4)
    assert found["naive_mean"] == pytest.approx(
        poisson.logpmf(cdnow.holdout, mean * 39).mean(), rel=1e-4
    )


def test_errors_and_calibration_recomputed(holdout_run: Run, cdnow: SimpleNamespace) -> None:
    """From the text file, and with the parameters in print."""
    expected = BG_NBD.expected_purchases(PARAMETERS, 39, cdnow.frequency, cdnow.recency, cdnow.age)
    assert holdout_run.by_key("select model, rmse from purchase_model_comparison")[
        "bg_nbd"
    ] == pytest.approx(np.sqrt(np.mean((expected - cdnow.holdout) ** 2)), rel=1e-4)
    rows = holdout_run.records(
        "from purchase_model_calibration where model = 'bg_nbd' order by repeat_purchases"
    )
    assert [row["repeat_purchases"] for row in rows] == sorted(set(cdnow.frequency))
    for row in rows:
        with_as_many = cdnow.frequency == row["repeat_purchases"]
        assert row["customers"] == with_as_many.sum()
        assert row["actual_mean"] == pytest.approx(cdnow.holdout[with_as_many].mean(), rel=1e-12)
        assert row["expected_mean"] == pytest.approx(expected[with_as_many].mean(), rel=1e-3)


def test_tracking_adds_up(holdout_run: Run, cdnow: SimpleNamespace) -> None:
    """All repeat purchases of the log, and the expectation of the whole from first days alone."""
    last = holdout_run.records(
        "from purchase_model_tracking where model = 'bg_nbd' order by week_start desc limit 1"
    )[0]
    assert last["cumulative_actual"] == cdnow.frequency.sum() + cdnow.holdout.sum()
    assert last["cumulative_expected"] == pytest.approx(
        BG_NBD.expected_purchases_new(PARAMETERS, cdnow.age + 39).sum(), rel=1e-4
    )
    weeks = holdout_run.rows(
        "select week_start, actual, cumulative_actual, expected, cumulative_expected "
        "from purchase_model_tracking where model = 'pareto_nbd' order by week_start"
    )
    assert {later[0] - earlier[0] for earlier, later in pairwise(weeks)} == {timedelta(7)}
    assert date(1997, 10, 1) in {week[0] for week in weeks}
    assert np.cumsum([week[1] for week in weeks]).tolist() == [week[2] for week in weeks]
    assert np.cumsum([week[3] for week in weeks]) == pytest.approx([week[4] for week in weeks])


def test_the_true_model_is_unbiased_and_beats_the_naive_ones(tmp_path: Path) -> None:
    """20,000 simulated customers of a BG/NBD; purchases of a customer vary, sums hardly do."""
    shop = PRESETS["shop"]
    write_inputs(tmp_path / "shop", shop, 20_000, seed=20240229)
    run = run_dbt(
        tmp_path,
        {"lifecycle_input_dir": "shop", "lifecycle_as_of_date": str(shop.end)},
        select=COMPARISON,
    )
    assert run.succeeded, run.text
    rows = {row["model"]: row for row in run.records("from purchase_model_comparison")}
    # The errors of the customers are independent, each with about this standard deviation.
    true = rows["bg_nbd"]
    assert abs(true["bias"]) < 4 * true["rmse"] * true["customers"] ** 0.5
    assert true["rmse"] < min(
        row["rmse"] for model, row in rows.items() if model.startswith("naive")
    )
    assert true["rmse"] < rows["nbd"]["rmse"]


def test_forecasts_and_curves_of_each_model() -> None:
    states = states_of([(0, 0, 70, 0, 3), (2, 213, 272, 1, 1)])
    pareto = (0.55328, 10.5777, 0.60624, 11.6687)
    parameters = {"bg_nbd": PARAMETERS, "pareto_nbd": pareto}
    forecasts = dict(forecasts_by_model(states, parameters, 273))
    assert forecasts.keys() == {*parameters, *NAIVE}
    # The customer in print.
    assert forecasts["bg_nbd"].expected[1] == pytest.approx(1.226, abs=0.0005)
    assert dict(forecasts_by_model(states, {}, 273)).keys() == NAIVE

    curve = tracking_curves({"pareto_nbd": pareto}, 14).to_pylist()
    assert [row["age_days"] for row in curve] == list(range(15))
    assert curve[14]["expected_purchases"] == PARETO_NBD.expected_purchases_new(pareto, 2)
    assert curve[0]["expected_purchases"] == 0


# ---------------------------------------------------------------- the score


def states_of(rows: list[tuple[int, int, int, int, int]]) -> pa.Table:
    """Rows of repeat purchases, recency, age, purchases in the holdout, and customers."""
    names = ("repeat_purchases", "recency_days", "age_days", "holdout_purchases", "customers")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


MANY = [(x, 7 * x, 210 + 70 * x, came, 1 + x) for x in (0, 1, 4) for came in (0, 1, 2, 9)]


def forecasts_of(parameters: dict) -> dict[str, HoldoutForecast]:
    return dict(forecasts_by_model(states_of(MANY), parameters, 182))


def test_scores_of_the_nbd_and_its_ends_are_those_of_the_distributions() -> None:
    """Negative binomial; the rate so far with no prior, and a Poisson of the rate of all."""
    r, alpha = PARAMETERS_OF["nbd"]
    found = forecasts_of({"nbd": (r, alpha)})
    x, _, age, came, customers = np.array(MANY, dtype=float).T
    age, weeks = age / 7, 26.0
    of_nbd = nbinom(r + x, (alpha + age) / (alpha + age + weeks))
    assert found["nbd"].log_score == pytest.approx(of_nbd.logpmf(came), rel=1e-10)
    assert found["nbd"].chance == pytest.approx(of_nbd.sf(0), rel=1e-10)
    assert found["nbd"].expected == pytest.approx(of_nbd.mean(), rel=1e-10)

    mean = np.sum(customers * x) / np.sum(customers * age)
    of_all = poisson(mean * weeks)
    found_mean = found["naive_mean"]
    assert found_mean.log_score == pytest.approx(of_all.logpmf(came), rel=1e-4)
    assert found_mean.expected == pytest.approx(np.full(x.size, mean * weeks), rel=1e-4)

    again = x > 0
    same = nbinom(x[again], age[again] / (age[again] + weeks))
    found_same = found["naive_same_rate"]
    assert found_same.log_score[again] == pytest.approx(same.logpmf(came[again]), rel=1e-6)
    assert found_same.expected == pytest.approx(x / age * weeks, rel=1e-6, abs=1e-9)

    zero = found["naive_zero"]
    assert np.isnan(zero.log_score).all()
    assert not zero.expected.any()
    assert not zero.chance.any()


@every_model
def test_scores_are_logs_of_probabilities_that_add_up(model: PurchaseModel) -> None:
    parameters = PARAMETERS_OF[model.NAME]
    for x, recency, age in ((0, 0, 200), (3, 100, 140), (3, 10, 300)):
        rows = states_of([(x, recency, age, came, 1) for came in range(400)])
        forecast = holdout_forecast(model, parameters, holdout_states(rows), 182)
        chances = np.exp(forecast.log_score)
        assert chances.sum() == pytest.approx(1, rel=1e-9)
        assert chances[1:].sum() == pytest.approx(forecast.chance[0])
        assert chances @ np.arange(400) == pytest.approx(forecast.expected[0], rel=1e-7)


def test_the_rate_of_all_is_missing_when_nobody_has_bought_again() -> None:
    found = dict(forecasts_by_model(states_of([(0, 0, 70, 0, 3)]), {}, 91))
    assert found.keys() == NAIVE - {"naive_mean"}


# ---------------------------------------------------------------- the sums


def test_sums_are_those_of_the_customers_one_by_one() -> None:
    """Each customer by themselves, and the best model by the larger sum of the scores."""
    parameters = {name: PARAMETERS_OF[name] for name in ("nbd", "bg_nbd")}
    forecasts = forecasts_of(parameters)
    rows = holdout_sums(states_of(MANY), parameters, 182).to_pylist()
    assert len(rows) == len(forecasts) * 3
    customers = [(x, came, n) for x, _, _, came, n in MANY]

    def total(values: np.ndarray, repeats: int) -> float:
        return sum(
            value
            for value, (x, _, number) in zip(values, customers, strict=True)
            for _ in range(number)
            if x == repeats
        )

    score = {
        name: sum(total(forecasts[name].log_score, repeats) for repeats in (0, 1, 4))
        for name in parameters
    }
    best = forecasts[max(score, key=score.get)].log_score
    assert score["nbd"] != score["bg_nbd"]
    came = np.array([purchases for _, purchases, _ in customers])
    for row in rows:
        forecast, repeats = forecasts[row["model"]], row["repeat_purchases"]
        assert row["customers"] == total(np.ones(len(MANY)), repeats)
        assert row["purchases"] == total(came, repeats)
        error = forecast.expected - came
        for name, values in {
            "expected_purchases": forecast.expected,
            "expected_returned": forecast.chance,
            "absolute_error": abs(error),
            "squared_error": error * error,
            "log_score": forecast.log_score,
            "score_gap": best - forecast.log_score,
            "squared_score_gap": (best - forecast.log_score) ** 2,
        }.items():
            if row["model"] == "naive_zero" and "score" in name:
                assert row[name] is None
            else:
                assert row[name] == pytest.approx(total(values, repeats), rel=1e-12, abs=1e-12)


def test_sums_without_a_model_or_without_customers() -> None:
    rows = holdout_sums(states_of(MANY), {}, 182).to_pylist()
    assert {row["model"] for row in rows} == NAIVE
    assert {row["score_gap"] for row in rows} == {None}
    nobody = states_of(MANY).slice(0, 0)
    assert holdout_sums(nobody, {"bg_nbd": PARAMETERS}, 182).num_rows == 0


def test_the_chosen_models_forecast_stands_beside_the_states() -> None:
    states, parameters = states_of(MANY), {"bg_nbd": PARAMETERS}
    table = chosen_forecast(states, "bg_nbd", parameters, 182)
    forecast = forecasts_of(parameters)["bg_nbd"]
    assert table.select(states.column_names).equals(states)
    assert table["probability_alive"].to_numpy().tolist() == forecast.alive.tolist()
    assert table["probability_purchase"].to_numpy().tolist() == forecast.chance.tolist()
    assert table["expected_purchases"].to_numpy().tolist() == forecast.expected.tolist()
    for chosen in (None, "nbd"):
        none = chosen_forecast(states, chosen, parameters, 182)
        assert none.num_rows == 0
        assert none.column_names == table.column_names
