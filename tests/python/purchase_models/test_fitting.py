from itertools import product
from math import log
from types import SimpleNamespace

import numpy as np
import pytest
from purchase_world import every_model
from threadpoolctl import threadpool_info, threadpool_limits

from customer_lifecycle.purchase_models import fitting, gamma_gamma
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fitting import Fit, group_rows, sample_customers
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

TIME_PARAMETERS = {"alpha", "beta"}


def test_rows_are_sorted_and_merged() -> None:
    columns, weights = group_rows(([2, 1, 2, 1], [5, 7, 5, 6]), [1, 10, 100, 0])
    assert columns.tolist() == [[1, 2], [7, 5]]
    assert weights.tolist() == [10, 101]
    for number, (first, second) in enumerate(([5, 5], [6, 5], [5, 6])):  # merged, turned, as it is
        columns, weights = group_rows(([1, 1, 2], [first, second, 0]), [1, 10, 100])
        assert columns.tolist() == [[[1, 2], [5, 0]], *[[[1, 1, 2], [5, 6, 0]]] * 2][number]
        assert weights.tolist() == [[11, 100], [10, 1, 100], [1, 10, 100]][number]


def test_a_sample_takes_customers_at_even_distances() -> None:
    # Of 100 customers the 5th, 15th and so on: 4 of the first 40, then every tenth of the others.
    rows = np.array([np.r_[7, np.arange(60)], np.r_[40, np.ones(60)]])
    assert sample_customers(rows, 10).tolist() == [
        [7, 4, 14, 24, 34, 44, 54],
        [4, 1, 1, 1, 1, 1, 1],
    ]


@every_model
def test_all_models_are_found_by_their_name(model: PurchaseModel) -> None:
    assert PURCHASE_MODELS[model.NAME] is model


@every_model
def test_grouped_customers_are_the_same_customers(
    model: PurchaseModel, cdnow: SimpleNamespace
) -> None:
    single = model.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    columns, weights = group_rows((cdnow.frequency, cdnow.recency, cdnow.age), cdnow.weights)
    order = np.random.default_rng(1).permutation(weights.size)
    assert weights.size < cdnow.weights.size
    assert model.fit(*columns[:, order], weights[order]) == single
    assert model.log_likelihood(single.estimates, *columns, weights) == pytest.approx(
        single.log_likelihood, rel=1e-13
    )


def assert_same(fit: Fit, other: Fit) -> None:
    assert fit.estimates == pytest.approx(other.estimates, rel=1e-9)
    assert fit.standard_errors == pytest.approx(other.standard_errors, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-13)
    assert (fit.customers, fit.state_groups) == (other.customers, other.state_groups)
    assert fit.serves_forecasts


@every_model
@pytest.mark.parametrize("sampled", [20, 100, 400])
def test_many_groups_start_from_a_sample_and_end_the_same(
    model: PurchaseModel, cdnow: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, sampled: int
) -> None:
    rows = (cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    whole = model.fit(*rows)
    monkeypatch.setattr(fitting, "SAMPLE_SIZES", (sampled, 3 * sampled))
    monkeypatch.setattr(fitting, "SAMPLE_WORTHWHILE", 1)
    assert_same(model.fit(*rows), whole)


def test_many_amounts_start_from_a_sample_and_end_the_same(
    cdnow: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (cdnow.spend_frequency, cdnow.mean_amount, cdnow.weights)
    whole = gamma_gamma.fit(*rows)
    monkeypatch.setattr(fitting, "SAMPLE_SIZES", (200,))
    monkeypatch.setattr(fitting, "SAMPLE_WORTHWHILE", 1)
    assert_same(gamma_gamma.fit(*rows), whole)


@every_model
def test_a_sample_that_leads_nowhere_does_no_harm(
    model: PurchaseModel, cdnow: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    whole = model.fit(*rows)
    monkeypatch.setattr(fitting, "SAMPLE_SIZES", (200,))
    monkeypatch.setattr(fitting, "SAMPLE_WORTHWHILE", 1)
    # Nobody of this sample comes back: its parameters run away.
    monkeypatch.setattr(fitting, "sample_customers", lambda rows, _: rows[:, rows[0] == 0])
    assert model.fit(*rows) == whole


def test_a_fit_holds_every_blas_to_one_thread_and_gives_the_others_back() -> None:
    def blas_threads() -> list[int]:
        pools = threadpool_info()
        return [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]

    meanwhile: set[int] = set()

    def normal(parameters: np.ndarray, column: np.ndarray, weights: np.ndarray) -> tuple:
        meanwhile.update(blas_threads())
        return -np.sum(weights * (parameters - column) ** 2), -2 * np.sum(
            weights * (parameters - column), keepdims=True
        )

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        fit = fitting.maximise(
            "normal", ("mean",), normal, [np.array([1.0, 2.0])], np.ones(2), [[1.0]], 1.0, 0.0
        )
        assert fit.estimates == pytest.approx([1.5])
        assert set(before) == {2}
        assert blas_threads() == before
    assert meanwhile == {1}


@every_model
@pytest.mark.parametrize("weeks_per_unit", [1 / 7, 365.25 / 7])
def test_days_and_years_give_the_same_answer_as_weeks(
    model: PurchaseModel, cdnow: SimpleNamespace, weeks_per_unit: float
) -> None:
    fits = [
        model.fit(cdnow.frequency, cdnow.recency / unit, cdnow.age / unit, cdnow.weights)
        for unit in (1, weeks_per_unit)
    ]
    weeks, other = fits
    scale = np.where([name in TIME_PARAMETERS for name in model.PARAMETERS], weeks_per_unit, 1)
    assert np.multiply(other.estimates, scale) == pytest.approx(weeks.estimates, rel=1e-9)
    assert np.multiply(other.standard_errors, scale) == pytest.approx(
        weeks.standard_errors, rel=1e-6
    )
    assert other.log_likelihood == pytest.approx(
        weeks.log_likelihood + cdnow.frequency.sum() * log(weeks_per_unit), rel=1e-12
    )
    assert other.gradient_norm < 1e-12


@every_model
def test_standard_errors_come_from_the_curvature(
    model: PurchaseModel, cdnow: SimpleNamespace
) -> None:
    fit = model.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    rows = (cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    shifts = np.diag(1e-3 * np.asarray(fit.estimates))

    def value(*shift: np.ndarray) -> float:
        return model.log_likelihood(np.add(fit.estimates, np.sum(shift, axis=0)), *rows)

    def second_difference(by: np.ndarray, and_by: np.ndarray) -> float:
        corners = [s * t * value(s * by, t * and_by) for s, t in product((1, -1), repeat=2)]
        return sum(corners) / (4 * by.sum() * and_by.sum())

    hessian = np.array([[second_difference(by, and_by) for by in shifts] for and_by in shifts])
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    assert fit.standard_errors == pytest.approx(errors, rel=1e-4)


@every_model
def test_information_criteria(model: PurchaseModel, cdnow: SimpleNamespace) -> None:
    fit = model.fit(cdnow.frequency, cdnow.recency, cdnow.age, cdnow.weights)
    count = len(model.PARAMETERS)
    assert fit.aic == pytest.approx(2 * count - 2 * fit.log_likelihood)
    assert fit.bic == pytest.approx(count * log(2357) - 2 * fit.log_likelihood)


NOBODY_RETURNS = ([0] * 60, [0] * 60, list(range(60)), [1] * 60)


@every_model
@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (([], [], [], []), "too_few_customers"),
        (([3], [5], [9], [49]), "too_few_customers"),
        (([3], [5], [9], [0]), "too_few_customers"),
        (NOBODY_RETURNS, "no_repeat_purchases"),
        (([1], [0], [0], [60]), "no_observed_time"),
        (([1], [5], [np.nan], [60]), "invalid_values"),
        (([1], [5], [-9], [60]), "invalid_values"),
        (([1, 2], [5, 5], [9, 9], [60, -1]), "invalid_values"),
    ],
)
def test_no_fit_says_why(model: PurchaseModel, rows: tuple, reason: str) -> None:
    fit = model.fit(*rows)
    assert fit.not_fitted_reason == reason
    assert not fit.serves_forecasts
    assert np.isnan([*fit.estimates, *fit.standard_errors, fit.log_likelihood]).all()
    assert fit.state_groups == sum(weight != 0 for weight in rows[3])


@every_model
def test_the_minimum_number_of_customers_can_be_set(model: PurchaseModel) -> None:
    assert model.fit([], [], [], [], minimum_customers=0).not_fitted_reason == "no_repeat_purchases"
    rows = ([0, 2, 5], [0, 4, 8], [9, 9, 9], [8, 3, 1])
    assert model.fit(*rows).not_fitted_reason == "too_few_customers"
    assert model.fit(*rows, minimum_customers=12).not_fitted_reason is None


RUNAWAYS = {
    "one state": ([3], [10], [20], [100]),
    "one state, just bought": ([3], [20], [20], [100]),
    "everyone once": ([1] * 100, np.arange(100) / 10, np.arange(100) / 5, [1] * 100),
    "the same rate for all": (np.arange(1, 80), np.arange(1, 80), np.arange(1, 80), [5] * 79),
}


@every_model
@pytest.mark.parametrize("sampled", [10, fitting.SAMPLE_SIZES[0]])
@pytest.mark.parametrize("rows", RUNAWAYS.values(), ids=RUNAWAYS)
def test_a_fit_that_runs_away_is_flagged(
    model: PurchaseModel, rows: tuple, monkeypatch: pytest.MonkeyPatch, sampled: int
) -> None:
    monkeypatch.setattr(fitting, "SAMPLE_SIZES", (sampled, 3 * sampled))
    monkeypatch.setattr(fitting, "SAMPLE_WORTHWHILE", 1)
    fit = model.fit(*rows)
    assert fit.is_at_boundary
    assert not fit.is_converged
    assert fit.serves_forecasts
    assert fit.gradient_norm <= fitting.LIMIT_TOLERANCE
    assert np.isnan(fit.standard_errors).all()
    assert np.isfinite([*fit.estimates, fit.log_likelihood]).all()


@every_model
def test_thousands_of_purchases_and_brand_new_customers(model: PurchaseModel) -> None:
    x = np.r_[np.zeros(40), np.random.default_rng(3).integers(100, 3000, 60)]
    age = np.r_[np.zeros(40), np.full(60, 500.0)]
    fit = model.fit(x, age * np.r_[np.zeros(40), np.linspace(0.5, 1, 60)], age, np.ones(100))
    assert np.isfinite([*fit.estimates, fit.log_likelihood]).all()
    assert fit.is_converged or fit.is_at_boundary
