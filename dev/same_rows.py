"""Compares two relations in DuckDB, row by row and value by value.

What is exact (keys, counts, dates, money) must be the same to the bit; doubles, whose sums depend
on the order of the terms, to 1e-9. For compare_marts.py and tests/warehouses/compare_warehouses.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

RELATIVE, ABSOLUTE = 1e-9, 1e-12
DOUBLES = ("DOUBLE", "FLOAT")
EXAMPLES = 3

# The row of a relation among those that are equal in the key: null where there is no counterpart.
REPEAT = "row_of_its_key"
IN_BOTH = f"here.{REPEAT} is not null and there.{REPEAT} is not null"


@dataclass(frozen=True)
class Difference:
    """A column that differs."""

    column: str
    rows: int
    examples: Sequence[tuple[Any, ...]]
    """Of a few rows the key, the value here and the value there."""


@dataclass(frozen=True)
class Comparison:
    """How two relations compare."""

    rows_here: int
    rows_there: int
    rows_in_both: int
    doubles: int
    """Doubles here that are not null."""
    largest: float
    """Largest relative difference of two doubles; 0 where they differ by next to nothing."""
    differences: Sequence[Difference]
    """Columns that differ, in the rows that are in both."""
    only_here: Sequence[tuple[Any, ...]]
    """Keys of a few rows that have no counterpart there."""
    only_there: Sequence[tuple[Any, ...]]


def compare_rows(
    connection: duckdb.DuckDBPyConnection,
    here: str,
    there: str,
    key: Sequence[str],
    types: Mapping[str, str],
) -> Comparison:
    """Compare two relations.

    Parameters
    ----------
    connection
        Where both can be read.
    here, there
        What stands behind `from`.
    key
        Columns by which rows are matched. Rows that are equal in them are matched in the order of
        their other columns.
    types
        DuckDB's type by name of the columns that are compared, with those of the key.

    Returns
    -------
    Comparison
    """
    matches = " and ".join(
        f'here."{name}" is not distinct from there."{name}"' for name in (*key, REPEAT)
    )
    connection.execute(
        f"create or replace temp table compared as select here, there "
        f"from ({_numbered(here, key, types)}) as here "
        f"full join ({_numbered(there, key, types)}) as there on {matches}"
    )
    doubles = [name for name, kind in types.items() if kind in DOUBLES]
    conditions = {name: _differs(name, types[name]) for name in types if name not in key}
    ((rows_here, rows_there, rows_in_both, values, largest, *counts),) = connection.execute(
        f"select count(here.{REPEAT}), count(there.{REPEAT}), count(*) filter ({IN_BOTH}), "
        + (" + ".join(f'count(here."{name}")' for name in doubles) or "0")
        + f", greatest(0, {', '.join(map(_largest, doubles)) or '0'})"
        + "".join(f", count(*) filter ({condition})" for condition in conditions.values())
        + " from compared"
    ).fetchall()
    return Comparison(
        rows_here,
        rows_there,
        rows_in_both,
        values,
        largest,
        [
            Difference(name, rows, _examples(connection, name, conditions[name], key))
            for name, rows in zip(conditions, counts, strict=True)
            if rows
        ],
        _unmatched(connection, "here", "there", key),
        _unmatched(connection, "there", "here", key),
    )


def mart_keys(manifest: Path) -> dict[str, list[str] | None]:
    """Read from dbt's manifest by mart which columns it is tested to be unique in."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    marts = {
        name: node["name"]
        for name, node in nodes.items()
        if node["resource_type"] == "model" and "marts" in node["fqn"]
    }
    keys: dict[str, list[str] | None] = dict.fromkeys(marts.values())
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "grain" and node["attached_node"] in marts:
            keys[marts[node["attached_node"]]] = test["kwargs"]["key"]
    return keys


def _numbered(relation: str, key: Sequence[str], types: Mapping[str, str]) -> str:
    """Select the columns, with the number of each row among those of the same key."""
    columns = ", ".join(f'"{name}"' for name in types)
    parts = ", ".join(f'"{name}"' for name in key)
    others = ", ".join(f'"{name}"' for name in types if name not in key)
    window = f"partition by {parts}" + (f" order by {others}" if others else "")
    return f"select {columns}, row_number() over ({window}) as {REPEAT} from {relation}"


def _differs(column: str, kind: str) -> str:
    """Write the condition that a column differs in a row that is in both."""
    here, there = f'here."{column}"', f'there."{column}"'
    differs = f"{IN_BOTH} and {here} is distinct from {there}"
    if kind in DOUBLES:
        size = f"greatest(abs({here}), abs({there}))"
        differs += (
            f" and not coalesce(isfinite({here}) and isfinite({there}) "
            f"and abs({here} - {there}) <= greatest({ABSOLUTE}, {RELATIVE} * {size}), false)"
        )
    return differs


def _largest(column: str) -> str:
    """Write the largest relative difference of a column of doubles."""
    here, there = f'here."{column}"', f'there."{column}"'
    return (
        f"max(abs({here} - {there}) / greatest(abs({here}), abs({there}))) "
        f"filter (isfinite({here}) and isfinite({there}) and abs({here} - {there}) > {ABSOLUTE})"
    )


def _examples(
    connection: duckdb.DuckDBPyConnection, column: str, condition: str, key: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Read the first rows in which a column differs: key, value here, value there."""
    keys = "".join(f'here."{name}"::varchar, ' for name in key)
    return connection.execute(
        f'select {keys}here."{column}"::varchar, there."{column}"::varchar '
        f"from compared where {condition} order by all limit {EXAMPLES}"
    ).fetchall()


def _unmatched(
    connection: duckdb.DuckDBPyConnection, side: str, other: str, key: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Read the keys of the first rows that have no counterpart."""
    keys = ", ".join(f'{side}."{name}"::varchar' for name in key)
    return connection.execute(
        f"select {keys} from compared where {other}.{REPEAT} is null order by all limit {EXAMPLES}"
    ).fetchall()
