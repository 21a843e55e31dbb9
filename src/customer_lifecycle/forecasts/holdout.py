"""What fitted purchase models say of held-out time, for SQL to compare with what happened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import parameters_of
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import (
    DAYS_PER_WEEK,
    distinct_rows,
    states_in_weeks,
)

ERROR_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        *((column, pa.int64()) for column in ("repeat_purchases", "customers", "purchases")),
        ("expected_purchases", pa.float64()),
        ("expected_returned", pa.float64()),
        ("absolute_error", pa.float64()),
        ("squared_error", pa.float64()),
        ("log_score", pa.float64()),
        ("score_gap", pa.float64()),
        ("squared_score_gap", pa.float64()),
    ]
)
CURVE_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("age_days", pa.int64()),
        ("expected_purchases", pa.float64()),
    ]
)


_FORECAST_COLUMNS = ("probability_alive", "probability_purchase", "expected_purchases")
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


class HoldoutForecast(NamedTuple):
    """What a model says of the holdout, in arrays of shape (states,).

    Attributes
    ----------
    alive, chance : ndarray
        Probability of being alive at the calibration end, and of any purchase in the holdout.
    expected : ndarray
        Purchase days in the holdout.
    log_score : ndarray
        Logarithm of the probability that the model gave to what came; NaN where it gives none.
    """

    alive: np.ndarray
    chance: np.ndarray
    expected: np.ndarray
    log_score: np.ndarray


class HoldoutStates(NamedTuple):
    """States at the calibration end with what came, in arrays of shape (states,).

    Attributes
    ----------
    frequency, recency, age : ndarray
        As the models take them, in weeks.
    came : ndarray
        Purchase days in the holdout.
    outcomes : ndarray, shape (3, distinct outcomes)
        Purchase days in the holdout, frequency and age; the recency says nothing more of a customer
        who is alive.
    as_came, none : ndarray of int64
        Of each state the outcome that came, and that without a purchase.
    """

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    came: np.ndarray
    outcomes: np.ndarray
    as_came: np.ndarray
    none: np.ndarray


def holdout_states(states: pa.Table) -> HoldoutStates:
    """Take states from a table, and find the distinct outcomes among them.

    Parameters
    ----------
    states : pyarrow.Table
        :data:`~customer_lifecycle.purchase_models.states.STATE_COLUMNS` and ``holdout_purchases``.

    Returns
    -------
    HoldoutStates
    """
    frequency, recency, age = states_in_weeks(states)
    came = states["holdout_purchases"].to_numpy()
    outcomes, outcome_of_state = distinct_rows(
        np.concatenate([came, np.zeros_like(came)]), np.tile(frequency, 2), np.tile(age, 2)
    )
    as_came, none = np.split(outcome_of_state, 2)
    return HoldoutStates(frequency, recency, age, came, outcomes, as_came, none)


def holdout_forecast(
    model: PurchaseModel, estimates: Sequence[float], states: HoldoutStates, holdout_days: int
) -> HoldoutForecast:
    """Forecast the purchase days of the holdout from the states at the calibration end.

    Parameters
    ----------
    model : PurchaseModel
    estimates : sequence of float
        Its parameters, times in weeks.
    states : HoldoutStates
    holdout_days : int
        Length of the holdout.

    Returns
    -------
    HoldoutForecast
    """
    horizon = holdout_days / DAYS_PER_WEEK
    count, frequency, age = states.outcomes
    alive = model.probability_alive(estimates, states.frequency, states.recency, states.age)
    if_alive = model.probability_of_purchases_if_alive(estimates, count, horizon, frequency, age)
    (expected_if_alive,) = model.expected_purchases_by_horizon_if_alive(
        estimates, [horizon], frequency, age
    )
    likelihood = alive * if_alive[states.as_came] + (1 - alive) * (states.came == 0)
    log_score = np.log(np.maximum(likelihood, _LEAST_PROBABILITY))
    chance = alive - alive * if_alive[states.none]
    return HoldoutForecast(alive, chance, alive * expected_if_alive[states.none], log_score)


def forecasts_by_model(
    states: pa.Table, parameters: Mapping[str, Sequence[float]], holdout_days: int
) -> Iterator[tuple[str, HoldoutForecast]]:
    """Forecast the holdout with each model, and naively.

    Parameters
    ----------
    states : pyarrow.Table
        As in :func:`holdout_states`, and ``customers``.
    parameters : mapping of str to sequence of float
        By the name of a model in
        :data:`~customer_lifecycle.purchase_models.family.PURCHASE_MODELS`, times in weeks.
    holdout_days : int
        Length of the holdout.

    Yields
    ------
    tuple of str and HoldoutForecast
        The name of the model or of the naive forecast, which begins with ``naive``.

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
    known = holdout_states(states)
    for name, model, estimates in (
        *((name, PURCHASE_MODELS[name], estimates) for name, estimates in parameters.items()),
        *_naive_rates(known.frequency, known.age, states["customers"].to_numpy()),
    ):
        yield name, holdout_forecast(model, estimates, known, holdout_days)
    nothing = np.zeros(known.age.size)
    yield "naive_zero", HoldoutForecast(nothing, nothing, nothing, np.full(nothing.size, np.nan))


def holdout_sums(
    states: pa.Table, parameters: Mapping[str, Sequence[float]], holdout_days: int
) -> pa.Table:
    """Sum up over the customers what each model was off by in the holdout.

    Parameters
    ----------
    states, parameters, holdout_days
        As in :func:`forecasts_by_model`.

    Returns
    -------
    pyarrow.Table
        With :data:`ERROR_SCHEMA`, one row per model, naive forecast and number of repeat purchases:
        sums over the customers of what came, of what was expected, of the errors and of the scores,
        and of how much worse each customer's score is than that of the best model. The best is
        that with the largest sum of scores, no naive one.
    """
    customers = states["customers"].to_numpy()
    came = states["holdout_purchases"].to_numpy()
    repeats, group = np.unique(states["repeat_purchases"].to_numpy(), return_inverse=True)

    def total(values: npt.ArrayLike) -> np.ndarray:
        return np.bincount(group, customers * values, minlength=repeats.size)

    sums: dict[str, list[np.ndarray]] = {}
    scores: dict[str, np.ndarray] = {}
    for name, forecast in forecasts_by_model(states, parameters, holdout_days):
        error = forecast.expected - came
        sums[name] = [
            total(forecast.expected),
            total(forecast.chance),
            total(np.abs(error)),
            total(error**2),
            total(forecast.log_score),
        ]
        scores[name] = forecast.log_score
    best = max(parameters, key=lambda name: (np.sum(customers * scores[name]), name), default=None)
    of_best = np.full(came.shape, np.nan) if best is None else scores[best]
    counts = [np.rint(total(values)).astype(np.int64) for values in (1.0, came)]
    tables = [ERROR_SCHEMA.empty_table()]
    for name, columns in sums.items():
        gap = of_best - scores[name]
        columns += [total(gap), total(gap**2)]
        arrays = [
            pa.array([name] * repeats.size, pa.string()),
            *(pa.array(column) for column in (repeats, *counts)),
            *(pa.array(column, pa.float64(), from_pandas=True) for column in columns),
        ]
        tables.append(pa.table(arrays, schema=ERROR_SCHEMA))
    return pa.concat_tables(tables)


def chosen_forecast(
    states: pa.Table,
    chosen: str | None,
    parameters: Mapping[str, Sequence[float]],
    holdout_days: int,
) -> pa.Table:
    """Add to the states what the chosen model said of them.

    Parameters
    ----------
    states : pyarrow.Table
        As in :func:`holdout_states`.
    chosen : str or None
        Name of the model.
    parameters, holdout_days
        As in :func:`forecasts_by_model`.

    Returns
    -------
    pyarrow.Table
        The input with ``probability_alive``, ``probability_purchase`` and ``expected_purchases``;
        no rows where no model is chosen, or its fit at the calibration end does not serve.
    """
    if chosen not in parameters:
        states = states.slice(0, 0)
        columns = [np.zeros(0)] * 3
    else:
        model, estimates = PURCHASE_MODELS[chosen], parameters[chosen]
        columns = holdout_forecast(model, estimates, holdout_states(states), holdout_days)[:3]
    for name, column in zip(_FORECAST_COLUMNS, columns, strict=True):
        states = states.append_column(name, pa.array(column, pa.float64()))
    return states


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
        As in :func:`forecasts_by_model`.
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
