"""Prints the summary of a build: `python -m customer_lifecycle.summary [WAREHOUSE]`."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

WAREHOUSE = os.environ.get("CUSTOMER_LIFECYCLE_WAREHOUSE", "warehouse/demo.duckdb")
FIRST_QUERY = (
    "select customer_id, silence_status, absence_text, lifecycle_stage, historic_amount, clv_365d "
    "from customer_360 where silence_status = 'near_silent' order by clv_365d desc limit 10"
)

SUMMARY_QUERY = "select topic, item, value from build_summary order by line_number"
LOG_QUERY = "from lifecycle_build_log order by build_number desc limit 2"

# What is compared with the build before: name in the summary by column of lifecycle_build_log.
COMPARED = {
    "new_orders": "new orders",
    "new_customers": "new customers",
    "fell_silent": "customers fallen silent",
    "came_back": "customers back from silence",
    "changed_silence_level": "customers at another silence level",
    "changed_lifecycle_stage": "customers in another stage",
}

Line = tuple[str, str, str | None]


def summary_text(lines: Sequence[Line]) -> str:
    """Lay out the rows (topic, item, value) of the mart `build_summary`, in order."""
    width = max((len(item) for _, item, _ in lines), default=0)
    blocks = []
    for topic, rows in groupby(lines, key=lambda row: row[0]):
        block = [topic]
        for _, item, value in rows:
            shown = f"{int(value):,}" if value and value.isdigit() else value
            block.append(f"  {item:<{width}}  {shown or 'none':>14}")
        blocks.append("\n".join(block))
    return "\n".join(blocks)


def changes(log: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Lines that say what has changed since the last build on the same warehouse.

    Parameters
    ----------
    log
        Rows of the mart `lifecycle_build_log`, by column: this build, and the one before if there
        was one.

    Returns
    -------
    list of Line
        Empty after a first build.
    """
    if len(log) < 2:
        return []
    now, before = log
    topic = f"since build {before['build_number']}, as of {before['as_of_date']}"
    lines = [(topic, name, _signed(now[column])) for column, name in COMPARED.items()]
    lines += [
        (topic, column.replace("_", " "), _signed(now[column] - before[column]))
        for column in ("rejected_rows", "value_at_risk")
        if None not in (now[column], before[column])
    ]
    lines += [
        (topic, column.replace("_", " "), f"{now[column]}, was {before[column]}")
        for column in ("purchase_model", "project_version")
        if now[column] != before[column]
    ]
    return lines


def _signed(number: int | Decimal | None) -> str | None:
    """Write a difference with its sign; money in two decimals."""
    if not number:
        return number if number is None else "0"
    return f"{number:+,.2f}" if isinstance(number, Decimal) else f"{number:+,}"


def query_line(warehouse: Path, query: str) -> str:
    """Write a line for a shell that runs a query with DuckDB's own client.

    Parameters
    ----------
    warehouse
        The warehouse file.
    query
        SQL without double quotes.

    Returns
    -------
    str
        With the client of this environment (the PyPI package duckdb-cli) if it has one, as seen
        from the working directory.
    """
    client = Path(sys.executable).with_name("duckdb")
    if not client.exists():
        client = Path("duckdb")
    elif client.is_relative_to(Path.cwd()):
        client = client.relative_to(Path.cwd())
    return f'{shlex.quote(str(client))} -readonly {shlex.quote(str(warehouse))} "{query}"'


def main() -> None:
    """Read `build_summary` and `lifecycle_build_log` from the warehouse file and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", nargs="?", type=Path, default=Path(WAREHOUSE))
    warehouse = parser.parse_args().warehouse
    if not warehouse.exists():
        sys.exit(f"There is no warehouse at {warehouse}. Run `make build` first.")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        lines = _rows_of(connection, SUMMARY_QUERY)
        log = _rows_of(connection, LOG_QUERY)
        query = FIRST_QUERY if _is_answered(connection, FIRST_QUERY) else "show tables"
    text = summary_text([*(tuple(line.values()) for line in lines), *changes(log)])
    if text:
        print(text, end="\n\n")
    print(f"warehouse  {warehouse}\na query to start with\n{query_line(warehouse, query)}")


def _is_answered(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether the marts that a query asks are there: rooms can be left out."""
    try:
        connection.sql(query)
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Read the rows of a query by column name; of a mart that is left out none."""
    if not _is_answered(connection, query):
        return []
    return connection.sql(query).to_arrow_table().to_pylist()


if __name__ == "__main__":
    main()
