import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.integrate import quad
from scipy.stats import beta, chisquare, kstest, nbinom

from customer_lifecycle.shops.simulate import (
    BLOCK_CUSTOMERS,
    PRESETS,
    SimulatedShop,
    main,
    simulate_customers,
    simulate_orders,
    write_inputs,
)

SHOP = PRESETS["shop"]
# Everyone is acquired on the first day and seen for the same 728 days.
COHORT = replace(
    SHOP, start=date(2020, 1, 1), end=date(2020, 1, 1) + timedelta(728), acquisition_days=1
)
COHORT_WEEKS = 104.0
# About five purchases a week.
FAST_SHOP = replace(
    SHOP, model="nbd", r=20.0, alpha=4.0, end=SHOP.start + timedelta(60), acquisition_days=30
)
# Nearly equal rates, no dropout and about 520 gaps each: the window hardly cuts gaps off.
EVEN_SHOP = replace(COHORT, model="nbd", r=1e6, alpha=2e6, end=date(2040, 1, 1), times="exact")
ORDER_NUMBERS = 1_000_000


def orders_of(shop: SimulatedShop, customers: int = BLOCK_CUSTOMERS, seed: int = 1) -> pa.Table:
    return pa.Table.from_batches(simulate_orders(shop, customers, seed))


def customers_of(shop: SimulatedShop, customers: int = BLOCK_CUSTOMERS, seed: int = 1) -> pa.Table:
    return pa.Table.from_batches(simulate_customers(shop, customers, seed))


def query(sql: str, **tables: pa.Table) -> list[tuple]:
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.execute(sql).fetchall()


def purchase_counts(orders: pa.Table) -> np.ndarray:
    numbers = orders["order_id"].to_numpy() // ORDER_NUMBERS
    return np.bincount(numbers)[1:]


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    size = 2 * BLOCK_CUSTOMERS + 7
    for name, processes in (("one", 1), ("two", 2)):
        write_inputs(tmp_path / name, SHOP, size, 5, blocks_per_file=2, processes=processes)
    files = files_below(tmp_path / "one")
    assert list(files) == [
        "customers/part-00000.parquet",
        "customers/part-00001.parquet",
        "orders/part-00000.parquet",
        "orders/part-00001.parquet",
    ]
    assert files == files_below(tmp_path / "two")
    write_inputs(tmp_path / "other", SHOP, size, 6, blocks_per_file=2)
    assert not set(files.values()) & set(files_below(tmp_path / "other").values())


def test_rows_do_not_depend_on_the_number_of_files(tmp_path: Path) -> None:
    size = 2 * BLOCK_CUSTOMERS + 7
    for name, blocks in (("many", 1), ("single", 25)):
        write_inputs(tmp_path / name, SHOP, size, 5, blocks_per_file=blocks)
    for table in ("orders", "customers"):
        many, single = (pq.read_table(tmp_path / name / table) for name in ("many", "single"))
        assert many.equals(single)
    assert single.num_rows == size
    assert pq.read_table(tmp_path / "many" / "orders").equals(orders_of(SHOP, size, 5))


@pytest.mark.parametrize("smaller", [100, BLOCK_CUSTOMERS, BLOCK_CUSTOMERS + 50])
def test_a_larger_shop_begins_with_the_smaller_one(smaller: int) -> None:
    size = BLOCK_CUSTOMERS + 100
    customers, orders = customers_of(SHOP, size), orders_of(SHOP, size)
    assert customers.slice(0, smaller).equals(customers_of(SHOP, smaller))
    expected = orders_of(SHOP, smaller)
    assert orders.slice(0, expected.num_rows).equals(expected)


def new_customer_purchases(shop: SimulatedShop, weeks: float) -> float:
    """Mean repeat purchases, by integrating over the dropout parameter numerically."""
    if shop.model == "nbd":
        return shop.r / shop.alpha * weeks
    if shop.model == "pareto_nbd":
        survival, _ = quad(lambda t: (shop.beta / (shop.beta + t)) ** shop.s, 0, weeks)
        return shop.r / shop.alpha * survival

    def given_dropout(p: float) -> float:
        purchases = (1 - (shop.alpha / (shop.alpha + p * weeks)) ** shop.r) / p
        return purchases * (1 - p) if shop.model == "mbg_nbd" else purchases

    # Substituting a power of p takes the peak of the beta density at 0 away.
    mean, _ = quad(
        lambda u: given_dropout(u**4) * beta.pdf(u**4, shop.a, shop.b) * 4 * u**3 if u > 0 else 0.0,
        0,
        1,
        limit=200,
    )
    return mean


@pytest.mark.parametrize("times", ["days", "exact"])
@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"])
def test_mean_purchases_are_those_of_the_model(model: str, times: str) -> None:
    shop = replace(COHORT, model=model, times=times)
    repeats = purchase_counts(orders_of(shop, 100_000)) - 1
    standard_error = repeats.std() / np.sqrt(repeats.size)
    assert abs(repeats.mean() - new_customer_purchases(shop, COHORT_WEEKS)) < 4 * standard_error


def test_counts_without_dropout_are_negative_binomial() -> None:
    shop = replace(COHORT, model="nbd")
    repeats = purchase_counts(orders_of(shop, 100_000)) - 1
    cells = np.arange(40)
    chances = nbinom.pmf(cells, shop.r, shop.alpha / (shop.alpha + COHORT_WEEKS))
    observed = np.bincount(np.minimum(repeats, 40), minlength=41)
    expected = np.append(chances, 1 - chances.sum()) * repeats.size
    assert chisquare(observed, expected).pvalue > 1e-4


@pytest.mark.parametrize("shop", [SHOP, FAST_SHOP])
def test_a_customer_has_at_most_one_purchase_a_day(shop: SimulatedShop) -> None:
    same_day, first, last = query(
        """
        select count(*) - count(distinct (customer_id, ordered_at)), min(ordered_at),
            max(ordered_at)
        from orders
        """,
        orders=orders_of(shop),
    )[0]
    assert same_day == 0
    assert first == shop.start
    assert last == shop.end


def test_exact_times_stay_in_the_window_and_share_days() -> None:
    shop = replace(FAST_SHOP, times="exact")
    orders = orders_of(shop)
    same_day, repeated, first, last = query(
        """
        select count(*) - count(distinct (customer_id, ordered_at::date)),
            count(*) - count(distinct (customer_id, ordered_at)),
            min(ordered_at)::date, max(ordered_at)::date
        from orders
        """,
        orders=orders,
    )[0]
    assert orders.schema.field("ordered_at").type == pa.timestamp("us")
    assert same_day > 0
    assert repeated == 0
    assert (first, last) == (shop.start, shop.end)


def test_acquisition_is_uniform_over_its_days() -> None:
    days = customers_of(SHOP)["registered_at"].cast(pa.int32()).to_numpy()
    counts = np.bincount(days - days.min())
    assert counts.size == SHOP.acquisition_days
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("times", ["days", "exact"])
@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_the_truth_agrees_with_the_orders(model: str, times: str) -> None:
    shop = replace(SHOP, model=model, times=times, churn_share=0.3, churn_date=date(2023, 6, 30))
    customers, orders = customers_of(shop), orders_of(shop)
    result = query(
        """
        with bought as (
            select customer_id, min(ordered_at)::date as first_on, max(ordered_at)::date as last_on
            from orders
            group by customer_id
        )
        select count(*), count(distinct customer_id),
            count(*) filter (registered_at is distinct from first_on),
            count(*) filter (last_on > x_dropped_out_on),
            count(*) filter (last_on > x_churned_on),
            count(*) filter (x_dropped_out_on > coalesce(x_churned_on, date '2024-12-31')),
            count(*) filter (x_dropped_out_on is not null and x_churned_on is null) > 0,
            count(*) filter (x_churned_on is null and last_on > date '2023-06-30') > 0
        from customers left join bought using (customer_id)
        """,
        customers=customers,
        orders=orders,
    )
    assert result == [(BLOCK_CUSTOMERS, BLOCK_CUSTOMERS, 0, 0, 0, 0, True, True)]
    if model != "pareto_nbd":
        early = "count(*) filter (last_on <> x_dropped_out_on)"
        last = "select customer_id, max(ordered_at)::date last_on from orders group by all"
        sql = f"select {early} from customers join ({last}) using (customer_id)"
        assert query(sql, customers=customers, orders=orders) == [(0,)]


@pytest.mark.parametrize("churn_date", [date(2023, 6, 30), date(2022, 6, 30)])
def test_the_share_of_planted_churn(churn_date: date) -> None:
    shop = replace(SHOP, churn_share=0.2, churn_date=churn_date)
    eligible, churned, dates = query(
        f"""
        select count(*), count(x_churned_on),
            count(*) filter (x_churned_on <> date '{churn_date}')
        from customers
        where registered_at <= date '{churn_date}'
        """,
        customers=customers_of(shop),
    )[0]
    assert abs(churned - 0.2 * eligible) < 4 * np.sqrt(eligible * 0.2 * 0.8)
    assert dates == 0
    late = f"select count(x_churned_on) from customers where registered_at > date '{churn_date}'"
    assert query(late, customers=customers_of(shop)) == [(0,)]


def test_dropout_times_of_pareto_nbd() -> None:
    shop = replace(COHORT, model="pareto_nbd")
    dropped = 1 - customers_of(shop)["x_dropped_out_on"].null_count / BLOCK_CUSTOMERS
    expected = 1 - (shop.beta / (shop.beta + COHORT_WEEKS)) ** shop.s
    assert abs(dropped - expected) < 4 * np.sqrt(expected * (1 - expected) / BLOCK_CUSTOMERS)


def test_mbg_nbd_customers_may_drop_out_at_once() -> None:
    shop = replace(COHORT, model="mbg_nbd")
    customers = customers_of(shop)
    at_once = query(
        "select avg((x_dropped_out_on is not distinct from registered_at)::int) from customers",
        customers=customers,
    )[0][0]
    expected = shop.a / (shop.a + shop.b)
    assert abs(at_once - expected) < 4 * np.sqrt(expected * (1 - expected) / BLOCK_CUSTOMERS)


@pytest.mark.parametrize("gap_shape", [0.5, 1.0, 4.0])
def test_gap_shapes(gap_shape: float) -> None:
    orders = orders_of(replace(EVEN_SHOP, gap_shape=gap_shape), 500)
    owners = orders["order_id"].to_numpy() // ORDER_NUMBERS
    weeks = orders["ordered_at"].cast(pa.int64()).to_numpy() / (7 * 86_400e6)
    gaps = np.diff(weeks)[np.diff(owners) == 0]
    assert gaps.mean() == pytest.approx(2.0, rel=0.01)
    assert gaps.std() / gaps.mean() == pytest.approx(1 / np.sqrt(gap_shape), rel=0.01)


def test_amounts_are_gamma_gamma() -> None:
    shop = replace(SHOP, q=6.0)
    orders = orders_of(shop, 100_000)
    numbers = orders["order_id"].to_numpy() % ORDER_NUMBERS
    amounts = orders["amount"].cast(pa.float64()).to_numpy()
    first = amounts[numbers == 1]
    standard_error = first.std() / np.sqrt(first.size)
    assert abs(first.mean() - shop.p * shop.k / (shop.q - 1)) < 4 * standard_error
    second = np.flatnonzero(numbers == 2)
    shares = amounts[second] / (amounts[second] + amounts[second - 1])
    assert kstest(shares[:20_000], beta(shop.p, shop.p).cdf).pvalue > 1e-4
    assert amounts.min() > 0


def test_columns_and_types() -> None:
    shop = replace(SHOP, margin=0.3, integer_ids=True)
    assert orders_of(shop).schema == pa.schema(
        [
            ("order_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("ordered_at", pa.date32()),
            ("amount", pa.decimal128(18, 2)),
            ("product_cost", pa.decimal128(18, 2)),
        ]
    )
    assert orders_of(SHOP).column_names == ["order_id", "customer_id", "ordered_at", "amount"]
    ids = customers_of(SHOP, BLOCK_CUSTOMERS + 1)["customer_id"].to_pylist()
    assert ids == [f"C{number:08d}" for number in range(1, BLOCK_CUSTOMERS + 2)]
    order_ids = orders_of(SHOP, BLOCK_CUSTOMERS + 100)["order_id"]
    assert len(order_ids.unique()) == len(order_ids)


def test_product_cost_is_what_the_margin_leaves() -> None:
    orders = orders_of(replace(SHOP, margin=0.3), 50)
    for amount, cost in zip(
        orders["amount"].to_pylist(), orders["product_cost"].to_pylist(), strict=True
    ):
        assert abs(amount * Decimal("0.7") - cost) <= Decimal("0.005")


def test_the_truth_file_lies_beside_the_folder(tmp_path: Path) -> None:
    truth = write_inputs(tmp_path / "shop", SHOP, 300, 2)
    written = json.loads((tmp_path / "shop.truth.json").read_text())
    rows, amount = duckdb.sql(
        f"select count(*), sum(amount) from '{tmp_path}/shop/orders/*.parquet'"
    ).fetchone() or (0, 0)
    assert (truth["customers"], truth["orders"], truth["amount"]) == (300, rows, str(amount))
    assert {**truth, "parameters": None} == {**written, "parameters": None}
    assert written["parameters"]["alpha"] == SHOP.alpha
    assert written["parameters"]["end"] == "2024-12-31"
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == ["customers", "orders"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "shop.truth.json"]


def test_a_full_folder_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    output = tmp_path / "shop"
    write_inputs(output, SHOP, 3 * BLOCK_CUSTOMERS, 1, blocks_per_file=1)
    before = files_below(output)
    with pytest.raises(FileExistsError, match="name another folder or allow overwriting"):
        write_inputs(output, SHOP, 10, 1)
    assert files_below(output) == before
    (output / "campaigns.csv").write_text("kept")
    write_inputs(output, SHOP, 10, 1, overwrite=True)
    assert list(files_below(output)) == [
        "campaigns.csv",
        "customers/part-00000.parquet",
        "orders/part-00000.parquet",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r": 0.0}, r"r is 0\.0: write a number above 0"),
        ({"alpha": float("nan")}, "alpha is nan: write a number above 0"),
        ({"q": 1.0}, r"q is 1\.0: write a number above 1"),
        ({"model": "bgnbd"}, "write one of bg_nbd, mbg_nbd, pareto_nbd, nbd"),
        ({"times": "hours"}, "write one of days, exact"),
        ({"end": date(2021, 1, 1)}, r"write a day from start \(2022-01-01\) on"),
        ({"acquisition_days": 0}, "write a whole number from 1 to 1096"),
        ({"acquisition_days": 1097}, "write a whole number from 1 to 1096"),
        ({"churn_share": 1.5, "churn_date": date(2023, 1, 1)}, "write a share between 0 and 1"),
        ({"churn_share": 0.1}, "write both, the share above 0, or neither"),
        ({"churn_date": date(2023, 1, 1)}, "write both, the share above 0, or neither"),
        (
            {"churn_share": 0.1, "churn_date": date(2025, 1, 1)},
            "write a day from 2022-01-01 to 2024-12-31",
        ),
        ({"margin": 30.0}, "write a share of the amount between -1 and 1"),
    ],
)
def test_wrong_parameters_say_what_to_write(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SHOP, **change)


@pytest.mark.parametrize("simulate", [simulate_orders, simulate_customers])
def test_wrong_sizes_say_what_to_write(simulate: Callable) -> None:
    with pytest.raises(ValueError, match="customers is 0: write a whole number from 1"):
        simulate(SHOP, 0, 1)
    with pytest.raises(ValueError, match="seed is -1: write a whole number from 0"):
        simulate(SHOP, 10, -1)


@pytest.mark.parametrize("name", ["blocks_per_file", "processes"])
def test_wrong_counts_of_files_and_processes(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0: write 1 or more"):
        write_inputs(tmp_path / "shop", SHOP, 10, 1, **{name: 0})
    assert list(tmp_path.iterdir()) == []


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "shop"
    options = ["--customers", "200", "--seed", "3", "--preset", "cdnow", "--output", str(output)]
    changes = ["--end", "1997-09-30", "--acquisition-days", "10", "--margin", ".4"]
    assert main([*options, *changes, "--integer-ids"]) == 0
    shop = replace(
        PRESETS["cdnow"], end=date(1997, 9, 30), acquisition_days=10, margin=0.4, integer_ids=True
    )
    assert pq.read_table(output / "orders").equals(orders_of(shop, 200, 3))
    assert main([*options, *changes]) == 1
    assert "allow overwriting" in capsys.readouterr().err
    assert main([*options, "--overwrite", "--r", "-1"]) == 1
    assert "r is -1.0: write a number above 0" in capsys.readouterr().err
