import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from customer_lifecycle.shops import cdnow

MASTER, SAMPLE = cdnow.DATA_SETS


@pytest.fixture(scope="module")
def source() -> Path:
    try:
        return cdnow.find_source_folder()
    except cdnow.DemoDataError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def output(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    cdnow.load_demo(folder, source)
    return folder


@pytest.fixture
def source_copy(source: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "datasets"
    folder.mkdir()
    for data_set in cdnow.DATA_SETS:
        (folder / data_set.file_name).write_bytes((source / data_set.file_name).read_bytes())
    return folder


def raw_rows(path: Path, header_lines: int, fields: tuple[int, int, int]) -> str:
    """SQL that reads customer, day and amount from a source file without the loader."""
    customer, day, amount = fields
    return f"""
        with lines as (
            select unnest(string_split(content, chr(10))) as line from read_text('{path}')
        ),
        split as (
            select regexp_extract_all(line, '[0-9.]+') as field
            from lines
            where line <> ''
            offset {header_lines}
        )
        select
            field[{customer}] as customer_id,
            strptime(field[{day}], '%Y%m%d')::date as ordered_at,
            field[{amount}]::decimal(10, 2) as amount
        from split
    """


@pytest.mark.parametrize(
    ("data_set", "header_lines", "fields"), [(MASTER, 1, (1, 2, 4)), (SAMPLE, 0, (1, 3, 5))]
)
def test_files_hold_what_duckdb_reads_from_the_source(
    source: Path,
    output: Path,
    data_set: cdnow.DataSet,
    header_lines: int,
    fields: tuple[int, int, int],
) -> None:
    raw = raw_rows(source / data_set.file_name, header_lines, fields)
    written = f"select * from '{output / data_set.name / 'orders.parquet'}'"
    totals = duckdb.sql(
        f"""
        select count(*), count(distinct customer_id), min(ordered_at), max(ordered_at),
            sum(amount), count(*) filter (where amount = 0),
            count(*) - count(distinct (customer_id, ordered_at))
        from ({raw})
        """
    ).fetchone()
    assert totals is not None
    assert cdnow.OrderFacts(*totals) == data_set.facts
    columns = "customer_id, ordered_at, amount"
    for left, right in ((raw, written), (written, raw)):
        difference = f"select {columns} from ({left}) except all select {columns} from ({right})"
        assert duckdb.sql(difference).fetchall() == []


def test_columns_and_first_row(output: Path) -> None:
    table = pq.read_table(output / "cdnow" / "orders.parquet")
    assert table.schema.equals(cdnow.ORDERS_SCHEMA)
    assert len(table["order_id"].unique()) == table.num_rows
    assert table.slice(0, 1).to_pylist() == [
        {
            "order_id": "O00001",
            "customer_id": "00001",
            "ordered_at": date(1997, 1, 1),
            "amount": Decimal("11.77"),
        }
    ]


def test_the_sample_is_part_of_the_master_log(output: Path) -> None:
    columns = "customer_id, ordered_at, amount"
    missing = duckdb.sql(
        f"""
        select {columns} from '{output}/cdnow_sample/orders.parquet'
        except all
        select {columns} from '{output}/cdnow/orders.parquet'
        """
    )
    assert missing.fetchall() == []


def test_a_second_run_leaves_right_files_alone_and_repairs_others(
    source: Path, tmp_path: Path
) -> None:
    first = cdnow.load_demo(tmp_path, source)
    assert list(first.values()) == [True, True]
    master, sample = first
    content, modified = master.read_bytes(), master.stat().st_mtime_ns
    sample.write_bytes(b"broken")
    assert cdnow.load_demo(tmp_path, source) == {master: False, sample: True}
    assert master.stat().st_mtime_ns == modified
    assert master.read_bytes() == content
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "orders.parquet",
        "orders.parquet",
    ]


def test_altered_amount_is_refused(source_copy: Path, tmp_path: Path) -> None:
    path = source_copy / MASTER.file_name
    path.write_text(path.read_text().replace(" 11.77", " 11.78", 1))
    with pytest.raises(
        cdnow.DemoDataError, match=r"amount: expected 2500315\.63, found 2500315\.64"
    ) as caught:
        cdnow.load_demo(tmp_path / "out", source_copy)
    assert "rows" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_lost_row_is_refused_with_every_total_that_differs(
    source_copy: Path, tmp_path: Path
) -> None:
    path = source_copy / SAMPLE.file_name
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    with pytest.raises(cdnow.DemoDataError, match="CDNOW_sample") as caught:
        cdnow.load_demo(tmp_path / "out", source_copy)
    for part in (
        "rows: expected 6919, found 6918",
        "customers: expected 2357, found 2356",
        "amount: expected 244091.94, found 244066.20",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (" 00001 19970101  1", "row 1 has 3 values"),
        (" 00001 19971301  1   11.77", "row 1 has no readable date and amount"),
        (" 00001 19970101  1   much", "row 1 has no readable date and amount"),
    ],
)
def test_unreadable_line_is_named(
    source_copy: Path, tmp_path: Path, line: str, message: str
) -> None:
    path = source_copy / MASTER.file_name
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]))
    with pytest.raises(cdnow.DemoDataError, match=message):
        cdnow.load_demo(tmp_path / "out", source_copy)


def test_empty_file_is_refused(source_copy: Path, tmp_path: Path) -> None:
    (source_copy / SAMPLE.file_name).write_text("")
    with pytest.raises(cdnow.DemoDataError, match="no orders"):
        cdnow.load_demo(tmp_path / "out", source_copy)


def test_missing_file_says_what_to_install(source_copy: Path, tmp_path: Path) -> None:
    (source_copy / SAMPLE.file_name).unlink()
    with pytest.raises(cdnow.DemoDataError, match=r"pip install --no-deps Lifetimes==0\.11\.3"):
        cdnow.load_demo(tmp_path / "out", source_copy)


def test_missing_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cdnow, "find_spec", lambda _: None)
    assert cdnow.main(["--output", str(tmp_path)]) == 1
    assert "pip install --no-deps Lifetimes==0.11.3" in capsys.readouterr().err


def test_command_line_does_not_import_lifetimes(source: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from customer_lifecycle.shops.cdnow import main; "
        "code = main(['--output', sys.argv[1]]); sys.exit(code or 'lifetimes' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert source.is_dir()
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("written: ") == 2
