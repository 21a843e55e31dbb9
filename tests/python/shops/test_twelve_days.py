"""A small shop that is built on twelve days in a row, as a shop of a real person would be."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from dbt_project import CAUTIONS, Run, build_inputs

from customer_lifecycle.shops.odd_shops import odd_orders

FIRST_DAY = date(2021, 9, 24)
DAYS = 12
# What is kept from build to build, and what it comes from.
SHOP_VARS = {"lifecycle_rooms": ["segments", "lifecycle", "history", "kpis"]}


def _known_on(number: int) -> list[dict]:
    """What the shop's system says after so many days.

    The orders of an ordinary shop up to that day, of which every eleventh comes in three days late,
    every seventh has half the amount until it is corrected four days later in the same row, and
    every fifth is refunded two days later. Somebody buys for the first time on each of the days,
    and one of the orders of a year ago turns out to be somebody else's.
    """
    today = FIRST_DAY + timedelta(days=number)
    rows = []
    for place, row in enumerate(odd_orders("amounts_alike").to_pylist()):
        day = row["ordered_at"]
        if day + timedelta(days=3 if place % 11 == 0 else 0) > today:
            continue
        if place % 7 == 0 and day + timedelta(days=4) > today:
            row = {**row, "amount": row["amount"] / 2}
        if place == 20 and number >= 5:
            row = {**row, "customer_id": "somebody_else"}
        rows.append(row)
        if place % 5 == 0 and day + timedelta(days=2) <= today:
            refund = {
                "order_id": f"refund_of_{row['order_id']}",
                "ordered_at": day + timedelta(days=2),
                "amount": -row["amount"],
            }
            rows.append({**row, **refund})
    rows += [
        {
            "order_id": f"new_{later}",
            "customer_id": f"new_{later}",
            "ordered_at": FIRST_DAY + timedelta(days=later),
            "amount": Decimal("19.9900"),
        }
        for later in range(number + 1)
    ]
    return rows


def _build(folder: Path, number: int) -> Run:
    orders = pa.Table.from_pylist(_known_on(number))
    run = build_inputs(
        folder, {"orders.parquet": orders}, SHOP_VARS, select=(), leave_out=("unit_test",)
    )
    assert run.succeeded, (number, run.text)
    assert run.troubles().keys() <= CAUTIONS, number
    return run


def test_twelve_builds_in_a_row_pass_and_the_last_is_as_a_fresh_one(tmp_path: Path) -> None:
    daily = tmp_path / "daily"
    ends = []
    for number in range(DAYS):
        last = _build(daily, number)
        ends.append(last.value("select max(period_end) from customer_lifecycle_history"))
    # The month that ended in between became history.
    assert set(ends) == {date(2021, 8, 31), date(2021, 9, 30)}
    last.same_marts_as(_build(tmp_path / "fresh", DAYS - 1))
