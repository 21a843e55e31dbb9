"""What orders and contacts have cost: from the files to the ledger of customer value."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from math import nan
from pathlib import Path

import pyarrow as pa
import pytest
from dbt_project import STAGING, Run, build_inputs

# A record of a CSV file as it stands there, and why it is rejected (None: it is kept).
Records = list[tuple[str, str | None]]

HEADERS = {
    "orders": "order_id,customer_id,ordered_at,amount,product_cost",
    "order_lines": "order_id,line_number,product_id,category,quantity,amount,product_cost",
    "contact_costs": "customer_id,contacted_on,channel,cost",
}

ORDERS: Records = [
    ("1,anna,2020-01-10,100,60", None),
    ("2,anna,2020-01-20 18:30:00,50,", None),
    ("3,anna,2020-03-05,40,", None),
    ("4,anna,2020-03-31,20,NaN", None),
    ("5,berta,2020-02-01,30.0005,", None),
    ("6,berta,2020-03-01,-30.0005,", None),
    # A cost that cannot be read is one that is not known.
    ("7,carl,2020-03-01,10,ten", None),
    ("8,carl,2020-03-02,10,inf", None),
    ("9,carl,2020-05-01,10,4", None),
    ("10,carl,2020-03-03,ten,4", "unreadable_amount"),
]
ORDER_LINES: Records = [
    # Order 2 is known from its lines, one of which came twice: the larger amount is kept.
    ("2,1,pen,office,2,30,12.5", None),
    ("2,2.0,ink,office,1,20,7.5", None),
    ("2,2,ink,office,1,19,7", "duplicate_key"),
    # Order 3 is not, since one of its lines has no cost; nor is order 4, of which one is rejected.
    ("3,1,pen,,1,20,5", None),
    ("3,2,,office,1,20,", None),
    ("4,1,pen,office,1,10,5", None),
    ("4,2,ink,office,one,10,5", "unreadable_amount"),
    # A line of an order that says its cost itself, one of a rejected order, one of none.
    ("1,1,pen,office,1,100,1", None),
    ("10,1,pen,office,1,10,5", None),
    ("99,1,pen,office,-1,-10,-5", None),
    ("9,1,pen,office,1,10,5", None),
    (",1,pen,office,1,10,5", "missing_key"),
    ('5," ",pen,office,1,10,5', "missing_key"),
    ("6,1,pen,office,1,,5", "unreadable_amount"),
    ("6,2,pen,office,NaN,10,5", "not_finite"),
    ("6,3,pen,office,1,-inf,5", "not_finite"),
    ("6,4,pen,office,1,10,free", None),
    ("6,5,pen", "malformed_row"),
]
CONTACT_COSTS: Records = [
    ("anna,2019-12-31,mail,0.5", None),
    ("anna,2020-01-10,mail,1", None),
    ("anna,2020-01-10,phone,2.25", None),
    # The same day and channel, whatever the hour: the larger cost is kept.
    ("anna,2020-01-15 09:00:00,mail,1", "duplicate_key"),
    ("anna,2020-01-15 17:00:00,mail,1.5", None),
    ("berta,2020-04-15,mail,1", None),
    ("berta,2020-05-02,mail,100", None),
    ("dora,2020-02-03,mail,3", None),
    ("dora,2020-02-04,mail,-1", None),
    (",2020-01-10,mail,1", "missing_customer"),
    ("anna,,mail,1", "missing_date"),
    ("anna,soon,mail,1", "unreadable_date"),
    ("anna,2020-02-30,mail,1", "unreadable_date"),
    ("anna,2021-01-01,mail,1", "future_date"),
    ("anna,2020-01-11,,1", "missing_key"),
    ("anna,2020-01-11,mail,", "unreadable_amount"),
    ("anna,2020-01-11,mail,a lot", "unreadable_amount"),
    ("anna,2020-01-11,mail,NaN", "not_finite"),
    ("anna,2020-01-11,mail,inf", "not_finite"),
    ("anna,2020-01-11", "malformed_row"),
    ("anna,2020-01-11,mail,1,extra", "malformed_row"),
]
# Costs like ten, inf and free.
UNREADABLE_OPTIONAL_VALUES = {
    "orders": {"unreadable_optional_values": 2},
    "order_lines": {"unreadable_optional_values": 1},
}
INPUTS = {"orders": ORDERS, "order_lines": ORDER_LINES, "contact_costs": CONTACT_COSTS}

# By hand, with a margin of .4; order 9 (1 May) is the as-of date, so that berta's contact after it
# is not in. period_end, cost_basis, amount, product_cost, contact_cost, value
LEDGER = [
    ("anna", "2019-12-31", None, "0", "0", "0.5", "-0.5"),
    ("anna", "2020-01-31", "order_lines", "150", "80", "4.75", "65.25"),
    ("anna", "2020-03-31", "gross_margin_var", "60", "36", "0", "24"),
    ("berta", "2020-02-29", "gross_margin_var", "30.0005", "18.0003", "0", "12.0002"),
    ("berta", "2020-03-31", "gross_margin_var", "-30.0005", "-18.0003", "0", "-12.0002"),
    ("berta", "2020-04-30", None, "0", "0", "1", "-1"),
    ("carl", "2020-03-31", "gross_margin_var", "20", "12", "0", "8"),
    ("carl", "2020-05-31", "product_cost", "10", "4", "0", "6"),
    ("dora", "2020-02-29", None, "0", "0", "2", "-2"),
]


def as_csv(inputs: dict[str, Records], step: int = 1) -> dict[str, str]:
    """The files of the inputs; with a step of -1 the rows in the opposite order."""
    return {
        f"{name}.csv": "\n".join([HEADERS[name], *(record for record, _ in records[::step])]) + "\n"
        for name, records in inputs.items()
    }


def build(
    folder: Path, files: dict[str, str | pa.Table], lifecycle_vars: dict | None = None
) -> Run:
    run = build_inputs(
        folder,
        files,
        {"lifecycle_latest_valid_date": "2020-12-31", **(lifecycle_vars or {})},
        select=("+customer_value_ledger", "+int_lifecycle__customers", *STAGING),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    return run


def ledger(run: Run) -> list[tuple]:
    return run.rows(
        "select customer_id, cast(period_end as varchar), cost_basis, amount, product_cost, "
        "contact_cost, value from customer_value_ledger order by 1, 2"
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return build(tmp_path_factory.mktemp("shop"), as_csv(INPUTS), {"lifecycle_gross_margin": 0.4})


def test_what_belongs_to_nothing_is_told(shop: Run) -> None:
    """A line of a rejected order and one of no order; two contacts of dora; costs in two inputs."""
    assert shop.troubles() == {
        "contacts_are_of_known_customers": "warn",
        "input_optional_values_are_readable": "warn",
        "input_rejects_at_most_one_row_in_twenty": "warn",
        "order_lines_have_a_kept_order": "warn",
    }
    assert shop.text.count("Got 2 results, configured to warn if != 0") == 3


@pytest.mark.parametrize("name", INPUTS)
def test_each_row_is_kept_or_rejected_for_its_reason(shop: Run, name: str) -> None:
    assert shop.rows(
        f"select row_number, reason from rejected_records where input = '{name}' order by 1"
    ) == [(number, reason) for number, (_, reason) in enumerate(INPUTS[name], start=1) if reason]
    reasons = Counter(reason for _, reason in INPUTS[name])
    kept = reasons.pop(None)
    assert shop.input_quality(name) == {
        "input": name,
        "rows_in": len(INPUTS[name]),
        "rows_kept": kept,
        "rows_rejected": len(INPUTS[name]) - kept,
        "rows_after_as_of": 1 if name == "contact_costs" else 0,
        **reasons,
        **UNREADABLE_OPTIONAL_VALUES.get(name, {}),
    }
    assert shop.value(f"select count(*) from main_internal.stg_lifecycle__{name}") == kept


def test_what_is_kept_is_what_stands_in_the_file(shop: Run) -> None:
    assert shop.rows(
        "select * from main_internal.stg_lifecycle__order_lines where order_id = '2' order by 2"
    ) == [
        ("2", "1", "pen", "office", Decimal(2), Decimal(30), Decimal("12.5")),
        ("2", "2", "ink", "office", Decimal(1), Decimal(20), Decimal("7.5")),
    ]
    assert shop.rows(
        "select cast(contacted_on as varchar), channel, cost "
        "from main_internal.stg_lifecycle__contact_costs where customer_id = 'anna' order by 1, 2"
    ) == [
        ("2019-12-31", "mail", Decimal("0.5")),
        ("2020-01-10", "mail", Decimal(1)),
        ("2020-01-10", "phone", Decimal("2.25")),
        ("2020-01-15", "mail", Decimal("1.5")),
    ]


def test_the_ledger_is_what_was_worked_out_by_hand(shop: Run) -> None:
    expected = [(*row[:3], *map(Decimal, row[3:])) for row in LEDGER]
    assert ledger(shop) == expected
    # Who is known from contacts alone has a row, and is not a known customer.
    assert shop.value(
        "select count(*) from customer_value_ledger where customer_id = 'dora' and orders = 0"
    )


def test_the_ledger_holds_every_kept_row_up_to_the_as_of_date(shop: Run) -> None:
    """Added up from the files."""
    amount, contact_cost = Decimal(0), Decimal(0)
    for record, reason in ORDERS:
        amount += Decimal(next(csv.reader(io.StringIO(record)))[3]) if not reason else 0
    for record, reason in CONTACT_COSTS:
        fields = record.split(",")
        contact_cost += Decimal(fields[3]) if not reason and fields[1] <= "2020-05-01" else 0
    assert shop.rows(
        "select sum(amount), sum(contact_cost), sum(value + product_cost), sum(orders), "
        "sum(contacts) from customer_value_ledger"
    ) == [(amount, contact_cost, amount - contact_cost, 9, 7)]


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path, shop: Run) -> None:
    run = build(tmp_path, as_csv(INPUTS, step=-1), {"lifecycle_gross_margin": 0.4})
    run.same_marts_as(shop, leave_out=("rejected_records",))
    for name in INPUTS:
        kept = f"from main_internal.stg_lifecycle__{name} order by all"
        assert run.rows(kept) == shop.rows(kept)


def test_days_and_keys_of_typed_columns(tmp_path: Path) -> None:
    """A contact of 17:00 UTC is one of the next day in Shanghai; line 1 is line 1.0."""
    moment = datetime(2020, 1, 10, tzinfo=UTC)
    contacts = pa.table(
        {
            "customer_id": [7.0, 7.0, None, 7.0],
            "contacted_on": pa.array(
                [moment.replace(hour=17), None, moment, moment.replace(hour=15)],
                pa.timestamp("us", tz="UTC"),
            ),
            "channel": ["mail"] * 4,
            "cost": [0.1, 1.0, 1.0, nan],
        }
    )
    lines = pa.table(
        {
            "order_id": [1, 1, 1],
            "line_number": [1.0, 2.0, nan],
            "product_id": [12345.0, None, 1.0],
            "category": pa.array([None] * 3, pa.null()),
            "quantity": [1, 2, 3],
            "amount": pa.array(["10.50", "0.25", "1"], pa.string()),
        }
    )
    files = {"order_lines.parquet": lines, "contact_costs.parquet": contacts}
    files["orders.csv"] = as_csv({"orders": ORDERS})["orders.csv"]
    run = build(tmp_path, files, {"lifecycle_timezone": "Asia/Shanghai"})
    assert run.rows(
        "select input, row_number, row_key, reason from rejected_records "
        "where input <> 'orders' order by 1, 2"
    ) == [
        ("contact_costs", 2, None, "missing_date"),
        ("contact_costs", 3, None, "missing_customer"),
        ("contact_costs", 4, "7|2020-01-10|mail", "not_finite"),
        ("order_lines", 3, None, "missing_key"),
    ]
    assert run.rows("from main_internal.stg_lifecycle__contact_costs") == [
        ("7", date(2020, 1, 11), "mail", Decimal("0.1"), None)
    ]
    assert run.rows("from main_internal.stg_lifecycle__order_lines order by line_number") == [
        ("1", "1", "12345", None, Decimal(1), Decimal("10.5"), None),
        ("1", "2", None, None, Decimal(2), Decimal("0.25"), None),
    ]


def test_without_the_other_inputs_only_orders_cost(tmp_path: Path) -> None:
    run = build(tmp_path, as_csv({"orders": ORDERS}))
    assert run.rows("select input from input_quality") == [("orders",)]
    assert run.by_key(
        "select cost_basis, sum(product_cost), sum(contact_cost) from customer_value_ledger "
        "group by 1"
    ) == {"product_cost": [Decimal(4), Decimal(0)], "none": [Decimal(60), Decimal(0)]}


def test_the_ledger_of_cdnow_holds_all_its_money(cdnow_run: Run) -> None:
    assert cdnow_run.value("select sum(amount) from customer_value_ledger") == Decimal("2500315.63")
