"""Runs the dbt project in process, each run with a warehouse file of its own."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import reset_adapters
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[2]

# What counts, keeps and rejects rows, and nothing behind it.
STAGING = ("+input_quality", "+rejected_records")


@dataclass(frozen=True)
class Run:
    """What came of a call of dbt."""

    succeeded: bool
    text: str
    """Warnings and errors as the user sees them."""
    statuses: Mapping[str, str]
    """success, pass, warn, fail, error or skipped, by name of model, seed or test."""
    warehouse: Path

    def rows(self, sql: str) -> list[tuple]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the warehouse, by column name."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def by_key(self, sql: str) -> dict[Any, Any]:
        """Rows of a query by their first column: the rest of the row, or its one value."""
        return {key: rest[0] if len(rest) == 1 else rest for key, *rest in self.rows(sql)}

    def value(self, sql: str) -> Any:  # noqa: ANN401
        """The one value of a query on the warehouse."""
        ((value,),) = self.rows(sql)
        return value

    def tables(self) -> list[str]:
        """Tables and views of the warehouse."""
        return [name for (name,) in self.rows("select table_name from information_schema.tables")]

    def marts(self) -> list[str]:
        """Tables and views of the target schema."""
        names = self.rows(
            "select table_name from information_schema.tables where table_schema = 'main'"
        )
        return sorted(name for (name,) in names)

    def troubles(self) -> dict[str, str]:
        """Statuses of all that did not go well."""
        return {
            name: status
            for name, status in self.statuses.items()
            if status not in ("success", "pass")
        }

    def input_quality(self, input_name: str = "orders") -> dict[str, Any]:
        """The row of the mart input_quality; reasons that did not occur are left out."""
        (row,) = self.records(f"from input_quality where input = '{input_name}'")
        return {name: count for name, count in row.items() if count or name.startswith("rows_")}

    def kept(self, columns: str, order_by: str = "order_id") -> list[tuple]:
        """Columns of the orders that are kept."""
        return self.rows(
            f"select {columns} from main_internal.stg_lifecycle__orders order by {order_by}"
        )


def run_dbt(
    folder: Path,
    lifecycle_vars: Mapping[str, Any] | str = "{}",
    *,
    command: tuple[str, ...] = ("build",),
    select: tuple[str, ...] = (),
    leave_out: tuple[str, ...] = ("unit_test", "test"),
    project: Path = PROJECT,
) -> Run:
    """Call dbt from a folder that also holds its warehouse, logs and target.

    Parameters
    ----------
    folder
        From where dbt is called.
    lifecycle_vars
        What is given with --vars; text as it stands on the command line.
    command
        The dbt command.
    select
        What is built. Default: everything.
    leave_out
        Resource types that are neither built nor run.
    project
        The dbt project.

    Returns
    -------
    Run
    """
    warehouse = folder / "warehouse.duckdb"
    arguments = [*command, "--quiet", "--no-partial-parse", "--no-use-colors"]
    arguments += ["--project-dir", str(project), "--profiles-dir", str(project)]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    is_text = isinstance(lifecycle_vars, str)
    arguments += ["--vars", lifecycle_vars if is_text else json.dumps(lifecycle_vars)]
    # Tests that need more than what is selected are left out.
    arguments += ["--select", *select, "--indirect-selection", "cautious"] if select else []
    if command == ("build",):
        arguments += [part for kind in leave_out for part in ("--exclude-resource-type", kind)]

    messages: list[str] = []

    def listen(event: Any) -> None:  # noqa: ANN401
        if event.info.level in ("warn", "error"):
            messages.append(event.info.msg)

    with _called_from(folder, warehouse), _released():
        outcome = dbtRunner(callbacks=[listen]).invoke(arguments)
    return Run(
        succeeded=outcome.success,
        text="\n".join([*messages, str(outcome.exception or "")]),
        statuses={
            result.node.name: str(result.status)
            for result in getattr(outcome.result, "results", [])
        },
        warehouse=warehouse,
    )


def lay_out(folder: Path, files: Mapping[str, str | bytes | pa.Table]) -> Path:
    """Write input files: text, bytes or Parquet tables, by path in the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def build_inputs(
    folder: Path,
    files: Mapping[str, str | bytes | pa.Table],
    lifecycle_vars: Mapping[str, Any] | None = None,
    *,
    select: tuple[str, ...] = STAGING,
    leave_out: tuple[str, ...] = ("unit_test", "test"),
) -> Run:
    """Write input files below a folder, switch on the inputs that are among them, and build."""
    inputs = sorted({Path(name).parts[0].split(".")[0] for name in files}, reverse=True)
    return run_dbt(
        folder,
        {
            "lifecycle_input_dir": str(lay_out(folder / "input", files)),
            "lifecycle_inputs": inputs,
            **(lifecycle_vars or {}),
        },
        select=select,
        leave_out=leave_out,
    )


@contextmanager
def _called_from(folder: Path, warehouse: Path) -> Iterator[None]:
    environment = {"CUSTOMER_LIFECYCLE_WAREHOUSE": str(warehouse), "PWD": str(folder)}
    with chdir(folder), mock.patch.dict(os.environ, environment):
        yield


@contextmanager
def _released() -> Iterator[None]:
    """Close the warehouse file afterwards; the adapter would keep it open to the end."""
    try:
        yield
    finally:
        reset_adapters()
        environment = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
        DuckDBConnectionManager.close_all_connections()
