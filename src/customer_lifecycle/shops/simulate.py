"""Simulated shops: input files for any number of customers with known parameters.

Run ``python -m customer_lifecycle.shops.simulate --customers 20000 --seed 1 --output DIR``; it
writes

- ``DIR/orders/part-00000.parquet`` and so on: order_id (whole number), customer_id, ordered_at,
  amount, and product_cost when a margin is given;
- ``DIR/customers/part-00000.parquet`` and so on: customer_id, registered_at (day of the first
  purchase) and the truth about each customer: x_true_rate (purchases per week), x_dropped_out_on
  and x_churned_on (days, null when it did not happen in the window);
- ``DIR.truth.json``, beside the folder because it is not an input: the parameters and the totals.

Notes
-----
A customer's first purchase is the acquisition. Gaps between purchases have the mean 1 / rate; the
rate is gamma distributed over customers, and customers drop out as the chosen model says
(Fader, Hardie & Lee 2005; Batislam, Denizel & Filiztekin 2007; Schmittlein, Morrison & Colombo
1987). Amounts are gamma-gamma (Fader & Hardie 2013).

Purchase models know continuous times, data know days. With ``times="days"`` the simulated times
are rounded to the nearest day counted from the first purchase, and a purchase whose day is taken
moves to the next day: merging by day then loses no purchase, the window is whole days, and what
is left is a rounding error without bias in the time of the last purchase. With ``times="exact"``
the orders carry timestamps and a day may hold several purchases of a customer. Fits on purchase
days then miss purchases, the more the faster customers buy: at CDNOW's rates alpha comes out about
5 % too high, which is six standard errors at 200,000 customers.

Customers are drawn in blocks of fixed size, each from its own child of the seed. So a result
depends on neither the number of files nor of processes, and a larger shop with the same seed
begins with the customers of a smaller one. Memory grows with the orders of a block, not with the
number of customers.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "BLOCK_CUSTOMERS",
    "PRESETS",
    "SimulatedShop",
    "simulate_customers",
    "simulate_orders",
    "write_inputs",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BLOCK_CUSTOMERS = 20_000
ID_DIGITS = 8
MOST_CUSTOMERS = 10**ID_DIGITS - 1
# An order is named by its customer's number and its own: no counting across blocks is needed.
ORDER_NUMBERS = 1_000_000
MICROSECONDS_PER_DAY = 86_400_000_000
DAYS_PER_WEEK = 7.0
# Gamma and beta draws with a small shape underflow to 0, and nothing may be divided by that.
SMALLEST_RATE = 1e-12
NEVER = -1
EPOCH = date(1970, 1, 1)

MONEY = pa.decimal128(18, 2)

MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd", "nbd")
TIMES = ("days", "exact")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True)
class SimulatedShop:
    """Parameters of a simulated shop; the names are those of the papers.

    Parameters
    ----------
    start
        First day on which customers are acquired.
    end
        Last day of the observation window.
    acquisition_days
        Customers are acquired uniformly over this many days from ``start`` on.
    model
        How customers drop out: ``bg_nbd`` (after each repeat purchase with probability
        Beta(a, b)), ``mbg_nbd`` (the same, and after the first purchase too), ``pareto_nbd``
        (after an exponential time with rate Gamma(s, beta)) or ``nbd`` (never).
    r, alpha
        Purchase rate per week: gamma with this shape and rate (alpha in weeks).
    a, b
        Dropout probability after a purchase: Beta(a, b).
    s, beta
        Dropout rate per week: gamma with this shape and rate (beta in weeks).
    p, q, k
        Amount: gamma with shape p and rate v, v over customers gamma with shape q and rate k
        (k in units of money); amounts are rounded to cents, the smallest is one cent.
    gap_shape
        Gamma shape of the gaps between purchases: 1 is exponential, above 1 regular (2 is
        Erlang-2), below 1 bursty; the coefficient of variation is 1 / sqrt(gap_shape).
    churn_share
        Share of the customers acquired by ``churn_date`` that buy nothing after it.
    churn_date
        Last day on which those customers may buy.
    times
        ``days`` (ordered_at is a date, one purchase per customer and day) or ``exact``
        (ordered_at is a timestamp).
    integer_ids
        Whether customer ids are whole numbers; by default they are texts like C00000001.
    margin
        Share of the amount that is left after product cost; none leaves product_cost out.

    Raises
    ------
    ValueError
        When a parameter is out of its range.
    """

    start: date = date(2022, 1, 1)
    end: date = date(2024, 12, 31)
    acquisition_days: int = 365
    model: str = "bg_nbd"
    r: float = 0.8
    alpha: float = 12.0
    a: float = 0.8
    b: float = 5.0
    s: float = 0.6
    beta: float = 30.0
    p: float = 6.25
    q: float = 3.744
    k: float = 15.44
    gap_shape: float = 1.0
    churn_share: float = 0.0
    churn_date: date | None = None
    times: str = "days"
    integer_ids: bool = False
    margin: float | None = None

    def __post_init__(self) -> None:
        """Check every parameter."""
        for name in ("r", "alpha", "a", "b", "s", "beta", "p", "k", "gap_shape"):
            _require(
                0 < getattr(self, name) < float("inf"),
                f"{name} is {getattr(self, name)}: write a number above 0",
            )
        _require(1 < self.q < float("inf"), f"q is {self.q}: write a number above 1 (mean amount)")
        _require(self.model in MODELS, f"model is {self.model!r}: write one of {', '.join(MODELS)}")
        _require(self.times in TIMES, f"times is {self.times!r}: write one of {', '.join(TIMES)}")
        _require(
            self.end >= self.start,
            f"end is {self.end}: write a day from start ({self.start}) on",
        )
        _require(
            1 <= self.acquisition_days <= self.window_days,
            f"acquisition_days is {self.acquisition_days}: write a whole number from 1 to "
            f"{self.window_days}, the days from start to end",
        )
        _require(
            0 <= self.churn_share <= 1,
            f"churn_share is {self.churn_share}: write a share between 0 and 1",
        )
        _require(
            (self.churn_share > 0) == (self.churn_date is not None),
            f"churn_share is {self.churn_share} and churn_date is {self.churn_date}: "
            "write both, the share above 0, or neither",
        )
        _require(
            self.churn_date is None or self.start <= self.churn_date <= self.end,
            f"churn_date is {self.churn_date}: write a day from {self.start} to {self.end}",
        )
        _require(
            self.margin is None or -1 <= self.margin <= 1,
            f"margin is {self.margin}: write a share of the amount between -1 and 1, or leave it",
        )

    @property
    def window_days(self) -> int:
        """Days from start to end, both counted."""
        return (self.end - self.start).days + 1

    @property
    def ticks_per_day(self) -> int:
        """Recorded times are whole multiples of this part of a day."""
        return 1 if self.times == "days" else MICROSECONDS_PER_DAY


PRESETS = {
    "shop": SimulatedShop(),
    # The BG/NBD and gamma-gamma maxima of CDNOW's 1/10 sample, on the window of its full log.
    "cdnow": SimulatedShop(
        start=date(1997, 1, 1),
        end=date(1998, 6, 30),
        acquisition_days=84,
        r=0.243,
        alpha=4.414,
        a=0.793,
        b=2.426,
    ),
}


class _Limits(NamedTuple):
    """What ends the purchases of each customer: repeat purchases, dropout, the window."""

    purchases: Floats
    lifetime_ticks: Floats
    window_ticks: Integers


class _Block(NamedTuple):
    """What is drawn for one block of customers.

    Times are ticks since the start of the window, or NEVER. Orders are sorted by customer and
    time; ``order_counts`` says how many each customer has.
    """

    customer_numbers: Integers
    weekly_rates: Floats
    first_ticks: Integers
    dropout_ticks: Integers
    has_churned: npt.NDArray[np.bool_]
    order_counts: Integers
    order_ticks: Integers
    order_cents: Integers


class _Totals(NamedTuple):
    customers: int
    orders: int
    cents: int


def _check_size(customers: int, seed: int) -> None:
    _require(
        1 <= customers <= MOST_CUSTOMERS,
        f"customers is {customers}: write a whole number from 1 to {MOST_CUSTOMERS}",
    )
    _require(seed >= 0, f"seed is {seed}: write a whole number from 0 on")


def _block_count(customers: int) -> int:
    return -(-customers // BLOCK_CUSTOMERS)


def _draw_arrivals(
    shop: SimulatedShop, rng: np.random.Generator, size: int
) -> tuple[Integers, Integers, npt.NDArray[np.bool_]]:
    """Draw first purchases, the ticks in which each customer is seen, and who is to churn."""
    per_day = shop.ticks_per_day
    first_ticks = rng.integers(0, shop.acquisition_days, size) * per_day
    first_ticks += rng.integers(0, per_day, size)
    end_ticks = np.full(size, shop.window_days * per_day - 1)
    has_churned = np.zeros(size, np.bool_)
    if shop.churn_date is not None:
        churn_tick = ((shop.churn_date - shop.start).days + 1) * per_day - 1
        has_churned = (rng.random(size) < shop.churn_share) & (first_ticks <= churn_tick)
        end_ticks[has_churned] = churn_tick
    return first_ticks, end_ticks - first_ticks, has_churned


def _draw_dropout(
    shop: SimulatedShop, rng: np.random.Generator, size: int
) -> tuple[Floats, Floats]:
    """Draw after how many repeat purchases and after how many weeks customers drop out."""
    never = np.full(size, np.inf)
    if shop.model == "nbd":
        return never, never
    if shop.model == "pareto_nbd":
        rates = np.maximum(rng.standard_gamma(shop.s, size) / shop.beta, SMALLEST_RATE)
        return never, rng.standard_exponential(size) / rates
    chances = np.clip(rng.beta(shop.a, shop.b, size), SMALLEST_RATE, 1 - SMALLEST_RATE)
    # The whole part of an exponential variable is geometric: purchases before the fatal one.
    survived = np.floor(rng.standard_exponential(size) / -np.log1p(-chances))
    return survived if shop.model == "mbg_nbd" else survived + 1, never


def _draw_repeats(
    rng: np.random.Generator, gap_shape: float, gap_ticks: Floats, limits: _Limits
) -> tuple[Integers, Integers, Integers]:
    """Draw the repeat purchases of all customers, one purchase of each at a time.

    Parameters
    ----------
    rng
        The block's generator.
    gap_shape
        Gamma shape of the gaps.
    gap_ticks
        Mean gap per customer, in ticks.
    limits
        What ends a customer's purchases.

    Returns
    -------
    tuple
        Customer (position in the block), number (1 for the first repeat purchase) and time
        (ticks since the first purchase) of each repeat purchase.
    """
    active = np.flatnonzero(limits.purchases >= 1)
    clock = np.zeros(active.size)
    recorded = np.zeros(active.size)
    buyers: list[Integers] = []
    ticks: list[Integers] = []
    while active.size:
        gaps = rng.standard_gamma(gap_shape, active.size) / gap_shape
        clock = clock + gaps * gap_ticks[active]
        recorded = np.maximum(np.rint(clock), recorded + 1)
        happened = clock <= limits.lifetime_ticks[active]
        happened &= np.maximum(clock, recorded) <= limits.window_ticks[active]
        active, clock, recorded = active[happened], clock[happened], recorded[happened]
        buyers.append(active)
        ticks.append(recorded.astype(np.int64))
        goes_on = len(buyers) < limits.purchases[active]
        active, clock, recorded = active[goes_on], clock[goes_on], recorded[goes_on]
    if not buyers:
        none = np.empty(0, np.int64)
        return none, none, none
    numbers = np.repeat(np.arange(1, len(buyers) + 1), [group.size for group in buyers])
    return np.concatenate(buyers), numbers, np.concatenate(ticks)


def _draw_cents(shop: SimulatedShop, rng: np.random.Generator, counts: Integers) -> Integers:
    """Draw the amount of each order; q above 1 keeps the scales, k / Gamma(q, 1), moderate."""
    scales = shop.k / rng.standard_gamma(shop.q, counts.size)
    amounts = rng.standard_gamma(shop.p, counts.sum()) * np.repeat(scales, counts)
    cents: Integers = np.maximum(np.rint(amounts * 100), 1).astype(np.int64)
    return cents


def _draw_block(shop: SimulatedShop, customers: int, seed: int, block: int) -> _Block:
    """Draw a whole block, then cut it to the number of customers if it is the last."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,)))
    size = BLOCK_CUSTOMERS
    ticks_per_week = DAYS_PER_WEEK * shop.ticks_per_day
    weekly_rates = np.maximum(rng.standard_gamma(shop.r, size) / shop.alpha, SMALLEST_RATE)
    first_ticks, window_ticks, has_churned = _draw_arrivals(shop, rng, size)
    most_purchases, lifetime_weeks = _draw_dropout(shop, rng, size)
    limits = _Limits(most_purchases, lifetime_weeks * ticks_per_week, window_ticks)
    buyers, numbers, repeat_ticks = _draw_repeats(
        rng, shop.gap_shape, ticks_per_week / weekly_rates, limits
    )

    counts = np.bincount(buyers, minlength=size) + 1
    _require(
        counts.max() < ORDER_NUMBERS,
        f"a customer has {counts.max()} purchases: raise alpha or shorten the window",
    )
    starts = np.cumsum(counts) - counts
    ticks = np.repeat(first_ticks, counts)
    ticks[starts[buyers] + numbers] += repeat_ticks

    last_ticks = ticks[starts + counts - 1]
    dropout_ticks = np.where(counts - 1 == most_purchases, last_ticks, NEVER)
    died = limits.lifetime_ticks <= window_ticks
    ends = first_ticks[died] + np.rint(limits.lifetime_ticks[died]).astype(np.int64)
    # A last purchase that was moved to the next free day may lie after the rounded end.
    dropout_ticks[died] = np.maximum(ends, last_ticks[died])

    cents = _draw_cents(shop, rng, counts)
    kept = min(size, customers - block * size)
    kept_orders = counts[:kept].sum()
    return _Block(
        customer_numbers=block * size + np.arange(1, kept + 1),
        weekly_rates=weekly_rates[:kept],
        first_ticks=first_ticks[:kept],
        dropout_ticks=dropout_ticks[:kept],
        has_churned=has_churned[:kept],
        order_counts=counts[:kept],
        order_ticks=ticks[:kept_orders],
        order_cents=cents[:kept_orders],
    )


def _draw_blocks(shop: SimulatedShop, customers: int, seed: int) -> Iterator[_Block]:
    return (_draw_block(shop, customers, seed, block) for block in range(_block_count(customers)))


def money(cents: Integers) -> pa.Array:
    """Turn cents into exact decimals without a Python object per value."""
    words = np.empty((cents.size, 2), np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63
    return pa.Array.from_buffers(MONEY, cents.size, [None, pa.py_buffer(words)])


def _customer_ids(shop: SimulatedShop, numbers: Integers) -> pa.Array:
    if shop.integer_ids:
        return pa.array(numbers)
    letters = np.full((numbers.size, 1 + ID_DIGITS), ord("C"), np.uint8)
    letters[:, 1:] = numbers[:, None] // 10 ** np.arange(ID_DIGITS - 1, -1, -1) % 10 + ord("0")
    ends = np.arange(numbers.size + 1, dtype=np.int32) * (1 + ID_DIGITS)
    return pa.StringArray.from_buffers(numbers.size, pa.py_buffer(ends), pa.py_buffer(letters))


def _dates(
    shop: SimulatedShop, ticks: Integers, is_null: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    days = (shop.start - EPOCH).days + ticks // shop.ticks_per_day
    return pa.array(days.astype(np.int32), pa.date32(), mask=is_null)


def _order_times(shop: SimulatedShop, ticks: Integers) -> pa.Array:
    if shop.times == "days":
        return _dates(shop, ticks)
    start = (shop.start - EPOCH).days * MICROSECONDS_PER_DAY
    return pa.array(start + ticks, pa.timestamp("us"))


def _order_schema(shop: SimulatedShop) -> pa.Schema:
    columns = [
        ("order_id", pa.int64()),
        ("customer_id", pa.int64() if shop.integer_ids else pa.string()),
        ("ordered_at", pa.date32() if shop.times == "days" else pa.timestamp("us")),
        ("amount", MONEY),
    ]
    return pa.schema(columns if shop.margin is None else [*columns, ("product_cost", MONEY)])


def _customer_schema(shop: SimulatedShop) -> pa.Schema:
    return pa.schema(
        [
            ("customer_id", pa.int64() if shop.integer_ids else pa.string()),
            ("registered_at", pa.date32()),
            ("x_true_rate", pa.float64()),
            ("x_dropped_out_on", pa.date32()),
            ("x_churned_on", pa.date32()),
        ]
    )


def _order_batch(shop: SimulatedShop, block: _Block) -> pa.RecordBatch:
    owners = np.repeat(np.arange(block.order_counts.size), block.order_counts)
    starts = np.cumsum(block.order_counts) - block.order_counts
    numbers = np.arange(1, owners.size + 1) - starts[owners]
    columns = [
        pa.array(block.customer_numbers[owners] * ORDER_NUMBERS + numbers),
        _customer_ids(shop, block.customer_numbers).take(pa.array(owners)),
        _order_times(shop, block.order_ticks),
        money(block.order_cents),
    ]
    if shop.margin is not None:
        costs = np.rint(block.order_cents * (1 - shop.margin)).astype(np.int64)
        columns.append(money(costs))
    return pa.RecordBatch.from_arrays(columns, schema=_order_schema(shop))


def _customer_batch(shop: SimulatedShop, block: _Block) -> pa.RecordBatch:
    churn_dates = np.full(block.has_churned.size, shop.churn_date, "datetime64[D]")
    columns = [
        _customer_ids(shop, block.customer_numbers),
        _dates(shop, block.first_ticks),
        pa.array(block.weekly_rates),
        _dates(shop, block.dropout_ticks, block.dropout_ticks == NEVER),
        pa.array(churn_dates, pa.date32(), mask=~block.has_churned),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_customer_schema(shop))


def simulate_orders(shop: SimulatedShop, customers: int, seed: int) -> Iterator[pa.RecordBatch]:
    """Simulate the orders of a shop, block by block.

    Parameters
    ----------
    shop
        The shop's parameters.
    customers
        Number of customers, at most 99,999,999.
    seed
        Whole number from 0 on; the same seed gives the same orders.

    Returns
    -------
    iterator of pyarrow.RecordBatch
        One batch per 20,000 customers: order_id, customer_id, ordered_at, amount and, with a
        margin, product_cost; sorted by customer and time.

    Raises
    ------
    ValueError
        When the number of customers or the seed is out of its range, or when a customer has a
        million purchases.
    """
    _check_size(customers, seed)
    return (_order_batch(shop, block) for block in _draw_blocks(shop, customers, seed))


def simulate_customers(shop: SimulatedShop, customers: int, seed: int) -> Iterator[pa.RecordBatch]:
    """Simulate the customers that belong to ``simulate_orders`` with the same arguments.

    Parameters
    ----------
    shop
        The shop's parameters.
    customers
        Number of customers, at most 99,999,999.
    seed
        Whole number from 0 on.

    Returns
    -------
    iterator of pyarrow.RecordBatch
        One batch per 20,000 customers: customer_id, registered_at, x_true_rate (purchases per
        week), x_dropped_out_on and x_churned_on.

    Raises
    ------
    ValueError
        As ``simulate_orders``.
    """
    _check_size(customers, seed)
    return (_customer_batch(shop, block) for block in _draw_blocks(shop, customers, seed))


def _order_writer(path: Path, shop: SimulatedShop) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        _order_schema(shop),
        compression="zstd",
        use_dictionary=["customer_id", "ordered_at"],
        column_encoding={"order_id": "DELTA_BINARY_PACKED"},
        store_decimal_as_integer=True,
    )


def _write_part(
    folder: Path, shop: SimulatedShop, customers: int, seed: int, blocks_per_file: int, part: int
) -> _Totals:
    """Write one file of orders and one of customers, a row group per block."""
    first = part * blocks_per_file
    last = min(first + blocks_per_file, _block_count(customers))
    name = f"part-{part:05d}.parquet"
    totals = _Totals(0, 0, 0)
    with (
        _order_writer(folder / "orders" / name, shop) as orders,
        pq.ParquetWriter(
            folder / "customers" / name, _customer_schema(shop), compression="zstd"
        ) as people,
    ):
        for number in range(first, last):
            block = _draw_block(shop, customers, seed, number)
            orders.write_batch(_order_batch(shop, block))
            people.write_batch(_customer_batch(shop, block))
            totals = _Totals(
                totals.customers + block.first_ticks.size,
                totals.orders + block.order_cents.size,
                totals.cents + int(block.order_cents.sum()),
            )
    return totals


def _write_parts(
    folder: Path,
    shop: SimulatedShop,
    customers: int,
    seed: int,
    blocks_per_file: int,
    processes: int,
) -> _Totals:
    parts = range(-(-_block_count(customers) // blocks_per_file))
    write = partial(_write_part, folder, shop, customers, seed, blocks_per_file)
    if min(processes, len(parts)) == 1:
        totals = [write(part) for part in parts]
    else:
        # Fresh processes: a forked one may inherit locks of pyarrow's threads.
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            totals = list(pool.map(write, parts))
    return _Totals(*(sum(column) for column in zip(*totals, strict=True)))


def write_inputs(
    output: Path,
    shop: SimulatedShop,
    customers: int,
    seed: int,
    *,
    blocks_per_file: int = 25,
    processes: int = 1,
    overwrite: bool = False,
) -> dict[str, object]:
    """Write the input files of a simulated shop.

    The files are written to ``<output>.partial`` and moved when they are complete. The same
    arguments give the same bytes (with the same versions of numpy and pyarrow); the number of
    processes has no influence, ``blocks_per_file`` only on which file a row is in.

    Parameters
    ----------
    output
        Folder to make; it gets the folders ``orders`` and ``customers``.
    shop
        The shop's parameters.
    customers
        Number of customers, at most 99,999,999.
    seed
        Whole number from 0 on.
    blocks_per_file
        Blocks of 20,000 customers per file.
    processes
        Files written at the same time, each in a process of its own.
    overwrite
        Whether to replace the orders and customers of a folder that is there already.

    Returns
    -------
    dict
        The content of ``<output>.truth.json``: parameters, seed, number of customers and of
        orders, exact total amount.

    Raises
    ------
    ValueError
        When an argument is out of its range.
    FileExistsError
        When the folder is there, is not empty and may not be overwritten.
    """
    _check_size(customers, seed)
    _require(blocks_per_file >= 1, f"blocks_per_file is {blocks_per_file}: write 1 or more")
    _require(processes >= 1, f"processes is {processes}: write 1 or more")
    if not overwrite and output.exists() and any(output.iterdir()):
        raise FileExistsError(f"{output} is not empty: name another folder or allow overwriting")
    partial_output = output.with_name(f"{output.name}.partial")
    shutil.rmtree(partial_output, ignore_errors=True)
    for name in ("orders", "customers"):
        (partial_output / name).mkdir(parents=True)
    totals = _write_parts(partial_output, shop, customers, seed, blocks_per_file, processes)
    truth: dict[str, object] = {
        "parameters": asdict(shop),
        "seed": seed,
        "customers": totals.customers,
        "orders": totals.orders,
        "amount": f"{totals.cents // 100}.{totals.cents % 100:02d}",
    }
    output.mkdir(parents=True, exist_ok=True)
    for name in ("orders", "customers"):
        shutil.rmtree(output / name, ignore_errors=True)
        (partial_output / name).rename(output / name)
    partial_output.rmdir()
    text = json.dumps(truth, indent=2, default=str)
    output.with_name(f"{output.name}.truth.json").write_text(text + "\n", encoding="utf-8")
    return truth


OPTION_READERS: dict[object, Callable[[str], object]] = {
    date: date.fromisoformat,
    date | None: date.fromisoformat,
    float: float,
    float | None: float,
    int: int,
    str: str,
}


def _option_parser() -> argparse.ArgumentParser:
    """Offer every parameter of a shop as an option; those not given are the preset's."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_lifecycle.shops.simulate",
        description="Write the input files of a simulated shop.",
        epilog=f"The parameters of a shop: {SimulatedShop.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, required=True, help="folder to make")
    parser.add_argument("--customers", type=int, default=20_000, help="default 20000")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--preset", choices=PRESETS, default="shop", help="default shop")
    parser.add_argument("--blocks-per-file", type=int, default=25, help="of 20000 customers")
    parser.add_argument("--processes", type=int, default=2, help="default 2")
    parser.add_argument("--overwrite", action="store_true", help="replace what is in the folder")
    for field in fields(SimulatedShop):
        option = f"--{field.name.replace('_', '-')}"
        if field.type is bool:
            parser.add_argument(option, action=argparse.BooleanOptionalAction)
        else:
            parser.add_argument(option, type=OPTION_READERS[field.type])
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulator from the command line; returns the exit code."""
    options = _option_parser().parse_args(arguments)
    given = {field.name: getattr(options, field.name) for field in fields(SimulatedShop)}
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        truth = write_inputs(
            options.output,
            replace(PRESETS[options.preset], **changes),
            options.customers,
            options.seed,
            blocks_per_file=options.blocks_per_file,
            processes=options.processes,
            overwrite=options.overwrite,
        )
    except (ValueError, FileExistsError) as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 1
    print(f"written: {options.output}: {truth['customers']} customers, {truth['orders']} orders")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
