"""Lays boards out as pages."""

from html import escape
from pathlib import Path

import duckdb

from customer_lifecycle.dashboard.boards import Answer, Board, BoardError, Chart, ask, load_boards
from customer_lifecycle.dashboard.drawing import DRAW, rows_as_table
from customer_lifecycle.dashboard.formats import Palette

AS_OF_DATE = "select value from build_summary where item = 'as-of date'"

# Whatever a value of the data may hold, the page asks nobody for anything and runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_dashboard(
    warehouse: Path, boards: Path, output: Path, schema: str = "main"
) -> list[Path]:
    """Render every board and the index page.

    Parameters
    ----------
    warehouse
        DuckDB file; it is only read.
    boards
        Folder of the boards: `boards.yml` names them, `palette.yml` holds colours and labels.
    output
        Folder of the pages.
    schema
        Where the marts are.

    Returns
    -------
    list of Path
        The pages, the index first.

    Raises
    ------
    BoardError
        When a board cannot be drawn; says which, where and why.
    """
    palette = Palette.read(boards / "palette.yml")
    all_boards = load_boards(boards)
    output.mkdir(parents=True, exist_ok=True)
    # One thread: sums of doubles do not depend on who comes first.
    with duckdb.connect(str(warehouse), read_only=True, config={"threads": 1}) as connection:
        try:
            connection.execute("set schema = ?", [schema])
        except duckdb.Error as error:
            raise BoardError(f"{warehouse} has no schema {schema}.") from error
        as_of = ask(connection, AS_OF_DATE, "value", "").rows
        date = as_of[0]["value"] if as_of else "no orders yet"
        pages = {"index": _index(all_boards, date)}
        for board in all_boards:
            cards = [_card(connection, board, chart, palette, output) for chart in board.charts]
            intro = f'<p class="lead">{escape(board.intro)}</p>'
            main = f'{intro}<div class="cards">{"".join(cards)}</div>'
            pages[board.name] = _page(board.title, main, all_boards, board.name, date)
    paths = []
    for name, page in pages.items():
        paths.append(output / f"{name}.html")
        paths[-1].write_text(page, encoding="utf-8")
    return paths


def _card(
    connection: duckdb.DuckDBPyConnection,
    board: Board,
    chart: Chart,
    palette: Palette,
    output: Path,
) -> str:
    try:
        if chart.kind == "numbers":
            return _numbers(connection, chart, palette)
        answer = ask(connection, chart.sql, chart.value, chart.missing)
        marks = ask(connection, chart.marks, "x", "") if chart.marks else Answer([])
        drawn = f'<p class="missing">{escape(answer.missing)}</p>'
        if answer.rows:
            drawn = DRAW[chart.kind](chart, answer.rows, palette, marks)
            if chart.file:
                drawn += _file(connection, chart, output)
        if answer.rows and chart.kind != "table":
            data = rows_as_table(chart, answer.rows, palette)
            drawn += f"<details><summary>Data</summary>{data}</details>"
    except KeyError as error:
        what = f"its query gives no column {error.args[0]}"
        raise BoardError(f"{board.name}.yml, {chart.title}: {what}") from error
    except duckdb.Error as error:
        raise BoardError(f"{board.name}.yml, {chart.title}: {error}") from error
    return (
        f'<figure class="card{" wide" if chart.is_wide else ""}">'
        f"<h2>{escape(chart.title)}</h2>{drawn}"
        f"<figcaption>{escape(chart.note)} {_sources(chart.source)}</figcaption></figure>"
    )


def _file(connection: duckdb.DuckDBPyConnection, chart: Chart, output: Path) -> str:
    """Write the file beside the page; the link to it."""
    name = f"{chart.file}.csv"
    rows = connection.sql(chart.file_sql)
    rows.write_csv(str(output / name))
    return f'<p><a href="{name}" download>All {len(rows):,} rows as CSV</a></p>'


def _numbers(connection: duckdb.DuckDBPyConnection, chart: Chart, palette: Palette) -> str:
    tiles = []
    for number in chart.numbers:
        answer = ask(connection, number.sql, "", number.missing)
        value = next(iter(answer.rows[0].values())) if answer.rows else None
        shown = f"<small>{escape(answer.missing or number.missing)}</small>"
        if value is not None:
            shown = palette.shown(value, number.format)
        tiles.append(
            f"<div><dt>{escape(number.label)}</dt><dd>{shown}</dd>"
            f"<dd class=note>{escape(number.note)} {_sources((number.source,))}</dd></div>"
        )
    return (
        f'<section class="wide" aria-label="{escape(chart.title)}">'
        f'<dl class="numbers">{"".join(tiles)}</dl></section>'
    )


def _sources(sources: tuple[str, ...]) -> str:
    # A line may break after the dot.
    breakable = [escape(source).replace(".", ".<wbr>") for source in sources]
    return ", ".join(f"<code>{source}</code>" for source in breakable)


def _index(boards: list[Board], date: str) -> str:
    items = "".join(
        f'<li><a href="{board.name}.html"><b>{escape(board.short_title)}</b>'
        f"<span>{escape(board.title)}</span>"
        f"<small>{escape(board.intro)}</small></a></li>"
        for board in boards
    )
    return _page("Customer lifecycle", f'<ul class="index">{items}</ul>', boards, "index", date)


def _page(title: str, main: str, boards: list[Board], name: str, date: str) -> str:
    names = [("index", "Boards"), *((board.name, board.short_title) for board in boards)]
    links = "".join(
        f'<a href="{link}.html"{" aria-current=page" if link == name else ""}>{escape(text)}</a>'
        for link, text in names
    )
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>\n'
        f"<style>{style}</style></head>\n"
        f'<body><nav>{links}</nav><main><header><h1>{escape(title)}</h1><p class="as-of">As of '
        f"<b>{escape(date)}</b>. Amounts are in the currency of the orders. A hatched cell or a "
        f"dash is a value that is not known.</p></header>\n{main}</main></body></html>\n"
    )
