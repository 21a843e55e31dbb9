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

from customer_lifecycle.forecasts.holdout import holdout_forecasts, tracking_curves
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.shops.simulate import PRESETS, write_inputs

PARAMETERS = (0.24259, 4.41360, 0.79292, 2.42591)
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
    assert [row["rmse"] for row in rows] == sorted(row["rmse"] for row in rows)
    assert [row["model"] for row in rows if row["is_chosen"]] == ["pareto_nbd"]


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


def test_forecasts_and_curves_have_a_row_per_model_and_state() -> None:
    states = pa.table({"repeat_purchases": [0, 2], "recency_days": [0, 213], "age_days": [70, 272]})
    pareto = (0.55328, 10.5777, 0.60624, 11.6687)
    forecasts = holdout_forecasts(
        states, {"bg_nbd": PARAMETERS, "pareto_nbd": pareto}, 273
    ).to_pylist()
    assert [(row["model"], row["age_days"]) for row in forecasts] == [
        ("bg_nbd", 70),
        ("bg_nbd", 272),
        ("pareto_nbd", 70),
        ("pareto_nbd", 272),
    ]
    # The customer in print.
    assert forecasts[1]["expected_purchases"] == pytest.approx(1.226, abs=0.0005)
    assert holdout_forecasts(states, {}, 273).num_rows == 0

    curve = tracking_curves({"pareto_nbd": pareto}, 14).to_pylist()
    assert [row["age_days"] for row in curve] == list(range(15))
    assert curve[14]["expected_purchases"] == PARETO_NBD.expected_purchases_new(pareto, 2)
    assert curve[0]["expected_purchases"] == 0
