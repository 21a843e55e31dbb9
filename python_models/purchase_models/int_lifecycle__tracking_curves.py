"""Repeat purchases that each purchase model expects of a new customer up to each age."""

from customer_lifecycle.forecasts.holdout import parameters_by_model, tracking_curves


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    parameters = parameters_by_model(
        dbt.ref("int_lifecycle__calibration_parameters").to_arrow_table()
    )
    holdout = dbt.ref("int_lifecycle__holdout").project("history_days").fetchone()
    return tracking_curves(parameters, holdout[0] if holdout else 0)
