"""Demo data: the CDNOW orders, as input files of the project.

The PyPI package Lifetimes 0.11.3 ships the CDNOW master log and its 1/10 sample as text files. They
are found by path and never imported: the package itself needs modules that are no longer there.

Run ``python -m customer_lifecycle.shops.cdnow [--output data/demo]``; it writes

- ``<output>/cdnow/orders.parquet``: the master log,
- ``<output>/cdnow_sample/orders.parquet``: the 1/10 sample of the papers.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["DATA_SETS", "DataSet", "DemoDataError", "OrderFacts", "load_demo"]

INSTALL_HINT = "install it with: pip install --no-deps Lifetimes==0.11.3"

ORDERS_SCHEMA = pa.schema(
    [
        pa.field("order_id", pa.string(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("ordered_at", pa.date32(), nullable=False),
        pa.field("amount", pa.decimal128(10, 2), nullable=False),
    ]
)


class DemoDataError(RuntimeError):
    """The source file is missing, unreadable or not the file that the project knows."""


class Order(NamedTuple):
    """One line of a source file; the amount is in US dollars."""

    order_id: str
    customer_id: str
    ordered_on: date
    amount: Decimal


@dataclass(frozen=True)
class OrderFacts:
    """Totals by which a source file is recognised.

    Parameters
    ----------
    rows, customers
        Number of orders and of distinct customers.
    first_day, last_day
        First and last order day.
    amount
        Exact sum of the amounts, in US dollars.
    zero_amount_rows
        Orders with an amount of zero.
    same_day_rows
        Orders beyond the first of a customer on a day: rows less distinct customer-days.
    """

    rows: int
    customers: int
    first_day: date
    last_day: date
    amount: Decimal
    zero_amount_rows: int
    same_day_rows: int


@dataclass(frozen=True)
class DataSet:
    """A source file of the Lifetimes package and what it must hold.

    Parameters
    ----------
    name
        Folder below the output folder.
    file_name
        File below ``lifetimes/datasets``.
    columns
        The white-space separated columns of the file, in order.
    has_header
        Whether the first line names the columns.
    facts
        The expected totals.
    """

    name: str
    file_name: str
    columns: tuple[str, ...]
    has_header: bool
    facts: OrderFacts


DATA_SETS = (
    DataSet(
        name="cdnow",
        file_name="CDNOW_master.txt",
        columns=("customer_id", "ordered_on", "items", "amount"),
        has_header=True,
        facts=OrderFacts(
            rows=69_659,
            customers=23_570,
            first_day=date(1997, 1, 1),
            last_day=date(1998, 6, 30),
            amount=Decimal("2500315.63"),
            zero_amount_rows=80,
            same_day_rows=2_068,
        ),
    ),
    DataSet(
        name="cdnow_sample",
        file_name="CDNOW_sample.txt",
        columns=("customer_id", "sample_customer_id", "ordered_on", "items", "amount"),
        has_header=False,
        facts=OrderFacts(
            rows=6_919,
            customers=2_357,
            first_day=date(1997, 1, 1),
            last_day=date(1998, 6, 30),
            amount=Decimal("244091.94"),
            zero_amount_rows=8,
            same_day_rows=223,
        ),
    ),
)


def find_source_folder() -> Path:
    """Find the data folder of the installed Lifetimes package without importing it.

    Raises
    ------
    DemoDataError
        When the package is not installed.
    """
    spec = find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        raise DemoDataError(f"the demo data come with the package Lifetimes: {INSTALL_HINT}")
    return Path(spec.submodule_search_locations[0]) / "datasets"


def read_source(folder: Path, data_set: DataSet) -> list[Order]:
    """Read one source file; an order is named by its row number.

    Raises
    ------
    DemoDataError
        When the file is missing or a line cannot be read.
    """
    path = folder / data_set.file_name
    if not path.is_file():
        raise DemoDataError(f"{path} is missing; the whole package has it: {INSTALL_HINT}")
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    first = 1 if data_set.has_header else 0
    rows = [(number, line) for number, line in enumerate(lines[first:], start=1) if line.strip()]
    try:
        return [_parse_line(line, number, data_set.columns) for number, line in rows]
    except ValueError as error:
        raise DemoDataError(f"{path}: {error}; {INSTALL_HINT}") from error


def _parse_line(line: str, number: int, columns: Sequence[str]) -> Order:
    values = line.split()
    if len(values) != len(columns):
        raise ValueError(f"row {number} has {len(values)} values, expected {', '.join(columns)}")
    row = dict(zip(columns, values, strict=True))
    try:
        ordered_on = date.fromisoformat(row["ordered_on"])
        amount = Decimal(row["amount"])
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"row {number} has no readable date and amount: {line.strip()}") from error
    return Order(f"O{number:05d}", row["customer_id"], ordered_on, amount)


def measure(orders: Sequence[Order]) -> OrderFacts:
    """Work out the totals of a list of orders, money exactly.

    Raises
    ------
    DemoDataError
        When there are no orders.
    """
    if not orders:
        raise DemoDataError(f"the source file holds no orders; {INSTALL_HINT}")
    days = [order.ordered_on for order in orders]
    customer_days = {(order.customer_id, order.ordered_on) for order in orders}
    return OrderFacts(
        rows=len(orders),
        customers=len({order.customer_id for order in orders}),
        first_day=min(days),
        last_day=max(days),
        amount=sum((order.amount for order in orders), Decimal(0)),
        zero_amount_rows=sum(order.amount == 0 for order in orders),
        same_day_rows=len(orders) - len(customer_days),
    )


def check_facts(found: OrderFacts, expected: OrderFacts, source: str) -> None:
    """Stop when a source file does not hold what it should.

    Raises
    ------
    DemoDataError
        Naming each total that differs with its expected and found value.
    """
    found_values = asdict(found)
    differences = [
        f"{name}: expected {value}, found {found_values[name]}"
        for name, value in asdict(expected).items()
        if found_values[name] != value
    ]
    if differences:
        raise DemoDataError(
            f"{source} is not the file that the demo knows ({'; '.join(differences)}); "
            f"{INSTALL_HINT}"
        )


def to_parquet(orders: Sequence[Order]) -> bytes:
    """Return the orders as a Parquet file, in the order given."""
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(zip(*orders, strict=True), ORDERS_SCHEMA, strict=True)
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays, schema=ORDERS_SCHEMA), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def write_if_different(path: Path, content: bytes) -> bool:
    """Write a file in one step unless it already has this content.

    Returns
    -------
    bool
        Whether the file was written.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def load_demo(output: Path, source_folder: Path | None = None) -> dict[Path, bool]:
    """Write the demo's input files; nothing is written unless every source file is right.

    Parameters
    ----------
    output
        Folder that gets one folder per data set.
    source_folder
        Folder with the source files; by default that of the installed Lifetimes package.

    Returns
    -------
    dict
        Each file and whether it was written (false: it was there and right).

    Raises
    ------
    DemoDataError
        When a source file is missing, unreadable or has other totals than expected.
    """
    folder = find_source_folder() if source_folder is None else source_folder
    contents: dict[Path, bytes] = {}
    for data_set in DATA_SETS:
        orders = read_source(folder, data_set)
        check_facts(measure(orders), data_set.facts, data_set.file_name)
        contents[output / data_set.name / "orders.parquet"] = to_parquet(orders)
    return {path: write_if_different(path, content) for path, content in contents.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the loader from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_lifecycle.shops.cdnow", description="Write the CDNOW demo inputs."
    )
    parser.add_argument("--output", type=Path, default=Path("data/demo"), help="output folder")
    options = parser.parse_args(arguments)
    try:
        written = load_demo(options.output)
    except DemoDataError as error:
        print(f"demo data: {error}", file=sys.stderr)
        return 1
    for path, is_new in written.items():
        print(f"{'written' if is_new else 'unchanged'}: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
