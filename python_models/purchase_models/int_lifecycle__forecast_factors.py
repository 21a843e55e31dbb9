"""Corrects the chosen purchase model by what came in the holdout, by class of customers."""

from customer_lifecycle.forecasts.calibration import CLASS_COLUMNS, COUNT_COLUMNS, correction_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    rarities = int(dbt.config.get("rarities"))
    repeat_classes = [int(lowest) for lowest in dbt.config.get("repeat_classes").split()]
    columns = [*CLASS_COLUMNS, *COUNT_COLUMNS]
    classes = dbt.ref("int_lifecycle__holdout_classes").project(", ".join(columns))
    classes = classes.order(", ".join(CLASS_COLUMNS)).to_arrow_table()
    return correction_table(classes, rarities, repeat_classes)
