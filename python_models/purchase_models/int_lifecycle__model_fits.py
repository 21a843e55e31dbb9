"""Fits the purchase models and the spend model to grouped customers, one row per parameter."""

from customer_lifecycle.forecasts.segments import customer_states, fit_models
from customer_lifecycle.purchase_models.fit_tables import POOLED, fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))
    states = customer_states(
        dbt.ref("int_lifecycle__purchase_states").to_arrow_table(),
        dbt.ref("int_lifecycle__spend_states").to_arrow_table(),
    )
    fitted_on = dbt.ref("lifecycle_as_of").fetchone()[0]
    return fit_table(fit_models(states, minimum_customers), segment=POOLED, fitted_on=fitted_on)
