"""Two warehouses are compared mart by mart: what differs is told, unless a file says why."""

from pathlib import Path

import compare_marts
import duckdb
import pytest

BEFORE = """
create schema main_internal;
create table main_internal.people as
select 'c' || range as customer_id, range * 0.1 as score from range(5);
create table silence as
select
    'c' || range as customer_id,
    cast(range as bigint) as days,
    cast(range as decimal(18, 4)) / 8 as amount,
    range * cast(0.1 as double) as score,
    map {'a': range} as details
from range(100);
create table levels as
select level, cast(level / 7 as double) as share from range(1, 4) as levels (level), range(2);
create view customers as select * from before.main_internal.people;
"""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return warehouse(tmp_path / "before.duckdb", BEFORE)


def warehouse(file: Path, *statements: str) -> Path:
    with duckdb.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    return file


@pytest.fixture
def compare(tmp_path: Path, before: Path, capsys: pytest.CaptureFixture[str]) -> "Comparer":
    return Comparer(tmp_path, before, capsys)


class Comparer:
    def __init__(self, folder: Path, before: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.before, self.capsys = folder, before, capsys

    def __call__(self, *changes: str, renames: str = "") -> tuple[int, str]:
        """Exit code and text when these are the changes; silence is matched by its customers."""
        after = self.folder / "later" / "after.duckdb"
        after.parent.mkdir(exist_ok=True)
        after.write_bytes(self.before.read_bytes())
        warehouse(after, *changes)
        file = self.folder / "renames.yml"
        file.write_text(renames or "keys: {silence: [customer_id]}")
        code = compare_marts.main(
            [str(self.before), str(after), "--renames", str(file), "--manifest", "none"]
        )
        return code, self.capsys.readouterr().out


def test_a_warehouse_is_like_its_copy_in_whatever_order(compare: Comparer) -> None:
    """Under another name too, though its views go on calling it by the first one."""
    code, text = compare(
        "create or replace table silence as "
        "select details, score, days, amount, customer_id from silence order by days desc"
    )
    assert code == 0, text
    assert "3 marts, 0 of them differ unexplained" in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update silence set score = score * (1 + 1e-8) where days = 7", "score differs in 1 rows"),
        ("update silence set amount = amount + 0.0001 where days = 7", "amount differs in 1 rows"),
        ("update silence set score = null where days = 7", "score differs in 1 rows"),
        ("update silence set score = 'inf' where days = 7", "score differs in 1 rows"),
        ("delete from silence where days = 7", "1 rows only before, like customer_id = c7"),
        ("insert into silence from silence where days = 7", "1 rows only after"),
        ("alter table silence rename column days to absence", "days is no more"),
        ("alter table silence alter days type integer", "days was BIGINT, is INTEGER"),
        ("drop table silence", "is no more"),
    ],
)
def test_what_differs_is_told(compare: Comparer, change: str, told: str) -> None:
    code, text = compare(change)
    assert code == 1
    assert f"silence\n  DIFFERS: {told}" in text
    assert "1 of them differ unexplained" in text


def test_rows_without_a_key_are_matched_by_all_that_is_exact(compare: Comparer) -> None:
    code, text = compare("update levels set share = 0 where level = 2")
    assert code == 1
    assert "levels\n  DIFFERS: share differs in 2 rows" in text


def test_a_difference_of_the_last_digits_is_none(compare: Comparer) -> None:
    code, text = compare("update silence set score = score * (1 + 1e-11)")
    assert code == 0, text
    assert "1e-11" in text


def test_what_is_new_is_listed(compare: Comparer) -> None:
    code, text = compare("create table news as select 1 as a", "alter table levels add a integer")
    assert code == 0, text
    assert "levels\n  new columns: a\n" in text
    assert "new marts: news\n" in text


def test_what_was_meant_is_no_difference(compare: Comparer) -> None:
    code, text = compare(
        "create table merged as select *, 'silence' as kind from silence",
        "insert into merged by name select 'x' as customer_id, 'other' as kind",
        "alter table merged rename column days to absence_days",
        "alter table merged drop column details",
        "update merged set amount = amount + 1",
        "drop table silence",
        "drop table levels",
        renames="""
            marts: {silence: {mart: merged, where: kind = 'silence'}}
            columns: {silence: {days: absence_days}}
            dropped: {levels: nobody asked, silence.details: never filled}
            changed: {silence.amount: with the fee}
            keys: {silence: [customer_id]}
        """,
    )
    assert code == 0, text
    for told in (
        "dropped: nobody asked",
        "now merged where kind = 'silence'",
        "details dropped: never filled",
        "amount differs in 100 rows",
        "with the fee",
        "new columns: kind",
    ):
        assert told in text


def test_a_name_that_is_not_there_is_told(compare: Comparer) -> None:
    code, text = compare(renames="changed: {silence.dys: misspelt}")
    assert code == 0
    assert "does not have: silence.dys" in text
    with pytest.raises(SystemExit, match="no section change;"):
        compare(renames="change: {}")
