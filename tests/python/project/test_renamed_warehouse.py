"""A warehouse that was copied, renamed or attached under another name can be read all the same."""

import shutil
from pathlib import Path

import duckdb
from dbt_project import Run


def test_every_view_is_readable_in_a_copy_under_another_name(
    simulated_run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "another_name.duckdb"
    shutil.copy(simulated_run.warehouse, copy)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as elsewhere (read_only)")
        views = connection.execute(
            "select schema_name, view_name from duckdb_views() "
            "where not internal and database_name = 'elsewhere'"
        ).fetchall()
        assert {"customer_360_extended", "purchase_gap_ranks", "customer_silence_history"} <= {
            name for _, name in views
        }
        for schema, name in views:
            connection.execute(f"select * from elsewhere.{schema}.{name} limit 1").fetchall()
