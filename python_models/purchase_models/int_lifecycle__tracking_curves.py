"""Repeat purchases that each purchase model expects of a new customer up to each age."""

from customer_lifecycle.forecasts.holdout import parameters_by_model, tracking_curves


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    parameters = parameters_by_model(
        dbt.ref("int_lifecycle__calibration_parameters").to_arrow_table()
    )
    longest_age = (
        dbt.ref("int_lifecycle__purchase_history")
        .aggregate("coalesce(max(days_since_first_purchase), 0)")
        .fetchone()[0]
    )
    return tracking_curves(parameters, longest_age)
