"""Corrects the chosen purchase model by what came in the holdout, by class of customers."""

from customer_lifecycle.forecasts.calibration import correction_table
from customer_lifecycle.forecasts.holdout import chosen_forecast, parameters_by_model


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    repeat_classes = [int(lowest) for lowest in settings["repeat_classes"].split()]
    parameters = parameters_by_model(
        dbt.ref("int_lifecycle__calibration_parameters").to_arrow_table()
    )
    chosen = dbt.ref("int_lifecycle__model_choice").project("purchase_model").fetchone()[0]
    holdout = dbt.ref("int_lifecycle__holdout").project("holdout_days").fetchone()
    states = dbt.ref("int_lifecycle__holdout_states").order("all").to_arrow_table()
    forecast = chosen_forecast(states, chosen, parameters, holdout[0] if holdout else 0)
    return correction_table(forecast, settings["rarities"], repeat_classes)
