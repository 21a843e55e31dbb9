"""What fitted purchase models say of held-out time, for SQL to compare with what happened."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.forecasts.by_state import expected_purchases
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS

DAYS_PER_WEEK = 7

FORECAST_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("repeat_purchases", pa.int64()),
        ("recency_days", pa.int64()),
        ("age_days", pa.int64()),
        ("expected_purchases", pa.float64()),
    ]
)
CURVE_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("age_days", pa.int64()),
        ("expected_purchases", pa.float64()),
    ]
)


def holdout_forecasts(
    states: pa.Table, parameters: Mapping[str, Sequence[float]], holdout_days: int
) -> pa.Table:
    """Forecast the purchase days of the holdout from the states at the calibration end.

    Parameters
    ----------
    states : pyarrow.Table
        Distinct states: ``repeat_purchases``, ``recency_days`` (first purchase to the last) and
        ``age_days`` (observed since the first purchase), int64.
    parameters : mapping of str to sequence of float
        By the name of a model in
        :data:`~customer_lifecycle.purchase_models.family.PURCHASE_MODELS`, times in weeks.
    holdout_days : int
        Length of the holdout.

    Returns
    -------
    pyarrow.Table
        With :data:`FORECAST_SCHEMA`, one row per model and state.

    Raises
    ------
    KeyError
        If there is no model of a name.
    """
    days = [
        states[column].to_numpy() for column in ("repeat_purchases", "recency_days", "age_days")
    ]
    frequency, recency, age = (column.astype(float) for column in days)
    tables = [FORECAST_SCHEMA.empty_table()]
    for name, estimates in parameters.items():
        (expected,) = expected_purchases(
            PURCHASE_MODELS[name],
            estimates,
            [holdout_days / DAYS_PER_WEEK],
            frequency,
            recency / DAYS_PER_WEEK,
            age / DAYS_PER_WEEK,
        )
        tables.append(pa.table([[name] * len(expected), *days, expected], schema=FORECAST_SCHEMA))
    return pa.concat_tables(tables)


def tracking_curves(parameters: Mapping[str, Sequence[float]], longest_age_days: int) -> pa.Table:
    """Repeat purchase days expected of a new customer up to each age.

    Parameters
    ----------
    parameters : mapping of str to sequence of float
        As in :func:`holdout_forecasts`.
    longest_age_days : int
        Age to end with.

    Returns
    -------
    pyarrow.Table
        With :data:`CURVE_SCHEMA`, one row per model and age from 0 days on.

    Raises
    ------
    KeyError
        If there is no model of a name.
    """
    ages = np.arange(longest_age_days + 1)
    tables = [CURVE_SCHEMA.empty_table()]
    for name, estimates in parameters.items():
        expected = PURCHASE_MODELS[name].expected_purchases_new(estimates, ages / DAYS_PER_WEEK)
        tables.append(pa.table([[name] * len(ages), ages, expected], schema=CURVE_SCHEMA))
    return pa.concat_tables(tables)
