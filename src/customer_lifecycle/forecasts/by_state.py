"""Forecasts per distinct customer state, for SQL to join back to the customers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from customer_lifecycle.forecasts.calibration import FACTORS, corrected
from customer_lifecycle.forecasts.intervals import predictive_interval
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.states import (
    DAYS_PER_WEEK,
    STATE_COLUMNS,
    WEEKS_PER_YEAR,
    distinct_rows,
    states_in_weeks,
)

HORIZONS_IN_DAYS = (30, 90, 365)
MONTHS = 12
LIFETIME = 600 / MONTHS * WEEKS_PER_YEAR

FORECAST_SCHEMA = pa.schema(
    [
        *((column, pa.int64()) for column in (*STATE_COLUMNS, "gap_class")),
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
        Distinct states: :data:`~customer_lifecycle.purchase_models.states.STATE_COLUMNS`,
        ``gap_class`` (which is handed on), and
        :data:`~customer_lifecycle.forecasts.calibration.FACTORS`, by which the model is corrected
        for such customers; null: not at all.
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
    such pairs than states, so it is worked out once per pair, and once per pair and speed where a
    correction of the speed is more than a factor.
    """
    purchase_model = PURCHASE_MODELS[model]
    frequency, recency, age = states_in_weeks(states)
    pairs, pair_of_state = distinct_rows(frequency, age)
    factors = factors_of(states)
    alive, speed = corrected(
        purchase_model.probability_alive(parameters, frequency, recency, age), **factors
    )

    horizons = np.array(HORIZONS_IN_DAYS) / DAYS_PER_WEEK
    month_ends = np.arange(1, MONTHS + 1) / MONTHS
    by_then = purchase_model.expected_purchases_by_horizon_if_alive(
        parameters, [*horizons, *WEEKS_PER_YEAR * month_ends], *pairs
    )
    expected, by_month = np.split(by_then, [len(horizons)])
    # What follows from the definitions is made to hold to the last bit, where numbers that come by
    # different ways may differ: purchases rise with time, and dropout adds none.
    expected = np.maximum.accumulate(np.maximum(expected, 0), axis=0)
    discount_factors = (1 + discount_rate) ** -month_ends
    discounted = np.minimum(discount_factors @ np.diff(by_month, axis=0, prepend=0), expected[-1])
    lifetime = purchase_model.discounted_purchases_if_alive(
        parameters, np.log1p(discount_rate) / WEEKS_PER_YEAR, *pairs, horizon=LIFETIME
    )
    if_no_dropout = np.maximum(
        WEEKS_PER_YEAR * purchase_model.mean_rate(parameters, *pairs), expected[-1]
    )
    lost, lost_squared = purchase_model.lost_purchases_if_alive(parameters, WEEKS_PER_YEAR, *pairs)
    if_alive = [
        *expected,
        discounted,
        np.maximum(lifetime, discounted),
        if_no_dropout,
        np.maximum(discount_factors.mean() * if_no_dropout, discounted),
    ]
    forecasts = [alive, *(alive * speed * values[pair_of_state] for values in if_alive)]
    triples, triple_of_state = distinct_rows(speed * 90 / DAYS_PER_WEEK, frequency, age)
    no_purchase = purchase_model.probability_of_purchases_if_alive(parameters, 0, *triples)
    lost, lost_pairs = lost[pair_of_state], (lost_squared - lost)[pair_of_state]
    lost_variance = np.maximum(
        alive * (speed**2 * lost_pairs + speed * lost) - (alive * speed * lost) ** 2, 0
    )
    expected_90d = forecasts[1 + HORIZONS_IN_DAYS.index(90)]
    probability_90d = np.clip(
        alive * (1 - no_purchase[triple_of_state]), 0, np.minimum(expected_90d, 1)
    )
    interval = predictive_interval(
        purchase_model, parameters, WEEKS_PER_YEAR, frequency, recency, age, **factors
    )
    columns = [*forecasts, probability_90d, lost_variance, *interval]
    return pa.table(
        [*states.select([*STATE_COLUMNS, "gap_class"]).columns, *columns],
        schema=FORECAST_SCHEMA,
    )


def factors_of(states: pa.Table) -> dict[str, np.ndarray]:
    """Take the corrections of states, 1 where there are none."""
    return {name: states[name].fill_null(1.0).to_numpy() for name in FACTORS}
