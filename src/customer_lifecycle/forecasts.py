"""Forecasts per distinct customer state, for SQL to join back to the customers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.intervals import predictive_interval
from customer_lifecycle.models import PURCHASE_MODELS

DAYS_PER_WEEK = 7
HORIZONS_IN_DAYS = (30, 90, 365)
MONTHS = 12

FORECAST_SCHEMA = pa.schema(
    [
        ("repeat_purchases", pa.int64()),
        ("recency_days", pa.int64()),
        ("age_days", pa.int64()),
        ("probability_alive", pa.float64()),
        *((f"expected_purchases_{days}d", pa.float64()) for days in HORIZONS_IN_DAYS),
        ("discounted_purchases_365d", pa.float64()),
        ("purchases_365d_low", pa.int64()),
        ("purchases_365d_high", pa.int64()),
    ]
)


def forecast_table(
    states: pa.Table, model: str, parameters: Sequence[float], discount_rate: float
) -> pa.Table:
    """Forecast the purchases of customers from their states.

    Parameters
    ----------
    states : pyarrow.Table
        Distinct states: ``repeat_purchases``, ``recency_days`` (first purchase to the last) and
        ``age_days`` (observed since the first purchase), int64.
    model : str
        A name in :data:`~customer_lifecycle.models.PURCHASE_MODELS`.
    parameters : sequence of float
        Of that model, times in weeks.
    discount_rate : float
        Per year: .15 for 15 %.

    Returns
    -------
    pyarrow.Table
        With :data:`FORECAST_SCHEMA`, one row per state in the order of the input: the probability
        of being alive, the purchase days expected in the next 30, 90 and 365 days, those of 365
        days with each twelfth of the year discounted as if it came at its end, and the 5 and 95 %
        points of the purchase days in 365 days.

    Raises
    ------
    KeyError
        If there is no model of that name.

    Notes
    -----
    What is expected of a customer who is alive depends on purchases and age only. There are fewer
    such pairs than states, so it is worked out once per pair.
    """
    purchase_model = PURCHASE_MODELS[model]
    days = [
        states[column].to_numpy() for column in ("repeat_purchases", "recency_days", "age_days")
    ]
    frequency, recency, age = (column.astype(float) for column in days)
    pairs, pair_of_state = np.unique(np.stack([frequency, age]), axis=1, return_inverse=True)
    pair_of_state = pair_of_state.ravel()  # numpy 2.0 returns it with a second axis

    def expected_until(horizon_days: float) -> np.ndarray:
        return purchase_model.expected_purchases_if_alive(
            parameters, horizon_days / DAYS_PER_WEEK, pairs[0], pairs[1] / DAYS_PER_WEEK
        )

    ends = np.arange(1, MONTHS + 1) / MONTHS
    cumulative = np.array([expected_until(365 * end) for end in ends])
    discount_factors = (1 + discount_rate) ** -ends
    discounted = discount_factors @ np.diff(cumulative, axis=0, prepend=0)
    if_alive = [*map(expected_until, HORIZONS_IN_DAYS), discounted]
    alive = purchase_model.probability_alive(
        parameters, frequency, recency / DAYS_PER_WEEK, age / DAYS_PER_WEEK
    )
    forecasts = [alive, *(alive * expected[pair_of_state] for expected in if_alive)]
    forecasts += predictive_interval(
        purchase_model,
        parameters,
        365 / DAYS_PER_WEEK,
        frequency,
        recency / DAYS_PER_WEEK,
        age / DAYS_PER_WEEK,
    )
    return pa.table([*days, *forecasts], schema=FORECAST_SCHEMA)
