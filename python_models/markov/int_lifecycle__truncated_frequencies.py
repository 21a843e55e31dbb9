"""Mean purchase days of a period between the present number and the largest so far."""

import pyarrow as pa

from customer_lifecycle.markov import nbd_period
from customer_lifecycle.purchase_models.fit_tables import parameters_of

SCHEMA = pa.schema(
    [
        ("frequency", pa.int64()),
        ("max_frequency", pa.int64()),
        ("truncated_mean", pa.float64()),
    ]
)


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    parameters = parameters_of(fits, nbd_period)
    bounds = dbt.ref("int_lifecycle__frequency_bounds").order("all").fetchnumpy()
    low, high = bounds["frequency"], bounds["max_frequency"]
    means = SCHEMA.empty_table()
    if parameters:
        columns = [low, high, nbd_period.truncated_mean_frequency(parameters, low, high)]
        means = pa.table(columns, schema=SCHEMA)
    return means
