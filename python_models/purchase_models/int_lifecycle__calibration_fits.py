"""Fits the purchase models to what was known at the calibration end, to compare them afterwards."""

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    minimum_customers = int(dbt.config.get("minimum_customers"))

    # Ordered, so that sums are the same on every run.
    states = (
        dbt.ref("int_lifecycle__holdout_states")
        .aggregate(
            "repeat_purchases, recency_days, age_days, sum(customers)::bigint as customers",
            "repeat_purchases, recency_days, age_days",
        )
        .order("repeat_purchases, recency_days, age_days")
        .fetchnumpy()
    )
    holdout = dbt.ref("int_lifecycle__holdout").project("calibration_end").fetchone()
    if holdout is None:
        return fit_table([], segment="all", fitted_on=None)
    fits = [
        purchase_model.fit(
            states["repeat_purchases"],
            states["recency_days"] / 7,
            states["age_days"] / 7,
            states["customers"],
            minimum_customers=minimum_customers,
        )
        for purchase_model in PURCHASE_MODELS.values()
    ]
    return fit_table(fits, segment="all", fitted_on=holdout[0])
