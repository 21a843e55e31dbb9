"""Fits the purchase models to what was known at the calibration end, to compare them afterwards."""

from customer_lifecycle.purchase_models.family import fit_purchase_models
from customer_lifecycle.purchase_models.fit_tables import POOLED, fit_table
from customer_lifecycle.purchase_models.states import grouped_customers


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))
    states = dbt.ref("int_lifecycle__holdout_states").to_arrow_table()
    holdout = dbt.ref("int_lifecycle__holdout").project("calibration_end").fetchone()
    fits, calibration_end = [], None
    if holdout is not None:
        fits = fit_purchase_models(grouped_customers(states), minimum_customers)
        (calibration_end,) = holdout
    return fit_table(fits, segment=POOLED, fitted_on=calibration_end)
