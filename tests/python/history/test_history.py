"""History says what was known at its date, whichever way it came about."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from dbt_project import NOT_LEARNT, WAREHOUSE, Run, run_dbt

from customer_lifecycle.shops.simulate import SimulatedShop, simulate_orders

SHOP = SimulatedShop(start=date(2023, 7, 1), end=date(2024, 12, 31), acquisition_days=500, r=2.0)
CUSTOMERS = 1500
HISTORY = (
    "+silence_migration",
    "+silence_rule_backtest",
    "+silence_onset_signals",
    "+purchase_model_history",
    "+lifecycle_flow",
    "+path:models/marts/lifecycle/customer_lifecycle.sql",  # the package has the name, too
    "+rfm_segment_migration",
    "+customer_rfm",
    "+customer_silence",
    "+customer_lifecycle_history",
    "+customer_rfm_history",
    "+rfm_states",
    "+customer_value_history",
)


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return pa.Table.from_batches(simulate_orders(SHOP, CUSTOMERS, seed=20240229))


def up_to(day: str, orders: pa.Table) -> pa.Table:
    return orders.filter(pc.field("ordered_at") <= date.fromisoformat(day))


@dataclass(frozen=True)
class Shop:
    """A folder with orders, a warehouse, and the vars it is built with."""

    folder: Path
    lifecycle_vars: Mapping[str, Any] = field(default_factory=dict)

    def having(self, **lifecycle_vars: object) -> "Shop":
        return replace(self, lifecycle_vars={**self.lifecycle_vars, **lifecycle_vars})

    def build(
        self,
        orders: pa.Table,
        *flags: str,
        select: tuple[str, ...] = HISTORY,
        leave_out: tuple[str, ...] = ("unit_test", "test"),
    ) -> Run:
        (self.folder / "input").mkdir(parents=True, exist_ok=True)
        pq.write_table(orders, self.folder / "input" / "orders.parquet")
        return run_dbt(
            self.folder,
            {"lifecycle_input_dir": "input", "lifecycle_history_periods": 4, **self.lifecycle_vars},
            command=("build", *flags),
            select=select,
            leave_out=leave_out,
        )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, orders: pa.Table) -> Run:
    """A first build of all orders."""
    run = Shop(tmp_path_factory.mktemp("whole")).build(orders)
    assert run.succeeded, run.text
    return run


@pytest.fixture
def built_shop(tmp_path: Path, whole: Run) -> Shop:
    """A shop of which all orders have been built."""
    folder = tmp_path / "built_shop"
    folder.mkdir()
    shutil.copy(whole.warehouse, folder)
    return Shop(folder)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture
def other_shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "other_shop")


def mark(run: Run) -> None:
    """Mark the rows that are there, to see which of them are written again."""
    with duckdb.connect(run.warehouse) as connection:
        connection.execute(
            "update main_internal.int_lifecycle__customer_history set mean_gap_days = -1"
        )
        connection.execute("update main_internal.int_lifecycle__period_fits set iterations = -1")


def unwritten(run: Run) -> list[str]:
    """Period ends of the rows that were marked and are still there."""
    assert run.succeeded, run.text
    periods = run.rows(
        "select distinct period_end::varchar from customer_silence_history "
        "where mean_gap_days = -1 order by all"
    )
    assert periods == run.rows(
        "select distinct fitted_on::varchar from main_internal.int_lifecycle__period_fits "
        "where iterations = -1 order by all"
    )
    return [period for (period,) in periods]


def period_ends(run: Run) -> list[str]:
    """Period ends that history is there for, the same in every table."""
    ends = {
        tuple(
            str(end)
            for (end,) in run.rows(f"select distinct {column} from {table} order by {column}")
        )
        for table, column in (
            ("main_internal.int_lifecycle__period_customers", "as_of_date"),
            ("purchase_model_history", "period_end"),
            ("customer_silence_history", "period_end"),
            ("customer_rfm_history", "period_end"),
            ("customer_lifecycle_history", "period_end"),
            ("main_internal.int_lifecycle__rfm_states", "period_end"),
        )
    }
    (one,) = ends
    return list(one)


def columns(run: Run, table: str) -> set[str]:
    return {name for (name,) in run.rows(f"select column_name from (describe {table})")}


def test_history_at_a_date_is_what_a_build_as_of_that_date_says(
    whole: Run, shop: Shop, orders: pa.Table
) -> None:
    later = whole
    then = shop.having(lifecycle_as_of_date="2024-10-31").build(orders)
    assert period_ends(later) == ["2024-09-30", "2024-10-31", "2024-11-30", "2024-12-31"]
    for mart in ("customer_silence", "customer_rfm", "customer_lifecycle"):
        shared = sorted(columns(later, mart) & columns(later, f"{mart}_history"))
        history, today = (
            run.rows(f"select {', '.join(shared)} from {table} order by customer_id")
            for run, table in (
                (later, f"{mart}_history where period_end = '2024-10-31'"),
                (then, mart),
            )
        )
        assert len(history) > 1000
        assert len(shared) >= 2
        assert history == today, mart
    thresholds = "from main_internal.int_lifecycle__thresholds where as_of_date = '2024-10-31'"
    assert later.rows(thresholds) == then.rows(thresholds)
    # What was realised by then is in the ledger of that day.
    realised = later.rows(
        "select customer_id, value_so_far from customer_value_history "
        "where period_end = '2024-10-31' order by customer_id"
    )
    assert realised == then.rows(
        "select customer_id, sum(value) from customer_value_ledger group by all order by all"
    )


def test_what_comes_after_a_period_end_changes_nothing_before_it(
    whole: Run, shop: Shop, orders: pa.Table
) -> None:
    """Another future: nobody but a newcomer buys any more, and that newcomer every day."""
    newcomer = [f"2024-11-{day:02}" for day in range(1, 31)] + ["2024-12-31"]
    other_future = pa.concat_tables(
        [
            up_to("2024-10-31", orders),
            pa.table(
                {
                    "order_id": pa.array(range(len(newcomer)), pa.int64()),
                    "customer_id": ["newcomer"] * len(newcomer),
                    "ordered_at": pa.array(newcomer).cast(pa.date32()),
                    "amount": pa.array([Decimal(1)] * len(newcomer), pa.decimal128(18, 2)),
                }
            ).cast(orders.schema),
        ]
    )
    one, other = whole, shop.build(other_future)
    for table, column in (
        ("customer_silence_history", "period_end"),
        ("customer_rfm_history", "period_end"),
        ("customer_lifecycle_history", "period_end"),
        ("main_internal.int_lifecycle__rfm_states", "period_end"),
        ("lifecycle_flow", "period_end"),
        ("purchase_model_history", "period_end"),
    ):
        rows, other_rows = (
            run.rows(f"from {table} where {column} <= '2024-10-31' order by all")
            for run in (one, other)
        )
        assert rows, table
        assert rows == other_rows, table
    assert one.rows("from customer_silence_history where period_end > '2024-10-31'") != other.rows(
        "from customer_silence_history where period_end > '2024-10-31'"
    )


def test_a_run_adds_periods_that_have_closed_and_drops_those_that_left(
    shop: Shop, other_shop: Shop, orders: pa.Table
) -> None:
    first = shop.build(up_to("2024-10-10", orders))
    assert period_ends(first) == ["2024-06-30", "2024-07-31", "2024-08-31", "2024-09-30"]
    before = first.rows("from customer_silence_history order by all")
    mark(first)
    # Nothing has closed.
    again = shop.build(up_to("2024-10-20", orders))
    assert unwritten(again) == ["2024-06-30", "2024-07-31", "2024-08-31", "2024-09-30"]

    second = shop.build(up_to("2024-12-02", orders))
    assert period_ends(second) == ["2024-08-31", "2024-09-30", "2024-10-31", "2024-11-30"]
    assert unwritten(second) == ["2024-08-31", "2024-09-30"]
    # What stood there is what a fresh build says, so the marks are all that is wrong.
    fresh = other_shop.build(up_to("2024-12-02", orders))
    kept = "from customer_silence_history where period_end <= '2024-09-30' order by all"
    assert [row for row in before if str(row[1]) >= "2024-08-31"] == fresh.rows(kept)


def test_late_corrected_and_refunded_orders_end_in_what_a_fresh_build_says(
    shop: Shop, other_shop: Shop, orders: pa.Table
) -> None:
    """In three batches, each with an older day than the last had."""
    is_late = pc.equal(pc.bit_wise_and(orders["order_id"], 7), 0)
    first = up_to("2024-10-10", orders.filter(pc.invert(is_late)))
    run = shop.build(first)

    refunds = first.slice(0, 50)
    refunds = refunds.set_column(0, "order_id", pc.add(refunds["order_id"], 10**12)).set_column(
        3, "amount", pc.negate(refunds["amount"])
    )
    second = pa.concat_tables([up_to("2024-11-15", orders.filter(pc.invert(is_late))), refunds])
    run = shop.build(second)
    assert run.succeeded, run.text

    # All that was late, a customer who turns out to be another one, and prices that were wrong.
    customers = pc.if_else(
        pc.equal(orders["customer_id"], "C00000001"), "C00000002", orders["customer_id"]
    )
    amounts = pc.if_else(
        pc.equal(pc.bit_wise_and(orders["order_id"], 15), 1),
        pc.add(orders["amount"], orders["amount"]).cast(orders.schema.field("amount").type),
        orders["amount"],
    )
    corrected = orders.set_column(
        orders.schema.get_field_index("customer_id"), "customer_id", customers
    ).set_column(orders.schema.get_field_index("amount"), "amount", amounts)
    final = pa.concat_tables([up_to("2024-12-20", corrected), refunds])
    run = shop.build(final)
    assert run.succeeded, run.text
    fresh = other_shop.build(final)
    run.same_marts_as(fresh)


def test_only_periods_whose_orders_changed_are_written_again(shop: Shop, orders: pa.Table) -> None:
    (number,) = [
        row for row, day in enumerate(orders["ordered_at"].to_pylist()) if str(day) == "2024-10-05"
    ][:1]
    without = pa.concat_tables([orders.slice(0, number), orders.slice(number + 1)])
    mark(shop.build(without))
    assert unwritten(shop.build(orders)) == ["2024-09-30"]


def test_what_is_older_than_the_late_arrival_days_stays_as_it_was_written(
    shop: Shop, orders: pa.Table
) -> None:
    """As of 31 December, 31 October lies 61 days back."""
    without = orders.filter(pc.field("ordered_at") != date(2024, 9, 10))
    mark(shop.build(without))
    run = shop.having(lifecycle_late_arrival_days=61).build(orders)
    assert unwritten(run) == ["2024-09-30"]
    run = shop.having(lifecycle_late_arrival_days=None).build(orders)
    assert unwritten(run) == []


def test_history_that_thaws_is_what_a_fresh_build_says(
    whole: Run, shop: Shop, orders: pa.Table
) -> None:
    """September is frozen while a day of it comes in late, and October is not."""
    shop.build(orders.filter(pc.field("ordered_at") != date(2024, 9, 10)))
    frozen = shop.having(lifecycle_late_arrival_days=75).build(orders)
    assert frozen.succeeded, frozen.text
    with pytest.raises(AssertionError):
        frozen.same_marts_as(whole)
    thawed = shop.having(lifecycle_late_arrival_days=None).build(orders)
    thawed.same_marts_as(whole)


def test_channels_and_discounts_that_are_corrected_count(
    shop: Shop, other_shop: Shop, orders: pa.Table
) -> None:
    """The amounts stay as they are."""

    def with_discounts(every: int) -> pa.Table:
        numbers = range(orders.num_rows)
        discounts = [Decimal(number % every) for number in numbers]
        channels = ["web" if number % every else "shop" for number in numbers]
        return orders.append_column(
            "discount_amount", pa.array(discounts, pa.decimal128(18, 2))
        ).append_column("channel", pa.array(channels))

    first = shop.build(with_discounts(3))
    before = first.rows("from silence_onset_signals order by signal_number")
    corrected = shop.build(with_discounts(5))
    assert corrected.rows("from silence_onset_signals order by signal_number") != before
    corrected.same_marts_as(other_shop.build(with_discounts(5)))


def test_frozen_history_warns_of_what_the_orders_say_and_stops_nothing(
    shop: Shop, orders: pa.Table
) -> None:
    """A day's orders come in late, and a customer of frozen months turns out to be another one."""
    is_late = pc.equal(orders["ordered_at"], pa.scalar(date(2024, 9, 10)))
    shop.build(orders.filter(pc.invert(is_late)))
    place = orders.schema.get_field_index("customer_id")
    customers = pc.if_else(
        pc.equal(orders["customer_id"], "C00000001"), "C00000002", orders["customer_id"]
    )
    merged = orders.set_column(place, "customer_id", customers)
    run = shop.having(lifecycle_late_arrival_days=61).build(
        merged, select=(), leave_out=("unit_test",)
    )
    assert run.succeeded, run.text
    # A year and a half is too short for churned_after.
    assert run.troubles() == {"history_is_what_the_orders_say": "warn", **NOT_LEARNT}


def test_history_that_is_no_longer_wanted_is_deleted(built_shop: Shop, orders: pa.Table) -> None:
    run = built_shop.having(lifecycle_history_periods=0).build(orders)
    assert run.succeeded, run.text
    assert period_ends(run) == []


def test_a_longer_history_is_filled_up(shop: Shop, orders: pa.Table) -> None:
    mark(shop.having(lifecycle_history_periods=2).build(orders))
    run = shop.having(lifecycle_history_periods=3).build(orders)
    assert period_ends(run) == ["2024-10-31", "2024-11-30", "2024-12-31"]
    assert unwritten(run) == ["2024-11-30", "2024-12-31"]


def test_no_history_when_none_is_wanted(shop: Shop, orders: pa.Table) -> None:
    run = shop.having(lifecycle_history_periods=0).build(orders)
    assert run.succeeded, run.text
    assert period_ends(run) == []
    assert run.value("select count(*) from silence_migration") == 0
    assert run.value("select count(*) from customer_silence") > 1000


def contents(run: Run) -> dict[str, tuple]:
    """A count and a checksum of the rows of every table but seeds and staging."""
    return {
        name: run.rows(f"select count(*), bit_xor(hash(t)) from {schema}.{name} as t")
        for schema, name in run.rows(
            "select schema_name, table_name from duckdb_tables() "
            "where table_name not like 'stg_%' and table_name not in "
            "('lifecycle_rank_bands', 'lifecycle_score_groups', 'lifecycle_silence_levels')"
        )
    }


def test_history_of_an_earlier_version_stops_the_run_and_full_refresh_helps(
    built_shop: Shop, orders: pa.Table
) -> None:
    """The marts of history were tables once."""
    with duckdb.connect(built_shop.folder / WAREHOUSE) as connection:
        connection.execute("create table kept as from customer_silence_history")
        connection.execute("drop view customer_silence_history")
        connection.execute("alter table kept rename to customer_silence_history")
    run = built_shop.build(orders)
    assert not run.succeeded
    assert "history was written by an earlier version. Write --full-refresh" in run.text
    assert built_shop.build(orders, "--full-refresh").succeeded


def test_a_changed_rule_stops_the_run_and_full_refresh_helps(
    whole: Run, built_shop: Shop, orders: pa.Table
) -> None:
    before = contents(whole)
    changed = built_shop.having(lifecycle_minimum_purchases=10)
    run = changed.build(orders)
    assert not run.succeeded
    assert "the rules behind int_lifecycle__period_customers have changed" in run.text
    assert ": lifecycle_minimum_purchases was 15 and is 10. Write" in run.text
    assert "make build FULL_REFRESH=1" in run.text
    assert contents(run) == before
    mark(run)
    run = changed.build(orders, "--full-refresh")
    assert unwritten(run) == []
    assert (
        run.value(
            "select count(*) from customer_silence_history where purchase_days = 10 "
            "and silence_basis = 'own_gaps'"
        )
        > 0
    )
    # Now these are the rules.
    mark(run)
    assert unwritten(changed.build(orders)) == period_ends(run)


def test_a_changed_seed_stops_the_run(whole: Run, built_shop: Shop, orders: pa.Table) -> None:
    with duckdb.connect(built_shop.folder / WAREHOUSE) as connection:
        connection.execute(
            "update main_internal.lifecycle_rank_bands set lower_per_mille = 900 "
            "where rank_band = 'e'"
        )
    before = contents(whole)
    # An order is late, too: it must not be in any mart.
    run = built_shop.build(
        orders.slice(0, len(orders) - 1),
        select=("stg_lifecycle__orders_read+",),
        leave_out=("unit_test", "test", "seed"),
    )
    assert not run.succeeded
    assert "have changed since it was written, and with it all of history: seed " in run.text
    assert "seed lifecycle_rank_bands has other rows. Write --full-refresh" in run.text
    assert contents(run) == before
    # Where the check is left out, the tables themselves see it.
    run = built_shop.build(orders, select=("int_lifecycle__history_periods+",))
    assert not run.succeeded
    assert "the rules behind int_lifecycle__period_customers have changed" in run.text


def test_an_as_of_date_that_moved_back_stops_the_run(
    whole: Run, built_shop: Shop, orders: pa.Table
) -> None:
    before = contents(whole)
    for run in (
        built_shop.having(lifecycle_as_of_date="2024-12-30").build(orders),
        built_shop.build(up_to("2024-12-30", orders)),
    ):
        assert not run.succeeded
        assert "moved back to 2024-12-30" in run.text
        assert "goes up to 2024-12-31" in run.text
        assert "--full-refresh" in run.text
        assert contents(run) == before


def test_migration_counts_all_customers(cdnow_run: Run) -> None:
    totals = cdnow_run.rows(
        "select period_end, sum(customers) from silence_migration group by all order by all"
    )
    assert len(totals) == 11
    for period_end, customers in totals:
        assert customers == cdnow_run.value(
            "select count(distinct customer_id) from main_internal.stg_lifecycle__orders "
            f"where ordered_on <= '{period_end}'"
        )
    shares = cdnow_run.rows(
        "select sum(share_of_from) from silence_migration group by period_end, from_level"
    )
    assert all(share == pytest.approx(1, abs=1e-12) for (share,) in shares)


def test_history_at_the_as_of_date_is_customer_silence(cdnow_run: Run) -> None:
    """The log ends with a month."""
    shared = sorted(
        columns(cdnow_run, "customer_silence_history") - {"period_end", "history_version"}
    )
    history, silence = (
        cdnow_run.rows(f"select {', '.join(shared)} from {table} order by customer_id")
        for table in (
            "customer_silence_history where period_end = '1998-06-30'",
            "customer_silence",
        )
    )
    assert len(history) == 23_570
    assert history == silence
