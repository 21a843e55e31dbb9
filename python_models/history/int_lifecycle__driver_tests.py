"""Compares how readily those with a trait drop out with all others of that trait."""

import pyarrow as pa

from customer_lifecycle.purchase_models.dropout_drivers import best_with_dropout, driver_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    fits = pa.table(dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table())
    states = pa.table(dbt.ref("int_lifecycle__trait_states").to_arrow_table())
    return driver_table(states, best_with_dropout(fits), settings["minimum_customers"])
