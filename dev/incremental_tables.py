"""Makes a warehouse with an empty table for each incremental model, and prints the models' files.

An incremental model is two models: what dbt compiles depends on whether its table is there. For
`make lint`, which looks at both.
"""

import sys
from pathlib import Path

import duckdb
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.nodes import ModelNode
from dbt_vars import ALL_ROOMS, as_text


def incremental_models(target: Path) -> list[ModelNode]:
    """Find the incremental models of all rooms; dbt parses the project into a folder of its own."""
    outcome = dbtRunner().invoke(
        ["parse", "--quiet", "--vars", as_text(ALL_ROOMS), "--target-path", str(target)]
    )
    if not outcome.success:
        raise SystemExit("dbt parse failed")
    return [
        node
        for node in outcome.result.nodes.values()
        if isinstance(node, ModelNode) and node.config.materialized == "incremental"
    ]


def make_tables(warehouse: Path, models: list[ModelNode]) -> None:
    """Write a new warehouse with a table for each model, in the columns that are documented."""
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(warehouse) as connection:
        for model in models:
            columns = {c.name: c.data_type or "varchar" for c in model.columns.values()}
            definition = ", ".join(f'"{n}" {kind}' for n, kind in columns.items()) or "a integer"
            connection.execute(f'create schema if not exists "{model.schema}"')
            connection.execute(f'create table "{model.schema}"."{model.alias}" ({definition})')


def main(warehouse: Path) -> None:
    """Make the warehouse, and print where the models are."""
    models = incremental_models(warehouse.with_suffix(""))
    make_tables(warehouse, models)
    print(*(model.original_file_path for model in models))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
