"""Fits the purchase models and the spend model to grouped customers, one row per parameter."""

from customer_lifecycle.forecasts.segments import customer_states, fit_models
from customer_lifecycle.purchase_models.fit_tables import POOLED, fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    states = customer_states(
        dbt.ref("int_lifecycle__purchase_states").to_arrow_table(),
        dbt.ref("int_lifecycle__spend_states").to_arrow_table(),
    )
    fits = fit_models(states, settings["minimum_customers"])
    return fit_table(fits, segment=POOLED, fitted_on=settings["as_of_date"])
