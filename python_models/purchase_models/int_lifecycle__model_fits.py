"""Fits the purchase models and the spend model to grouped customers, one row per parameter."""

from customer_lifecycle.forecasts.segments import POOLED, customer_states, fit_models
from customer_lifecycle.purchase_models.fit_tables import fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))
    # Ordered, so that sums are the same on every run.
    purchases = (
        dbt.ref("int_lifecycle__purchase_states")
        .order("repeat_purchases, recency_days, age_days")
        .to_arrow_table()
    )
    spend = (
        dbt.ref("int_lifecycle__spend_states")
        .order("paid_repeat_days, paid_repeat_amount")
        .project("paid_repeat_days, paid_repeat_amount::double as paid_repeat_amount, customers")
        .to_arrow_table()
    )
    fitted_on = dbt.ref("lifecycle_as_of").fetchone()[0]
    fits = fit_models(customer_states(purchases, spend), minimum_customers)
    return fit_table(fits, segment=POOLED, fitted_on=fitted_on)
