"""Corrects the chosen purchase model by what came in the holdout, by class of customers."""

from customer_lifecycle.forecasts.calibration import CLASS_COLUMNS, STATE_COLUMNS, correction_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    rarities = int(dbt.config.get("rarities"))
    repeat_classes = [int(lowest) for lowest in dbt.config.get("repeat_classes").split()]
    columns = ", ".join([*CLASS_COLUMNS, *STATE_COLUMNS])
    states = dbt.ref("int_lifecycle__holdout_returns").project(columns).order("all")
    return correction_table(states.to_arrow_table(), rarities, repeat_classes)
