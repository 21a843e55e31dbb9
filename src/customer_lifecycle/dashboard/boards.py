"""Reads boards and asks the warehouse their questions."""

from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import yaml

from customer_lifecycle.dashboard.formats import FORMATS

Row = dict[str, Any]
Part = TypeVar("Part", bound="Number | Chart | Board")

# Keys that a kind of chart cannot do without.
KINDS = {
    "numbers": ("numbers",),
    "bars": ("sql", "source", "missing", "label", "value"),
    "dots": ("sql", "source", "missing", "label", "value"),
    "columns": ("sql", "source", "missing", "x", "value"),
    "lines": ("sql", "source", "missing", "x", "value"),
    "heatmap": ("sql", "source", "missing", "label", "x", "value"),
    "table": ("sql", "source", "missing"),
}


class BoardError(ValueError):
    """A board that cannot be drawn; says where and what to write."""


@dataclass(frozen=True)
class Number:
    """A headline number: one row, one column."""

    label: str
    note: str
    """What it measures."""
    source: str
    """The mart's column it comes from, as mart.column."""
    sql: str
    format: str = "count"
    missing: str = "not known"


@dataclass(frozen=True)
class Chart:
    """A question to the warehouse and how its answer is drawn."""

    kind: str
    title: str
    note: str
    """What is measured, for the reader."""
    source: tuple[str, ...] = ()
    """The columns of marts that the values come from, as mart.column."""
    sql: str = ""
    missing: str = ""
    """What is said in place of an empty frame."""
    numbers: tuple[Number, ...] = ()
    label: str = ""
    """Column of the categories of bars and dots, or of the rows of a heat map."""
    x: str = ""
    """Column along the horizontal axis."""
    value: str = ""
    series: str = ""
    """Column that tells series apart."""
    low: str = ""
    high: str = ""
    """Columns of the ends of an interval."""
    colours: str = ""
    """Meaning of the colours: a name in palette.yml."""
    axis: str = ""
    """Title of the axis of values, with its unit."""
    x_axis: str = ""
    format: str = "count"
    columns: tuple[tuple[str, str], ...] = ()
    """Formats of columns other than the value, by name."""
    marks: str = ""
    """SQL of vertical lines: columns x and label."""
    is_wide: bool = False
    file: str = ""
    """Name of a CSV file that the chart offers."""
    file_sql: str = ""
    """Query of its rows."""


@dataclass(frozen=True)
class Board:
    """A page: a question and the charts that answer it."""

    name: str
    title: str
    """The question."""
    short_title: str
    intro: str
    charts: tuple[Chart, ...]

    @property
    def marts(self) -> set[str]:
        """Marts that the board's numbers come from."""
        sources = [source for chart in self.charts for source in chart.source]
        sources += [number.source for chart in self.charts for number in chart.numbers]
        return {source.split(".")[0] for source in sources}


@dataclass(frozen=True)
class Answer:
    """Rows of a query, or why there are none."""

    rows: list[Row]
    missing: str = ""


def load_boards(folder: Path) -> list[Board]:
    """Read the boards of a folder, in the order in which `boards.yml` names them.

    Raises
    ------
    BoardError
        When a board has a key or value that means nothing, or lacks one.
    """
    names = _read_yaml(folder / "boards.yml")
    boards = []
    for name in names:
        text = _read_yaml(folder / f"{name}.yml")
        charts = tuple(
            _chart(chart, f"{name}.yml, chart {number}")
            for number, chart in enumerate(text.pop("charts", []), 1)
        )
        boards.append(_part(Board, {"name": name, "charts": charts, **text}, f"{name}.yml"))
    return boards


def ask(connection: duckdb.DuckDBPyConnection, sql: str, value: str, missing: str) -> Answer:
    """Run a query; without a row that holds a value the answer says what is missing.

    Parameters
    ----------
    connection
        The warehouse.
    sql
        The query.
    value
        Column without which a row says nothing; empty: any row counts.
    missing
        What is said without such a row.
    """
    try:
        result = connection.execute(sql)
    except duckdb.CatalogException as error:
        mart = str(error).partition("Table with name ")[2].partition(" ")[0]
        if not mart:
            raise
        return Answer([], f"The mart {mart} is not in this warehouse. {missing}")
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if not any(row[value] is not None if value else True for row in rows):
        return Answer([], missing)
    return Answer(rows)


def _chart(text: dict[str, Any], place: str) -> Chart:
    numbers = tuple(_part(Number, number, place) for number in text.pop("numbers", []))
    columns = tuple(text.pop("columns", {}).items())
    source = tuple(text.pop("source", []))
    chart = _part(Chart, {**text, "numbers": numbers, "columns": columns, "source": source}, place)
    if chart.kind not in KINDS:
        raise BoardError(f"{place}: there is no kind {chart.kind}; write one of {', '.join(KINDS)}")
    if lacking := [name for name in KINDS[chart.kind] if not getattr(chart, name)]:
        raise BoardError(f"{place}: write {', '.join(lacking)}")
    formats = {chart.format, *dict(columns).values(), *(number.format for number in numbers)}
    if unknown := sorted(formats - set(FORMATS)):
        raise BoardError(
            f"{place}: there is no format {unknown[0]}; write one of {', '.join(FORMATS)}"
        )
    return chart


def _part(kind: type[Part], text: dict[str, Any], place: str) -> Part:
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(text.keys() - known.keys()):
        raise BoardError(f"{place}: there is no key {unknown[0]}; known are {', '.join(known)}")
    needed = {name for name, field in known.items() if field.default is MISSING}
    if lacking := sorted(needed - text.keys()):
        raise BoardError(f"{place}: write {', '.join(lacking)}")
    return kind(**text)


def _read_yaml(path: Path) -> Any:  # noqa: ANN401
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BoardError(f"{path} cannot be read: {error}") from error
