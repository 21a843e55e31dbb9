"""Expected purchases for each distinct state of a customer, from the chosen purchase model."""

from customer_lifecycle.forecasts import FORECAST_SCHEMA, forecast_table
from customer_lifecycle.reports import parameters_by_model


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    purchase_model = dbt.ref("int_lifecycle__model_choice").project("purchase_model").fetchone()[0]
    parameters = parameters_by_model(dbt.ref("int_lifecycle__fitted_parameters"))
    states = (
        dbt.ref("int_lifecycle__purchase_states")
        .project("repeat_purchases, recency_days, age_days")
        .order("repeat_purchases, recency_days, age_days")
        .to_arrow_table()
    )
    forecasts = FORECAST_SCHEMA.empty_table()
    if purchase_model is not None:
        discount_rate = float(dbt.config.get("annual_discount_rate"))
        forecasts = forecast_table(
            states, purchase_model, parameters[purchase_model], discount_rate
        )
    return forecasts
