"""Bounds of what customers spend in 365 days, for each distinct state with its paid days."""

from customer_lifecycle import gamma_gamma
from customer_lifecycle.amount_intervals import INTERVAL_SCHEMA, amount_interval_table
from customer_lifecycle.reports import parameters_by_model, parameters_of


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    purchase_model = dbt.ref("int_lifecycle__model_choice").project("purchase_model").fetchone()[0]
    fits = dbt.ref("int_lifecycle__fitted_parameters")
    parameters = parameters_by_model(fits)
    spend = parameters_of(fits, gamma_gamma.NAME, gamma_gamma.PARAMETERS)
    states = (
        dbt.ref("int_lifecycle__purchase_history")
        .project(
            "purchase_days - 1 as repeat_purchases, days_first_to_last as recency_days,"
            " days_since_first_purchase as age_days, paid_repeat_days"
        )
        .distinct()
        .order("repeat_purchases, recency_days, age_days, paid_repeat_days")
        .to_arrow_table()
    )
    intervals = INTERVAL_SCHEMA.empty_table()
    if purchase_model is not None and spend is not None:
        intervals = amount_interval_table(states, purchase_model, parameters[purchase_model], spend)
    return intervals
