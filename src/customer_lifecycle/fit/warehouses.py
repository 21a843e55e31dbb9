"""Reads tables from a warehouse and writes tables into it, in bulk, by its own driver."""

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from customer_lifecycle.fit.profiles import Setup, SetupError

# Rows of one statement on Spark: some megabytes of text.
SPARK_ROWS = 20_000
# Spark remembers the plans of its last statements, with all their literals several times over.
SPARK_PLAN = "set spark.sql.maxPlanStringLength = 2000"


class Warehouse(AbstractContextManager, ABC):
    """A connection. The types of a table that is written are those of its Arrow columns."""

    types: Mapping[pa.DataType, str]

    @abstractmethod
    def read(self, relation: str) -> pa.Table:
        """Read all rows of a relation, by its name as dbt writes it."""

    @abstractmethod
    def write(self, schema: str, name: str, table: pa.Table) -> None:
        """Put the rows into a table, in place of those there; it is made if there is none."""

    @abstractmethod
    def columns(self, schema: str, name: str) -> list[str] | None:
        """List the columns of a table, in order; none where there is no such table."""

    def definition(self, table: pa.Table) -> str:
        """Name the columns of a table that is to be made, with their types."""
        return ", ".join(f"{field.name} {self.types[field.type]}" for field in table.schema)


class DuckDB(Warehouse):
    """DuckDB, in this process."""

    types = {  # noqa: RUF012
        pa.string(): "varchar",
        pa.float64(): "double",
        pa.int64(): "bigint",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }

    def __init__(self, output: Mapping[str, Any], project: Path) -> None:
        path = str(output.get("path", ":memory:"))
        self._connection = duckdb.connect(path if path == ":memory:" else str(project / path))

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def read(self, relation: str) -> pa.Table:
        """Read all rows of a relation."""
        return self._connection.execute(f"from {relation}").to_arrow_table()

    def write(self, schema: str, name: str, table: pa.Table) -> None:
        """Put the rows into a table."""
        place = f'"{schema}"."{name}"'
        self._connection.execute("begin")
        self._connection.execute(f"create or replace table {place} ({self.definition(table)})")
        self._connection.register("rows_to_write", table)
        self._connection.execute(f"insert into {place} from rows_to_write")
        self._connection.execute("commit")
        self._connection.unregister("rows_to_write")

    def columns(self, schema: str, name: str) -> list[str] | None:
        """List the columns of a table."""
        found = self._connection.execute(
            "select column_name from information_schema.columns"
            " where table_schema = ? and table_name = ? order by ordinal_position",
            [schema, name],
        ).fetchall()
        return [column for (column,) in found] or None


class Postgres(Warehouse):
    """PostgreSQL, by psycopg2."""

    types = {  # noqa: RUF012
        pa.string(): "text",
        pa.float64(): "double precision",
        pa.int64(): "bigint",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }
    # By the number of the type; a numeric is a decimal where there are any, else a double.
    _READ = {  # noqa: RUF012
        16: pa.bool_(),
        20: pa.int64(),
        21: pa.int64(),
        23: pa.int64(),
        700: pa.float64(),
        701: pa.float64(),
        1082: pa.date32(),
        1114: pa.timestamp("us"),
        1700: None,
    }
    # What libpq takes besides, under the names of profiles.yml.
    _OPTIONS = ("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout")

    def __init__(self, output: Mapping[str, Any]) -> None:
        import psycopg2

        self._connection = psycopg2.connect(
            host=output["host"],
            port=int(output["port"]),
            user=output["user"],
            password=output.get("password", output.get("pass")),
            dbname=output.get("dbname", output.get("database")),
            **{name: output[name] for name in self._OPTIONS if output.get(name)},
        )
        if output.get("role"):
            with self._connection.cursor() as cursor:
                cursor.execute(f"set role {output['role']}")

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def read(self, relation: str) -> pa.Table:
        """Read all rows of a relation."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(f"select * from {relation}")
            kinds = {
                column.name: self._READ.get(column.type_code, pa.string())
                for column in cursor.description
            }
            return _table(kinds, cursor.fetchall())

    def write(self, schema: str, name: str, table: pa.Table) -> None:
        """Put the rows into a table."""
        place = f'"{schema}"."{name}"'
        columns = [map(_postgres_text, column.to_pylist()) for column in table.columns]
        text = io.StringIO("".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)))
        there = self.columns(schema, name)
        with self._connection, self._connection.cursor() as cursor:
            if there == table.column_names:
                # Not made anew: views of dbt's may rest on it.
                cursor.execute(f"truncate {place}")
            else:
                cursor.execute(f"drop table if exists {place} cascade")
                cursor.execute(f"create table {place} ({self.definition(table)})")
            cursor.copy_expert(f"copy {place} from stdin", text)

    def columns(self, schema: str, name: str) -> list[str] | None:
        """List the columns of a table."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(
                "select column_name from information_schema.columns"
                " where table_schema = %s and table_name = %s order by ordinal_position",
                [schema, name],
            )
            return [column for (column,) in cursor.fetchall()] or None


class Spark(Warehouse):
    """Spark, by its thrift server."""

    types = {  # noqa: RUF012
        pa.string(): "string",
        pa.float64(): "double",
        pa.int64(): "bigint",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }
    _READ = {  # noqa: RUF012
        "BOOLEAN": pa.bool_(),
        "TINYINT": pa.int64(),
        "SMALLINT": pa.int64(),
        "INT": pa.int64(),
        "BIGINT": pa.int64(),
        "FLOAT": pa.float64(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "DECIMAL": None,
    }

    def __init__(self, output: Mapping[str, Any]) -> None:
        from pyhive import hive

        if output.get("method") != "thrift":
            raise SetupError(
                f"the fits reach Spark by method thrift, and the target has {output.get('method')}"
            )
        options = ("auth", "kerberos_service_name", "password")
        self._connection = hive.connect(
            output["host"],
            int(output.get("port", 10000)),
            username=output.get("user"),
            **{name: output[name] for name in options if output.get(name)},
        )
        self._run(SPARK_PLAN)

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, statement: str) -> Any:  # noqa: ANN401
        cursor = self._connection.cursor(arraysize=10_000)
        cursor.execute(statement)
        return cursor

    def read(self, relation: str) -> pa.Table:
        """Read all rows of a relation."""
        cursor = self._run(f"select * from {relation}")
        kinds = {
            name.rpartition(".")[2]: self._READ.get(kind.removesuffix("_TYPE"), pa.string())
            for name, kind, *_ in cursor.description
        }
        return _table(kinds, cursor.fetchall())

    def write(self, schema: str, name: str, table: pa.Table) -> None:
        """Put the rows into a table."""
        place = f"`{schema}`.`{name}`"
        self._run(f"drop table if exists {place}")
        self._run(f"create table {place} ({self.definition(table)})")
        for start in range(0, table.num_rows, SPARK_ROWS):
            self._run(self._insert(place, table.slice(start, SPARK_ROWS)))

    def _insert(self, place: str, table: pa.Table) -> str:
        """Insert rows by one literal: it is read much faster than as many as there are values."""
        columns: list[list[str]] = []
        values = []
        for field, column in zip(table.schema, table.columns, strict=True):
            texts = list(map(_spark_text, column.to_pylist()))
            if columns and len(set(texts)) == 1:
                text = f"'{texts[0]}'"
            else:
                text = f"part[{len(columns)}]"
                columns.append(texts)
            known = f"nullif({text}, '-')"
            values.append(
                f"decode(unhex({known}), 'utf-8')"
                if pa.types.is_string(field.type)
                else f"cast({known} as {self.types[field.type]})"
            )
        lines = "|".join(",".join(row) for row in zip(*columns, strict=True))
        return (
            f"insert into {place} select {', '.join(values)} from"
            " (select split(line, ',') as part from"
            f" (select explode(split('{lines}', '[|]')) as line))"
        )

    def columns(self, schema: str, name: str) -> list[str] | None:
        """List the columns of a table."""
        if not self._run(f"show tables in `{schema}` like '{name}'").fetchall():
            return None
        return [row[0] for row in self._run(f"describe `{schema}`.`{name}`").fetchall()]


def _postgres_text(value: Any) -> str:  # noqa: ANN401
    """Write a value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        for character, escaped in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
            value = value.replace(character, escaped)
        return value
    return repr(value) if isinstance(value, float) else str(value)


def _spark_text(value: Any) -> str:  # noqa: ANN401
    """Write a value as text without commas, bars and quotes; `-` is null."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value.encode().hex().upper()
    return repr(value) if isinstance(value, float) else str(value).lower()


def _table(kinds: Mapping[str, pa.DataType | None], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of a cursor as Arrow; a kind that is None is that of the decimals themselves."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    arrays = {}
    for (name, kind), values in zip(kinds.items(), columns, strict=True):
        if kind == pa.date32():
            values = [date.fromisoformat(v) if isinstance(v, str) else v for v in values]
        if kind is None:
            values = [Decimal(v) if isinstance(v, str) else v for v in values]
            kind = pa.float64() if all(v is None for v in values) else None
        arrays[name] = pa.array(values, kind)
    return pa.table(arrays)


_WAREHOUSES: Mapping[str, Callable[[Mapping[str, Any]], Warehouse]] = {
    "postgres": Postgres,
    "spark": Spark,
}


def connect(setup: Setup) -> Warehouse:
    """Connect as the profile says.

    Raises
    ------
    SetupError
        When the kind of warehouse is none that the fits can reach.
    """
    kind = setup.output["type"]
    if kind == "duckdb":
        return DuckDB(setup.output, setup.project)
    if kind not in _WAREHOUSES:
        raise SetupError(
            f"the fits cannot reach {kind}, only duckdb, {', '.join(_WAREHOUSES)}; write "
            "lifecycle_purchase_models: false to build without them"
        )
    return _WAREHOUSES[kind](setup.output)
