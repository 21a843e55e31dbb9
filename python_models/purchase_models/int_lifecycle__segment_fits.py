"""Fits the purchase models and the spend model to each segment of the customers."""

import pyarrow as pa

from customer_lifecycle.forecasts.segments import check_segments, fit_models, states_by_segment
from customer_lifecycle.purchase_models.fit_tables import FIT_SCHEMA, fit_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    minimum_customers, fitted_on = settings["minimum_customers"], settings["as_of_date"]
    states = states_by_segment(
        dbt.ref("int_lifecycle__purchase_states").to_arrow_table(),
        dbt.ref("int_lifecycle__spend_states").to_arrow_table(),
    )
    check_segments(states, minimum_customers)
    fits = [
        fit_table(fit_models(own_states, minimum_customers, is_segment=True), segment, fitted_on)
        for segment, own_states in states.items()
    ]
    return pa.concat_tables([FIT_SCHEMA.empty_table(), *fits])
