"""Tests whether the fits of the segments are better than those of all customers."""

from customer_lifecycle.forecasts.segments import MODELS, split_table, states_by_segment
from customer_lifecycle.purchase_models.fit_tables import parameters_by_segment


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    states = states_by_segment(
        dbt.ref("int_lifecycle__purchase_states").to_arrow_table(),
        dbt.ref("int_lifecycle__spend_states").to_arrow_table(),
    )
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    parameters = {name: parameters_by_segment(fits, fitted) for name, fitted in MODELS.items()}
    return split_table(states, parameters)
