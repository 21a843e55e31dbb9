"""No model keeps all values of a group in memory, where no limit holds them."""

import re
from pathlib import Path

from dbt_project import PROJECT

# Aggregates that keep every value they see, and do not spill: on DuckDB outside of memory_limit.
# Macros of such names (customer_lifecycle.quantiles) count values.
KEEPS_ITS_VALUES = re.compile(
    r"(?<![.\w])(?<!macro )(quantile\w*|percentile_cont|percentile_disc|median|mode|mad|list"
    r"|array_agg|string_agg|listagg|collect_list|collect_set|group_concat|histogram|approx_\w+)\s*\("
    r"|count\s*\(\s*distinct",
    re.IGNORECASE,
)
# Those that see few rows, with what they see.
FEW_ROWS = {
    "macros/cross_db/first_by.sql": "PostgreSQL: the orders of one customer at a time",
    "macros/cross_db/ordered_list.sql": "rows of seeds, and the names of cautions",
    "macros/suggest/findings.sql": "make suggest, one file",
    "macros/suggest/lines_text.sql": "make suggest, one file",
    "macros/suggest/prediction_text.sql": "make suggest, one file",
    "macros/suggest/profile_columns.sql": "make suggest, one file",
}
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)


def files_that_keep_values(folder: Path) -> set[str]:
    """Return the SQL files of models and macros with such an aggregate."""
    files = [*folder.glob("models/**/*.sql"), *folder.glob("macros/**/*.sql")]
    return {
        str(file.relative_to(folder))
        for file in files
        if KEEPS_ITS_VALUES.search(COMMENT.sub("", file.read_text(encoding="utf-8")))
    }


def test_no_aggregate_keeps_the_values_of_rows_that_grow_with_the_customers() -> None:
    assert files_that_keep_values(PROJECT) == set(FEW_ROWS)


def test_such_an_aggregate_is_found(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for number, sql in enumerate(["median(amount)", "count( distinct a)", "List (x)", "sum(list)"]):
        (tmp_path / "models" / f"{number}.sql").write_text(f"select {sql} from orders", "utf-8")
    assert files_that_keep_values(tmp_path) == {"models/0.sql", "models/1.sql", "models/2.sql"}
