"""P-values of a table of statistics, each by its own test."""

import numpy as np
import pyarrow as pa
from scipy.stats import chi2, t

from customer_lifecycle.statistics import proportions

P_VALUE_SCHEMA = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("arm", pa.string()),
        ("question", pa.string()),
        ("p_value", pa.float64()),
    ]
)

KEYS = ("campaign_id", "arm", "question")
COUNTS = ("treated_buyers", "treated_members", "control_buyers", "control_members")


def p_value_table(statistics: pa.Table) -> pa.Table:
    """Give each statistic its two-sided p-value.

    Parameters
    ----------
    statistics
        One row per campaign_id, arm and question, with ``test``: ``student`` (statistic, the
        absolute value of t, and degrees_of_freedom), ``chi_square`` (the same columns) or
        ``shares`` (treated_buyers, treated_members, control_buyers, control_members). Of several
        ``comparisons``, of which the statistic is the largest, each counts (Bonferroni).

    Returns
    -------
    pyarrow.Table
        With :data:`P_VALUE_SCHEMA`, a row for each; null where nothing can be said.
    """
    names = ("statistic", "degrees_of_freedom", "comparisons", *COUNTS)
    columns = {name: _floats(statistics, name) for name in names}
    test = np.array(statistics["test"].to_pylist(), dtype=object)
    values = np.full(statistics.num_rows, np.nan)
    for name, law in (("student", _student), ("chi_square", chi2.sf)):
        rows = test == name
        values[rows] = law(columns["statistic"][rows], columns["degrees_of_freedom"][rows])
    rows = test == "shares"
    values[rows] = proportions.p_values(*(columns[name][rows] for name in COUNTS))
    values = np.minimum(values * columns["comparisons"], 1)
    result = {name: statistics[name].cast(pa.string()) for name in KEYS}
    result["p_value"] = pa.array(values, pa.float64(), from_pandas=True)
    return pa.table(result, schema=P_VALUE_SCHEMA)


def _floats(table: pa.Table, name: str) -> np.ndarray:
    column = table[name].cast(pa.float64())
    return column.to_numpy(zero_copy_only=False).astype(float)


def _student(statistic: np.ndarray, degrees_of_freedom: np.ndarray) -> np.ndarray:
    return 2 * t.sf(statistic, degrees_of_freedom)
