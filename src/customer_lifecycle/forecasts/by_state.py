"""Forecasts per distinct customer state, for SQL to join back to the customers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.forecasts.intervals import predictive_interval
from customer_lifecycle.forecasts.lost_purchases import lost_purchases_if_alive
from customer_lifecycle.forecasts.states import distinct_pairs
from customer_lifecycle.purchase_models import nbd
from customer_lifecycle.purchase_models.discounting import discounted_total
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS, PurchaseModel

DAYS_PER_WEEK = 7
HORIZONS_IN_DAYS = (30, 90, 365)
MONTHS = 12
YEAR = 365 / DAYS_PER_WEEK
LIFETIME = 600 / MONTHS * YEAR

FORECAST_SCHEMA = pa.schema(
    [
        ("repeat_purchases", pa.int64()),
        ("recency_days", pa.int64()),
        ("age_days", pa.int64()),
        ("probability_alive", pa.float64()),
        *((f"expected_purchases_{days}d", pa.float64()) for days in HORIZONS_IN_DAYS),
        ("discounted_purchases_365d", pa.float64()),
        ("discounted_purchases_lifetime", pa.float64()),
        ("purchases_365d_if_no_dropout", pa.float64()),
        ("discounted_purchases_365d_if_no_dropout", pa.float64()),
        ("probability_purchase_90d", pa.float64()),
        ("lost_purchases_365d_variance", pa.float64()),
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
        A name in :data:`~customer_lifecycle.purchase_models.family.PURCHASE_MODELS`.
    parameters : sequence of float
        Of that model, times in weeks.
    discount_rate : float
        Per year: .15 for 15 %.

    Returns
    -------
    pyarrow.Table
        With :data:`FORECAST_SCHEMA`, one row per state in the order of the input. Purchases are
        purchase days that come after today: those expected in the next 30, 90 and 365 days; those
        of 365 days with each twelfth of the year discounted as if it came at its end; those of the
        next 600 months, each discounted from its own time; those of 365 days if nobody who is alive
        dropped out any more, and the same discounted; the probability of any in 90 days; the
        variance of what dropout from now on costs in 365 days; the 5 and 95 % points in 365 days.

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
    frequency = days[0].astype(float)
    recency, age = (column / DAYS_PER_WEEK for column in days[1:])
    (x, pair_age), pair_of_state = distinct_pairs(frequency, age)
    scale = purchase_model.time_scale(parameters, pair_age)

    def rate_after(delay: np.ndarray) -> np.ndarray:
        return purchase_model.expected_rate_if_alive(parameters, delay, x, pair_age)

    horizons = np.array(HORIZONS_IN_DAYS) / DAYS_PER_WEEK
    month_ends = np.arange(1, MONTHS + 1) / MONTHS
    by_then = purchase_model.expected_purchases_by_horizon_if_alive(
        parameters, [*horizons, *YEAR * month_ends], x, pair_age
    )
    expected, by_month = np.split(by_then, [len(horizons)])
    discount_factors = (1 + discount_rate) ** -month_ends
    no_purchase = purchase_model.probability_of_purchases_if_alive(
        parameters, 0, 90 / DAYS_PER_WEEK, x, pair_age
    )
    if_no_dropout = YEAR * nbd.expected_rate_if_alive(parameters[:2], 0.0, x, pair_age)
    lost, lost_squared = lost_purchases_if_alive(purchase_model, parameters, YEAR, x, pair_age)
    if_alive = [
        *expected,
        discount_factors @ np.diff(by_month, axis=0, prepend=0),
        discounted_total(rate_after, np.log1p(discount_rate) / YEAR, scale, LIFETIME),
        if_no_dropout,
        discount_factors.mean() * if_no_dropout,
        1 - no_purchase,
    ]
    alive = purchase_model.probability_alive(parameters, frequency, recency, age)
    forecasts = [alive, *(alive * values[pair_of_state] for values in if_alive)]
    lost_variance = alive * lost_squared[pair_of_state] - (alive * lost[pair_of_state]) ** 2
    interval = predictive_interval(purchase_model, parameters, YEAR, frequency, recency, age)
    return pa.table([*days, *forecasts, lost_variance, *interval], schema=FORECAST_SCHEMA)


def expected_purchases(
    model: PurchaseModel,
    parameters: Sequence[float],
    horizons: Sequence[float],
    frequency: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
) -> np.ndarray:
    """Purchase days of many known customers up to several horizons.

    Parameters
    ----------
    model : PurchaseModel
    parameters : sequence of float
        Of that model.
    horizons : sequence of float
        Weeks, above 0, within a few years.
    frequency, recency, age : ndarray, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.

    Returns
    -------
    ndarray, shape (horizons, n)

    Notes
    -----
    The model's expected_purchases, worked out once per pair of purchases and age.
    """
    pairs, pair_of_state = distinct_pairs(frequency, age)
    if_alive = model.expected_purchases_by_horizon_if_alive(parameters, horizons, *pairs)
    return model.probability_alive(parameters, frequency, recency, age) * if_alive[:, pair_of_state]
