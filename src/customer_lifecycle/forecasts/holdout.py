"""What fitted purchase models say of held-out time, for SQL to compare with what happened."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import parameters_of
from customer_lifecycle.purchase_models.states import (
    DAYS_PER_WEEK,
    STATE_COLUMNS,
    states_in_weeks,
)

FORECAST_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        *((column, pa.int64()) for column in STATE_COLUMNS),
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


def parameters_by_model(fits: pa.Table) -> dict[str, list[float]]:
    """Read the estimates of the purchase models whose fits to all customers serve.

    Parameters
    ----------
    fits : pyarrow.Table
        As in :func:`~customer_lifecycle.purchase_models.fit_tables.parameters_by_segment`.

    Returns
    -------
    dict of str to list of float
        By the name of the model.
    """
    found = {name: parameters_of(fits, model) for name, model in PURCHASE_MODELS.items()}
    return {name: parameters for name, parameters in found.items() if parameters is not None}


def holdout_forecasts(
    states: pa.Table, parameters: Mapping[str, Sequence[float]], holdout_days: int
) -> pa.Table:
    """Forecast the purchase days of the holdout from the states at the calibration end.

    Parameters
    ----------
    states : pyarrow.Table
        Distinct states: :data:`~customer_lifecycle.purchase_models.states.STATE_COLUMNS`.
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
    days = states.select(STATE_COLUMNS).columns
    tables = [FORECAST_SCHEMA.empty_table()]
    for name, estimates in parameters.items():
        (expected,) = PURCHASE_MODELS[name].expected_purchases_by_horizon(
            estimates, [holdout_days / DAYS_PER_WEEK], *states_in_weeks(states)
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
