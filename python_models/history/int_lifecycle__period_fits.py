"""Fits the purchase models that history rests on, as of each period end that has no fits yet."""

import pyarrow as pa

from customer_lifecycle.purchase_models.family import fit_purchase_models
from customer_lifecycle.purchase_models.fit_tables import FIT_SCHEMA, POOLED, fit_table
from customer_lifecycle.purchase_models.states import grouped_customers

# History rests on these: the NBD says who is silent, and the BG/NBD is what it is compared with.
MODELS = ["nbd", "bg_nbd"]
SCHEMA = FIT_SCHEMA.append(pa.field("history_version", pa.string()))


def model(dbt, session):  # noqa: ANN001, ANN201, D103
    # A table, since dbt-duckdb has no incremental Python models: valid fits are handed on instead.
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
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
        then = states.filter(f"as_of_date = date '{period_end}'").to_arrow_table()
        new_fits = fit_table(
            fit_purchase_models(grouped_customers(then), settings["minimum_customers"], MODELS),
            segment=POOLED,
            fitted_on=period_end,
        )
        versions = pa.array([version] * len(new_fits), pa.string())
        fits = pa.concat_tables([fits, new_fits.append_column("history_version", versions)])
    return fits
