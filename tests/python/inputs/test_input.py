"""Any input: files and tables of any shape, named and dated as their owner does."""

import gzip
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from dbt_project import NOT_LEARNT, STAGING, Run, build_inputs, lay_out, run_dbt

HEADER = "order_id,customer_id,ordered_at,amount"


def three_orders(delimiter: str = ",", line_end: str = "\n") -> str:
    lines = [HEADER, "1,anna,2020-01-01,10.5", "2,berta,2020-01-02,0", "3,anna,2020-01-03,-2"]
    return line_end.join(line.replace(",", delimiter) for line in [*lines, ""])


THREE_ORDERS = [
    ("1", "anna", date(2020, 1, 1), Decimal("10.5")),
    ("2", "berta", date(2020, 1, 2), Decimal(0)),
    ("3", "anna", date(2020, 1, 3), Decimal(-2)),
]
COLUMNS = "order_id, customer_id, ordered_on, amount"


# ---------------------------------------------------------------- the call of the README


@pytest.mark.parametrize("is_relative", [False, True])
def test_the_documented_call_builds_and_tests_everything(
    tmp_path: Path, cdnow_sample_file: Path, is_relative: bool
) -> None:
    orders = pq.read_table(cdnow_sample_file).rename_columns(["order_id", "cust", "ts", "amount"])
    folder = lay_out(tmp_path / "my data", {"orders.parquet": orders})
    place = "my data" if is_relative else folder
    run = run_dbt(
        tmp_path,
        f"{{lifecycle_input_dir: {place}, lifecycle_inputs: [orders], "
        'lifecycle_as_of_date: "1997-12-31", '
        "lifecycle_columns: {orders: {customer_id: cust, ordered_at: ts}}}",
        leave_out=() if is_relative else ("unit_test", "test"),
    )
    assert run.succeeded, run.text
    assert run.troubles() == (NOT_LEARNT if is_relative else {})
    days = [day.as_py() for day in orders["ts"]]
    assert run.input_quality() == {
        "input": "orders",
        "rows_in": 6919,
        "rows_kept": 6919,
        "rows_rejected": 0,
        "rows_after_as_of": sum(day > date(1997, 12, 31) for day in days),
    }
    assert run.value("select distinct as_of_date from customer_360") == date(1997, 12, 31)
    assert run.value("select count(*) from customer_360") == 2357


# ---------------------------------------------------------------- CSV


def test_a_folder_of_csv_files_each_with_a_dialect_of_its_own(tmp_path: Path) -> None:
    """Files are read in the order of their names, and positions go on from one to the next."""
    files = {
        "orders/01.csv": three_orders() + "one too few,anna,2020-01-01\n",
        "orders/02.csv": three_orders(";").replace("2020-01-01", "soon"),
        "orders/03.csv": three_orders("\t") + "no\tamount\t2020-01-01\t\n",
        "orders/04.csv": three_orders("|"),
        # byte order mark, Windows line ends, blank lines at the end, no end of the last line
        "orders/05.csv": "\ufeff" + three_orders(line_end="\r\n") + "malformed\r\n\r\n\r\n",
        "orders/06.csv": three_orders().rstrip("\n"),
        "orders/07.csv": HEADER + "\n",
        # another order of columns and capitals, quoted names, a column more, blank lines between
        "orders/08.csv": '"Amount","ORDER_ID",note,ordered_at,"customer_id"\n\n'
        '10.5,1,"a, b",2020-01-01,anna\n\n0,2,,2020-01-02,berta\nmuch,3,,2020-01-03,anna\n',
        "orders/09.csv": HEADER + "\n",
        "orders/10.csv": three_orders() + "last,,2020-01-01,1\n",
    }
    records = [4, 3, 4, 3, 4, 3, 0, 3, 0, 4]
    run = build_inputs(tmp_path, files)
    assert run.succeeded, run.text
    assert run.input_quality() == {
        "input": "orders",
        "rows_in": sum(records),
        "rows_kept": 3,
        "rows_rejected": sum(records) - 3,
        "rows_after_as_of": 0,
        "missing_customer": 1,
        "malformed_row": 2,
        "unreadable_date": 1,
        "unreadable_amount": 2,
        # orders 1, 2 and 3 stand in eight files, less what is wrong in 02 and 08
        "duplicate_key": 8 * 3 - 3 - 2,
    }
    assert run.kept(COLUMNS) == THREE_ORDERS
    starts = dict(zip(files, [sum(records[:file]) for file in range(len(records))], strict=True))
    assert run.rows(
        "select row_number, reason from rejected_records where reason <> 'duplicate_key' order by 1"
    ) == [
        (starts["orders/01.csv"] + 4, "malformed_row"),
        (starts["orders/02.csv"] + 1, "unreadable_date"),
        (starts["orders/03.csv"] + 4, "unreadable_amount"),
        (starts["orders/05.csv"] + 4, "malformed_row"),
        (starts["orders/08.csv"] + 3, "unreadable_amount"),
        (starts["orders/10.csv"] + 4, "missing_customer"),
    ]
    assert run.rows(
        "select row_json::json->>'text' from rejected_records "
        "where reason = 'malformed_row' order by row_number"
    ) == [("one too few,anna,2020-01-01",), ("malformed",)]
    assert sorted(
        run.rows("select row_number from rejected_records where reason = 'duplicate_key'")
    ) == sorted(
        (starts[name] + line,)
        for name, lines in {
            "orders/02.csv": [2, 3],
            "orders/03.csv": [1, 2, 3],
            "orders/04.csv": [1, 2, 3],
            "orders/05.csv": [1, 2, 3],
            "orders/06.csv": [1, 2, 3],
            "orders/08.csv": [1, 2],
            "orders/10.csv": [1, 2, 3],
        }.items()
        for line in lines
    )


def test_a_compressed_file_and_a_file_of_tabs(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path,
        {
            "orders.csv.gz": gzip.compress((three_orders() + "too,few\n").encode()),
            "customers.tsv": "customer_id\tregistered_at\nanna\t2019-12-31\n",
        },
    )
    assert run.kept(COLUMNS) == THREE_ORDERS
    assert run.rows("select row_number, reason from rejected_records") == [(4, "malformed_row")]
    assert run.input_quality("customers")["rows_kept"] == 1


def test_delimiter_and_date_format_by_var(tmp_path: Path) -> None:
    orders = "order_id^customer_id^ordered_at^amount^channel\n"
    orders += "1^anna^31/01/2020 23:59^10^a,b;c|d\n2^anna^2020-01-31^10^web\n"
    run = build_inputs(
        tmp_path,
        {"orders.csv": orders},
        {"lifecycle_csv_delimiter": "^", "lifecycle_datetime_format": "%d/%m/%Y %H:%M"},
    )
    assert run.kept("ordered_at, channel") == [(datetime(2020, 1, 31, 23, 59), "a,b;c|d")]
    assert run.input_quality()["unreadable_date"] == 1


def test_optional_columns_are_used_mapped_or_left_alone(tmp_path: Path) -> None:
    orders = f"{HEADER},channel,shop,currency\n1,anna,2020-01-01,1,web,Berlin,EUR\n"
    run = build_inputs(
        tmp_path,
        {"orders.csv": orders},
        {"lifecycle_columns": {"orders": {"channel": "Shop", "currency": None}}},
    )
    assert run.kept("channel, currency, updated_at") == [("Berlin", None, None)]


# ---------------------------------------------------------------- Parquet and folders


def test_a_folder_of_parquet_files_of_different_columns_in_an_odd_folder(tmp_path: Path) -> None:
    first = pa.table(
        {
            "order_id": [1, 2],
            "customer_id": ["anna", "berta"],
            "ordered_at": [datetime(2020, 1, 1), None],
            "amount": [10.5, 1.0],
        }
    )
    second = pa.table(
        {
            "amount": [None, 0.0, -2.0],
            "channel": ["web", "web", "shop"],
            "ordered_at": [datetime(2020, 1, 1), datetime(2020, 1, 2), datetime(2020, 1, 3)],
            "customer_id": ["anna", "berta", "anna"],
            "order_id": [7, 2, 3],
        }
    )
    name = "it's {my} [data] *of* 2020"
    lay_out(tmp_path / name, {"orders/a 1.parquet": first, "orders/a 2.parquet": second})
    run = run_dbt(tmp_path, {"lifecycle_input_dir": name}, select=STAGING)
    assert run.succeeded, run.text
    assert run.kept(COLUMNS) == THREE_ORDERS
    assert run.kept("channel") == [(None,), ("web",), ("shop",)]
    assert run.rows("select row_number, reason from rejected_records order by 1") == [
        (2, "missing_date"),
        (3, "unreadable_amount"),
    ]


def test_a_folder_that_is_called_like_an_input_is_only_a_folder(tmp_path: Path) -> None:
    files = {
        "orders.csv": f"{HEADER}\n1,anna,2020-01-01,1\n",
        "customers.csv": "customer_id,registered_at\nanna,2020-01-01\nberta,2020-01-01\n",
        "other.csv": "nothing\n",
    }
    folder = lay_out(tmp_path / "orders", files)
    run = run_dbt(
        tmp_path,
        {"lifecycle_input_dir": str(folder), "lifecycle_inputs": ["orders", "customers"]},
        select=STAGING,
    )
    assert run.succeeded, run.text
    assert run.rows("select input, rows_in, rows_kept from input_quality order by 1") == [
        ("customers", 2, 2),
        ("orders", 1, 1),
    ]


def test_a_csv_file_in_an_odd_folder(tmp_path: Path) -> None:
    name = "it's {my} [data] *of* 2020"
    lay_out(tmp_path / name, {"ORDERS.Csv": three_orders()})
    run = run_dbt(tmp_path, {"lifecycle_input_dir": f"{name}/"}, select=STAGING)
    assert run.succeeded, run.text
    assert run.kept(COLUMNS) == THREE_ORDERS


def test_the_warehouse_can_be_read_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The views over files that were named relatively keep where the files are."""
    lay_out(tmp_path / "data", {"orders.csv": three_orders()})
    run = run_dbt(tmp_path, {"lifecycle_input_dir": "data"}, select=STAGING)
    monkeypatch.chdir("/")
    assert run.value("select count(*) from main_internal.stg_lifecycle__orders_read") == 3


# ---------------------------------------------------------------- time zones

MOMENTS = [
    # as text, and the day and hour in Shanghai, 8 hours ahead of UTC
    ("2020-01-01T15:59:59Z", datetime(2020, 1, 1, 23, 59, 59)),
    ("2020-01-01T16:00:00Z", datetime(2020, 1, 2)),
    ("2020-01-01 16:00:00+00", datetime(2020, 1, 2)),
    ("2020-01-01 16:00:00 UTC", datetime(2020, 1, 2)),
    ("2020-01-01 23:30:00.5+0800", datetime(2020, 1, 1, 23, 30, 0, 500000)),
    ("2020-01-01 18:30:00 +02:00", datetime(2020, 1, 2, 0, 30)),
    ("2020-01-01T20:00:00-05:00", datetime(2020, 1, 2, 9)),
    ("2020-01-01T18:30+02:00", datetime(2020, 1, 2, 0, 30)),
    ("2020-01-01 16:00:00 GMT", datetime(2020, 1, 2)),
    ("2020-01-01t16:00z", datetime(2020, 1, 2)),
    # without an offset the calendar is the owner's already
    ("2020-01-01 23:30:00", datetime(2020, 1, 1, 23, 30)),
    ("2020-01-01T23:30", datetime(2020, 1, 1, 23, 30)),
    ("2020-01-01", datetime(2020, 1, 1)),
]
SHANGHAI = {"lifecycle_timezone": "Asia/Shanghai"}


def test_moments_with_an_offset_move_to_the_calendar_of_the_var(tmp_path: Path) -> None:
    lines = [f"{number:02},anna,{text},1" for number, (text, _) in enumerate(MOMENTS)]
    run = build_inputs(tmp_path, {"orders.csv": "\n".join([HEADER, *lines])}, SHANGHAI)
    assert run.kept("ordered_at, ordered_on") == [(local, local.date()) for _, local in MOMENTS]


def test_moments_with_an_offset_move_also_when_the_format_is_given(tmp_path: Path) -> None:
    orders = f"{HEADER}\n1,anna,01.01.2020 17:00 +0100,1\n2,anna,01.01.2020 16:00 +0100,1\n"
    run = build_inputs(
        tmp_path,
        {"orders.csv": orders},
        {**SHANGHAI, "lifecycle_datetime_format": "%d.%m.%Y %H:%M %z"},
    )
    assert run.kept("ordered_at, ordered_on") == [
        (datetime(2020, 1, 2), date(2020, 1, 2)),
        (datetime(2020, 1, 1, 23), date(2020, 1, 1)),
    ]


def test_moments_of_parquet_with_a_time_zone_move_too(tmp_path: Path) -> None:
    new_york = timezone(timedelta(hours=-5))
    moments = [datetime(2020, 1, 1, 15, 59, tzinfo=UTC), datetime(2020, 1, 1, 11, tzinfo=new_york)]
    orders = pa.table(
        {
            "order_id": ["1", "2"],
            "customer_id": ["anna", "anna"],
            "ordered_at": pa.array(moments, pa.timestamp("us", tz="America/New_York")),
            "amount": [1, 1],
        }
    )
    customers = pa.table(
        {"customer_id": ["anna"], "registered_at": pa.array(moments[1:], pa.timestamp("ns"))}
    )
    run = build_inputs(
        tmp_path, {"orders.parquet": orders, "customers.parquet": customers}, SHANGHAI
    )
    assert run.kept("ordered_at, ordered_on") == [
        (datetime(2020, 1, 1, 23, 59), date(2020, 1, 1)),
        (datetime(2020, 1, 2), date(2020, 1, 2)),
    ]
    assert run.value("select registered_on from main_internal.stg_lifecycle__customers") == date(
        2020, 1, 1
    )


# ---------------------------------------------------------------- customers


@pytest.fixture(scope="module")
def with_customers(tmp_path_factory: pytest.TempPathFactory) -> Run:
    customers = pa.table(
        {
            "Kundennummer": [1, 2, 3, 4],
            "registered_at": [
                date(2019, 1, 1),
                date(2020, 6, 1),
                date(2020, 2, 1),
                date(2021, 1, 1),
            ],
            "x_card": ["gold", "none", None, "gold"],
            "X Größe in cm": [1.5, None, 3.5, 4.5],
            "x_last_call": pa.array([None, date(2020, 1, 1), None, None], pa.date32()),
            "xylophones": [1, 2, 3, 4],
            "x_segments": [["a", "b"], [], None, ["c"]],
        }
    )
    orders = (
        f"{HEADER}\n1,1,2020-01-01,10\n2,1,2020-03-01,10\n3,2,2020-05-01,5\n4,9,2020-05-02,5\n"
        "5,1,2020-07-02,99\n"
    )
    run = build_inputs(
        tmp_path_factory.mktemp("with_customers"),
        {"orders.csv": orders, "customers.parquet": customers},
        {
            "lifecycle_columns": {"customers": {"customer_id": "kundennummer"}},
            "lifecycle_as_of_date": "2020-07-01",
        },
        select=(),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == NOT_LEARNT
    return run


def test_known_customers_who_have_not_bought_are_potential(with_customers: Run) -> None:
    assert with_customers.by_key(
        "select customer_id, lifecycle_stage, tenure_days from customer_lifecycle"
    ) == {
        # known since the registration in 2019, or the order before it, or their first order
        "1": ["at_risk", 547],
        "2": ["acquired", 61],
        "3": ["potential", 151],
        "9": ["acquired", 60],
    }
    assert with_customers.by_key("select customer_id, historic_amount from customer_value") == {
        "1": Decimal(20),
        "2": Decimal(5),
        "3": Decimal(0),
        "9": Decimal(5),
    }
    assert with_customers.input_quality("customers") == {
        "input": "customers",
        "rows_in": 4,
        "rows_kept": 4,
        "rows_rejected": 0,
        "rows_after_as_of": 1,
    }


def test_columns_of_the_users_own_reach_the_extended_view_unchanged(with_customers: Run) -> None:
    extended = with_customers.records("from customer_360_extended order by customer_id")
    plain = with_customers.records("from customer_360 order by customer_id")
    own = ["x_card", "x_last_call", "x_segments"]
    assert [name for name in extended[0] if name not in plain[0]] == own
    assert [{name: row[name] for name in plain[0]} for row in extended] == plain
    assert [[row["customer_id"], *(row[name] for name in own)] for row in extended] == [
        ["1", "gold", None, ["a", "b"]],
        ["2", "none", date(2020, 1, 1), []],
        ["3", None, None, None],
        ["9", None, None, None],
    ]


# ---------------------------------------------------------------- the same content, read otherwise


def test_csv_gives_the_same_marts(
    tmp_path: Path, cdnow_sample_file: Path, published_run: Run
) -> None:
    folder = lay_out(tmp_path / "input", {})
    folder.mkdir()
    pa_csv.write_csv(pq.read_table(cdnow_sample_file), folder / "orders.csv")
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_dir": str(folder),
            "lifecycle_as_of_date": "1997-09-30",
            "lifecycle_purchase_model": "bg_nbd",
            "lifecycle_correct_forecasts": False,
            "lifecycle_first_amount": "leave_out",
        },
    )
    assert run.succeeded, run.text
    run.same_marts_as(published_run)


def test_a_warehouse_table_gives_the_same_marts(
    tmp_path: Path, cdnow_sample_file: Path, published_run: Run
) -> None:
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create schema shop")
        connection.execute(
            f"""
            create table shop."Sales 2020" as
            select order_id as "No.", customer_id, ordered_at as "Order Date",
                amount::double as amount
            from '{cdnow_sample_file}'
            """
        )
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_schema": "shop",
            "lifecycle_input_tables": {"orders": "Sales 2020"},
            "lifecycle_columns": {"orders": {"order_id": "No.", "ordered_at": "order date"}},
            "lifecycle_as_of_date": "1997-09-30",
            "lifecycle_purchase_model": "bg_nbd",
            "lifecycle_correct_forecasts": False,
            "lifecycle_first_amount": "leave_out",
        },
    )
    assert run.succeeded, run.text
    run.same_marts_as(published_run)


def test_rejected_rows_of_warehouse_tables_are_numbered(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute(
            """
            create table orders as
            from (values
                (1, 'anna', timestamptz '2020-01-01 16:00:00+00', 10.5),
                (2, null, timestamptz '2020-01-01 16:00:00+00', 10.5),
                (3, 'anna', null, 10.5),
                (4, 'anna', timestamptz '2020-01-01 16:00:00+00', null),
                (1, 'anna', timestamptz '2020-01-01 16:00:00+00', 10.5),
                (1, 'anna', timestamptz '2020-01-01 16:00:00+00', 10.5)
            ) as t (order_id, customer_id, ordered_at, amount)
            """
        )
    run = run_dbt(
        tmp_path, {"lifecycle_input_tables": {"orders": "orders"}, **SHANGHAI}, select=STAGING
    )
    assert run.rows("select row_number, row_key, reason from rejected_records order by 1") == [
        (1, "1", "duplicate_key"),
        (2, "1", "duplicate_key"),
        (3, "2", "missing_customer"),
        (4, "3", "missing_date"),
        (5, "4", "unreadable_amount"),
    ]
    assert run.kept(COLUMNS) == [("1", "anna", date(2020, 1, 2), Decimal("10.5"))]
    assert run.input_quality()["rows_in"] == 6


def test_a_warehouse_table_can_be_asked_how_fresh_it_is(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create table orders as select date '1998-06-30' as ts")
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_tables": {"orders": "orders"},
            "lifecycle_columns": {"orders": {"ordered_at": "ts"}},
        },
        command=("source", "freshness"),
    )
    assert run.succeeded
    assert run.statuses["orders"] == "warn"


# ---------------------------------------------------------------- as of the past, without models


def test_orders_after_the_as_of_date_are_counted_and_used_nowhere(
    tmp_path: Path, cdnow_sample_file: Path, published_run: Run
) -> None:
    everything = pq.read_table(cdnow_sample_file)
    is_past = pa.array([day.as_py() <= date(1997, 9, 30) for day in everything["ordered_at"]])
    past = everything.filter(is_past)
    assert 0 < past.num_rows < everything.num_rows
    run = build_inputs(
        tmp_path,
        {"orders.parquet": past},
        {
            "lifecycle_as_of_date": "1997-09-30",
            "lifecycle_purchase_model": "bg_nbd",
            "lifecycle_correct_forecasts": False,
            "lifecycle_first_amount": "leave_out",
        },
        select=(),
    )
    run.same_marts_as(published_run, leave_out=("input_quality",))
    counts = [
        [quality[name] for name in ("rows_in", "rows_kept", "rows_after_as_of")]
        for quality in (run.input_quality(), published_run.input_quality())
    ]
    after = everything.num_rows - past.num_rows
    assert counts == [[past.num_rows, past.num_rows, 0], [6919, 6919, after]]


def test_all_but_the_forecasts_is_there_without_purchase_models(
    tmp_path: Path, cdnow_sample_file: Path, published_run: Run
) -> None:
    run = run_dbt(
        tmp_path,
        {
            "lifecycle_input_dir": str(cdnow_sample_file.parent),
            "lifecycle_as_of_date": "1997-09-30",
            "lifecycle_purchase_models": False,
        },
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == NOT_LEARNT
    assert not [name for name in run.statuses if name.startswith("int_lifecycle__model_fits")]
    assert run.rows("from purchase_model_fits") == []
    assert run.rows(
        "select withheld_reason, count(*), count(expected_purchases_365d), "
        "count(probability_alive), count(expected_average_amount) "
        "from customer_purchase_forecast group by 1"
    ) == [("purchase_models_off", 2357, 0, 0, 0)]
    assert run.rows(
        "select withheld_reason, count(*), count(clv_365d), sum(historic_amount) "
        "from customer_value group by 1"
    ) == [
        (
            "purchase_models_off",
            2357,
            0,
            published_run.value("select sum(historic_amount) from customer_value"),
        )
    ]
    for mart in ("dormancy_thresholds", "purchase_gap_ranks"):
        assert run.rows(f"from {mart} order by all") == published_run.rows(
            f"from {mart} order by all"
        )
    own = "customer_id, rank_ratio, silence_score, own_level, is_eligible, absence_text"
    assert run.rows(f"select {own} from customer_silence order by 1") == published_run.rows(
        f"select {own} from customer_silence order by 1"
    )
    assert run.rows(
        "select is_eligible, silence_basis, count(silence_probability), "
        "count(*) = count(silence_level) from customer_silence group by 1, 2 order by 1"
    ) == [(False, "thresholds", 0, False), (True, "own_gaps", 0, True)]
    at_risk, dormant = (
        run.value(f"select days from dormancy_thresholds where threshold = '{name}_after'")
        for name in ("at_risk", "dormant")
    )
    statuses = run.rows(
        "select days_since_last_purchase, silence_status from customer_silence "
        "where silence_basis = 'thresholds'"
    )
    assert {(status, (days >= at_risk) + (days >= dormant)) for days, status in statuses} == {
        ("active", 0),
        ("near_silent", 1),
        ("silent", 2),
    }
