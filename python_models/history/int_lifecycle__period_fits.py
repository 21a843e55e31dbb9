"""Fits the purchase models that history rests on, as of each period end that has no fits yet."""

import pyarrow as pa

from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import FIT_SCHEMA, fit_table

SCHEMA = FIT_SCHEMA.append(pa.field("history_version", pa.string()))


def model(dbt, session):  # noqa: ANN001, ANN201, D103
    # A table, since dbt-duckdb has no incremental Python models: valid fits are handed on instead.
    dbt.config(materialized="table")
    purchase_models = dbt.config.get("purchase_models").split()
    minimum_customers = int(dbt.config.get("minimum_customers"))
    periods = dbt.ref("int_lifecycle__history_periods").order("period_end").set_alias("periods")
    states = dbt.ref("int_lifecycle__period_states")

    fits = SCHEMA.empty_table()
    is_there = session.execute(
        "select count(*) from information_schema.tables"
        " where table_catalog = ? and table_schema = ? and table_name = ?",
        [dbt.this.database, dbt.this.schema, dbt.this.identifier],
    ).fetchone()[0]
    if is_there:
        valid_fits = (
            session.table(str(dbt.this))
            .set_alias("fits")
            .join(
                periods,
                "fits.fitted_on = periods.period_end and not periods.is_full_refresh"
                " and (fits.history_version = periods.history_version or periods.is_frozen)",
                how="semi",
            )
        )
        fits = valid_fits.to_arrow_table().cast(SCHEMA)

    fitted = set(fits["fitted_on"].to_pylist())
    for period_end, version in periods.project("period_end, history_version").fetchall():
        if period_end in fitted:
            continue
        # Ordered, so that sums are the same on every run.
        then = (
            states.filter(f"as_of_date = date '{period_end}'")
            .order("repeat_purchases, recency_days, age_days")
            .fetchnumpy()
        )
        new_fits = fit_table(
            [
                PURCHASE_MODELS[name].fit(
                    then["repeat_purchases"],
                    then["recency_days"] / 7,
                    then["age_days"] / 7,
                    then["customers"],
                    minimum_customers=minimum_customers,
                )
                for name in purchase_models
            ],
            segment="all",
            fitted_on=period_end,
        )
        versions = pa.array([version] * len(new_fits), pa.string())
        fits = pa.concat_tables([fits, new_fits.append_column("history_version", versions)])
    return fits
