"""Every number in print is computed again, compared to its last digit, and fails a build if out."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest
from dbt_project import PROJECT, Run, run_dbt
from test_published_numbers import PUBLISHED

from customer_lifecycle.certificates import (
    CERTIFICATE_SCHEMA,
    Sample,
    certificate_table,
    certificates,
)
from customer_lifecycle.markov import state_value
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.statistics import covariates, early_looks, power

Key = tuple[str, str, str]
WITHIN = "method_certificates_are_within_tolerance"
COMPLETE = "method_certificates_need_no_data_but_the_sample"


@pytest.fixture(scope="module")
def published() -> dict[Key, dict[str, str]]:
    """The rows of the seed."""
    with (PROJECT / "seeds" / "certificates" / "lifecycle_published_numbers.csv").open(
        encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    by_key = {(row["method"], row["dataset"], row["quantity"]): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


@pytest.fixture(scope="module")
def sample(cdnow: SimpleNamespace) -> Sample:
    """The sample straight from the text file, a row per customer."""
    return Sample(
        frequency=cdnow.frequency,
        recency=cdnow.recency,
        age=cdnow.age,
        holdout=cdnow.holdout,
        spend_frequency=cdnow.spend_frequency,
        spend=cdnow.mean_amount * cdnow.spend_frequency,
        customers=cdnow.weights,
    )


def tolerance(row: dict[str, str]) -> float:
    last_digit = Decimal(row["published"]).as_tuple().exponent
    return float(row["tolerance"] or Decimal(5).scaleb(last_digit - 1))


def out(values: dict[Key, float], published: dict[Key, dict[str, str]]) -> set[Key]:
    """Quantities that are not what is in print."""
    return {
        key
        for key, value in values.items()
        if not abs(value - float(published[key]["published"])) <= tolerance(published[key])
    }


def test_all_certificates_of_the_demo_build_are_within(
    cdnow_run: Run, published: dict[Key, dict[str, str]]
) -> None:
    rows = cdnow_run.records("from method_certificates")
    assert len(rows) >= 45
    assert {(row["method"], row["dataset"], row["quantity"]) for row in rows} == published.keys()
    for row in rows:
        seed = published[row["method"], row["dataset"], row["quantity"]]
        assert row["is_within"] is True, row
        assert row["published"] == float(seed["published"])
        assert row["tolerance"] == pytest.approx(tolerance(seed), rel=1e-12)
        assert row["absolute_error"] == abs(row["computed"] - row["published"])
        assert (row["source"], row["note"]) == (seed["source"], seed["note"] or None)


def test_the_build_computes_what_the_text_file_gives(cdnow_run: Run, sample: Sample) -> None:
    found = {
        tuple(key): computed
        for *key, computed in cdnow_run.rows(
            "select method, dataset, quantity, computed from method_certificates"
        )
    }
    assert found == pytest.approx(certificates(sample), rel=1e-8)


def test_what_is_in_print_is_what_is_computed(
    sample: Sample, published: dict[Key, dict[str, str]]
) -> None:
    values = certificates(sample)
    assert values.keys() == published.keys()
    assert not out(values, published)
    without_sample = certificates()
    assert without_sample.keys() == {key for key in published if key[1] != "cdnow_sample"}
    assert without_sample.items() <= values.items()


def test_the_seed_says_what_the_other_tests_say(published: dict[Key, dict[str, str]]) -> None:
    for model, (estimates, log_likelihood, _) in PUBLISHED.items():
        for quantity, number in {**estimates, "ln L": log_likelihood}.items():
            assert published[model, "cdnow_sample", quantity]["published"] == number


def test_every_other_tolerance_has_its_reason(published: dict[Key, dict[str, str]]) -> None:
    widened = []
    for key, row in published.items():
        if row["tolerance"]:
            assert row["note"]
            if tolerance(row) > tolerance({**row, "tolerance": ""}):
                widened.append((*key[::2], row["published"]))
    assert sorted(widened) == [
        ("pareto_nbd", "E[X(52) | x 10 t_x 20 T 39]", ".7062289"),
        ("pareto_nbd", "SE of beta", "6.2107"),
    ]


@pytest.mark.parametrize(
    ("owner", "function", "method"),
    [
        (BG_NBD, "expected_purchases", "bg_nbd"),
        (BG_NBD, "expected_purchases_new", "bg_nbd"),
        (PARETO_NBD, "probability_alive", "pareto_nbd"),
        (PARETO_NBD, "discounted_expected_residual_transactions", "pareto_nbd"),
        (NBD, "expected_purchases", "nbd"),
        (state_value, "value_horizon", "state_value"),
        (state_value, "value_infinite", "state_value"),
        (covariates, "slope", "cuped"),
        (early_looks, "e_values", "early_looks"),
        (power, "members_per_arm", "power"),
        (power, "power_of_means", "power"),
        (power, "members_per_arm_for_means", "power"),
    ],
)
def test_a_formula_that_is_off_by_a_thousandth_is_found(
    sample: Sample,
    published: dict[Key, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    function: str,
    method: str,
) -> None:
    right = getattr(owner, function)
    monkeypatch.setattr(owner, function, lambda *args, **named: right(*args, **named) * 1.001)
    found = out(certificates(sample), published)
    assert found
    assert {key[0] for key in found} == {method}


def test_wrong_parameters_are_found(
    sample: Sample, published: dict[Key, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Callable = gamma_gamma.fit

    def fit_of_wrong_money(x: np.ndarray, mean_amount: np.ndarray, weights: np.ndarray) -> object:
        return right(x, mean_amount * 1.0001, weights)

    monkeypatch.setattr(gamma_gamma, "fit", fit_of_wrong_money)
    assert out(certificates(sample), published) == {
        ("gamma_gamma", "cdnow_sample", "k"),
        ("gamma_gamma", "cdnow_sample", "ln L"),
    }


def test_too_few_customers_have_no_fits_and_no_certificates(
    sample: Sample, published: dict[Key, dict[str, str]]
) -> None:
    few = Sample(**{name: column[:20] for name, column in vars(sample).items()})
    values = certificates(few)
    assert {key for key in published if key[1] == "cdnow_sample"} == out(values, published)
    table = certificate_table(values)
    assert table.schema == CERTIFICATE_SCHEMA
    nulls = {
        (row["method"], row["quantity"]) for row in table.to_pylist() if row["computed"] is None
    }
    assert ("nbd", "holdout purchases") in nulls
    assert ("data", "customers") not in nulls


@pytest.fixture
def folder(tmp_path: Path, cdnow_sample_file: Path) -> Path:
    assert cdnow_sample_file.is_file()
    return tmp_path


def test_a_build_with_a_certificate_that_is_out_fails(folder: Path) -> None:
    first = run_dbt(folder, select=("+method_certificates",), leave_out=())
    assert first.succeeded, first.text
    assert first.statuses[WITHIN] == first.statuses[COMPLETE] == "pass"

    table = "main_internal.int_lifecycle__certificates"
    for change, quantity, failed in (
        (f"update {table} set computed = computed + .0002", "DERT", WITHIN),
        (f"update {table} set computed = null", "alpha", WITHIN),
        (f"delete from {table}", "E[X(52) | x 10", COMPLETE),
    ):
        with duckdb.connect(first.warehouse) as connection:
            connection.execute(f"create or replace table main_internal.kept as from {table}")
            connection.execute(f"{change} where starts_with(quantity, '{quantity}')")
        run = run_dbt(folder, select=("method_certificates",), leave_out=("unit_test",))
        assert not run.succeeded
        assert {name for name, status in run.troubles().items() if status == "fail"} == {failed}
        with duckdb.connect(first.warehouse) as connection:
            connection.execute(f"create or replace table {table} as from main_internal.kept")


def test_without_purchase_models_there_is_nothing_to_certify(tmp_path: Path) -> None:
    run = run_dbt(
        tmp_path,
        {"lifecycle_purchase_models": False},
        select=("+method_certificates",),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.value("select count(*) from method_certificates") == 0
    types = run.by_key("select column_name, column_type from (describe method_certificates)")
    assert types == {
        **dict.fromkeys(("method", "dataset", "quantity", "source", "note"), "VARCHAR"),
        **dict.fromkeys(("published", "computed", "absolute_error", "tolerance"), "DOUBLE"),
        "is_within": "BOOLEAN",
    }
