"""One round of fits: reads what SQL has made ready, runs Python models, writes what they say."""

import importlib.util
import json
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa

from customer_lifecycle.fit.profiles import Setup, SetupError
from customer_lifecycle.fit.warehouses import Warehouse

PACKAGE = "customer_lifecycle"
SETTINGS = "int_lifecycle__fit_settings"
STAMP = "fit_stamp"
# A model that reads rows of a Python model has this tag, the round and the Python model's name.
READS = "lifecycle_reads_round_"


@dataclass
class Manifest:
    """What dbt wrote of the project in its last call."""

    nodes: Mapping[str, Mapping[str, Any]]
    is_guest: bool

    @classmethod
    def read(cls, file: Path) -> "Manifest":
        """Read the file.

        Raises
        ------
        SetupError
            When dbt has not written it.
        """
        if not file.exists():
            raise SetupError(f"there is no {file}; call dbt first: dbt build or dbt parse")
        content = json.loads(file.read_text(encoding="utf-8"))
        nodes = {
            node["name"]: node
            for node in content["nodes"].values()
            if node["package_name"] == PACKAGE and node["resource_type"] == "model"
        }
        return cls(nodes, content["metadata"].get("project_name") != PACKAGE)

    def models(self, number: int, selected: Set[str] | None = None) -> list[str]:
        """List the Python models of a round whose rows a (selected) model reads."""
        prefix = f"{READS}{number}_"
        readers = self.nodes.keys() if selected is None else self.nodes.keys() & selected
        tags = {tag for name in readers for tag in self.nodes[name].get("tags", ())}
        return sorted(tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix))

    def relation(self, name: str) -> str:
        """Name a model's relation as dbt writes it."""
        if name not in self.nodes:
            raise SetupError(f"{name} is not in the graph of dbt's last call")
        return self.nodes[name]["relation_name"]

    @property
    def schema(self) -> str:
        """The schema that the fits are written to, which is that of their settings."""
        if SETTINGS not in self.nodes:
            raise SetupError("no fits are asked for: lifecycle_purchase_models is false")
        return self.nodes[SETTINGS]["schema"]


@dataclass
class Dbt:
    """What dbt hands to a Python model, as far as these ask for it."""

    warehouse: Warehouse
    manifest: Manifest
    session: duckdb.DuckDBPyConnection
    name: str
    rows_read: int = 0

    @property
    def this(self) -> "_This":
        """The table of the last run."""
        return _This(self.name)

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """Read the rows of a model."""
        table = self.warehouse.read(self.manifest.relation(name))
        self.rows_read += table.num_rows
        return self.session.from_arrow(table)

    def config(self, **_: object) -> None:
        """Take no notice: how it is kept is up to whoever writes it."""


class _This(SimpleNamespace):
    """Where the session has the rows of the last run."""

    def __init__(self, name: str) -> None:
        super().__init__(database="memory", schema="main", identifier=name)

    def __str__(self) -> str:
        return f"{self.database}.{self.schema}.{self.identifier}"


def run_round(
    setup: Setup, warehouse: Warehouse, number: int, selected: Set[str] | None = None
) -> Iterator[str]:
    """Run the Python models of a round, those that selected models read; a line on each."""
    manifest = Manifest.read(setup.manifest)
    names = manifest.models(number, selected)
    if not names:
        return
    schema = manifest.schema
    stamp = warehouse.read(manifest.relation(SETTINGS))[STAMP][0].as_py()
    folder = setup.packages / PACKAGE if manifest.is_guest else setup.project
    for name in names:
        begun = time.monotonic()
        file = next((folder / "python_models").rglob(f"{name}.py"))
        with duckdb.connect() as session:
            dbt = Dbt(warehouse, manifest, session, name)
            if "dbt.this" in file.read_text(encoding="utf-8"):
                _load_last_run(warehouse, schema, name, session)
            rows = _model(file)(dbt, session)
            rows = rows if isinstance(rows, pa.Table) else rows.to_arrow_table()
        stamps = pa.array([stamp] * rows.num_rows, pa.string())
        warehouse.write(schema, name, rows.append_column(STAMP, stamps))
        seconds = time.monotonic() - begun
        yield f"{name}: {dbt.rows_read} rows in, {rows.num_rows} out, {seconds:.1f} s"


def _load_last_run(
    warehouse: Warehouse, schema: str, name: str, session: duckdb.DuckDBPyConnection
) -> None:
    if warehouse.columns(schema, name):
        last_run = warehouse.read(f"{schema}.{name}").drop_columns([STAMP])
        session.register("last_run", last_run)
        session.execute(f"create table {name} as from last_run")


def _model(file: Path) -> Any:  # noqa: ANN401
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.model
