"""Runs the dbt project in process, each run with a warehouse file of its own."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from unittest import mock

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cheaper_dbt import cheaper
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import reset_adapters
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).parents[2]
WAREHOUSE = "warehouse.duckdb"

# What a shop says from which no thresholds can be learnt: too young, or too small.
NOT_LEARNT = MappingProxyType({"thresholds_are_learnt": "warn"})

# What tells of a shop that is unlike the forecasts, or too young for the thresholds: no fault.
CAUTIONS = frozenset({"thresholds_are_learnt", "forecasts_can_be_trusted"})

# What counts, keeps and rejects rows, and nothing behind it.
STAGING = ("+input_quality", "+rejected_records")

# Vars that are looked at when SQL is compiled and not when the project is parsed. Parsing is most
# of what a small run takes, so runs that differ in no other vars share one parse
# (test_dbt_project.py).
COMPILE_TIME_VARS = frozenset(
    {
        "lifecycle_acquired_days",
        "lifecycle_alike_purchase_days",
        "lifecycle_amount_factor",
        "lifecycle_annual_discount_rate",
        "lifecycle_arm_salt",
        "lifecycle_as_of_date",
        "lifecycle_at_risk_after",
        "lifecycle_backtest_horizon",
        "lifecycle_campaign_before_days",
        "lifecycle_campaign_window",
        "lifecycle_churned_after",
        "lifecycle_columns",
        "lifecycle_contact_effect",
        "lifecycle_control_arms",
        "lifecycle_csv_delimiter",
        "lifecycle_datetime_format",
        "lifecycle_decimal_mark",
        "lifecycle_dormant_after",
        "lifecycle_driver_columns",
        "lifecycle_earliest_valid_date",
        "lifecycle_early_evidence",
        "lifecycle_excluded_statuses",
        "lifecycle_false_discovery_rate",
        "lifecycle_first_amount",
        "lifecycle_frequency_cap",
        "lifecycle_gross_margin",
        "lifecycle_guest_ids",
        "lifecycle_history_periods",
        "lifecycle_holdout_share",
        "lifecycle_holdout_start",
        "lifecycle_input_dir",
        "lifecycle_lasting_control_share",
        "lifecycle_late_arrival_days",
        "lifecycle_latest_valid_date",
        "lifecycle_loyal_purchases",
        "lifecycle_mature_cohort_days",
        "lifecycle_minimum_buyers",
        "lifecycle_minimum_fit_customers",
        "lifecycle_minimum_longer_gaps",
        "lifecycle_minimum_purchase_amount",
        "lifecycle_minimum_profile_customers",
        "lifecycle_minimum_purchases",
        "lifecycle_minimum_trend_gaps",
        "lifecycle_near_loss_share",
        "lifecycle_period",
        "lifecycle_portfolio_campaigns",
        "lifecycle_power_shares",
        "lifecycle_purchase_model",
        "lifecycle_reactivated_days",
        "lifecycle_recency_cap",
        "lifecycle_repeated_orders",
        "lifecycle_return_days",
        "lifecycle_threshold_rule",
        "lifecycle_timezone",
        "lifecycle_unknown_consent",
        "lifecycle_value_horizon_periods",
        "lifecycle_wake_up_minimum_value",
        "lifecycle_wake_up_value_share",
        "lifecycle_worthwhile_lift",
    }
)

# Of the others those that several tests agree in: of these a parse is kept.
SHARED_VARS = frozenset(
    {
        "lifecycle_inputs",
        "lifecycle_purchase_models",
        "lifecycle_rooms",
        "lifecycle_wake_up_wave",
    }
)

# All rooms, and no waves: what is measured of them is a fifth of the project, and two builds on one
# warehouse differ from one by design (tests/python/activation).
USUAL_VARS = MappingProxyType({"lifecycle_rooms": "all", "lifecycle_wake_up_wave": "none"})


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

    def same_marts_as(self, other: "Run", leave_out: tuple[str, ...] = ()) -> None:
        """Assert that two runs agree as far as they must.

        Keys, counts, dates and money to the bit, in any order of the rows; statistics (doubles,
        whose sums depend on the order of the terms) to 1e-9. The log of the builds is left out: it
        tells how the warehouse came to be.
        """
        assert self.marts() == other.marts()
        for mart in set(self.marts()) - {"lifecycle_build_log", *leave_out}:
            exact, statistics = self._contents(mart)
            other_exact, other_statistics = other._contents(mart)
            assert exact == other_exact, mart
            assert statistics.keys() == other_statistics.keys()
            for name, values in statistics.items():
                np.testing.assert_allclose(
                    values, other_statistics[name], rtol=1e-9, atol=1e-12, err_msg=f"{mart}.{name}"
                )

    def _contents(self, mart: str) -> tuple[tuple[int, str], dict[str, np.ndarray]]:
        """Rows and checksum of all that is no double, and the doubles in the same order."""
        types = self.by_key(f"select column_name, column_type from (describe {mart})")
        exact = ", ".join(f'"{name}"' for name, kind in types.items() if kind != "DOUBLE")
        doubles = ", ".join(f'"{name}"' for name, kind in types.items() if kind == "DOUBLE")
        (checksum,) = self.rows(
            "select count(*), md5(string_agg(exact::varchar, chr(10) order by exact::varchar)) "
            f"from (select ({exact}) as exact from {mart})"
        )
        if not doubles:
            return checksum, {}
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            columns = connection.execute(
                f"select {doubles} from {mart} order by ({exact})::varchar"
            ).fetchnumpy()
        return checksum, {name: np.ma.filled(column, np.nan) for name, column in columns.items()}

    def troubles(self) -> dict[str, str]:
        """Statuses of all that did not go well."""
        return {
            name: status
            for name, status in self.statuses.items()
            if status not in ("success", "pass", "no-op")  # no-op: an exposure
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
    lifecycle_vars: Mapping[str, Any] | str = MappingProxyType({}),
    *,
    command: tuple[str, ...] = ("build",),
    select: tuple[str, ...] = (),
    leave_out: tuple[str, ...] = ("unit_test", "test"),
    project: Path = PROJECT,
    with_unit_tests: bool = False,
) -> Run:
    """Call dbt from a folder that also holds its warehouse, logs and target.

    Parameters
    ----------
    folder
        From where dbt is called.
    lifecycle_vars
        What is given with --vars; text as it stands on the command line. Unless they say otherwise
        all rooms of this project are built, and no wave is recorded.
    command
        The dbt command.
    select
        What is built. Default: everything.
    leave_out
        Resource types that are neither built nor run.
    project
        The dbt project.
    with_unit_tests
        Whether the unit tests are part of the project: they need every input and all rooms.

    Returns
    -------
    Run
    """
    warehouse = folder / WAREHOUSE
    if project == PROJECT and not isinstance(lifecycle_vars, str):
        usual = {"lifecycle_rooms": "all"} if with_unit_tests else USUAL_VARS
        lifecycle_vars = {**usual, **lifecycle_vars}
    arguments = _arguments(command, folder, project, lifecycle_vars)
    # Tests that need more than what is selected are left out.
    arguments += ["--select", *select, "--indirect-selection", "cautious"] if select else []
    if command[0] == "build":
        arguments += [part for kind in leave_out for part in ("--exclude-resource-type", kind)]
    parsed = None
    if project == PROJECT and not isinstance(lifecycle_vars, str) and not with_unit_tests:
        parse_time = parse_time_vars(lifecycle_vars)
        if set(parse_time) <= SHARED_VARS:
            parsed = _parsed(json.dumps(parse_time, sort_keys=True)).deepcopy()
    messages: list[str] = []

    def listen(event: Any) -> None:  # noqa: ANN401
        if event.info.level in ("warn", "error"):
            messages.append(event.info.msg)

    runner = dbtRunner(manifest=parsed, callbacks=[listen])
    with _called_from(folder, with_unit_tests, writes_sql=command[0] == "compile"):
        outcome = runner.invoke(arguments)
    return Run(
        succeeded=outcome.success,
        text="\n".join([*messages, str(outcome.exception or "")]),
        statuses={
            result.node.name: str(result.status)
            for result in getattr(outcome.result, "results", [])
            if hasattr(result, "node")  # of an operation there is none
        },
        warehouse=warehouse,
    )


def parse(folder: Path, lifecycle_vars: Mapping[str, Any]) -> Manifest:
    """Parse the project, all rooms and no waves unless the vars say otherwise."""
    lifecycle_vars = {**USUAL_VARS, **lifecycle_vars}
    with _called_from(folder):
        outcome = dbtRunner().invoke(_arguments(("parse",), folder, PROJECT, lifecycle_vars))
    assert outcome.success, outcome.exception
    return outcome.result


def parse_time_vars(lifecycle_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what parsing does not look at, the places of inputs that are on anyway too."""
    left_out = set(COMPILE_TIME_VARS)
    files = lifecycle_vars.get("lifecycle_input_files", {})
    if set(files) <= set(lifecycle_vars.get("lifecycle_inputs", ["orders"])):
        left_out.add("lifecycle_input_files")
    return {name: value for name, value in lifecycle_vars.items() if name not in left_out}


@lru_cache(maxsize=8)
def _parsed(lifecycle_vars: str) -> Manifest:
    with TemporaryDirectory() as folder:
        manifest = parse(Path(folder), json.loads(lifecycle_vars))
    # dbt cannot copy these: models that a var switches on, and what selectors.yml says.
    manifest.disabled.clear()
    manifest.selectors.clear()
    return manifest


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


def _arguments(
    command: tuple[str, ...], folder: Path, project: Path, lifecycle_vars: Mapping[str, Any] | str
) -> list[str]:
    is_text = isinstance(lifecycle_vars, str)
    # Nobody reads dbt's logs and artifacts: a run listens to its events. But what an operation
    # prints is read.
    is_read = command[0] == "run-operation"
    return [
        *(*command, "--quiet", "--no-partial-parse", "--no-use-colors", "--no-write-json"),
        *(() if is_read else ("--log-level", "none")),
        *("--log-level-file", "none"),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", lifecycle_vars if is_text else json.dumps(dict(lifecycle_vars))),
    ]


@contextmanager
def _called_from(
    folder: Path, with_unit_tests: bool = False, *, writes_sql: bool = False
) -> Iterator[None]:
    """Call dbt from the folder, and close its warehouse afterwards.

    The adapter would keep the file open until the process ends.
    """
    environment = {
        "CUSTOMER_LIFECYCLE_WAREHOUSE": str(folder / WAREHOUSE),
        "LIFECYCLE_UNIT_TESTS": "true" if with_unit_tests else "",
        "PWD": str(folder),
    }
    try:
        with (
            chdir(folder),
            mock.patch.dict(os.environ, environment),
            cheaper(writes_sql=writes_sql),
        ):
            yield
    finally:
        close_warehouse()


def close_warehouse() -> None:
    """Close what the adapter would keep open until the process ends."""
    reset_adapters()
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()
