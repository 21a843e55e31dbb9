"""Rows that cannot be used are rejected with a reason; files that cannot be read stop the run."""

import csv
import io
import json
import random
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from dbt_project import NOT_LEARNT, Run, build_inputs, run_dbt

HEADER = "order_id,customer_id,ordered_at,amount,channel,discount_amount,updated_at"

# A record of the CSV file as it stands there, and why it is rejected (None: it is kept).
ORDER_RECORDS: list[tuple[str, str | None]] = [
    ("1,anna,2020-01-01,10.5,web,,", None),
    # missing keys
    (",anna,2020-01-01,10.5,web,,", "missing_key"),
    ('"",anna,2020-01-01,10.5,web,,', "missing_key"),
    ("   ,anna,2020-01-01,10.5,web,,", "missing_key"),
    ("5,,2020-01-01,10.5,web,,", "missing_customer"),
    ('6,"",2020-01-01,10.5,web,,', "missing_customer"),
    ("7,   ,2020-01-01,10.5,web,,", "missing_customer"),
    # dates
    ("8,anna,,10.5,web,,", "missing_date"),
    ("9,anna,31.01.2020,10.5,web,,", "unreadable_date"),
    ("10,anna,2020-02-30,10.5,web,,", "unreadable_date"),
    ("11,anna,soon,10.5,web,,", "unreadable_date"),
    ("12,anna,today,10.5,web,,", "unreadable_date"),
    ("13,anna,infinity,10.5,web,,", "unreadable_date"),
    # An optional value that cannot be read does not cost the row.
    ("14,anna,2020-01-01,10.5,web,,soon", None),
    # A row of too few fields, then one of too many: what follows keeps its place in the file.
    ("15,anna,2020-01-01,10.5", "malformed_row"),
    ("16,anna,2020-01-01,10.5,web,,,extra", "malformed_row"),
    # amounts
    ("17,anna,2020-01-01,,web,,", "unreadable_amount"),
    ('18,anna,2020-01-01,"1,234.50",web,,', "unreadable_amount"),
    ("19,anna,2020-01-01,12 EUR,web,,", "unreadable_amount"),
    ("20,anna,2020-01-01,99999999999999999999,web,,", "unreadable_amount"),
    ("20b,anna,2020-01-01,100000000000000,web,,", "unreadable_amount"),
    # two digits are no year
    ("20c,anna,05-01-22,10.5,web,,", "unreadable_date"),
    ("20d,anna,20-01-05 10:00:00+02:00,10.5,web,,", "unreadable_date"),
    ("21,anna,2020-01-01,10.5,web,much,", None),
    ("22,anna,2020-01-01,inf,web,,", "not_finite"),
    ("23,anna,2020-01-01,-Infinity,web,,", "not_finite"),
    ("24,anna,2020-01-01,NaN,web,,", "not_finite"),
    ("25,anna,2020-01-01,10.5,web,inf,", None),
    # far ahead, where lifecycle_latest_valid_date is 2020-12-31
    ("26,anna,2020-12-31 23:59:59,10.5,web,,", None),
    ("27,anna,2021-01-01,10.5,web,,", "future_date"),
    ("28,anna,2999-01-01,10.5,web,,", "future_date"),
    # quotes and line breaks in fields
    ('29,"anna, ""the first""",2020-01-01,10.5,"line one\nline two",,', None),
    ('30,5" pipe,2020-01-01,10.5,web,,', None),
    ('31,"anna\nmaria",2020-01-01,10.5', "malformed_row"),
    ('32,"anna"maria,2020-01-01,10.5,web,,', "malformed_row"),
    ('33,"anna\nmaria","soon\n",10.5,web,,', "unreadable_date"),
    ('33b,"\\anna\\n ""maria""\t\r\n",soon,10.5,web,,', "unreadable_date"),
    ("33c,anna\b\x01,soon,10.5,web,,", "unreadable_date"),
    # the first fault counts
    ("34,,soon,much,web,,", "missing_customer"),
    ("35,anna,soon,much,web,,", "unreadable_date"),
    # the same order twice, and once more in a row that is rejected anyway
    ("36,berta,2020-02-01,10.5,web,,", None),
    ("36,berta,2020-02-01,10.5,web,,", "duplicate_key"),
    ("36,berta,soon,10.5,web,,", "unreadable_date"),
    # no fault: refunds, zero amounts, more digits than cents, exponents, a missing discount
    ("37,berta,2020-01-01,-3,web,NaN,", None),
    ("38,berta,2020-01-01,0,web,,", None),
    ("39,berta,2020-01-01,1e2,web,,", None),
    ("40,berta,2020-01-01,0.12345,web,,", None),
    # keys
    ('41,O\'Brien "Bob",2020-01-01,1,web,,', None),
    ("42, berta,2020-01-01,1,web,,", None),
    ("43,张三,2020-01-01,1,web,,", None),
    ("44,Berta,2020-01-01,1,web,,", None),
    ("45,007,2020-01-01,1,web,,", None),
    ("46,12345.0,2020-01-01,1,web,,", None),
    ("47.0,12345,2020-01-02,1,web,,", None),
    ("48,1.50,2020-01-02,1,web,,", None),
    ("49,anna,2020-01-01,10.5", "malformed_row"),
]

CUSTOMER_HEADER = "customer_id,registered_at,acquisition_cost,birth_date,x_card"
CUSTOMER_RECORDS: list[tuple[str, str | None]] = [
    ("anna,2020-01-01,,,gold", None),
    (",2020-01-01,,,gold", "missing_key"),
    (" ,soon,,,gold", "missing_key"),
    ("berta,,,,gold", "missing_date"),
    ("berta,soon,,,gold", "unreadable_date"),
    ("berta,2020-01-01,,soon,gold", None),
    ("berta,2020-01-01,free,,gold", "duplicate_key"),
    ("berta,2020-01-01,inf,,gold", "duplicate_key"),
    ("berta,2030-01-01,,,gold", "future_date"),
    ("berta,2020-01-01", "malformed_row"),
    ("12345,2020-03-01,,,gold", "duplicate_key"),
    ("12345.0,2020-02-01,,,none", None),
]


def as_csv(header: str, records: list[tuple[str, str | None]]) -> str:
    return "\n".join([header, *(record for record, _ in records)]) + "\n"


def as_read_by_python(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.fixture(scope="module")
def bad_csv(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = build_inputs(
        tmp_path_factory.mktemp("bad_csv"),
        {
            "orders.csv": as_csv(HEADER, ORDER_RECORDS),
            "customers.csv": as_csv(CUSTOMER_HEADER, CUSTOMER_RECORDS),
        },
        {"lifecycle_latest_valid_date": "2020-12-31"},
        select=(),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == {
        "input_rejects_at_most_one_row_in_twenty": "warn",
        "input_optional_values_are_readable": "warn",
        **NOT_LEARNT,
    }
    return run


UNREADABLE_OPTIONAL_VALUES = {"orders": 3, "customers": 1}

CSV_INPUTS = pytest.mark.parametrize(
    ("input_name", "header", "records"),
    [("orders", HEADER, ORDER_RECORDS), ("customers", CUSTOMER_HEADER, CUSTOMER_RECORDS)],
)


@CSV_INPUTS
def test_each_bad_row_is_rejected_for_its_reason_at_its_place(
    bad_csv: Run, input_name: str, header: str, records: list[tuple[str, str | None]]
) -> None:
    assert len(as_read_by_python(as_csv(header, records))) == len(records)
    rejected = bad_csv.rows(
        f"select row_number, reason from rejected_records where input = '{input_name}' order by 1"
    )
    assert rejected == [
        (number, reason) for number, (_, reason) in enumerate(records, start=1) if reason
    ]


@CSV_INPUTS
def test_every_row_is_kept_or_rejected(
    bad_csv: Run, input_name: str, header: str, records: list[tuple[str, str | None]]
) -> None:
    reasons = Counter(reason for _, reason in records)
    kept = reasons.pop(None)
    quality = bad_csv.input_quality(input_name)
    del quality["input"]
    assert quality == {
        "rows_in": len(as_read_by_python(as_csv(header, records))),
        "rows_kept": kept,
        "rows_rejected": len(records) - kept,
        "rows_after_as_of": 0,
        **reasons,
        "unreadable_optional_values": UNREADABLE_OPTIONAL_VALUES[input_name],
    }


def test_rejected_rows_can_be_read_as_they_came(bad_csv: Run) -> None:
    rejected = bad_csv.rows(
        "select row_number, row_key, reason, row_json from rejected_records where input = 'orders'"
    )
    fields_in_file = as_read_by_python(as_csv(HEADER, ORDER_RECORDS))
    for row_number, row_key, reason, row_json in rejected:
        record, fields = ORDER_RECORDS[row_number - 1][0], fields_in_file[row_number - 1]
        row = json.loads(row_json)
        if reason == "malformed_row":
            assert row == {"text": record}
            continue
        assert (row["order_id"] or "") == (row_key or "") == fields[0]
        assert (row["customer_id"] or "") == fields[1]
        assert (row["channel"] or "") == fields[4]
        if reason == "unreadable_date" and not fields[6]:
            assert row["ordered_at"] == fields[2]
        if reason == "not_finite" and not fields[5]:
            assert row["amount"] == fields[3]


def test_kept_rows_hold_what_stands_in_the_file(bad_csv: Run) -> None:
    kept = {
        order_id: rest for order_id, *rest in bad_csv.kept("order_id, customer_id, amount, channel")
    }
    assert len(kept) == sum(reason is None for _, reason in ORDER_RECORDS)
    assert kept["1"] == ["anna", Decimal("10.5"), "web"]
    assert kept["29"] == ['anna, "the first"', Decimal("10.5"), "line one\nline two"]
    assert kept["30"] == ['5" pipe', Decimal("10.5"), "web"]
    assert bad_csv.kept("order_id, discount_amount, updated_at")[0] == ("1", None, None)
    assert kept["14"] == kept["21"] == kept["25"] == ["anna", Decimal("10.5"), "web"]
    assert kept["37"] == ["berta", Decimal(-3), "web"]
    assert kept["38"] == ["berta", Decimal(0), "web"]
    assert kept["39"] == ["berta", Decimal(100), "web"]
    assert kept["40"] == ["berta", Decimal("0.1235"), "web"]
    assert kept["47"] == ["12345", Decimal(1), "web"]


def test_keys_stay_what_they_are(bad_csv: Run) -> None:
    keys = {
        customer_id for (customer_id,) in bad_csv.rows("select customer_id from customer_silence")
    }
    assert keys == {
        "anna",
        'anna, "the first"',
        '5" pipe',
        "berta",
        " berta",
        "Berta",
        'O\'Brien "Bob"',
        "张三",
        "007",
        "12345",
        "1.50",
    }


def test_orders_and_customers_meet_in_a_key_that_one_of_them_has_as_a_float(bad_csv: Run) -> None:
    assert bad_csv.rows(
        "select purchase_days, registered_on, x_card from customer_360_extended "
        "where customer_id = '12345'"
    ) == [(2, date(2020, 2, 1), "none")]


def test_numbers_that_are_none_and_keys_that_are_doubles_in_parquet(tmp_path: Path) -> None:
    moment = datetime(2020, 1, 1, 12)
    rows = [
        (1.0, 12345.0, moment, 10.5, None),
        (2.0, 12345.0, moment, nan, "not_finite"),
        (3.0, 12345.0, moment, inf, "not_finite"),
        (4.0, 12345.0, moment, -inf, "not_finite"),
        (5.0, None, moment, 1.0, "missing_customer"),
        (6.0, nan, moment, 1.0, "missing_customer"),
        (7.0, inf, moment, 1.0, "missing_customer"),
        (None, 12345.0, moment, 1.0, "missing_key"),
        (9.0, 12345.0, None, 1.0, "missing_date"),
        (10.0, 12345.0, moment, None, "unreadable_amount"),
        (11.0, 12345.0, moment, 1e15, "unreadable_amount"),
        (12.0, -7.0, moment, 0.1, None),
        (13.0, 1234567890123456.0, moment, -0.1, None),
        (14.5, 7.25, moment, 1e13, None),
    ]
    order_id, customer_id, ordered_at, amount, reasons = zip(*rows, strict=True)
    orders = pa.table(
        {
            "order_id": pa.array(order_id, pa.float64()),
            "customer_id": pa.array(customer_id, pa.float64()),
            "ordered_at": pa.array(ordered_at, pa.timestamp("us")),
            "amount": pa.array(amount, pa.float64()),
        }
    )
    run = build_inputs(tmp_path, {"orders.parquet": orders})
    assert run.rows("select row_number, reason from rejected_records order by 1") == [
        (number, reason) for number, reason in enumerate(reasons, start=1) if reason
    ]
    assert run.input_quality()["rows_in"] == len(rows)
    assert sorted(run.kept("order_id, customer_id, amount")) == [
        ("1", "12345", Decimal("10.5")),
        ("12", "-7", Decimal("0.1")),
        ("13", "1234567890123456", Decimal("-0.1")),
        ("14.5", "7.25", Decimal("1e13")),
    ]
    texts = run.rows("select row_number, row_json from rejected_records where row_number in (2, 3)")
    assert {number: json.loads(text)["amount"] for number, text in texts} == {2: "nan", 3: "inf"}


def test_dates_that_are_none_in_parquet(tmp_path: Path) -> None:
    days = pa.array([18262, 2**31 - 1, -(2**31) + 1, None], pa.int32()).cast(pa.date32())
    orders = pa.table(
        {
            "order_id": [1, 2, 3, 4],
            "customer_id": list("abcd"),
            "ordered_at": days,
            "amount": [1] * 4,
        }
    )
    run = build_inputs(tmp_path, {"orders.parquet": orders})
    assert run.rows("select row_number, reason from rejected_records order by 1") == [
        (2, "unreadable_date"),
        (3, "unreadable_date"),
        (4, "missing_date"),
    ]
    assert run.kept("customer_id, ordered_on") == [("a", date(2020, 1, 1))]


@pytest.mark.parametrize(
    ("ordered_at", "lifecycle_vars", "reasons"),
    [
        (
            [20200131, 20201301, None],
            {"lifecycle_datetime_format": "%Y%m%d"},
            [None, "unreadable_date", "missing_date"],
        ),
        # what a data frame makes of the same
        (
            [20200131.0, nan, None],
            {"lifecycle_datetime_format": "%Y%m%d"},
            [None, "unreadable_date", "missing_date"],
        ),
        ([20200131.0, inf, None], {}, ["unreadable_date", "unreadable_date", "missing_date"]),
        ([True, False, None], {}, ["unreadable_date", "unreadable_date", "missing_date"]),
    ],
)
def test_dates_stored_as_numbers_need_a_format(
    tmp_path: Path, ordered_at: list, lifecycle_vars: dict, reasons: list[str | None]
) -> None:
    orders = pa.table(
        {
            "order_id": [1, 2, 3],
            "customer_id": ["a", "b", "c"],
            "ordered_at": ordered_at,
            "amount": [1, 1, 1],
        }
    )
    run = build_inputs(tmp_path, {"orders.parquet": orders}, lifecycle_vars)
    assert run.succeeded, run.text
    rejected = run.by_key("select row_number, reason from rejected_records")
    assert [rejected.get(number) for number in (1, 2, 3)] == reasons
    assert set(run.kept("ordered_on")) <= {(date(2020, 1, 31),)}


# ---------------------------------------------------------------- far ahead

NORMAL_AND_2999 = (
    "order_id,customer_id,ordered_at,amount\n"
    "1,anna,2020-01-01,10\n2,anna,2020-06-01,10\n3,berta,2020-06-30,10\n4,berta,2999-01-01,10\n"
)


def test_an_order_of_the_year_2999_is_warned_of(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path, {"orders.csv": NORMAL_AND_2999}, select=(), leave_out=("unit_test",)
    )
    assert run.succeeded, run.text
    assert run.troubles() == {
        "last_order_day_is_not_more_than_a_year_after_the_one_before": "warn",
        **NOT_LEARNT,
    }
    assert run.value("select distinct as_of_date from customer_silence") == date(2999, 1, 1)


def test_an_order_of_the_year_2999_is_rejected_where_that_is_no_valid_date(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path,
        {"orders.csv": NORMAL_AND_2999},
        {"lifecycle_latest_valid_date": "2020-12-31"},
        select=("+lifecycle_as_of", "+input_quality"),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    # One row of four is more than slips of the pen explain.
    assert run.troubles() == {"input_rejects_at_most_one_row_in_twenty": "warn"}
    assert run.statuses["last_order_day_is_not_more_than_a_year_after_the_one_before"] == "pass"
    assert run.input_quality()["future_date"] == 1
    assert run.value("select as_of_date from main_internal.lifecycle_as_of") == date(2020, 6, 30)


# ---------------------------------------------------------------- duplicates


def duplicated_orders() -> list[SimpleNamespace]:
    """Rows of the same order that differ in one column and those after it in the rule's order."""

    def row(order_id: str, is_kept: bool, **columns: object) -> SimpleNamespace:
        usual = {
            "customer_id": "m",
            "ordered_at": datetime(2020, 1, 1),
            "amount": Decimal(10),
            "product_cost": Decimal(5),
            "discount_amount": Decimal(1),
            "channel": "m",
            "currency": "EUR",
            "updated_at": datetime(2020, 1, 5),
        }
        return SimpleNamespace(order_id=order_id, is_kept=is_kept, **{**usual, **columns})

    return [
        row("identical", True),
        row("identical", False),
        row("identical", False),
        row("update", True, updated_at=datetime(2020, 1, 6), ordered_at=datetime(2019, 1, 1)),
        row("update", False),
        row("update", False, updated_at=None, amount=Decimal(99)),
        row("moment", True, ordered_at=datetime(2020, 1, 1, 0, 0, 1), amount=Decimal(9)),
        row("moment", False),
        row("amount", True, amount=Decimal("10.01"), customer_id="z"),
        row("amount", False),
        row("amount", False, amount=Decimal(-10)),
        row("customer", True, customer_id="a", product_cost=Decimal(1)),
        row("customer", False),
        row("cost", True, product_cost=Decimal(6), discount_amount=None),
        row("cost", False),
        row("cost", False, product_cost=None, discount_amount=Decimal(9)),
        row("discount", True, discount_amount=Decimal(2), channel=None),
        row("discount", False),
        row("discount", False, discount_amount=None),
        row("channel", True, channel="a", currency="USD"),
        row("channel", False),
        row("channel", False, channel=None),
        row("currency", True, currency="CHF"),
        row("currency", False),
        row("currency", False, currency=None),
    ]


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_the_same_duplicate_is_kept_whatever_the_order_of_the_rows(
    tmp_path: Path, order: str
) -> None:
    rows = duplicated_orders()
    if order == "reversed":
        rows.reverse()
    else:
        random.Random(5).shuffle(rows)
    columns = [name for name in vars(rows[0]) if name != "is_kept"]
    orders = pa.table({name: [getattr(row, name) for row in rows] for name in columns})
    replace = {"lifecycle_repeated_orders": "replace"}
    run = build_inputs(tmp_path, {"orders.parquet": orders}, replace)
    names = ", ".join(columns)
    expected = [tuple(getattr(row, name) for name in columns) for row in rows if row.is_kept]
    assert run.kept(names) == sorted(expected)
    assert run.input_quality() == {
        "input": "orders",
        "rows_in": len(rows),
        "rows_kept": len(expected),
        "rows_rejected": len(rows) - len(expected),
        "rows_after_as_of": 0,
        "duplicate_key": 2,
        "replaced_row": len(rows) - len(expected) - 2,
    }
    rejected = run.rows("select row_number, row_key from rejected_records")
    assert all(rows[number - 1].order_id == key for number, key in rejected)


# ---------------------------------------------------------------- small shops

SMALL_SHOP = """order_id,customer_id,ordered_at,amount
1,refunded,2020-01-01,20
2,refunded,2020-01-05,-20
3,refunded,2020-02-01,30
4,refunded,2020-02-01,-5.25
5,refunds alone,2020-02-01,-7.50
6,zero,2020-01-10,0
7,zero,2020-01-20,0
8,once,2020-03-31,4
"""


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = build_inputs(
        tmp_path_factory.mktemp("small_shop"),
        {"orders.csv": SMALL_SHOP},
        select=(),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == NOT_LEARNT
    return run


def test_a_refund_lowers_the_amount_and_is_no_purchase(small_shop: Run) -> None:
    assert small_shop.by_key("select customer_id, historic_amount from customer_value") == {
        "refunded": Decimal("24.75"),
        "refunds alone": Decimal("-7.5"),
        "zero": Decimal(0),
        "once": Decimal(4),
    }
    assert small_shop.by_key(
        "select customer_id, purchase_days, max_gap_days, days_since_last_purchase "
        "from customer_silence"
    ) == {"refunded": [2, 31, 59], "zero": [2, 10, 71], "once": [1, None, 0]}


def test_a_customer_with_refunds_alone_has_not_bought(small_shop: Run) -> None:
    assert small_shop.by_key("select customer_id, lifecycle_stage from customer_lifecycle") == {
        "refunded": "growing",
        "refunds alone": "potential",
        "zero": "growing",
        "once": "acquired",
    }
    assert small_shop.rows(
        "select purchase_days, days_since_last_purchase, rfm_segment, historic_amount "
        "from customer_360 where customer_id = 'refunds alone'"
    ) == [(0, None, None, Decimal("-7.5"))]
    assert small_shop.rows(
        "select customer_id from customer_value where withheld_reason = 'has_not_bought'"
    ) == [("refunds alone",)]
    for mart in ("customer_silence", "customer_rfm", "customer_purchase_forecast"):
        assert small_shop.rows(f"from {mart} where customer_id = 'refunds alone'") == []


def test_too_few_customers_are_reported_and_the_rest_is_there(small_shop: Run) -> None:
    assert small_shop.rows(
        "select model, count(*), sum(estimate) from purchase_model_fits "
        "where model in ('nbd', 'bg_nbd') group by 1 order by 1"
    ) == [("bg_nbd", 4, None), ("nbd", 2, None)]
    assert small_shop.rows(
        "select distinct not_fitted_reason, is_converged from purchase_model_fits "
        "where model like '%nbd%'"
    ) == [("too_few_customers", False)]
    # What they spend is shrunk to the mean of all, by variances and not by likelihood.
    assert small_shop.rows(
        "select distinct not_fitted_reason, is_converged, iterations from purchase_model_fits "
        "where model = 'gamma_gamma'"
    ) == [(None, False, 0)]
    assert small_shop.rows(
        "select distinct withheld_reason, purchase_model, expected_purchases_365d, "
        "probability_alive, expected_average_amount is null from customer_purchase_forecast"
    ) == [("too_few_customers", None, None, None, False)]
    assert (
        small_shop.rows(
            "select customer_id, clv_365d from customer_value where clv_365d is not null"
        )
        == []
    )
    assert small_shop.by_key("select threshold, days from dormancy_thresholds") == {
        "at_risk_after": 90,
        "dormant_after": 180,
        "churned_after": 365,
    }
    assert small_shop.value("select count(*) from customer_rfm where rfm_segment is not null") == 3


def test_a_shop_with_one_customer(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path,
        {"orders.csv": "order_id,customer_id,ordered_at,amount\n1,anna,2020-01-31,10\n"},
        select=(),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == NOT_LEARNT
    assert run.rows(
        "select customer_id, lifecycle_stage, silence_status, silence_basis, rank_ratio, "
        "silence_level, rfm_cell, absence_text, historic_amount, clv_365d from customer_360"
    ) == [
        (
            *("anna", "acquired", "active", "thresholds", None, None, "511", "0 days"),
            *(Decimal(10), None),
        )
    ]


NO_ORDERS = {
    "CSV": {"orders.csv": "order_id,customer_id,ordered_at,amount\n"},
    "Parquet": {
        "orders.parquet": pa.table(
            {
                "order_id": pa.array([], pa.string()),
                "customer_id": pa.array([], pa.null()),
                "ordered_at": pa.array([], pa.timestamp("us")),
                "amount": pa.array([], pa.float64()),
            }
        )
    },
}


@pytest.mark.parametrize("kind", NO_ORDERS)
def test_a_shop_without_orders(tmp_path: Path, kind: str) -> None:
    leave_out = ("unit_test",) if kind == "Parquet" else ("unit_test", "test")
    run = build_inputs(tmp_path, NO_ORDERS[kind], select=(), leave_out=leave_out)
    assert run.succeeded, run.text
    assert run.troubles() == (NOT_LEARNT if kind == "Parquet" else {})
    assert run.input_quality() == {
        "input": "orders",
        "rows_in": 0,
        "rows_kept": 0,
        "rows_rejected": 0,
        "rows_after_as_of": 0,
    }
    counts = {mart: run.value(f"select count(*) from {mart}") for mart in run.marts()}
    assert {
        mart for mart, count in counts.items() if mart.startswith("customer") and count
    } == set()
    assert counts["purchase_gap_ranks"] == counts["rejected_records"] == 0
    assert counts["dormancy_thresholds"] == 3
    assert run.value("select value from build_summary where item = 'as-of date'") is None
    assert run.rows("select distinct not_fitted_reason from purchase_model_fits") == [
        ("too_few_customers",)
    ]


def orders_on(days_of_customer: list[list[int]]) -> str:
    lines = ["order_id,customer_id,ordered_at,amount"]
    for customer, days in enumerate(days_of_customer):
        for day in days:
            moment = date.fromordinal(date(2020, 1, 1).toordinal() + day)
            lines.append(f"{len(lines)},{customer},{moment},10")
    return "\n".join(lines) + "\n"


def test_a_shop_to_which_nobody_came_back_has_no_forecast(tmp_path: Path) -> None:
    orders = orders_on([[customer] for customer in range(60)])
    run = build_inputs(tmp_path, {"orders.csv": orders}, select=("+customer_value",))
    assert run.succeeded, run.text
    assert run.rows(
        "select withheld_reason, count(*), count(clv_365d) from customer_value group by 1"
    ) == [("no_repeat_purchases", 60, 0)]


def test_customers_who_are_all_alike_are_the_limit_of_a_model(tmp_path: Path) -> None:
    """Everybody comes every week, more alike than chance would have it: once a week for ever."""
    orders = orders_on([list(range(0, 140, 7)) for _ in range(60)])
    run = build_inputs(tmp_path, {"orders.csv": orders}, select=("+customer_value",))
    assert run.succeeded, run.text
    assert run.rows(
        "select model, is_at_boundary from purchase_model_comparison where is_chosen"
    ) == [("nbd", True)]
    ((purchases, amount, customers),) = run.rows(
        "select expected_purchases_365d, expected_average_amount::double, count(*) "
        "from customer_purchase_forecast group by all"
    )
    # The 34 days of the holdout hold five Wednesdays, 3 % more than their share.
    assert purchases == pytest.approx(365 / 7, rel=0.04)
    assert (amount, customers) == (10, 60)


# ---------------------------------------------------------------- files that cannot be read

READABLE = "order_id,customer_id,ordered_at,amount\n1,anna,2020-01-01,10\n"


@pytest.mark.parametrize(
    ("content", "lifecycle_vars", "message"),
    [
        (
            "",
            {},
            "orders.csv is empty, or its first line is. An input file without rows still needs its "
            "header line: order_id,customer_id,ordered_at,amount",
        ),
        (
            READABLE.replace("customer_id", "cust"),
            {},
            "orders.csv) has no column customer_id. It has: order_id, cust, ordered_at, amount. "
            "Write what it is called there: "
            "lifecycle_columns: {orders: {customer_id: your_column}}; "
            "dbt run-operation suggest_vars --args '{path: ",
        ),
        (
            READABLE.replace("customer_id", "cust").replace("amount", "total"),
            {},
            "orders.csv) has no column customer_id, amount. It has: order_id, cust, ordered_at, "
            "total. Write what it is called there: lifecycle_columns: "
            "{orders: {customer_id: your_column, amount: your_column}}; ",
        ),
        (
            READABLE,
            {"lifecycle_columns": {"orders": {"customer_id": "cust"}}},
            "orders.csv) has no column cust. It has: order_id, customer_id, ordered_at, amount. "
            "Write what it is called there: "
            "lifecycle_columns: {orders: {customer_id: your_column}}; ",
        ),
        (
            READABLE,
            {"lifecycle_columns": {"orders": {"channel": "shop"}}},
            "orders.csv) has no column shop.",
        ),
        (
            "order_id,customer_id,ordered_at,amount,Amount\n",
            {},
            "orders.csv has two columns named Amount. Rename one of them in its header line.",
        ),
        (
            READABLE.replace("anna", "Ann\u00e4").encode("latin-1"),
            {},
            "orders.csv is not UTF-8: it looks like WINDOWS-1252. Convert it, and name the new "
            "file: iconv -f WINDOWS-1252 -t UTF-8 '",
        ),
        (
            READABLE.encode("utf-16"),
            {},
            "orders.csv is not UTF-8: it looks like UTF-16. Convert it, and name the new file: "
            "iconv -f UTF-16 -t UTF-8 '",
        ),
        (
            READABLE + "2,anna,2020-01-02,10\r\n3,anna,2020-01-03,10\n",
            {},
            "orders.csv has line ends of two kinds (Windows and Unix, as where files were put "
            "together). Write it anew with one, and name the new file: tr -d '\\r' < '",
        ),
        (
            "sep=,\n" + READABLE,
            {},
            "orders.csv is sep=,, which spreadsheets write and only they read. Take it away, and "
            "name the new file: tail -n +2 '",
        ),
    ],
    ids=[
        "0 bytes",
        "no column",
        "no two columns",
        "no mapped column",
        "no optional column",
        "twice",
        "latin-1",
        "UTF-16",
        "line ends",
        "sep=",
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, content: str | bytes, lifecycle_vars: dict, message: str
) -> None:
    run = build_inputs(tmp_path, {"orders.csv": content}, lifecycle_vars)
    assert not run.succeeded
    assert message in run.text
    assert run.statuses["stg_lifecycle__orders_read"] == "error"
    assert "input_quality" not in run.tables()


def test_a_file_that_is_not_utf_8_far_below_its_first_lines_is_told(tmp_path: Path) -> None:
    lines = "".join(f"{n},anna,2020-01-01,10\n" for n in range(200_000))
    content = (READABLE + lines).encode() + "x,Ann\u00e4,2020-01-01,10\n".encode("cp1252")
    run = build_inputs(tmp_path, {"orders.csv": content})
    assert not run.succeeded
    assert "orders.csv is not UTF-8: it looks like WINDOWS-1252. Convert it" in run.text


def test_what_only_looks_odd_about_a_file_is_read(tmp_path: Path) -> None:
    """Windows line ends with others between quotes, a quote in a column's name, a file of macOS."""
    file = (
        'order_id,customer_id,ordered_at,"total ""net""",channel\r\n'
        '1,anna,2020-01-01,10,"shop\nin town"\r\n'
        '2,"anna ""b""\n",2020-01-02,20,5" screens\r\n'
    )
    run = build_inputs(
        tmp_path,
        {"orders/2020.csv": file, "orders/._2020.csv": b"\x00\x05\x16\x07 Mac OS X"},
        {"lifecycle_columns": {"orders": {"amount": 'total "net"'}}},
    )
    assert run.succeeded, run.text
    assert run.kept("order_id, customer_id, amount, channel") == [
        ("1", "anna", Decimal(10), "shop\nin town"),
        ("2", 'anna "b"\n', Decimal(20), '5" screens'),
    ]


def test_a_column_that_parquet_lacks_is_told(tmp_path: Path) -> None:
    orders = pa.table({"order_id": [1], "customer_id": ["anna"], "ordered_at": [date(2020, 1, 1)]})
    run = build_inputs(tmp_path, {"orders.parquet": orders})
    assert not run.succeeded
    assert (
        f"customer_lifecycle: input orders ({tmp_path}/input/orders.parquet) has no column amount. "
        "It has: order_id, customer_id, ordered_at. Write what it is called there: "
        "lifecycle_columns: {orders: {amount: your_column}}; dbt run-operation suggest_vars "
        f"--args '{{path: {tmp_path}/input/orders.parquet}}' makes a guess." in run.text
    )


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_that_lack_a_column_lack_its_values(tmp_path: Path, kind: str) -> None:
    """Half of a folder is of before the shop wrote amounts: its rows are rejected for that."""
    texts = {
        "a": "order_id,customer_id,ordered_at,channel\n1,anna,2020-01-01,web\n2,ben,2020-01-01,\n",
        "b": "order_id,customer_id,ordered_at,amount\n3,anna,2020-02-01,10.5\n",
        "c": "order_id,customer_id,ordered_at,channel\n4,ben,2020-03-01,web\n",
        "d": "order_id,customer_id,ordered_at,amount,channel\n5,ben,2020-04-01,20,shop\n",
    }
    files = {
        f"orders/{name}.{kind}": (
            text if kind == "csv" else pa_csv.read_csv(io.BytesIO(text.encode()))
        )
        for name, text in texts.items()
    }
    run = build_inputs(tmp_path, files)
    assert run.succeeded, run.text
    assert run.kept("order_id, amount, channel") == [
        ("3", Decimal("10.5"), None),
        ("5", Decimal(20), "shop"),
    ]
    assert run.rows("select row_number, row_key, reason from rejected_records order by 1") == [
        (1, "1", "unreadable_amount"),
        (2, "2", "unreadable_amount"),
        (4, "4", "unreadable_amount"),
    ]


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    run = run_dbt(
        tmp_path,
        {"lifecycle_input_schema": "shop", "lifecycle_input_tables": {"orders": "sales"}},
        select=("+input_quality",),
    )
    assert not run.succeeded
    assert (
        'input orders is looked for in table "warehouse"."shop"."sales", which is not there. Set '
        "lifecycle_input_database, lifecycle_input_schema or lifecycle_input_tables: {orders: "
        "your_table}; or lifecycle_input_dir for files; or lifecycle_input_models: {orders: "
        "your_model}." in run.text
    )
