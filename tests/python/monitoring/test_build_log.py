"""Each build says what it found, and what has changed since the one before."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt_project import PROJECT, Run, lay_out, run_dbt

from customer_lifecycle.summary import changes, summary_text

HEADER = "order_id,customer_id,ordered_at,amount\n"
# Thresholds by days, without forecasts: who stands where can be told by heart.
VARS: dict[str, Any] = {
    "lifecycle_input_files": {"orders": "orders.csv"},
    "lifecycle_purchase_models": False,
    "lifecycle_history_periods": 0,
    "lifecycle_at_risk_after": 20,
    "lifecycle_dormant_after": 40,
    "lifecycle_churned_after": 60,
    "lifecycle_acquired_days": 10,
    "lifecycle_loyal_purchases": 3,
}
LOG = ("+lifecycle_build_log",)
# Which the log has from a macro, since Jinja cannot read it.
VERSION = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["version"]

# Days of the orders, in 2024: day 1 is 1 January. As of day 100.
FIRST = {
    "stays": [80, 90, 98],  # loyal
    "slips": [70, 75, 85],  # loyal, 15 days away
    "falls": [10, 65],  # at risk, 35 days away
    "returns": [5, 20],  # churned, 80 days away
    "sleeps": [1, 2],  # churned, and remains so
    "dates": [100],
}
# As of day 115: what has come, one of it late, and one that cannot be used.
LATER = {
    "stays": [110],  # still loyal
    "returns": [109],  # reactivated
    "arrives": [115],
    "sleeps": [12],  # a late order, which changes nothing
}


def orders(*parts: dict[str, list[int]]) -> str:
    lines = [
        f"{customer}-{day},{customer},{date(2023, 12, 31) + timedelta(days=day)},10"
        for part in parts
        for customer, days in part.items()
        for day in days
    ]
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Run]:
    def call(content: str, *flags: str, select: tuple[str, ...] = LOG, **options: Any) -> Run:  # noqa: ANN401
        lay_out(tmp_path, {"orders.csv": content})
        return run_dbt(tmp_path, VARS, command=("build", *flags), select=select, **options)

    return call


def log(run: Run) -> list[dict[str, Any]]:
    """The rows of the log, without what is the same in each."""
    rows = run.records("from lifecycle_build_log order by build_number")
    assert {row.pop("project_version") for row in rows} == {VERSION}
    assert {row.pop("purchase_model") for row in rows} == {None}
    assert {row.pop("value_at_risk") for row in rows} == {None}
    return rows


FIRST_ROW = {
    "build_number": 1,
    "orders": 13,
    "new_orders": None,
    "rejected_rows": 0,
    "customers": 6,
    "new_customers": None,
    "changed_silence_level": None,
    "fell_silent": None,
    "came_back": None,
    "changed_lifecycle_stage": None,
    "as_of_date": date(2024, 4, 9),
}
SECOND_ROW = {
    "build_number": 2,
    "orders": 17,
    "new_orders": 4,
    "rejected_rows": 1,
    "customers": 7,
    "new_customers": 1,
    "changed_silence_level": 0,  # nobody has enough gaps for a level
    "fell_silent": 1,  # falls, 50 days away
    "came_back": 1,  # returns
    # slips: 30 days away, at risk; falls: dormant; returns: reactivated; dates: 15 days after its
    # only purchase acquired no more
    "changed_lifecycle_stage": 4,
    "as_of_date": date(2024, 4, 24),
}


def test_orders_that_arrive_between_two_builds(build: Callable[..., Run]) -> None:
    first = build(orders(FIRST), leave_out=("unit_test",))
    assert first.succeeded, first.text
    assert log(first) == [FIRST_ROW]
    stages = first.by_key("select customer_id, lifecycle_stage from customer_360")
    assert stages == {
        "stays": "loyal",
        "slips": "loyal",
        "falls": "at_risk",
        "returns": "churned",
        "sleeps": "churned",
        "dates": "acquired",
    }
    later = orders(FIRST, LATER) + "wrong,stays,soon,10\n"
    second = build(later)
    assert second.succeeded, second.text
    assert log(second) == [FIRST_ROW, SECOND_ROW]
    # Full or not, nothing has changed then; and the log goes on.
    third = build(later, "--full-refresh")
    assert third.succeeded, third.text
    unchanged = {
        name: 0
        for name in SECOND_ROW
        if name.startswith(("new_", "changed_")) or name in ("fell_silent", "came_back")
    }
    assert log(third)[2] == {**SECOND_ROW, "build_number": 3, **unchanged}
    assert third.rows(
        "select build_number, count(*) from main_internal.int_lifecycle__build_states "
        "group by 1 order by 1"
    ) == [(2, 7), (3, 7)]


def test_a_second_build_on_the_same_warehouse_changes_the_log_alone(
    tmp_path: Path, build: Callable[..., Run]
) -> None:
    everything: tuple[str, ...] = ()
    first = build(orders(FIRST, LATER), select=everything)
    assert first.succeeded, first.text
    (tmp_path / "kept").mkdir()
    kept = Path(shutil.copy(first.warehouse, tmp_path / "kept"))
    second = build(orders(FIRST, LATER), select=everything)
    assert second.succeeded, second.text
    # The log is what tells one build from another.
    second.same_marts_as(Run(True, "", {}, kept), leave_out=("lifecycle_build_log",))
    assert [row["build_number"] for row in log(second)] == [1, 2]


def test_a_build_that_fails_leaves_no_row(build: Callable[..., Run]) -> None:
    """Whether it fails before the log is written, or something else fails besides."""
    more = (*LOG, "+silence_rule_backtest")
    assert build(orders(FIRST), select=more).succeeded
    failed = build(HEADER.replace("amount", "x"))
    assert not failed.succeeded
    assert failed.statuses["lifecycle_build_log"] == "skipped"
    assert log(failed) == [FIRST_ROW]
    with duckdb.connect(failed.warehouse) as connection:
        counts = "main_internal.int_lifecycle__silence_rule_counts"
        connection.execute(f"alter table {counts} drop column flagged")
    failed = build(orders(FIRST, LATER), select=more)
    assert failed.statuses["int_lifecycle__silence_rule_counts"] == "error"
    assert failed.statuses["lifecycle_build_log"] == "success"
    assert log(failed) == [FIRST_ROW]
    # What comes next is compared with the last build that went well.
    run = build(orders(FIRST, LATER) + "wrong,stays,soon,10\n")
    assert log(run) == [FIRST_ROW, SECOND_ROW]


def test_the_summary_says_what_has_changed() -> None:
    before = {**SECOND_ROW, "value_at_risk": Decimal("1000.5"), "purchase_model": "bg_nbd"}
    now = {
        **before,
        "build_number": 3,
        "new_orders": 1250,
        "came_back": 0,
        "rejected_rows": 0,
        "value_at_risk": Decimal("980.25"),
        "purchase_model": "mbg_nbd",
        "project_version": VERSION,
    }
    before["project_version"] = VERSION
    text = summary_text(changes([now, before]))
    assert text.splitlines() == [
        "since build 2, as of 2024-04-24",
        "  new orders                                  +1,250",
        "  new customers                                   +1",
        "  customers fallen silent                         +1",
        "  customers back from silence                      0",
        "  customers at another silence level               0",
        "  customers in another stage                      +4",
        "  rejected rows                                   -1",
        "  value at risk                               -20.25",
        "  purchase model                      mbg_nbd, was bg_nbd",
    ]
    assert changes([before]) == []
