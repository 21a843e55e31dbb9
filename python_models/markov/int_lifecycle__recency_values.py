"""Value of a customer by periods since the last purchase, from what a period brings."""

import pyarrow as pa

from customer_lifecycle.markov.state_value import should_spend, value_horizon, value_infinite

SCHEMA = pa.schema(
    [
        ("recency_periods", pa.int64()),
        ("value_horizon", pa.float64()),
        ("value_infinite", pa.float64()),
        ("should_spend", pa.bool_()),
    ]
)


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    rate = (1 + settings["annual_discount_rate"]) ** (1 / settings["periods_per_year"]) - 1
    rewards = dbt.ref("int_lifecycle__recency_rewards").order("recency_periods").fetchnumpy()
    recency = rewards["recency_periods"]
    values = SCHEMA.empty_table()
    if recency.size:
        chain = (rewards["probability_buys"].astype(float), rewards["reward"].astype(float))
        within = value_horizon(*chain, rate, periods=settings["horizon_periods"])
        # For ever there is a value with a discount only.
        for_ever = value_infinite(*chain, rate) if rate > 0 else None
        columns = [
            recency,
            within,
            pa.nulls(recency.size, pa.float64()) if for_ever is None else for_ever,
            should_spend(within if for_ever is None else for_ever),
        ]
        values = pa.table(columns, schema=SCHEMA)
    return values
