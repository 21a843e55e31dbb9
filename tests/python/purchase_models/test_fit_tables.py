from datetime import date
from math import nan

import pytest

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.fit_tables import FIT_SCHEMA, fit_table
from customer_lifecycle.purchase_models.fitting import Fit
from customer_lifecycle.purchase_models.nbd import NBD

GOOD = Fit(
    model="nbd",
    parameters=("r", "alpha"),
    estimates=(0.5, 12.0),
    standard_errors=(0.1, 2.0),
    log_likelihood=-100.0,
    customers=60,
    state_groups=40,
    gradient_norm=1e-15,
    iterations=9,
    is_converged=True,
    is_at_boundary=False,
)


def test_one_row_per_model_and_parameter() -> None:
    table = fit_table([GOOD, NBD.fit([], [], [], [])], "all", date(1997, 9, 30))
    assert table.schema == FIT_SCHEMA
    assert table["parameter"].to_pylist() == ["r", "alpha", "r", "alpha"]
    first = table.to_pylist()[0]
    assert first.pop("bic") == pytest.approx(2 * 4.0943445622221 + 200)  # ln 60
    assert first == {
        "model": "nbd",
        "segment": "all",
        "parameter": "r",
        "fitted_on": date(1997, 9, 30),
        "estimate": 0.5,
        "standard_error": 0.1,
        "log_likelihood": -100.0,
        "aic": 204.0,
        "customers": 60,
        "state_groups": 40,
        "gradient_norm": 1e-15,
        "iterations": 9,
        "is_converged": True,
        "is_at_boundary": False,
        "not_fitted_reason": None,
    }


def test_what_does_not_exist_is_null() -> None:
    row = fit_table([NBD.fit([], [], [], [])], "all", date(2024, 1, 1)).to_pylist()[0]
    assert row["not_fitted_reason"] == "too_few_customers"
    for column in ("estimate", "standard_error", "log_likelihood", "aic", "bic", "gradient_norm"):
        assert row[column] is None
    assert row["customers"] == 0
    assert row["is_converged"] is False


def test_a_fit_at_the_boundary_is_shown_and_flagged() -> None:
    fit = BG_NBD.fit([3], [10], [20], [100])
    rows = fit_table([fit], "all", date(2024, 1, 1)).to_pylist()
    assert [row["estimate"] for row in rows] == list(fit.estimates)
    assert all(row["standard_error"] is None for row in rows)
    assert all(row["is_at_boundary"] for row in rows)


def test_no_fits_give_an_empty_table_of_the_same_columns() -> None:
    table = fit_table([], "all", date(2024, 1, 1))
    assert table.num_rows == 0
    assert table.schema == FIT_SCHEMA


@pytest.mark.parametrize(
    ("change", "serves"),
    [
        ({}, True),
        ({"is_converged": False, "is_at_boundary": True}, True),  # the limit of the model
        ({"is_converged": False, "not_fitted_reason": "did_not_converge"}, False),
        ({"not_fitted_reason": "too_few_customers", "estimates": (nan, nan)}, False),
    ],
)
def test_a_maximum_or_its_limit_serves_forecasts(change: dict, serves: bool) -> None:
    assert Fit(**(vars(GOOD) | change)).serves_forecasts is serves
