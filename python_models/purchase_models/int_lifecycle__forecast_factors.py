"""Corrects the chosen purchase model by what came in the holdout, by class of customers."""

from customer_lifecycle.forecasts.calibration import CLASS_COLUMNS, COUNT_COLUMNS, correction_table


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    repeat_classes = [int(lowest) for lowest in settings["repeat_classes"].split()]
    columns = [*CLASS_COLUMNS, *COUNT_COLUMNS]
    classes = dbt.ref("int_lifecycle__holdout_classes").project(", ".join(columns))
    classes = classes.order(", ".join(CLASS_COLUMNS)).to_arrow_table()
    return correction_table(classes, settings["rarities"], repeat_classes)
