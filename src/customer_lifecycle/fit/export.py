"""Copies the marts of a warehouse into a DuckDB file, which boards and summaries read."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from customer_lifecycle.fit.profiles import Setup
from customer_lifecycle.fit.rounds import Manifest
from customer_lifecycle.fit.warehouses import Warehouse


def export_marts(setup: Setup, warehouse: Warehouse, file: Path) -> Iterator[str]:
    """Copy every mart of dbt's last call; a line on each.

    Parameters
    ----------
    setup, warehouse
        Where the marts are.
    file
        The DuckDB file. Marts that are in it are replaced.
    """
    manifest = Manifest.read(setup.manifest)
    with duckdb.connect(str(file)) as connection:
        for name, node in sorted(manifest.nodes.items()):
            if "marts" in node["fqn"]:
                rows = warehouse.read(node["relation_name"])
                connection.register("rows_of_mart", rows)
                connection.execute(f'create or replace table "{name}" as from rows_of_mart')
                connection.unregister("rows_of_mart")
                yield f"{name}: {rows.num_rows} rows"
