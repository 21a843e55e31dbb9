"""Tests whether the fits of the segments are better than those of all customers."""

from customer_lifecycle.forecasts.segments import split_table, states_by_segment
from customer_lifecycle.purchase_models.fit_tables import parameters_by_segment


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    # Ordered, so that sums are the same on every run.
    states = states_by_segment(
        dbt.ref("int_lifecycle__purchase_states")
        .order("segment, repeat_purchases, recency_days, age_days")
        .to_arrow_table(),
        dbt.ref("int_lifecycle__spend_states")
        .order("segment, paid_repeat_days, paid_repeat_amount")
        .project(
            "segment, paid_repeat_days, paid_repeat_amount::double as paid_repeat_amount, customers"
        )
        .to_arrow_table(),
    )
    return split_table(states, parameters_by_segment(dbt.ref("int_lifecycle__fitted_parameters")))
