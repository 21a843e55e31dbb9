"""What truncated means of the amount per period are made of, tabulated for SQL."""

import pyarrow as pa

from customer_lifecycle.markov import gamma_gamma_period
from customer_lifecycle.purchase_models.fit_tables import parameters_of

SCHEMA = pa.schema(
    [
        ("cell", pa.int64()),
        ("lower_amount", pa.float64()),
        ("upper_amount", pa.float64()),
        ("lower_probability", pa.float64()),
        ("upper_probability", pa.float64()),
        ("lower_partial_mean", pa.float64()),
        ("upper_partial_mean", pa.float64()),
    ]
)


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    parameters = parameters_of(fits, gamma_gamma_period)
    low, high = dbt.ref("int_lifecycle__amount_bounds").fetchone()
    curve = SCHEMA.empty_table()
    if parameters and low is not None:
        columns = gamma_gamma_period.amount_curve(parameters, low, high)
        curve = pa.table(columns, schema=SCHEMA)
    return curve
