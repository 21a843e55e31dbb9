"""Expected purchases for each distinct state of a customer, from the chosen purchase model."""

from customer_lifecycle.forecasts.segments import SEGMENT_FORECAST_SCHEMA, forecasts_by_segment
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import parameters_by_segment


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    purchase_model = dbt.ref("int_lifecycle__model_choice").project("purchase_model").fetchone()[0]
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    segment_models = dbt.ref("int_lifecycle__segment_models").set_alias("models")
    states = (
        dbt.ref("int_lifecycle__forecast_states")
        .set_alias("states")
        .join(segment_models, "states.segment = models.segment")
        .project(
            "model_segment, repeat_purchases, recency_days, age_days, gap_class,"
            " odds_factor, rest_factor, rate_factor"
        )
        # Segments that the fit of all customers serves share their states.
        .distinct()
        .order("all")
    )
    forecasts = SEGMENT_FORECAST_SCHEMA.empty_table()
    if purchase_model is not None:
        parameters = parameters_by_segment(fits, PURCHASE_MODELS[purchase_model])
        forecasts = forecasts_by_segment(
            states.to_arrow_table(), purchase_model, parameters, settings["annual_discount_rate"]
        )
    return forecasts
