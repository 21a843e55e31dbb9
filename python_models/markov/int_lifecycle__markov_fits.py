"""Fits the models of purchase days and of the mean amount per period."""

from customer_lifecycle.markov import gamma_gamma_period, nbd_period
from customer_lifecycle.purchase_models.fit_tables import fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))

    # Ordered, so that sums are the same on every run.
    counts = (
        dbt.ref("int_lifecycle__markov_counts")
        .aggregate(
            "periods, purchase_days, sum(customers)::bigint as customers", "periods, purchase_days"
        )
        .order("periods, purchase_days")
        .fetchnumpy()
    )
    amounts = (
        dbt.ref("int_lifecycle__markov_amounts")
        .project("average_amount::double as average_amount, customer_periods")
        .order("average_amount")
        .fetchnumpy()
    )
    fits = [
        nbd_period.fit(
            counts["purchase_days"], counts["periods"], counts["customers"], minimum_customers
        ),
        gamma_gamma_period.fit(
            amounts["average_amount"], amounts["customer_periods"], minimum_customers
        ),
    ]
    fitted_on = dbt.ref("lifecycle_as_of").fetchone()[0]
    return fit_table(fits, segment="all", fitted_on=fitted_on)
