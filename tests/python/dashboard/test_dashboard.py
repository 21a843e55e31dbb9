"""The boards: what they show is what the marts hold, on every input and in a browser."""

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from dbt_project import PROJECT, Run, build_inputs, run_dbt
from plain_python import AmountByDay

from customer_lifecycle.dashboard import Board, BoardError, load_boards, render_dashboard
from customer_lifecycle.dashboard.formats import FORMATS, NOTHING, Palette, on_axis

CHARTS = PROJECT / "charts"
BOARDS = {board.name: board for board in load_boards(CHARTS)}
DEMOS = ("cdnow_run", "simulated_run")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Page(HTMLParser):
    """A rendered board as a reader has it: cards by title, numbers by label, tables as rows."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headline: dict[str, list[str]] = {}
        self.values: dict[str, Decimal] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self.missing: dict[str, str] = {}
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self._title = ""
        self._label = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.tags.append((tag, known))
        if tag not in ("meta", "link", "wbr"):
            self._open.append((tag, known.get("class") or ""))
        if tag == "h2":
            self._title = ""
        if tag == "dt":
            self._label = ""
        if tag == "data":
            if self._inside("dl") and self._label not in self.values:
                self.values[self._label] = Decimal(known["value"])
            elif self._inside("table", "rows"):
                self.rows[self._title][-1][-1] = known["value"]
        if tag == "tr" and self._inside("table", "rows"):
            self.rows.setdefault(self._title, []).append([])
        if tag in ("td", "th") and self._inside("table", "rows"):
            self.rows[self._title][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ("", "")
        if inside[0] not in ("style", "title"):
            self.text += data
        if inside[0] == "h2":
            self._title += data
        elif inside[0] == "dt":
            self._label += data
        elif inside == ("p", "missing"):
            self.missing[self._title] = data
        elif self._inside("dd"):
            self.headline.setdefault(self._label, []).append(data)
        elif inside[0] in ("td", "th") and self._inside("table", "rows"):
            self.rows[self._title][-1][-1] += data

    def records(self, title: str) -> list[dict[str, str]]:
        """Rows of a chart's data by column title, numbers as exact as the warehouse has them."""
        head, *rows = self.rows[title]
        return [dict(zip(head, row, strict=True)) for row in rows]

    def total(self, title: str, column: str) -> Decimal:
        return sum((Decimal(row[column]) for row in self.records(title)), Decimal(0))

    def _inside(self, tag: str, style: str = "") -> bool:
        return any(name == tag and style in classes for name, classes in self._open)


@pytest.fixture(scope="module", params=DEMOS)
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> SimpleNamespace:
    """A demo's warehouse and its boards."""
    run: Run = request.getfixturevalue(request.param)
    return rendered(run, tmp_path_factory.mktemp("dashboard"))


def rendered(run: Run, folder: Path) -> SimpleNamespace:
    paths = render_dashboard(run.warehouse, CHARTS, folder)
    return SimpleNamespace(run=run, paths=paths, pages={path.stem: Page(path) for path in paths})


def sources(board: Board) -> list[str]:
    own = [source for chart in board.charts for source in chart.source]
    return own + [number.source for chart in board.charts for number in chart.numbers]


def queries(board: Board) -> Iterator[str]:
    for chart in board.charts:
        yield from (sql for sql in (chart.sql, chart.marks, chart.file_sql) if sql)
        yield from (number.sql for number in chart.numbers)


# ------------------------------------------------------------------ what boards say, and of what


def test_there_are_eight_boards_and_each_title_is_a_question() -> None:
    assert list(BOARDS) == [
        *("overview", "silence", "lifecycle", "segments", "value", "contacts", "campaigns"),
        "model_health",
    ]
    assert all(board.title.endswith("?") for board in BOARDS.values())


@pytest.mark.parametrize("name", BOARDS)
def test_every_chart_defines_its_measure_and_names_its_axes(name: str) -> None:
    for chart in BOARDS[name].charts:
        assert chart.note or all(number.note for number in chart.numbers), chart.title
        if chart.kind in ("bars", "dots", "columns", "lines", "heatmap"):
            assert chart.axis, chart.title
        if chart.kind in ("columns", "lines", "heatmap"):
            assert chart.x_axis, chart.title
        if chart.format == "amount" and chart.kind != "table":
            assert "in the currency of the orders" in chart.axis, chart.title


@pytest.mark.parametrize("name", BOARDS)
def test_exposures_end_lineage_at_the_boards(name: str) -> None:
    exposures = yaml.safe_load((PROJECT / "models" / "exposures.yml").read_text())["exposures"]
    (exposure,) = [each for each in exposures if each["name"] == f"{name}_board"]
    board = BOARDS[name]
    named = {mart for sql in queries(board) for mart in re.findall(r"(?:from|join) (\w+_\w+)", sql)}
    assert set(exposure["depends_on"]) == {f"ref('customer_lifecycle', '{mart}')" for mart in named}
    # Marks only repeat what another chart or number of the board has as its source.
    assert board.marts == named
    assert exposure["url"] == f"dashboard/{name}.html"
    assert board.title in exposure["description"]


def test_no_colour_has_two_meanings() -> None:
    palette = Palette.read(CHARTS / "palette.yml")
    meanings: dict[str, set[str]] = {}
    for meaning, values in palette.meanings.items():
        for value in values:
            meanings.setdefault(palette.colour(meaning, value), set()).add(value)
    shared = {frozenset(values) for values in meanings.values() if len(values) > 1}
    plain = next(values for values in shared if "plain" in values)
    assert shared - {plain} == {
        frozenset({"acquired", "new"}),  # a new customer is one who was acquired
        frozenset({"churned", "churn"}),
        frozenset({"actual", "realised"}),
        frozenset({"expected", "predicted", "promised"}),
    }


# ------------------------------------------------------------------ what boards show


def test_every_query_runs_and_every_source_is_there(demo: SimpleNamespace) -> None:
    with duckdb.connect(demo.run.warehouse, read_only=True) as connection:
        for board in BOARDS.values():
            for sql in queries(board):
                connection.execute(sql)
            for source in sources(board):
                mart, column = source.split(".")
                connection.execute(f"select {column} from {mart} limit 0")


def test_numbers_are_the_marts(demo: SimpleNamespace) -> None:
    for board in BOARDS.values():
        for number in (number for chart in board.charts for number in chart.numbers):
            shown = demo.pages[board.name]
            value = demo.run.value(number.sql)
            if isinstance(value, str) or value is None:
                continue
            assert float(shown.values[number.label]) == pytest.approx(float(value), rel=1e-11)
            # As text, too, for whoever only reads.
            assert shown.headline[number.label][0] == FORMATS[number.format](value)


def test_totals_are_the_marts(demo: SimpleNamespace) -> None:
    """Each total by a query of its own, which shares nothing with the board's."""
    pages, value = demo.pages, demo.run.value
    known = value("select count(*) from customer_360")
    buyers = value("select count(*) from customer_silence")
    ended = value("select count(*) from customer_lifecycle")
    assert pages["overview"].values["Known customers"] == known
    for board, title, column, expected in (
        ("overview", "How silent are they?", "customers", buyers),
        ("overview", "Where do they stand in the lifecycle?", "customers", ended),
        (
            "overview",
            "What do they bring in?",
            "net amount",
            value("select sum(net_amount) from kpi_by_period"),
        ),
        (
            "overview",
            "Whose value is at risk?",
            "value at risk",
            value("select sum(value_at_risk) from wake_up_list"),
        ),
        (
            "overview",
            "Which silence levels is it in?",
            "value at risk",
            value("select sum(value_at_risk) from wake_up_list"),
        ),
        (
            "silence",
            "How has silence moved?",
            "customers",
            value("select count(*) from customer_silence_history"),
        ),
        (
            "lifecycle",
            "How many stand in each stage?",
            "customers closing",
            value("select sum(customers_closing) from lifecycle_flow"),
        ),
        (
            "lifecycle",
            "Who enters and who leaves each stage?",
            "customers",
            value("select sum(customers_entered - customers_left) from lifecycle_flow"),
        ),
        ("segments", "Where are customers on the RFM grid?", "customers", buyers),
        ("segments", "How large are the segments?", "customers", buyers),
        (
            "segments",
            "What is each segment like?",
            "net amount",
            value("select sum(net_amount) from rfm_segment_profile"),
        ),
        ("segments", "Bees, butterflies, dragonflies or mantises?", "customers", buyers),
        (
            "value",
            "How many customers are in each tier?",
            "customers",
            value("select sum(customers) from value_tiers"),
        ),
        (
            "value",
            "What is each tier worth?",
            "predicted value",
            value("select sum(predicted_value) from value_tiers"),
        ),
        (
            "value",
            "Who brought much, and who will?",
            "amount",
            value(
                "select sum(historic_value + net_clv_365d) from customer_value "
                "where value_quadrant is not null"
            ),
        ),
        (
            "value",
            "What does dropout put at stake?",
            "expected loss",
            value("select sum(expected_loss) from value_tiers"),
        ),
        (
            "value",
            "What will the next period bring?",
            "next value",
            value("select sum(next_value) from customer_value where value_tier is not null"),
        ),
        (
            "value",
            "Why do some cost more than they bring?",
            "customers",
            value("select count(*) from negative_value_customers where value_band = 'negative'"),
        ),
        (
            "contacts",
            "By which channel?",
            "customers",
            value("select count(*) from wake_up_audience"),
        ),
        (
            "contacts",
            "Why are the others not on the wake-up list?",
            "customers",
            value(
                "select count(*) from customer_silence where silence_status <> 'active' "
                "and customer_id not in (select customer_id from wake_up_list)"
            ),
        ),
        (
            "campaigns",
            "What to make of each, and what to do",
            "attributed amount",
            value("select coalesce(sum(attributed_amount), 0) from campaign_ledger"),
        ),
        (
            "model_health",
            "Do the methods give what is in print?",
            "within tolerance",
            value("select count(*) from method_certificates where is_within"),
        ),
        (
            "model_health",
            "Was the input any good?",
            "rows in",
            value("select sum(rows_in) from input_quality"),
        ),
    ):
        # Where nothing is to be shown the board says so instead.
        shown = pages[board].total(title, column) if expected else 0
        assert shown == expected, title


def test_the_ten_to_wake_are_contacted_and_come_first(demo: SimpleNamespace) -> None:
    shown = demo.pages["overview"].records("The ten to wake first, and why")
    by_value = demo.run.rows("select customer_id, value_at_risk, arm, reason from wake_up_list")
    by_value = sorted(by_value, key=lambda row: (-row[1], row[0]))
    contacted = [row for row in by_value if row[2] == "treatment"][:10]
    assert [row["customer id"] for row in shown] == [row[0] for row in contacted]
    assert [row["reason"] for row in shown] == [row[3] for row in contacted]


def test_a_row_of_a_migration_adds_up(demo: SimpleNamespace) -> None:
    for board, title, label in (
        ("silence", "Who moved where in the last period?", "from level"),
        ("segments", "Where did they move in the last period?", "from segment"),
    ):
        shares: dict[str, float] = {}
        for row in demo.pages[board].records(title):
            shares[row[label]] = shares.get(row[label], 0) + float(row["share of from"])
        assert shares
        assert list(shares.values()) == pytest.approx([1] * len(shares))


@pytest.mark.parametrize("name", [*DEMOS, "small_shop"])
def test_immature_cells_are_empty(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    run: Run = request.getfixturevalue(name)
    shown = rendered(run, tmp_path).pages["lifecycle"]
    as_of = run.value("select max(as_of_date) from customer_silence")
    cells = shown.records("How many of those who began together still buy?")
    for row in cells:
        year, month = map(int, row["cohort"].split("-"))
        months = 12 * year + month + int(row["periods since"])
        last_day = date(months // 12, months % 12 + 1, 1) - timedelta(days=1)
        assert (row["retention rate"] == NOTHING) == (last_day > as_of), row
    # The demos end with a month, the small shop within one.
    assert any(row["retention rate"] == NOTHING for row in cells) == (name == "small_shop")


def test_every_board_tells_the_day(demo: SimpleNamespace) -> None:
    as_of = demo.run.value("select max(as_of_date) from customer_silence")
    assert all(f"As of {as_of}" in page.text for page in demo.pages.values())


# ------------------------------------------------------------------ what pages are


def test_pages_ask_nobody_for_anything_and_run_nothing(demo: SimpleNamespace) -> None:
    for path, page in zip(demo.paths, demo.pages.values(), strict=True):
        for tag, attributes in page.tags:
            assert tag not in ("script", "iframe", "object", "embed", "base"), path
            for name in ("src", "href", "action", "data", "xlink:href"):
                address = attributes.get(name) or ""
                assert re.fullmatch(r"(\w+\.(html|csv))?|data:,", address), address
            assert not [name for name in attributes if name.startswith("on")]
        assert "url(" not in path.read_text()
        assert "@import" not in path.read_text()


def test_links_lead_to_pages(demo: SimpleNamespace) -> None:
    names = {path.name for path in demo.paths}
    for page in demo.pages.values():
        links = {known["href"] for tag, known in page.tags if tag == "a"}
        assert {link for link in links if link.endswith(".html")} == names


def test_the_file_has_the_whole_audience(demo: SimpleNamespace) -> None:
    """All of it, beside the table of those with the most at stake."""
    shown = demo.pages["contacts"].records("The first to contact")
    assert ("a", "contacts.csv") in {
        (tag, known.get("href")) for tag, known in demo.pages["contacts"].tags
    }
    with (demo.paths[0].parent / "contacts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    audience = demo.run.by_key("select customer_id, channel, message from wake_up_audience")
    assert {row["customer_id"]: [row["channel"], row["message"]] for row in rows} == audience
    assert len(rows) == len(audience)
    assert [(row["list_name"], int(row["priority"])) for row in rows] == sorted(
        (row["list_name"], int(row["priority"])) for row in rows
    )
    stakes = demo.run.by_key(
        "select customer_id, value_at_risk from wake_up_list "
        "union all select customer_id, expected_loss from prevention_list"
    )
    largest = sorted((stakes[customer] for customer in audience), reverse=True)[:10]
    assert [Decimal(row["at stake"]) for row in shown] == largest


def test_the_same_warehouse_gives_the_same_pages(demo: SimpleNamespace, tmp_path: Path) -> None:
    again = render_dashboard(demo.run.warehouse, CHARTS, tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in demo.paths]


def test_text_of_the_data_stays_text(tmp_path: Path) -> None:
    """Nobody's customer id or channel becomes a part of the page."""
    with duckdb.connect(tmp_path / "w.duckdb") as connection:
        connection.execute(
            "create table build_summary as select '<b>' as value, 'as-of date' as item"
        )
        connection.execute("create table t as select '<script>x</script>' as name, 1 as n")
    boards = tmp_path / "charts"
    write_boards(boards, kind="bars", sql="from t", label="name", value="n")
    for path in render_dashboard(tmp_path / "w.duckdb", boards, tmp_path / "out"):
        assert "<script>" not in path.read_text()
        assert "<b><b>" not in path.read_text()
    assert "&lt;script&gt;" in (tmp_path / "out" / "one.html").read_text()


# ------------------------------------------------------------------ little data


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory, cdnow_days: dict[str, AmountByDay]) -> Run:
    """Orders of 30 customers and no purchase models."""
    orders = ["order_id,customer_id,ordered_at,amount"]
    for customer in sorted(cdnow_days)[:30]:
        for day, amount in sorted(cdnow_days[customer].items()):
            orders.append(f"{len(orders)},{customer},{day},{amount}")
    run = build_inputs(
        tmp_path_factory.mktemp("small_shop"),
        {"orders.csv": "\n".join(orders)},
        {"lifecycle_purchase_models": False},
        select=(),
    )
    assert run.succeeded, run.text
    return run


def test_with_little_data_boards_say_what_is_missing(small_shop: Run, tmp_path: Path) -> None:
    pages = rendered(small_shop, tmp_path).pages
    assert pages["overview"].values["Known customers"] == 30
    assert "no forecasts" in pages["overview"].headline["Value at risk"]
    # What customers have brought says whom to wake where no value is known.
    shown = pages["overview"].records("The ten to wake first, and why")
    by_amount = small_shop.rows(
        "select customer_id from wake_up_list where arm = 'treatment' order by priority limit 10"
    )
    assert [(row["customer id"],) for row in shown] == by_amount
    assert (
        "lifecycle_minimum_purchases"
        in (pages["silence"].missing["How many in each band are false alarms?"])
    )
    assert "at least 50 customers" in pages["value"].missing["What is each tier worth?"]
    assert (
        "lifecycle_purchase_models is false"
        in (pages["model_health"].missing["Do the methods give what is in print?"])
    )
    # No card is an empty frame.
    for name, board in BOARDS.items():
        for chart in board.charts:
            if chart.kind != "numbers":
                assert pages[name].missing.get(chart.title) or pages[name].rows[chart.title][1:]


@pytest.mark.parametrize("is_empty", [True, False])
def test_marts_may_be_empty_or_not_there_at_all(
    simulated_run: Run, tmp_path: Path, is_empty: bool
) -> None:
    """Whatever is switched off, each board renders and each card says so."""
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(warehouse) as connection:
        connection.execute(f"attach '{simulated_run.warehouse}' as full_one (read_only)")
        marts = {"build_summary"}.union(*(board.marts for board in BOARDS.values()))
        for mart in marts if is_empty else []:
            connection.execute(f"create table {mart} as from full_one.{mart} limit 0")
    for path in render_dashboard(warehouse, CHARTS, tmp_path / "out")[1:]:
        page, board = Page(path), BOARDS[path.stem]
        charts = [chart for chart in board.charts if chart.kind != "numbers"]
        assert page.missing.keys() == {chart.title for chart in charts}
        for chart in charts:
            mart = chart.source[0].split(".")[0]
            there = "" if is_empty else f"The mart {mart} is not in this warehouse. "
            assert page.missing[chart.title].endswith(chart.missing)
            assert page.missing[chart.title].startswith(there)


def test_marts_may_be_in_a_schema_of_their_own(tmp_path: Path) -> None:
    warehouse, boards = tmp_path / "w.duckdb", tmp_path / "charts"
    with duckdb.connect(warehouse) as connection:
        connection.execute("create schema shop; create table shop.t as select 7 as n")
    write_boards(boards, kind="table", sql="select n from t", value="n")
    (_, page) = render_dashboard(warehouse, boards, tmp_path / "out", "shop")
    assert Page(page).records("Why?") == [{"n": "7"}]
    with pytest.raises(BoardError, match="has no schema stop"):
        render_dashboard(warehouse, boards, tmp_path / "out", "stop")


@pytest.mark.parametrize("kind", ["bars", "dots", "columns", "lines", "heatmap", "table"])
def test_one_value_or_zero_or_nothing_can_be_drawn(tmp_path: Path, kind: str) -> None:
    with duckdb.connect(tmp_path / "w.duckdb"):
        pass
    for number, values in enumerate(("(1, 0)", "(1, 5)", "(1, -5)", "(1, null), (2, 3)")):
        boards = tmp_path / f"charts{number}"
        sql = f"select x, y, y as low, y as high from (values {values}) as t (x, y)"
        write_boards(
            boards, kind=kind, sql=sql, label="x", x="x", value="y", low="low", high="high"
        )
        (_, path) = render_dashboard(tmp_path / "w.duckdb", boards, tmp_path / "out")
        assert "nan" not in path.read_text()
        assert len(Page(path).records("Why?")) == values.count("(")


# ------------------------------------------------------------------ boards that are wrong


def write_boards(folder: Path, **chart: object) -> None:
    folder.mkdir()
    (folder / "palette.yml").write_text((CHARTS / "palette.yml").read_text())
    (folder / "boards.yml").write_text("[one]")
    defaults = {"title": "Why?", "note": "n", "source": ["t.n"], "missing": "m", "sql": "select 1"}
    board = {"title": "How?", "short_title": "One", "intro": "i", "charts": [defaults | chart]}
    (folder / "one.yml").write_text(yaml.safe_dump(board))


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ({"kind": "pie"}, "one.yml, chart 1: there is no kind pie; write one of numbers, bars"),
        (
            {"kind": "bars", "colour": "red"},
            "one.yml, chart 1: there is no key colour; known are kind",
        ),
        (
            {"kind": "table", "format": "euro"},
            "one.yml, chart 1: there is no format euro; write one of count",
        ),
        ({"kind": "bars", "missing": ""}, "one.yml, chart 1: write missing, label, value"),
        (
            {"kind": "numbers", "numbers": [{"label": "l"}]},
            "one.yml, chart 1: write note, source, sql",
        ),
        (
            {"kind": "bars", "sql": "select 1 as b", "label": "a", "value": "b"},
            "one.yml, Why?: its query gives no column a",
        ),
        ({"kind": "table", "sql": "select"}, "one.yml, Why?: Parser Error"),
    ],
)
def test_a_wrong_board_is_told_where_and_what(
    tmp_path: Path, chart: dict[str, object], message: str
) -> None:
    write_boards(tmp_path / "charts", **chart)
    with duckdb.connect(tmp_path / "w.duckdb"):
        pass
    with pytest.raises(BoardError) as raised:
        render_dashboard(tmp_path / "w.duckdb", tmp_path / "charts", tmp_path / "out")
    assert str(raised.value).startswith(message)


# ------------------------------------------------------------------ how numbers are written


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        ("count", 23570, "23,570"),
        ("count", -1020.4, "\N{MINUS SIGN}1,020"),
        ("amount", Decimal("0.5"), "0.500"),
        ("amount", Decimal("99.94"), "99.9"),
        ("amount", Decimal("1458.3192"), "1,458"),
        ("amount", Decimal("76109.3"), "76.1 k"),
        ("amount", Decimal("999600"), "1.00 M"),
        ("amount", Decimal("-2500241"), "\N{MINUS SIGN}2.50 M"),
        ("share", 0.17, "17 %"),
        ("share", 0.0521, "5.2 %"),
        ("share", 0.0002, "< 0.1 %"),
        ("share", 0.9981, "99.8 %"),
        ("share", 0, "0 %"),
        ("share", 1, "100 %"),
        ("number", 0.7339, "0.734"),
        ("number", 0.000123456, "0.000123"),
        ("number", 12.345, "12.3"),
        ("p_value", 0.0083, "0.008"),
        ("p_value", 1e-9, "< 0.001"),
    ],
)
def test_numbers_are_written_for_people(form: str, value: float, text: str) -> None:
    assert FORMATS[form](value) == text


def test_ticks_have_no_idle_digits() -> None:
    assert [on_axis(tick, "amount") for tick in (0, 50_000, 2_500_000)] == ["0", "50 k", "2.5 M"]
    assert [on_axis(tick, "number") for tick in (0.6, 1.0)] == ["0.6", "1"]
    assert on_axis(20_000, "count") == "20,000"


# ------------------------------------------------------------------ in a browser


@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser(demo: SimpleNamespace, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    browser_path = next((path for name in BROWSERS if (path := which(name))), None)
    if browser_path is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        for path in demo.paths:
            page.goto(path.as_uri())
            for headline in demo.pages[path.stem].headline.values():
                assert page.get_by_text(headline[0], exact=True).first.is_visible()
            # Nothing is wider than the window, and no title is cut off or lies outside its box.
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert (
                page.evaluate(
                    """[...document.querySelectorAll('h1, h2, dt, .axis, .legend li, .bars .label')]
                .filter(e => e.scrollWidth > e.clientWidth + 1
                    || e.getBoundingClientRect().right > innerWidth
                    || e.getBoundingClientRect().left < 0)
                .map(e => e.textContent)"""
                )
                == []
            )
            # Labels of an axis do not run into each other.
            assert (
                page.evaluate(
                    """[...document.querySelectorAll('.x, .scale')].filter(axis => {
                    const boxes = [...axis.children].map(e => e.getBoundingClientRect())
                        .filter(box => box.width > 0);
                    return boxes.some((box, n) => n > 0 && box.left < boxes[n - 1].right);
                }).map(e => e.textContent)"""
                )
                == []
            )
        browser.close()
    assert said == []
    assert asked == [path.as_uri() for path in demo.paths]


# ------------------------------------------------------------------ analyses


@pytest.fixture(scope="module")
def analyses(tmp_path_factory: pytest.TempPathFactory, cdnow_run: Run) -> dict[str, str]:
    """SQL of the analyses, compiled for a copy of the CDNOW warehouse, which others read."""
    folder = tmp_path_factory.mktemp("analyses")
    shutil.copy(cdnow_run.warehouse, folder)
    run = run_dbt(
        folder,
        {"lifecycle_input_dir": str(PROJECT / "data" / "demo" / "cdnow")},
        command=("compile",),
        select=("resource_type:analysis",),
    )
    assert run.succeeded, run.text
    compiled = folder / "target" / "compiled" / "customer_lifecycle" / "analyses"
    return {path.stem: path.read_text() for path in compiled.glob("*.sql")}


def test_there_are_ten_analyses_and_each_tells_what_its_answer_means(
    analyses: dict[str, str],
) -> None:
    assert len(analyses) == 10
    for path in (PROJECT / "analyses").glob("*.sql"):
        comment = path.read_text().partition("with\n")[0].splitlines()
        assert len([line for line in comment if line.startswith("-- ")]) >= 3, path
        assert comment[0].endswith("?"), path


def test_analyses_answer(
    cdnow_run: Run, analyses: dict[str, str], cdnow_days: dict[str, AmountByDay]
) -> None:
    rows = {name: cdnow_run.records(sql) for name, sql in analyses.items()}
    assert all(rows.values())

    # Two of them worked out from the orders without the project.
    second = [(sorted(days)[1] - min(days)).days for days in cdnow_days.values() if len(days) > 1]
    for row in rows["when_do_second_purchases_come"]:
        assert row["customers"] == sum(gap <= row["within_days"] for gap in second)
        assert row["share_of_buyers"] == pytest.approx(row["customers"] / len(cdnow_days))

    amounts = sorted((sum(days.values()) for days in cdnow_days.values()), reverse=True)
    for row in rows["how_concentrated_is_the_amount"]:
        best = amounts[: int(row["share_of_customers"] * len(amounts))]
        assert float(row["historic_amount"]) == pytest.approx(float(sum(best)))

    # The others against the marts' own counts.
    thresholds = {row["threshold"]: row for row in rows["what_would_other_thresholds_do"]}
    stages = cdnow_run.by_key("select lifecycle_stage, count(*) from customer_lifecycle group by 1")
    assert thresholds["churned_after"]["as_it_is"] == stages["churned"]
    on_the_list = cdnow_run.value("select count(*) from wake_up_list")
    assert sum(row["customers"] for row in rows["what_may_a_contact_cost"]) == on_the_list
    arms = {row["arm"]: row["customers"] for row in rows["is_the_control_arm_like_the_rest"]}
    assert sum(arms.values()) == on_the_list
    assert sum(row["customers"] for row in rows["are_newer_cohorts_better"]) == len(cdnow_days)
    assert len(rows["who_fell_silent_last_period"]) == cdnow_run.value(
        "select count(*) from customer_silence_history as now "
        "inner join customer_silence_history as then_ on now.customer_id = then_.customer_id "
        "where now.period_end = '1998-06-30' and then_.period_end = '1998-05-31' "
        "and now.silence_status = 'silent' and then_.silence_status <> 'silent'"
    )
    first = rows["do_champions_stay_champions"][0]
    stayed = cdnow_run.value(
        "select count(*) from customer_rfm_history where period_end = '1997-08-31' "
        "and rfm_segment = 'champions' and customer_id in (select customer_id "
        "from customer_rfm_history where period_end = '1997-07-31' and rfm_segment = 'champions')"
    )
    assert first["share_after_1"] == pytest.approx(stayed / first["champions"])
    chosen = next(row for row in rows["is_the_model_worth_its_trouble"] if row["is_chosen"])
    assert chosen["error_against_naive"] < 1
    differences = [abs(row["difference"]) for row in rows["where_do_model_and_score_disagree"]]
    assert differences == sorted(differences, reverse=True)
