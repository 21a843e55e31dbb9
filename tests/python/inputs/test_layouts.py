"""Exports of shop systems are read right or asked about, and what they hide is told.

The files are made up in the layouts of the systems; what is right is worked out beside them.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt_project import STAGING, build_inputs, lay_out, run_dbt


@dataclass(frozen=True)
class Order:
    """An order as every export writes it in its own way."""

    number: int
    customer: int
    moment: datetime
    amount: Decimal


def some_orders(count: int = 120) -> list[Order]:
    """Orders of 30 customers, none of whom is the customer of one row in twenty by much."""
    roll = random.Random(7)
    moment = datetime(2022, 3, 1, 9, 30)
    orders = []
    for number in range(count):
        moment += timedelta(hours=roll.randrange(40, 120), minutes=roll.randrange(60))
        amount = Decimal(roll.randrange(900, 250_000)) / 100
        orders.append(Order(1000 + number, 1 + number * 7 % 30, moment, amount))
    return orders


ORDERS = some_orders()
TOTAL = sum(order.amount for order in ORDERS)


@dataclass(frozen=True)
class Layout:
    """A layout, and what is to be said of it."""

    header: str
    row: Callable[[Order], Sequence[Any]]
    columns: dict[str, str]
    """What is guessed; of required columns, those that are missing are asked for."""
    total: Decimal | None = TOTAL
    """What the kept orders come to."""
    lifecycle_vars: dict[str, Any] = field(default_factory=dict)
    """Vars that are suggested beside."""
    told: tuple[str, ...] = ()
    """What is said of it, among the rest."""


def iso(order: Order) -> str:
    return f"{order.moment:%Y-%m-%d %H:%M:%S}"


def with_marks(amount: Decimal, sign: str = "$") -> str:
    return f"{sign}{amount:,.2f}"


def status(order: Order, *statuses: str) -> str:
    """One in ten orders has the second status, and so on."""
    return statuses[order.number % 10 if order.number % 10 < len(statuses) else 0]


SAME_NAMES = {name: name for name in ("order_id", "customer_id", "ordered_at", "amount")}

LAYOUTS = {
    "Stripe, charges of the API": Layout(
        "id,amount,amount_refunded,currency,customer_id,created,status,paid,invoice_id,livemode",
        lambda o: (
            *(f"ch_{o.number}", int(o.amount * 100), 0, "eur", f"cus_{o.customer}"),
            *(int((o.moment - datetime(1970, 1, 1)).total_seconds()),),
            *(status(o, "succeeded", "failed"), "True", "", "true"),
        ),
        {
            "order_id": "id",
            "customer_id": "customer_id",
            "ordered_at": "created",
            "amount": "amount",
            "currency": "currency",
            "status": "status",
        },
        total=TOTAL * 100,
        lifecycle_vars={"lifecycle_datetime_format": "epoch", "lifecycle_timezone": "UTC"},
        told=(
            "If they are cents: lifecycle_amount_factor: {orders: 0.01}.",
            "Orders of every status count as sales: 12 failed. To leave them out: "
            'lifecycle_excluded_statuses: ["failed"].',
        ),
    ),
    "Stripe, payments of the dashboard": Layout(
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Status,"
        "Customer ID,Customer Email,Invoice ID",
        lambda o: (
            *(f"ch_{o.number}", iso(o), o.amount, "3.00" if o.number == 1000 else "0.00", "usd"),
            *(o.amount, "Paid", f"cus_{o.customer}" if o.number % 8 else "", f"{o.customer}@x.org"),
            "",
        ),
        {
            "order_id": "id",
            "customer_id": "Customer Email",
            "ordered_at": "Created date (UTC)",
            "amount": "Amount",
            "currency": "Currency",
            "status": "Status",
        },
        told=(
            '"Customer ID" is empty or a guest in 12.5 % of the rows',
            "Amount Refunded holds 3.00 in 1 rows, which the amount does not take off",
        ),
    ),
    "WooCommerce, orders with guests": Layout(
        "order_id,order_number,order_date,status,discount_total,order_total,order_currency,"
        "customer_id,billing_email",
        lambda o: (
            *(o.number, o.number, iso(o), status(o, "completed", "cancelled", "refunded"), 0),
            *(o.amount, "EUR", 0 if o.number % 3 else o.customer, f"{o.customer}@x.org"),
        ),
        {
            "order_id": "order_id",
            "customer_id": "billing_email",
            "ordered_at": "order_date",
            "amount": "order_total",
            "discount_amount": "discount_total",
            "currency": "order_currency",
            "status": "status",
        },
        told=(
            '"customer_id" is empty or a guest in 66.7 % of the rows',
            "count as sales: 12 cancelled, 12 refunded. To leave them out: "
            'lifecycle_excluded_statuses: ["cancelled", "refunded"].',
        ),
    ),
    "WooCommerce, guests without an e-mail": Layout(
        "order_id,date_created,status,total_sales,net_total,customer_id",
        lambda o: (
            *(o.number, iso(o), "wc-completed", o.amount, o.amount - 1),
            0 if o.number % 10 == 0 else o.customer,
        ),
        {
            "order_id": "order_id",
            "customer_id": "customer_id",
            "ordered_at": "date_created",
            "amount": "total_sales",
            "status": "status",
        },
        told=('"0" (10.0 % of the rows). To leave them out: lifecycle_guest_ids: ["0"].',),
    ),
    "Magento, sales_order": Layout(
        "entity_id,state,status,customer_id,base_grand_total,grand_total,total_refunded,"
        "base_currency_code,order_currency_code,increment_id,customer_email,created_at,updated_at",
        lambda o: (
            *(o.number - 999, "x", status(o, "complete", "canceled"), "NULL"),
            *(
                f"{o.amount:.4f}",
                f"{o.amount * 2:.4f}",
                "NULL",
                "EUR",
                "USD" if o.number % 2 else "EUR",
            ),
            *(f"0000{o.number}", f"{o.customer}@x.org", iso(o), iso(o)),
        ),
        {
            "order_id": "increment_id",
            "customer_id": "customer_email",
            "ordered_at": "created_at",
            "amount": "base_grand_total",
            "currency": "base_currency_code",
            "status": "status",
            "updated_at": "updated_at",
        },
        told=('lifecycle_excluded_statuses: ["canceled"]',),
    ),
    "Square, transactions": Layout(
        "Date,Time,Gross Sales,Discounts,Net Sales,Partial Refunds,Total Collected,Source,"
        "Transaction ID,Payment ID,Customer ID,Event Type",
        lambda o: (
            *(f"{o.moment:%m/%d/%y}", f"{o.moment:%H:%M:%S}", f'"{with_marks(o.amount)}"', "$0.00"),
            *(f'"{with_marks(o.amount)}"', "$0.00", f'"{with_marks(o.amount)}"', "Register"),
            *(f"T{o.number}", f"P{o.number}", f"C{o.customer}", "Payment"),
        ),
        {
            "order_id": "Transaction ID",
            "customer_id": "Customer ID",
            "ordered_at": "Date",
            "amount": "Total Collected",
            "discount_amount": "Discounts",
            "channel": "Source",
        },
        lifecycle_vars={
            "lifecycle_datetime_format": "%m/%d/%y",
            "lifecycle_decimal_mark": ".",
        },
        told=("120 values of Total Collected are no plain numbers",),
    ),
    "PayPal, activities": Layout(
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,"
        "Transaction ID,Reference Txn ID,Invoice Number,Quantity",
        lambda o: (
            *(f"{o.moment:%d/%m/%Y}", "10:00:00", "CET", "Name", "Payment"),
            *(status(o, "Completed", "Pending"), "EUR", f'"{o.amount:,.2f}"', "-1.00", "1.00"),
            *(f"{o.customer}@x.org", f"8X{o.number}", "", "", 1),
        ),
        {
            "order_id": "Transaction ID",
            "customer_id": "From Email Address",
            "ordered_at": "Date",
            "amount": "Gross",
            "currency": "Currency",
            "status": "Status",
        },
        lifecycle_vars={
            "lifecycle_datetime_format": "%d/%m/%Y",
            "lifecycle_decimal_mark": ".",
        },
        told=('lifecycle_excluded_statuses: ["Pending"]',),
    ),
    "eBay, orders": Layout(
        "Sales Record Number,Order Number,Buyer Username,Buyer Name,Item Number,Quantity,Sold For,"
        "Total Price,Sale Date,Paid On Date",
        lambda o: (
            *(o.number, f"11-{o.number}", f"user{o.customer}", "N", 77, 1, "$1.00"),
            *(f'"{with_marks(o.amount)}"', f"{o.moment:%b-%d-%y}", f"{o.moment:%b-%d-%y}"),
        ),
        {
            "order_id": "Order Number",
            "customer_id": "Buyer Username",
            "ordered_at": "Sale Date",
            "amount": "Total Price",
        },
        lifecycle_vars={
            "lifecycle_datetime_format": "%b-%d-%y",
            "lifecycle_decimal_mark": ".",
        },
    ),
    "Recharge, orders": Layout(
        "order_id,shopify_order_id,charge_id,customer_id,email,status,type,created_at,processed_at,"
        "scheduled_at,total_price,currency",
        lambda o: (
            *(o.number, 1, 2, o.customer, "e@x.org", status(o, "success", "queued", "error")),
            *("RECURRING", iso(o), iso(o), iso(o), o.amount, "USD"),
        ),
        {
            "order_id": "order_id",
            "customer_id": "customer_id",
            "ordered_at": "processed_at",
            "amount": "total_price",
            "currency": "currency",
            "status": "status",
        },
        told=('lifecycle_excluded_statuses: ["error", "queued"]',),
    ),
    "Amazon, a row per item": Layout(
        "order-id\torder-item-id\tpurchase-date\tbuyer-email\tsku\tquantity-purchased\tcurrency\t"
        "item-price",
        lambda o: (
            *(f"302-{o.number // 2}", o.number, f"{o.moment:%Y-%m-%dT%H:%M:%S}+00:00"),
            # The price is that of all the pieces.
            *(f"x{o.number // 2 % 30}@m.example", "S", 3, "EUR", o.amount),
        ),
        {},
        lifecycle_vars={"lifecycle_timezone": "UTC"},
        told=("item-price is what a line comes to in Amazon's order report",),
    ),
    "jaffle shop, raw orders": Layout(
        "id,customer,ordered_at,store_id,subtotal,tax_paid,order_total",
        lambda o: (
            *(f"u-{o.number}", f"c-{o.customer}", f"{o.moment:%Y-%m-%dT%H:%M:%S}", "s1"),
            *(int(o.amount * 50), 1, int(o.amount * 100)),
        ),
        {
            "order_id": "id",
            "customer_id": "customer",
            "ordered_at": "ordered_at",
            "amount": "order_total",
        },
        total=TOTAL * 100,
        told=("If they are cents: lifecycle_amount_factor: {orders: 0.01}.",),
    ),
    "jaffle shop, orders without amounts": Layout(
        "id,user_id,order_date,status",
        lambda o: (o.number, o.customer, f"{o.moment:%Y-%m-%d}", status(o, "placed", "returned")),
        {
            "order_id": "id",
            "customer_id": "user_id",
            "ordered_at": "order_date",
            "status": "status",
        },
        total=None,
        told=("amount: no column looks like it.",),
    ),
    "Olist, payments beside orders": Layout(
        "order_id,customer_id,order_status,order_purchase_timestamp,customer_unique_id,payment_value",
        lambda o: (
            *(f"o{o.number}", f"once{o.number}", status(o, "delivered", "canceled"), iso(o)),
            *(f"who{o.customer}", o.amount),
        ),
        {
            "order_id": "order_id",
            "customer_id": "customer_unique_id",
            "ordered_at": "order_purchase_timestamp",
            "amount": "payment_value",
            "status": "order_status",
        },
        told=('"customer_id" is different in every row',),
    ),
    "names that begin alike": Layout(
        "uuid,client,order_date,amount,order_type",
        lambda o: (
            f"u{o.number}",
            f"c{o.customer}",
            iso(o),
            o.amount,
            ("retail", "other")[o.number % 2],
        ),
        {
            "order_id": "uuid",
            "customer_id": "client",
            "ordered_at": "order_date",
            "amount": "amount",
        },
    ),
    "a likeness that does not look the part": Layout(
        "order_id,customer_id,order_date,total_items,paid",
        lambda o: (o.number, o.customer, iso(o), 3, o.amount),
        {"order_id": "order_id", "customer_id": "customer_id", "ordered_at": "order_date"},
        total=None,
        told=('amount: is it "total_items" (all are whole numbers), or "paid" (all are numbers)?',),
    ),
    "ids out of a spreadsheet": Layout(
        "order_id,customer_id,ordered_at,amount",
        lambda o: (f"{1 + o.number % 2}.23457E+17", o.customer, iso(o), o.amount),
        {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount"},
        total=None,
        told=('order_id: is it "order_id" (a spreadsheet wrote it like 2.34568E+17',),
    ),
    "points and commas": Layout(
        "order_id;customer_id;ordered_at;amount",
        lambda o: (
            *(o.number, o.customer, iso(o)),
            f"{o.amount:.2f}" if o.number % 10 == 0 else f"{o.amount:.2f}".replace(".", ","),
        ),
        SAME_NAMES,
        total=None,
        told=("(12 read with a point, 108 with a comma)",),
    ),
    "two digits of a year": Layout(
        "order_id,customer_id,ordered_at,amount",
        lambda o: (o.number, o.customer, f"{o.moment:%d-%m-%y}", o.amount),
        SAME_NAMES,
        total=None,
        told=('lifecycle_datetime_format: "%d-%m-%y" or "%y-%m-%d"?',),
    ),
    "blanks, capitals and offsets": Layout(
        "order_id, customer_id, ordered_at, amount",
        lambda o: (
            *(o.number, f" {'Ann' if o.number % 4 == 0 else 'ann'}{o.customer}"),
            *(f" {o.moment:%Y-%m-%dT}20:00:00-08:00", f" {o.amount}"),
        ),
        SAME_NAMES,
        lifecycle_vars={"lifecycle_timezone": "UTC"},
        told=(
            "all of the values of customer_id begin or end with a blank",
            "differ from others only in capitals, blanks or the form of their letters",
            "120 of 120 rows are on another day than the one written",
        ),
    ),
}


def as_file(layout: Layout) -> str:
    (delimiter,) = re.findall(r"[\t;,]", layout.header)[:1]
    lines = [delimiter.join(map(str, layout.row(order))) for order in ORDERS]
    return "\n".join([layout.header, *lines, ""])


def look_at(folder: Path, path: Path, capsys: pytest.CaptureFixture[str], **given: Any) -> str:  # noqa: ANN401
    capsys.readouterr()
    command = ("run-operation", "suggest_vars", "--args", yaml.safe_dump({"path": str(path)}))
    run = run_dbt(folder, given, command=command)
    assert run.succeeded, run.text
    return capsys.readouterr().out


def kept_total(text: str) -> Decimal | None:
    found = re.search(r"# The amounts that are kept come to (\S+):", text)
    return Decimal(found[1].replace(",", "")) if found else None


def sql_of(text: str) -> str:
    return "\n".join(re.findall(r"^#   (.*)$", text.split("\nvars:")[0], re.MULTILINE))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_right_or_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    layout = LAYOUTS[name]
    path = lay_out(tmp_path, {"export.csv": as_file(layout)}) / "export.csv"
    text = look_at(tmp_path, path, capsys)
    suggested = yaml.safe_load(text)["vars"]
    assert suggested.pop("lifecycle_inputs") == ["orders"]
    assert suggested.pop("lifecycle_input_files").keys() == {"orders"}
    assert suggested.pop("lifecycle_columns", {"orders": {}})["orders"] == layout.columns
    assert suggested == layout.lifecycle_vars
    assert kept_total(text) == layout.total
    for sentence in layout.told:
        assert sentence in text


# ---------------------------------------------------------------- a row per line


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Total,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Cancelled at,Refunded Amount,"
    "Id,Source"
)


def shopify_export() -> str:
    """Totals stand in the first line of an order; one in ten orders has no e-mail."""
    lines = [SHOPIFY]
    for order in ORDERS:
        email = "" if order.number % 10 == 0 else f"{order.customer}@x.org"
        moment = f"{order.moment:%Y-%m-%d} 23:30:00 -0800"
        state = status(order, "paid", "paid", "voided")
        lines.append(
            f"#{order.number},{email},{state},{moment},EUR,1.00,4.90,{order.amount},0.00,{moment},"
            f"1,Tea,9.90,,0.00,{order.number},web"
        )
        if order.number % 2:
            lines.append(f"#{order.number},{email},,,,,,,,{moment},2,Mug,5.00,,,,")
    return "\n".join(
        [*lines, ",x@x.org,,,,,,,,2022-03-01 10:00:00 +0000,1,Lost,1.00,,,,", "#1,cut off", ""]
    )


def test_shopifys_orders_are_made_of_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lay_out(tmp_path, {"orders_export.csv": shopify_export()}) / "orders_export.csv"
    text = look_at(tmp_path, path, capsys)
    assert "# It looks like Shopify's order export." in text
    assert "1 lines have no Name and are left out." in text
    assert "1 lines do not have the columns of the file and are left out." in text
    assert "count as sales: 12 voided. To leave them out: lifecycle_excluded_statuses" in text
    with duckdb.connect() as connection:
        connection.execute(sql_of(text))
    run = run_dbt(tmp_path, yaml.safe_load(text)["vars"], select=STAGING)
    assert run.succeeded, run.text
    kept = [order for order in ORDERS if order.number % 10]
    assert run.kept("order_id, customer_id, amount, currency") == [
        (f"#{order.number}", f"{order.customer}@x.org", order.amount, "EUR") for order in kept
    ]
    # Half past eleven in the evening in California is the next day in UTC.
    assert run.kept("ordered_on") == [
        ((order.moment + timedelta(days=1)).date(),) for order in kept
    ]
    assert kept_total(text) == sum(order.amount for order in kept)


def test_lines_keep_their_own_totals_and_what_is_not_an_amount(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "order_id,customer_id,ordered_at,sku,quantity,unit_price,discount,line_total,currency"
    lines = [
        f"{o.number // 2},{o.number // 2 % 30 + 1},{iso(o)},P1,2,{o.amount},1.00,"
        f"{o.amount * 2 - 1},{'EUR' if o.number // 2 % 2 else 'JPY'}"
        for o in ORDERS
    ]
    path = lay_out(tmp_path, {"lines.csv": "\n".join([header, *lines, ""])}) / "lines.csv"
    text = look_at(tmp_path, path, capsys)
    assert 'min("currency") as currency' in sql_of(text)
    assert "line_total is what a line comes to" in text
    assert "Amounts in EUR, JPY are added up as they are." in text
    assert kept_total(text) == TOTAL * 2 - len(ORDERS)


def test_the_factor_of_amounts_is_applied_once_to_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The SQL adds up what stands in the file, and the vars that it comes with make it euros."""
    header = "order_id,customer_id,ordered_at,sku,quantity,unit_price"
    lines = [
        f"{o.number // 2},{o.number // 2 % 30 + 1},{iso(o)},P1,2,{int(o.amount * 100)}"
        for o in ORDERS
    ]
    path = lay_out(tmp_path, {"lines.csv": "\n".join([header, *lines, ""])}) / "lines.csv"
    text = look_at(tmp_path, path, capsys, lifecycle_amount_factor={"orders": 0.01})
    assert yaml.safe_load(text)["vars"]["lifecycle_amount_factor"] == {"orders": 0.01}
    with duckdb.connect() as connection:
        connection.execute(sql_of(text))
    run = run_dbt(tmp_path, yaml.safe_load(text)["vars"], select=STAGING)
    assert run.succeeded, run.text
    assert sum(amount for (amount,) in run.kept("amount")) == kept_total(text) == 2 * TOTAL


# Of lines that an order has of several statuses, and of orders that are wholly left out.
STATUS_LINES = (
    "1,a,2023-01-01,P1,1,10.00,delivered",
    "1,a,2023-01-01,P2,1,90.00,cancelled",
    "2,b,2023-01-02,P1,1,10.50,delivered",
    "2,b,2023-01-02,P3,1,90.00,Returned",
    "3,c,2023-01-03,P1,1,37.00,delivered",
    "3,c,2023-01-03,P2,1,0.00,",
    "4,a,2023-02-03,P1,1,6.00,delivered",
    "5,a,2023-02-04,P1,1,8.00,cancelled",
    "5,a,2023-02-04,P2,1,8.00,returned",
)
STATUS_HEADER = "order_id,customer_id,ordered_at,sku,quantity,line_total,status"


def test_a_status_of_lines_leaves_lines_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "\n".join([STATUS_HEADER, *STATUS_LINES, ""])
    path = lay_out(tmp_path, {"lines.csv": file}) / "lines.csv"
    text = look_at(tmp_path, path, capsys)
    assert (
        "Lines of every status count as sales: 2 cancelled, 1 Returned, 1 returned. To leave them "
        'out: lifecycle_excluded_statuses: ["cancelled", "Returned", "returned"].' in text
    )
    assert (
        "status differs within 3 orders, so it is one of lines: the SQL hands on none. It leaves "
        "lines out when you look again with lifecycle_excluded_statuses." in text
    )
    assert "as status" not in sql_of(text)
    assert kept_total(text) == Decimal("259.50")

    excluded = {"lifecycle_excluded_statuses": ["cancelled", "returned"]}
    text = look_at(tmp_path, path, capsys, **excluded)
    assert "It leaves out the 4 lines that are cancelled, returned." in text
    # The orders have no status, so a build would ask for it.
    assert "lifecycle_excluded_statuses" not in yaml.safe_load(text)["vars"]
    with duckdb.connect() as connection:
        connection.execute(sql_of(text))
    run = run_dbt(tmp_path, yaml.safe_load(text)["vars"], select=STAGING)
    assert run.succeeded, run.text
    assert run.kept("order_id, amount") == [
        ("1", Decimal("10")),
        ("2", Decimal("10.5")),
        ("3", Decimal("37")),
        ("4", Decimal("6")),
    ]
    assert kept_total(text) == Decimal("63.50")


def test_a_total_of_the_order_stays_while_one_of_its_lines_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = {"1": "100.00", "2": "100.50", "3": "37.00", "4": "6.00", "5": "16.00"}
    lines = [line.split(",") for line in STATUS_LINES]
    rows = [",".join([*line[:5], totals[line[0]], line[6]]) for line in lines]
    file = "\n".join([STATUS_HEADER.replace("line_total", "amount"), *rows, ""])
    path = lay_out(tmp_path, {"lines.csv": file}) / "lines.csv"
    excluded = {"lifecycle_excluded_statuses": ["cancelled", "returned"]}
    text = look_at(tmp_path, path, capsys, **excluded)
    assert "amount is that of the whole order" in text
    assert "It leaves out the orders of which every line is cancelled, returned." in text
    with duckdb.connect() as connection:
        connection.execute(sql_of(text))
    assert kept_total(text) == Decimal("243.50")


def test_a_status_of_orders_goes_with_them_and_what_differs_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "1,a,2023-01-01,P1,1,10.00,delivered,EUR",
        "1,a,2023-01-01,P2,1,9.00,,EUR",
        "2,b,2023-01-02,P1,1,10.50,cancelled,EUR",
        "2,c,2023-01-02,P3,1,3.00,cancelled,USD",
    ]
    file = "\n".join([STATUS_HEADER + ",currency", *lines, ""])
    path = lay_out(tmp_path, {"lines.csv": file}) / "lines.csv"
    excluded = {"lifecycle_excluded_statuses": ["cancelled"]}
    text = look_at(tmp_path, path, capsys, **excluded)
    assert yaml.safe_load(text)["vars"]["lifecycle_excluded_statuses"] == ["cancelled"]
    assert 'min("status") as status' in sql_of(text)
    assert kept_total(text) == Decimal("19.00")
    assert (
        "customer_id differs within 1 orders: the first in the alphabet is taken for the customer."
        in text
    )
    assert "currency differs within 1 orders: amounts are added up as they are" in text


def test_what_earlier_versions_come_to_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may be payments, of which 80.00 would be lost."""
    header = "order_id,customer_id,ordered_at,amount,updated_at"
    lines = [
        "1,a,2023-01-01,30.00,2023-01-01",
        "1,a,2023-01-01,70.00,2023-01-02",
        "2,b,2023-01-02,50.00,2023-01-02",
        "2,b,2023-01-02,5.00,2023-01-03",
        "3,a,2023-02-02,20.00,2023-02-02",
    ]
    path = lay_out(tmp_path, {"orders.csv": "\n".join([header, *lines, ""])}) / "orders.csv"
    text = look_at(tmp_path, path, capsys)
    assert (
        "order_id repeats in rows that differ: of these 2 are earlier versions (replaced_row), "
        "80.00 in all. Another reading: lifecycle_repeated_orders." in text
    )
    assert kept_total(text) == 95


def test_the_factor_of_money_leaves_quantities_alone(tmp_path: Path) -> None:
    files = {
        "orders.csv": "order_id,customer_id,ordered_at,amount\n1,a,2023-01-01,1050\n",
        "order_lines.csv": (
            "order_id,line_number,product_id,category,quantity,amount,product_cost\n"
            "1,1,p,c,3,1050,400\n"
            "1,2,p,c,many,10,4\n"
        ),
    }
    run = build_inputs(
        tmp_path,
        files,
        {
            "lifecycle_inputs": ["orders", "order_lines"],
            "lifecycle_amount_factor": {"orders": 0.01, "order_lines": 0.01},
        },
    )
    assert run.succeeded, run.text
    assert run.rows(
        "select quantity, amount, product_cost from main_internal.stg_lifecycle__order_lines"
    ) == [(Decimal(3), Decimal("10.5"), Decimal(4))]
    assert run.rows("select row_number, reason from rejected_records") == [(2, "unreadable_amount")]


# ---------------------------------------------------------------- what is written is taken as given


def test_what_the_user_has_written_is_taken_as_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "amount,customer_id,ordered_at,total,order_id,status"
    lines = [f"{o.number},{o.customer},{iso(o)},{o.amount},x,open" for o in ORDERS]
    path = lay_out(tmp_path, {"o.csv": "\n".join([header, *lines, ""])}) / "o.csv"
    given = {"order_id": "amount", "amount": "total", "status": None}
    text = look_at(
        tmp_path,
        path,
        capsys,
        lifecycle_columns={"orders": given},
        lifecycle_amount_factor={"orders": 2},
    )
    suggested = yaml.safe_load(text)["vars"]
    expected = {**given, "customer_id": "customer_id", "ordered_at": "ordered_at"}
    assert suggested["lifecycle_columns"] == {"orders": expected}
    assert suggested["lifecycle_amount_factor"] == {"orders": 2}
    assert kept_total(text) == TOTAL * 2
    missing = look_at(tmp_path, path, capsys, lifecycle_columns={"orders": {"amount": "sum"}})
    assert 'amount: lifecycle_columns says "sum", and there is no such column.' in missing


# ---------------------------------------------------------------- how amounts are read


def test_amounts_with_marks_cents_statuses_guests_and_refunds_under_an_orders_id(
    tmp_path: Path,
) -> None:
    """What suggest_vars proposes is what a build reads."""
    file = (
        "order_id;customer_id;ordered_at;amount;status\n"
        '1;anna;1672781917;"€1.234.500,50";paid\n'
        "1;anna;1672881917;-34.500,50 EUR;paid\n"
        "2;berta;1673054317;(12,00);paid\n"
        "3;guest;1673054317;1,00;paid\n"
        "4;anna;1673054317;1,00; Cancelled\n"
        "5;anna;1673054317;1.50;paid\n"
        "6;anna;1673054317;CHF 7'000,5;paid\n"
        "7;anna;1673054317;12 apples;paid\n"
    )
    run = build_inputs(
        tmp_path,
        {"orders.csv": file},
        {
            "lifecycle_decimal_mark": ",",
            "lifecycle_amount_factor": {"orders": 0.01},
            "lifecycle_datetime_format": "epoch",
            "lifecycle_excluded_statuses": ["cancelled"],
            "lifecycle_guest_ids": ["Guest"],
        },
    )
    assert run.succeeded, run.text
    # 1672781917 is 2023-01-03 21:38:37 UTC.
    assert run.kept(
        "order_id, part_number, ordered_at::varchar, amount", "order_id, part_number"
    ) == [
        ("1", 1, "2023-01-03 21:38:37", Decimal("12345.005")),
        ("1", 2, "2023-01-05 01:25:17", Decimal("-345.005")),
        ("2", 1, "2023-01-07 01:18:37", Decimal("-0.12")),
        ("6", 1, "2023-01-07 01:18:37", Decimal("70.005")),
    ]
    assert run.by_key("select row_number, reason from rejected_records") == {
        4: "missing_customer",
        5: "excluded_status",
        6: "unreadable_amount",
        8: "unreadable_amount",
    }
