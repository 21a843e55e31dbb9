"""Bounds of what customers spend in 365 days, for each distinct state with its paid days."""

from customer_lifecycle.forecasts.segments import (
    MODELS,
    SEGMENT_INTERVAL_SCHEMA,
    amount_intervals_by_segment,
)
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import parameters_by_segment


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    purchase_model = dbt.ref("int_lifecycle__model_choice").project("purchase_model").fetchone()[0]
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    segment_models = (
        dbt.ref("int_lifecycle__segment_models")
        .filter("model_segment is not null and spend_segment is not null")
        .set_alias("models")
    )
    states = (
        dbt.ref("int_lifecycle__forecast_states")
        .set_alias("states")
        .join(segment_models, "states.segment = models.segment")
        .filter("states.spend_model = models.spend_model")
        .project(
            "model_segment, spend_segment, repeat_purchases, recency_days, age_days, gap_class,"
            " spend_days, odds_factor, rest_factor, rate_factor"
        )
        .distinct()
        .order("all")
        .to_arrow_table()
    )
    intervals = SEGMENT_INTERVAL_SCHEMA.empty_table()
    if states.num_rows:
        (spend_model,) = dbt.ref("int_lifecycle__spend_choice").fetchone()
        intervals = amount_intervals_by_segment(
            states,
            purchase_model,
            parameters_by_segment(fits, PURCHASE_MODELS[purchase_model]),
            parameters_by_segment(fits, MODELS[spend_model]),
        )
    return intervals
