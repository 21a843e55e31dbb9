"""Fits as a table, for SQL to show, test and join."""

from collections.abc import Sequence
from datetime import date
from math import isfinite

import duckdb
import pyarrow as pa

from customer_lifecycle.forecasts.segments import MODELS, POOLED
from customer_lifecycle.purchase_models.fitting import Fit

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


def parameters_by_segment(
    fits: duckdb.DuckDBPyRelation,
) -> dict[str, dict[str, list[float]]]:
    """Read the estimates of the fits that serve forecasts.

    Parameters
    ----------
    fits : duckdb.DuckDBPyRelation
        Rows of :func:`fit_table` with ``serves_forecasts``.

    Returns
    -------
    dict of str to dict of str to list of float
        By segment and model, in the order of the model's parameters; a fit that does not serve is
        left out.
    """
    by_segment: dict[str, dict[str, dict[str, float]]] = {}
    for segment, model, parameter, estimate in (
        fits.filter("serves_forecasts").project("segment, model, parameter, estimate").fetchall()
    ):
        by_segment.setdefault(segment, {}).setdefault(model, {})[parameter] = estimate
    return {
        segment: {
            name: [by_model[name][parameter] for parameter in model.PARAMETERS]
            for name, model in MODELS.items()
            if name in by_model
        }
        for segment, by_model in by_segment.items()
    }


def parameters_by_model(fits: duckdb.DuckDBPyRelation) -> dict[str, list[float]]:
    """Read the estimates that all customers gave, by model; see :func:`parameters_by_segment`."""
    return parameters_by_segment(fits).get(POOLED, {})


def parameters_of(
    fits: duckdb.DuckDBPyRelation, model: str, parameters: Sequence[str]
) -> list[float] | None:
    """Read the estimates of one model, of any kind, if its fit serves.

    Parameters
    ----------
    fits : duckdb.DuckDBPyRelation
        Rows of :func:`fit_table` with ``serves_forecasts``.
    model : str
    parameters : sequence of str
        Names of its parameters.

    Returns
    -------
    list of float or None
        In the order of the names; None when the model was not fitted or does not serve.
    """
    rows = fits.filter(duckdb.ColumnExpression("model") == duckdb.ConstantExpression(model)).filter(
        "segment = 'all' and serves_forecasts"
    )
    estimates = dict(rows.project("parameter, estimate").fetchall())
    return [estimates[name] for name in parameters] if estimates else None


def _or_null(value: float) -> float | None:
    return value if isfinite(value) else None
