"""Build the marts on another warehouse and on DuckDB from the same orders, and compare every value.

Starts a private server in a temporary folder, and stops it. Called by `make test-postgres` and
`make test-spark`, which let it import from dev/.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from iceberg import find_iceberg, running_iceberg
from inputs import CDNOW, INPUTS, PROJECT, queries, simulate_input
from same_rows import compare_rows, mart_keys
from servers import (
    COMPILED,
    OLDEST_POSTGRES,
    ComparisonError,
    Server,
    find_postgres,
    find_spark,
    run,
    running_postgres,
    running_spark,
)
from text_moments import compare_text_moments

from customer_lifecycle.shops.simulate import PRESETS, write_inputs

VARS = {
    "lifecycle_rooms": "all",
    "lifecycle_inputs": list(INPUTS),
    "lifecycle_input_schema": "raw",
    "lifecycle_gross_margin": 0.37,
    # Behind UTC, in which the offsets and instants of the inputs are: some days move.
    "lifecycle_timezone": "America/New_York",
    "lifecycle_model_segment": "acquisition_channel",
    # Of the late orders some are of periods that are frozen by then, and some of later ones.
    "lifecycle_late_arrival_days": 61,
}
# Made from hashes of the warehouse's own.
LEFT_OUT = "history_version"
# Customers of the large world.
LARGE = 100_000
# Decimals made of doubles: between two of them, a warehouse takes the one or the other.
ROUNDED = {"next_amount", "next_product_cost", "next_contact_cost", "next_value"}
LAST_PLACE = Decimal("0.0001")
# The certificates' sample is a file, which only DuckDB reads.
ROWS = {"method_certificates": "dataset <> 'cdnow_sample'"}
TESTS = ("test", "unit_test")
LeftOut = Mapping[str, Sequence[str]]
# By --tests: the unit tests run with the first build, the data tests when all is there. Where every
# statement costs a second, the singular ones say most, since the marts are compared anyway.
LEFT_OUT_BY_TESTS: Mapping[str, LeftOut] = {
    "all": {"first": ("test",), "late": ("unit_test",)},
    "singular": {"first": TESTS, "late": ("unit_test", "test_type:generic")},
    "none": {"first": TESTS, "late": TESTS},
}
DBT = Path(sys.executable).with_name("dbt")
FIT = (sys.executable, "-m", "customer_lifecycle.fit", "build")
FINDERS = {
    "postgres": (find_postgres, running_postgres),
    "spark": (find_spark, running_spark),
    "iceberg": (find_iceberg, running_iceberg),
}
MISSING = {
    "iceberg": "there is no Java or no Iceberg here",
    "postgres": f"there is no PostgreSQL server of version {OLDEST_POSTGRES} or later here",
    "spark": "there is no Java here (apt-get install openjdk-17-jre-headless)",
}


def build(
    target: str,
    folder: Path,
    environment: dict[str, str],
    variables: Mapping[str, Any],
    leave_out: Sequence[str],
    project: Path = PROJECT,
) -> None:
    """Build with dbt and, where its adapter runs none, with the fits beside it.

    What is left out is a type of resources, or what dbt's --exclude takes.
    """
    command = [DBT, "build"] if target == "duckdb" else FIT
    words = ["--project-dir", project, "--profiles-dir", project, "--target", target]
    words += ["--target-path", folder.parent / target, "--log-path", folder, "--no-use-colors"]
    words += ["--log-level-file", "none"]
    words += ["--vars", json.dumps(variables)]
    for kind in leave_out:
        words += ["--exclude" if ":" in kind else "--exclude-resource-type", kind]
    said = run(*command, "--quiet", *words, cwd=folder, env=environment)
    if said:
        print(said)


def build_here(
    inputs: duckdb.DuckDBPyConnection,
    tables: Mapping[str, str],
    folder: Path,
    variables: Mapping[str, Any],
) -> Path:
    """Build on DuckDB; the warehouse. The tests are those of `make test`."""
    warehouse = folder.parent / "warehouse.duckdb"
    inputs.execute(f"attach '{warehouse}' as warehouse")
    inputs.execute("create schema if not exists warehouse.raw")
    for table, query in tables.items():
        inputs.execute(f"create or replace table warehouse.raw.{table} as {query}")
    inputs.execute("detach warehouse")
    environment = {**os.environ, "CUSTOMER_LIFECYCLE_WAREHOUSE": str(warehouse)}
    build("duckdb", folder, environment, variables, TESTS)
    return warehouse


def tested_keys(manifest: Path) -> dict[str, list[str]]:
    """The columns that each mart is tested to be unique in."""
    keys = mart_keys(manifest)
    without_key = sorted(mart for mart, key in keys.items() if not key)
    if without_key:
        raise ComparisonError(f"no key is tested of {', '.join(without_key)}")
    return {mart: key for mart, key in keys.items() if key}


def compare(warehouse: Path, server: Server, keys: dict[str, list[str]]) -> str:
    """Compare every mart; the sentence that says how much was compared."""
    problems: list[str] = []
    rows = doubles = rounded = 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for mart, key in sorted(keys.items()):
            found = compare_mart(connection, server, mart, key)
            rows, doubles, rounded = rows + found[0], doubles + found[1], rounded + found[2]
            problems += found[3]
    if problems:
        raise ComparisonError("\n".join(problems))
    return (
        f"{server.name} {server.version}: {len(keys)} marts equal DuckDB's ({LEFT_OUT} left out), "
        f"{rows} rows, {doubles} doubles within 1e-9, {rounded} values rounded the other way"
    )


def compare_mart(
    connection: duckdb.DuckDBPyConnection, server: Server, mart: str, key: list[str]
) -> tuple[int, int, int, list[str]]:
    """Rows and doubles of a mart, values rounded the other way, and what differs otherwise."""
    described = connection.execute(f"describe warehouse.main.{mart}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    columns, there = server.copy(mart, types)
    # Spark puts the column that a table is partitioned by last.
    if sorted(columns) != sorted(types):
        return (
            0,
            0,
            0,
            [f"{mart}: columns {', '.join(types)}; on {server.name} {', '.join(columns)}"],
        )
    compared = {name: kind for name, kind in types.items() if name != LEFT_OUT}
    here, which = f"warehouse.main.{mart}", ROWS.get(mart, "true")
    both = [f"(select * from {rows} where {which})" for rows in (here, there)]
    found = compare_rows(connection, *both, key, compared)
    problems = [
        f"{mart}: row {', '.join(key)} = {example} is only on {where}"
        for where, examples in (("DuckDB", found.only_here), (server.name, found.only_there))
        for example in examples
    ]
    rounded = 0
    for difference in found.differences:
        if difference.column in ROUNDED and largest(connection, difference.column) <= LAST_PLACE:
            rounded += difference.rows
            continue
        problems.append(f"{mart}.{difference.column} differs in {difference.rows} rows")
        problems += [
            f"    {', '.join(key)} = {where}: DuckDB {here}, {server.name} {there}"
            for *where, here, there in difference.examples
        ]
    return found.rows_here, found.doubles, rounded, problems


def largest(connection: duckdb.DuckDBPyConnection, column: str) -> Decimal:
    """By how much a column of the rows that `compare_rows` compared differs at most."""
    return connection.execute(
        f'select max(abs(here."{column}" - there."{column}")) from compared'
    ).fetchone()[0]


def frozen_rows(warehouse: Path) -> int:
    """The rows of history that are as first written, and not what the orders say today."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from customer_silence_history where history_version not in"
            " (select history_version from main_internal.int_lifecycle__history_periods)"
        ).fetchone()[0]
    if not found:
        raise ComparisonError("no history is frozen")
    return found


def compare_round(
    server: Server,
    place: Path,
    inputs: duckdb.DuckDBPyConnection,
    tables: Mapping[str, str],
    variables: Mapping[str, Any],
    left_out: Sequence[str],
) -> None:
    """Load the inputs, build on both sides, and compare."""
    begun = time.monotonic()
    place.mkdir()
    for table, query in tables.items():
        server.load(inputs, table, query)
    warehouse = build_here(inputs, tables, place, variables)
    environment = server.environment | {"LIFECYCLE_UNIT_TESTS": "true"}
    build(server.target, place, environment, variables, left_out, server.project)
    said = compare(warehouse, server, tested_keys(place.parent / "duckdb" / "manifest.json"))
    if place.name == "late":
        said += f", {frozen_rows(warehouse)} of frozen history"
    seconds = time.monotonic() - begun
    print(f"{said}; {seconds:.0f} s{server.memory()}", flush=True)


def compare_two_shops(server: Server, folder: Path, left_out: LeftOut) -> None:
    """Build and compare twice: at first, and after more orders and late ones have come."""
    inputs = simulate_input(has_infinity=server.has_infinity)
    for name in ("first", "late"):
        compare_round(server, folder / name, inputs, queries(name), VARS, left_out[name])


def compare_cdnow(server: Server, folder: Path, left_out: LeftOut) -> None:
    """Build and compare once, with all of CDNOW's customers."""
    variables = {name: VARS[name] for name in ("lifecycle_rooms", "lifecycle_input_schema")}
    variables["lifecycle_inputs"] = ["orders"]
    tables = {"orders": f"from read_parquet('{CDNOW}')"}
    with duckdb.connect() as inputs:
        compare_round(server, folder / "cdnow", inputs, tables, variables, left_out["late"])


def compare_large(server: Server, folder: Path, left_out: LeftOut) -> None:
    """Build and compare once, with so many customers that it shows what the fits read and write."""
    variables = {name: VARS[name] for name in ("lifecycle_rooms", "lifecycle_input_schema")}
    variables["lifecycle_inputs"] = ["orders"]
    write_inputs(folder / "shop", PRESETS["shop"], LARGE, seed=1)
    tables = {"orders": f"from read_parquet('{folder}/shop/orders/*.parquet')"}
    with duckdb.connect() as inputs:
        compare_round(server, folder / "large", inputs, tables, variables, left_out["late"])


WORLDS = {"two-shops": compare_two_shops, "cdnow": compare_cdnow, "large": compare_large}


def main() -> int:
    """Compare one warehouse with DuckDB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", choices=FINDERS)
    parser.add_argument("--world", choices=WORLDS, default="two-shops")
    parser.add_argument("--tests", choices=LEFT_OUT_BY_TESTS, default="all")
    parser.add_argument("--environment", type=Path, help="where a package of its server may be")
    parser.add_argument(
        "--find-server", action="store_true", help="only say whether there is a server"
    )
    arguments = parser.parse_args()
    find, running = FINDERS[arguments.warehouse]
    environment = arguments.environment or PROJECT / f".venv-{arguments.warehouse}"
    installed = find(environment)
    if arguments.find_server:
        return int(installed is None)
    if installed is None:
        print(f"skipped: {MISSING[arguments.warehouse]}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments.warehouse == "spark" and arguments.world != "two-shops":
        running = partial(running, others=COMPILED)
    try:
        with TemporaryDirectory() as name, running(installed, Path(name)) as server:
            print(compare_text_moments(server, Path(name)), flush=True)
            compare_world = WORLDS[arguments.world]
            compare_world(server, Path(name), LEFT_OUT_BY_TESTS[arguments.tests])
    except ComparisonError as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
