"""Compares the marts of two DuckDB warehouses: `python dev/compare_marts.py BEFORE AFTER`.

For a change of the project that must not change a number. Marts are the tables and views of a
schema. Exact columns (keys, counts, dates, money) must be the same to the bit, doubles to 1e-9; the
order of rows and columns does not matter. What is new is listed. What was renamed, dropped or
changed on purpose stands in a YAML file (see dev/renames.yml). Exits with 1 if anything else
differs.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import duckdb
import yaml
from same_rows import DOUBLES, Comparison, compare_rows, mart_keys

ROOT = Path(__file__).resolve().parents[1]
EVERY_MART = "*"


@dataclass(frozen=True)
class Renames:
    """What was changed on purpose; the sections of dev/renames.yml, by names of before."""

    marts: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    restated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def mart(self, mart: str) -> tuple[str, str]:
        """Give a mart's name of today, and the condition on its rows there."""
        found = self.marts.get(mart, mart)
        return (found, "true") if isinstance(found, str) else (found["mart"], found["where"])

    def column(self, mart: str, column: str) -> str:
        """Give a column's name of today."""
        names = {**self.columns.get(EVERY_MART, {}), **self.columns.get(mart, {})}
        return names.get(column, column)

    def names(self) -> set[str]:
        """Give the marts and columns that the file speaks of."""
        columns = {
            f"{mart}.{column}"
            for mart, renamed in [*self.columns.items(), *self.restated.items()]
            if mart != EVERY_MART
            for column in renamed
        }
        return {*self.marts, *columns, *self.dropped, *self.changed, *self.keys}


def read_renames(file: Path) -> Renames:
    """Read the file."""
    sections = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    known = {section.name for section in fields(Renames)}
    if unknown := sections.keys() - known:
        raise SystemExit(f"{file}: no section {', '.join(unknown)}; there are {', '.join(known)}")
    return Renames(**{name: section or {} for name, section in sections.items()})


class Warehouse:
    """The marts of a warehouse file, which is only read."""

    def __init__(self, file: Path, schema: str) -> None:
        if not file.exists():
            raise SystemExit(f"there is no warehouse at {file}")
        self._connection = duckdb.connect()
        catalog = catalog_name(file)
        self._connection.execute(f"attach '{file}' as \"{catalog}\" (read_only)")
        self._connection.execute(f'use "{catalog}"."{schema}"')
        self.marts: dict[str, dict[str, str]] = {}
        for mart, column, kind in self._connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = ? order by table_name, column_index",
            [catalog, schema],
        ).fetchall():
            self.marts.setdefault(mart, {})[column] = kind

    def copy(
        self,
        mart: str,
        columns: Mapping[str, str],
        condition: str,
        connection: duckdb.DuckDBPyConnection,
        table: str,
    ) -> None:
        """Copy columns of a mart into another connection; by their names there, the SQL of here."""
        names = ", ".join(f'{here} as "{there}"' for there, here in columns.items())
        rows = self._connection.sql(
            f'select {names} from "{mart}" where {condition}'
        ).to_arrow_reader(100_000)
        connection.register("rows_of_mart", rows)
        connection.execute(f"create or replace temp table {table} as from rows_of_mart")
        connection.unregister("rows_of_mart")

    def rows(self, mart: str) -> int:
        """Count the rows of a mart."""
        ((count,),) = self._connection.execute(f'select count(*) from "{mart}"').fetchall()
        return count


def catalog_name(file: Path) -> str:
    """Find what the warehouse was called when it was built: its views go on naming it so."""
    with duckdb.connect(file, read_only=True) as connection:
        views = connection.execute("select sql from duckdb_views() where not internal").fetchall()
    named = Counter(
        name for (sql,) in views for name in re.findall(r'\bFROM "?(\w+)"?\.\w+\.\w+', sql)
    )
    return named.most_common(1)[0][0] if named else file.stem


@dataclass
class Report:
    """What came of one mart."""

    mart: str
    rows_before: int
    rows_after: int | None = None
    columns: int = 0
    comparison: Comparison | None = None
    explained: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    def line(self) -> list[str]:
        """Give the row of the table."""
        found = self.comparison
        values = sum(difference.rows for difference in found.differences) if found else None
        return [
            self.mart,
            f"{self.rows_before:,}",
            "" if self.rows_after is None else f"{self.rows_after:,}",
            f"{self.columns}",
            f"{found.largest:.0e}" if found and found.largest else "0" if found else "",
            "" if values is None else f"{values:,}",
        ]


def compare_mart(
    mart: str, before: Warehouse, after: Warehouse, renames: Renames, key: Sequence[str] | None
) -> Report:
    """Compare a mart of before with what has become of it."""
    report = Report(mart, before.rows(mart))
    if reason := renames.dropped.get(mart):
        report.explained.append(f"dropped: {reason}")
        return report
    mart_after, condition = renames.mart(mart)
    if mart_after not in after.marts:
        report.unexplained.append("is no more" if mart == mart_after else f"no {mart_after} after")
        return report
    if mart != mart_after:
        report.explained.append(f"now {mart_after}" + f" where {condition}" * (condition != "true"))
    common = common_columns(mart, before.marts[mart], after.marts[mart_after], renames, report)
    report.columns = len(common)
    types = {name: before.marts[mart][name] for name in common}
    if key is None or not set(key) <= set(common):
        key = [
            name
            for name, kind in types.items()
            if kind not in DOUBLES and f"{mart}.{name}" not in renames.changed
        ]
    with duckdb.connect() as connection:
        restated = renames.restated.get(mart, {})
        of_before = {name: restated.get(name, f'"{name}"') for name in common}
        of_after = {name: f'"{name_after}"' for name, name_after in common.items()}
        before.copy(mart, of_before, "true", connection, "before_change")
        after.copy(mart_after, of_after, condition, connection, "after_change")
        found = compare_rows(connection, "before_change", "after_change", key, types)
    report.rows_after, report.comparison = found.rows_there, found
    tell_rows(report, found, key, renames)
    tell_values(report, found, key, renames)
    return report


def common_columns(
    mart: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    renames: Renames,
    report: Report,
) -> dict[str, str]:
    """Find the columns that can be compared: name of today by name of before."""
    common = {}
    for column, kind in before.items():
        column_after = renames.column(mart, column)
        if reason := renames.dropped.get(f"{mart}.{column}"):
            report.explained.append(f"{column} dropped: {reason}")
        elif column_after not in after:
            report.unexplained.append(f"{column} is no more")
        elif kind != after[column_after]:
            difference = f"{column} was {kind}, is {after[column_after]}"
            tell(report, difference, renames, f"{mart}.{column}")
        else:
            common[column] = column_after
    renamed = {renames.column(mart, column) for column in before}
    report.added += [column for column in after if column not in renamed]
    return common


def tell(report: Report, difference: str, renames: Renames, *names: str) -> None:
    """Note a difference, and the reason where one is given for the mart or the column."""
    reasons = [renames.changed[name] for name in names if name in renames.changed]
    if reasons:
        report.explained.append(f"{difference}: {reasons[0]}")
    else:
        report.unexplained.append(difference)


def tell_rows(report: Report, found: Comparison, key: Sequence[str], renames: Renames) -> None:
    """Note rows without a counterpart."""
    for when, rows, examples in (
        ("before", found.rows_here - found.rows_in_both, found.only_here),
        ("after", found.rows_there - found.rows_in_both, found.only_there),
    ):
        if rows:
            shown = "; ".join(shown_key(key, example) for example in examples)
            tell(report, f"{rows:,} rows only {when}, like {shown}", renames, report.mart)


def tell_values(report: Report, found: Comparison, key: Sequence[str], renames: Renames) -> None:
    """Note values that differ."""
    for difference in found.differences:
        *where, before, after = difference.examples[0]
        tell(
            report,
            f"{difference.column} differs in {difference.rows:,} rows, like "
            f"{before} before, {after} after, where {shown_key(key, where)}",
            renames,
            f"{report.mart}.{difference.column}",
            report.mart,
        )


def shown_key(key: Sequence[str], values: Sequence[Any]) -> str:
    """Write the key of a row; of a long one the beginning."""
    pairs = [f"{name} = {value}" for name, value in zip(key, values, strict=True)]
    return ", ".join(pairs[:4]) + ", ..." * (len(pairs) > 4)


def keys_before(before: Warehouse, renames: Renames, manifest: Path) -> dict[str, list[str]]:
    """Find each mart's key in names of before: that of the file, or the one tested after."""
    tested = mart_keys(manifest) if manifest.exists() else {}
    keys = {}
    for mart, columns in before.marts.items():
        names = {renames.column(mart, column): column for column in columns}
        key = tested.get(renames.mart(mart)[0])
        if mart in renames.keys:
            keys[mart] = list(renames.keys[mart])
        elif key and all(column in names for column in key):
            keys[mart] = [names[column] for column in key]
    return keys


def print_reports(reports: Sequence[Report]) -> None:
    """Print a table, and under it what there is to say about each mart."""
    table = [["mart", "rows before", "rows after", "columns", "largest", "differing"]]
    table += [report.line() for report in reports]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    for name, *numbers in table:
        cells = [name.ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True)]
        print("  ".join(cells))
    for report in reports:
        lines = [f"  DIFFERS: {line}" for line in report.unexplained]
        lines += [f"  {line}" for line in report.explained]
        lines += [f"  new columns: {', '.join(report.added)}"] if report.added else []
        if lines:
            print(report.mart, *lines, sep="\n")


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Compares the marts of two DuckDB warehouses.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--renames", type=Path, default=ROOT / "dev" / "renames.yml")
    parser.add_argument("--schema", default="main", help="of the marts, default main")
    parser.add_argument(
        "--manifest",
        type=Path,
        default=ROOT / "target" / "manifest.json",
        help="dbt's, of the project that built AFTER: its tested keys, by which rows are matched",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and return the exit code."""
    options = options_from(arguments)
    renames = read_renames(options.renames)
    before = Warehouse(options.before, options.schema)
    after = Warehouse(options.after, options.schema)
    keys = keys_before(before, renames, options.manifest)
    reports = [
        compare_mart(mart, before, after, renames, keys.get(mart)) for mart in sorted(before.marts)
    ]
    print_reports(reports)
    known = {renames.mart(mart)[0] for mart in before.marts}
    if new := sorted(after.marts.keys() - known):
        print(f"new marts: {', '.join(new)}")
    there = before.marts.keys() | {
        f"{m}.{c}" for m, columns in before.marts.items() for c in columns
    }
    if stray := sorted(renames.names() - there):
        print(f"{options.renames} names what {options.before} does not have: {', '.join(stray)}")
    differing = sum(bool(report.unexplained) for report in reports)
    print(f"{len(reports)} marts, {differing} of them differ unexplained")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
