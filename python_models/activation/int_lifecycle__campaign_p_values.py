"""P-values of what the campaigns found: of shares, of means and of counts."""

import pyarrow as pa

from customer_lifecycle.statistics import p_values


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    rows = dbt.ref("int_lifecycle__campaign_statistics").order("campaign_id, arm, question")
    return p_values.p_value_table(pa.table(rows.to_arrow_table()))
