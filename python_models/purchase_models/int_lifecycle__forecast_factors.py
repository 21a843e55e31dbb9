"""Corrects the chosen purchase model by what came in the holdout, by class of customers."""

from customer_lifecycle.forecasts.calibration import CLASS_COLUMNS, STATE_COLUMNS, correction_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    repeat_classes = [int(lowest) for lowest in settings["repeat_classes"].split()]
    columns = ", ".join([*CLASS_COLUMNS, *STATE_COLUMNS])
    states = dbt.ref("int_lifecycle__holdout_returns").project(columns).order("all")
    return correction_table(states.to_arrow_table(), settings["rarities"], repeat_classes)
