"""A dbt project of somebody else with this one as a package, for the tests of both."""

import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any
from unittest import mock

import duckdb
import yaml
from cheaper_dbt import cheaper
from dbt.cli.main import dbtRunner
from dbt_project import PROJECT, close_warehouse

RECEIPTS = PROJECT / "integration_tests" / "seeds" / "receipts.csv"
RECEIPT_COLUMNS = {
    "order_id": "receipt",
    "customer_id": "member",
    "ordered_at": "sold_at",
    "amount": "total",
}
NAME = "customer_lifecycle"


@dataclass(frozen=True)
class Outcome:
    """What came of a call of dbt in the guest's project."""

    succeeded: bool
    text: str
    """Warnings and errors as the user sees them."""
    nodes: Mapping[str, Any]
    """What was built or tested, by name: of this package alone."""
    troubles: Mapping[str, str]
    """Statuses of all that did not go well."""


def lay_out_guest(folder: Path, lifecycle_vars: Mapping[str, Any] = MappingProxyType({})) -> Path:
    """Write the project of a guest who has orders alone, and a model named like one of ours."""
    project = {
        "name": "guest",
        "version": "1.0",
        "profile": "guest",
        "flags": {"send_anonymous_usage_stats": False},
        "vars": {
            NAME: {
                "lifecycle_input_models": {"orders": "stg_orders"},
                "lifecycle_columns": {"orders": RECEIPT_COLUMNS},
                **lifecycle_vars,
            }
        },
        "models": {NAME: {"+schema": "lifecycle_internal", "marts": {"+schema": "lifecycle"}}},
        "seeds": {NAME: {"+schema": "lifecycle_internal"}},
    }
    profile = {"type": "duckdb", "path": str(folder / "guest.duckdb"), "threads": 2}
    files = {
        "dbt_project.yml": yaml.safe_dump(project),
        "profiles.yml": yaml.safe_dump({"guest": {"target": "dev", "outputs": {"dev": profile}}}),
        "packages.yml": yaml.safe_dump({"packages": [{"local": str(PROJECT)}]}),
        "models/stg_orders.sql": f"select * from read_csv('{RECEIPTS}')",
        "models/customer_360.sql": "select 'of the guest' as whose",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content))
    assert call(folder, "deps").succeeded
    return folder


def call(folder: Path, *command: str, rooms: list[str] | str | None = None) -> Outcome:
    """Call dbt in the guest's project, with these rooms or those that a guest gets."""
    arguments = [*command, "--quiet"]
    if command[0] != "deps":
        arguments += ["--no-use-colors", "--log-level", "none", "--log-level-file", "none"]
        arguments += ["--vars", yaml.safe_dump({} if rooms is None else {"lifecycle_rooms": rooms})]
    messages: list[str] = []

    def listen(event: Any) -> None:  # noqa: ANN401
        if event.info.level in ("warn", "error"):
            messages.append(event.info.msg)

    with _at_home(folder):
        outcome = dbtRunner(callbacks=[listen]).invoke(arguments)
    results = [
        result
        for result in getattr(outcome.result, "results", [])
        if getattr(result, "node", None) and result.node.package_name == NAME
    ]
    return Outcome(
        succeeded=outcome.success,
        text="\n".join([*messages, str(outcome.exception or "")]),
        nodes={result.node.name: result.node for result in results},
        troubles={
            result.node.name: str(result.status)
            for result in results
            if result.status not in ("success", "pass", "no-op")
        },
    )


def start_anew(folder: Path) -> None:
    """Drop the guest's warehouse."""
    (folder / "guest.duckdb").unlink(missing_ok=True)


def rows(folder: Path, sql: str) -> list[tuple]:
    """Rows of a query on the guest's warehouse."""
    with duckdb.connect(folder / "guest.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Call dbt from the guest's folder, with no variable of this project."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("DBT_")}
    environment |= {"DBT_PROFILES_DIR": str(folder), "PWD": str(folder)}
    try:
        with chdir(folder), mock.patch.dict(os.environ, environment, clear=True), cheaper():
            yield
    finally:
        close_warehouse()
