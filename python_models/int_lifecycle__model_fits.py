"""Fits the purchase models and the spend model to grouped customers, one row per parameter."""

from customer_lifecycle import gamma_gamma
from customer_lifecycle.models import PURCHASE_MODELS
from customer_lifecycle.reports import fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))

    # Ordered, so that sums are the same on every run.
    purchases = (
        dbt.ref("int_lifecycle__purchase_states")
        .order("repeat_purchases, recency_days, age_days")
        .fetchnumpy()
    )
    spend = (
        dbt.ref("int_lifecycle__spend_states")
        .order("paid_repeat_days, paid_repeat_amount")
        .project("paid_repeat_days, paid_repeat_amount::double as amount, customers")
        .fetchnumpy()
    )
    fitted_on = dbt.ref("lifecycle_as_of").fetchone()[0]

    fits = [
        purchase_model.fit(
            purchases["repeat_purchases"],
            purchases["recency_days"] / 7,
            purchases["age_days"] / 7,
            purchases["customers"],
            minimum_customers=minimum_customers,
        )
        for purchase_model in PURCHASE_MODELS.values()
    ]
    fits.append(
        gamma_gamma.fit(
            spend["paid_repeat_days"],
            spend["amount"] / spend["paid_repeat_days"],
            spend["customers"],
            minimum_customers=minimum_customers,
        )
    )
    return fit_table(fits, segment="all", fitted_on=fitted_on)
