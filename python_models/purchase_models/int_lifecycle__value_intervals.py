"""Bounds of what customers spend in 365 days, for each distinct state with its paid days."""

from customer_lifecycle.forecasts.segments import (
    SEGMENT_INTERVAL_SCHEMA,
    amount_intervals_by_segment,
)
from customer_lifecycle.purchase_models import gamma_gamma
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
        dbt.ref("int_lifecycle__segmented_history")
        .set_alias("history")
        .join(segment_models, "history.segment = models.segment")
        .project(
            "model_segment, spend_segment, purchase_days - 1 as repeat_purchases,"
            " days_first_to_last as recency_days, days_since_first_purchase as age_days,"
            " paid_repeat_days"
        )
        .distinct()
        .order("all")
        .to_arrow_table()
    )
    intervals = SEGMENT_INTERVAL_SCHEMA.empty_table()
    if states.num_rows:
        intervals = amount_intervals_by_segment(
            states,
            purchase_model,
            parameters_by_segment(fits, PURCHASE_MODELS[purchase_model]),
            parameters_by_segment(fits, gamma_gamma),
        )
    return intervals
