"""Fits the models to what was known at the calibration end, to compare them afterwards."""

from customer_lifecycle.forecasts.segments import customer_states, fit_models
from customer_lifecycle.purchase_models.fit_tables import POOLED, fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    states = customer_states(
        dbt.ref("int_lifecycle__holdout_states").to_arrow_table(),
        dbt.ref("int_lifecycle__holdout_spend_states").to_arrow_table(),
    )
    holdout = dbt.ref("int_lifecycle__holdout").project("calibration_end").fetchone()
    fits = [] if holdout is None else fit_models(states, settings["minimum_customers"])
    return fit_table(fits, segment=POOLED, fitted_on=holdout and holdout[0])
