"""Fits the models of purchase days and of the mean amount per period."""

from customer_lifecycle.markov import gamma_gamma_period, nbd_period
from customer_lifecycle.purchase_models.fit_tables import POOLED, fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    minimum_customers = settings["minimum_customers"]

    counts = dbt.ref("int_lifecycle__markov_counts").fetchnumpy()
    amounts = dbt.ref("int_lifecycle__markov_amounts").fetchnumpy()
    fits = [
        nbd_period.fit(
            counts["purchase_days"], counts["periods"], counts["customers"], minimum_customers
        ),
        gamma_gamma_period.fit(
            amounts["average_amount"], amounts["customer_periods"], minimum_customers
        ),
    ]
    return fit_table(fits, segment=POOLED, fitted_on=settings["as_of_date"])
