"""How far each purchase model was off in the holdout, summed up by repeat purchases."""

from customer_lifecycle.forecasts.holdout import holdout_sums, parameters_by_model


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    parameters = parameters_by_model(
        dbt.ref("int_lifecycle__calibration_parameters").to_arrow_table()
    )
    columns = "repeat_purchases, recency_days, age_days, holdout_purchases"
    states = (
        dbt.ref("int_lifecycle__holdout_states")
        .aggregate(f"{columns}, sum(customers)::bigint as customers", columns)
        .order(columns)
        .to_arrow_table()
    )
    holdout = dbt.ref("int_lifecycle__holdout").project("holdout_days").fetchone()
    return holdout_sums(states, parameters, holdout[0] if holdout else 0)
