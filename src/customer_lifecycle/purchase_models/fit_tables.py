"""Fits as a table, for SQL to show, test and join, and what is read back from it."""

from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from customer_lifecycle.purchase_models.fitting import Fit

POOLED = "all"
"""The segment of all customers together."""

FIT_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("segment", pa.string()),
        ("parameter", pa.string()),
        ("fitted_on", pa.date32()),
        ("estimate", pa.float64()),
        ("standard_error", pa.float64()),
        ("log_likelihood", pa.float64()),
        ("aic", pa.float64()),
        ("bic", pa.float64()),
        ("customers", pa.int64()),
        ("state_groups", pa.int64()),
        ("gradient_norm", pa.float64()),
        ("iterations", pa.int64()),
        ("is_converged", pa.bool_()),
        ("is_at_boundary", pa.bool_()),
        ("not_fitted_reason", pa.string()),
    ]
)


class FittedModel(Protocol):
    """Any model whose fits are kept: its name, and its parameters in the order it takes them."""

    NAME: str
    PARAMETERS: tuple[str, ...]


def fit_table(fits: Sequence[Fit], segment: str, fitted_on: date) -> pa.Table:
    """Lay out fits as one row per model and parameter.

    Parameters
    ----------
    fits : sequence of Fit
    segment : str
        The customers they were fitted to.
    fitted_on : date
        As-of date of the data.

    Returns
    -------
    pyarrow.Table
        With :data:`FIT_SCHEMA`. A number that does not exist is null, never NaN.
    """
    rows = [
        {
            "model": fit.model,
            "segment": segment,
            "parameter": parameter,
            "fitted_on": fitted_on,
            "estimate": _or_null(estimate),
            "standard_error": _or_null(standard_error),
            "log_likelihood": _or_null(fit.log_likelihood),
            "aic": _or_null(fit.aic),
            "bic": _or_null(fit.bic),
            "customers": fit.customers,
            "state_groups": fit.state_groups,
            "gradient_norm": _or_null(fit.gradient_norm),
            "iterations": fit.iterations,
            "is_converged": fit.is_converged,
            "is_at_boundary": fit.is_at_boundary,
            "not_fitted_reason": fit.not_fitted_reason,
        }
        for fit in fits
        for parameter, estimate, standard_error in zip(
            fit.parameters, fit.estimates, fit.standard_errors, strict=True
        )
    ]
    return pa.Table.from_pylist(rows, schema=FIT_SCHEMA)


def parameters_by_segment(fits: pa.Table, model: FittedModel) -> dict[str, list[float]]:
    """Read the estimates of a model where its fit serves forecasts.

    Parameters
    ----------
    fits : pyarrow.Table
        Rows of :func:`fit_table` with ``serves_forecasts``.
    model : FittedModel

    Returns
    -------
    dict of str to list of float
        By segment, in the order of the model's parameters.
    """
    serves = (pc.field("model") == model.NAME) & pc.field("serves_forecasts")
    by_segment: dict[str, dict[str, float]] = {}
    for row in fits.filter(serves).select(["segment", "parameter", "estimate"]).to_pylist():
        by_segment.setdefault(row["segment"], {})[row["parameter"]] = row["estimate"]
    return {
        segment: [estimates[name] for name in model.PARAMETERS]
        for segment, estimates in by_segment.items()
    }


def parameters_of(fits: pa.Table, model: FittedModel) -> list[float] | None:
    """Read the estimates that all customers gave; None where that fit does not serve."""
    return parameters_by_segment(fits, model).get(POOLED)


def _or_null(value: float) -> float | None:
    return value if isfinite(value) else None
