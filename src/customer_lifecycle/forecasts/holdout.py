"""What fitted purchase models say of held-out time, for SQL to compare with what happened."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import parameters_of
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import (
    DAYS_PER_WEEK,
    STATE_COLUMNS,
    states_in_weeks,
)

FORECAST_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        *((column, pa.int64()) for column in (*STATE_COLUMNS, "holdout_purchases")),
        ("probability_alive", pa.float64()),
        ("expected_purchases", pa.float64()),
        ("probability_purchase", pa.float64()),
        ("log_score", pa.float64()),
    ]
)
CURVE_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("age_days", pa.int64()),
        ("expected_purchases", pa.float64()),
    ]
)


_LEAST_PROBABILITY = 1e-300
_NOTHING = 1e-6


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
        Distinct states and what came of them:
        :data:`~customer_lifecycle.purchase_models.states.STATE_COLUMNS`, ``holdout_purchases`` and
        ``customers``.
    parameters : mapping of str to sequence of float
        By the name of a model in
        :data:`~customer_lifecycle.purchase_models.family.PURCHASE_MODELS`, times in weeks.
    holdout_days : int
        Length of the holdout.

    Returns
    -------
    pyarrow.Table
        With :data:`FORECAST_SCHEMA`, one row per model, naive forecast and row of the input: the
        probability of being alive, purchases expected, the probability of any, and the logarithm of
        the probability that the model gave to what came.

    Raises
    ------
    KeyError
        If there is no model of a name.

    Notes
    -----
    The naive forecasts: nobody buys again (any purchase then was impossible, so there is no score);
    everybody goes on at the rate so far, and everybody at the rate of all, which are the two ends
    of the NBD, with no prior and with nothing but the prior.
    """
    horizon = holdout_days / DAYS_PER_WEEK
    frequency, recency, age = states_in_weeks(states)
    came = states["holdout_purchases"].to_numpy()
    tables = []
    for name, model, estimates in (
        *((name, PURCHASE_MODELS[name], estimates) for name, estimates in parameters.items()),
        *_naive_rates(frequency, age, states["customers"].to_numpy()),
    ):
        alive = model.probability_alive(estimates, frequency, recency, age)
        by_count = [
            alive
            * model.probability_of_purchases_if_alive(estimates, count, horizon, frequency, age)
            for count in (0, came)
        ]
        (expected,) = model.expected_purchases_by_horizon(
            estimates, [horizon], frequency, recency, age
        )
        likelihood = by_count[1] + (1 - alive) * (came == 0)
        log_score = np.log(np.maximum(likelihood, _LEAST_PROBABILITY))
        tables.append((name, alive, expected, alive - by_count[0], log_score))
    nothing = np.zeros(age.size)
    tables.append(("naive_zero", nothing, nothing, nothing, np.full(age.size, np.nan)))
    days = states.select([*STATE_COLUMNS, "holdout_purchases"]).columns
    return pa.concat_tables(
        pa.table(
            [
                pa.array([name] * age.size, pa.string()),
                *days,
                *(pa.array(column, pa.float64(), from_pandas=True) for column in columns),
            ],
            schema=FORECAST_SCHEMA,
        )
        for name, *columns in tables
    )


def _naive_rates(
    frequency: np.ndarray, age: np.ndarray, customers: np.ndarray
) -> list[tuple[str, PurchaseModel, tuple[float, float]]]:
    """Both ends of the NBD; the rate of all is missing when nobody has bought again."""
    purchases, time = np.sum(customers * frequency), np.sum(customers * age)
    rates = [("naive_same_rate", NBD, (_NOTHING**2, _NOTHING))]
    if purchases > 0:
        rates.append(("naive_mean", NBD, (1 / _NOTHING, time / purchases / _NOTHING)))
    return rates


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
