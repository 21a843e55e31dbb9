"""Expected purchases for each distinct state of a customer, from the fitted purchase model."""

from customer_lifecycle.forecasts import forecast_table
from customer_lifecycle.models import PURCHASE_MODELS


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    purchase_model = dbt.config.get("purchase_model")

    estimates = dict(
        dbt.ref("int_lifecycle__fitted_parameters")
        .filter(f"model = '{purchase_model}' and segment = 'all' and serves_forecasts")
        .project("parameter, estimate")
        .fetchall()
    )
    states = (
        dbt.ref("int_lifecycle__purchase_states")
        .project("repeat_purchases, recency_days, age_days")
        .order("repeat_purchases, recency_days, age_days")
        .to_arrow_table()
    )
    return forecast_table(
        states if estimates else states.slice(length=0),
        purchase_model,
        [estimates.get(name, 0.0) for name in PURCHASE_MODELS[purchase_model].PARAMETERS],
        float(dbt.config.get("annual_discount_rate")),
    )
