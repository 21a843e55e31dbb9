"""Welch's test of each onset signal, from the statistics of the two groups."""

import numpy as np
import pyarrow as pa

from customer_lifecycle.statistics import welch


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    groups = dbt.ref("int_lifecycle__onset_signal_groups").order("signal").fetchnumpy()

    statistics = (
        *("mean_onset", "variance_onset", "customers_compared"),
        *("mean_stay", "variance_stay", "effective_stay"),
    )
    p_values = welch.p_values(
        *(np.ma.filled(groups[statistic].astype(float), np.nan) for statistic in statistics)
    )
    # A number that does not exist is null, not NaN.
    return pa.table(
        {
            "signal": pa.array(groups["signal"].tolist(), pa.string()),
            "p_value": pa.array(p_values, pa.float64(), from_pandas=True),
        }
    )
