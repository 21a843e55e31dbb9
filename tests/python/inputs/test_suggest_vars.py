"""A file that nobody has described: the vars that are suggested build it, as was foretold."""

import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from dbt_project import STAGING, Run, lay_out, run_dbt

Suggest = Callable[..., str]


@pytest.fixture
def suggest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Suggest:
    """What is printed about a file in the input folder."""

    def call(
        name: str,
        content: str | bytes | pa.Table,
        lifecycle_vars: Mapping[str, Any] = MappingProxyType({}),
    ) -> str:
        path = lay_out(tmp_path / "input", {name: content}) / name
        return look_at(tmp_path, path, capsys, lifecycle_vars)

    return call


def look_at(
    folder: Path,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    lifecycle_vars: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    capsys.readouterr()
    command = ("run-operation", "suggest_vars", "--args", yaml.safe_dump({"path": str(path)}))
    run = run_dbt(folder, lifecycle_vars, command=command)
    assert run.succeeded, run.text
    return capsys.readouterr().out


def foretold(text: str) -> dict[str, str]:
    """What a build will say, by what it is about."""
    lines = text.split("# What a build will say:\n")[1].split("\n#\n")[0].splitlines()
    return dict(re.match(r"#   (.+?)(?: {2,}|(?<=rejected) )(.+)", line).groups() for line in lines)


def said(run: Run) -> dict[str, str]:
    """The same from the build itself."""
    quality = run.input_quality()
    reasons = sorted(
        (-count, name)
        for name, count in quality.items()
        if name != "input" and not name.startswith("rows_")
    )
    rejected = f"{quality['rows_rejected']:,}"
    if reasons:
        rejected += ": " + ", ".join(f"{-count:,} {name}" for count, name in reasons)
    kept = "from main_internal.stg_lifecycle__orders"
    as_of, first, last = run.rows(
        "select as_of_date::varchar, first_order_on::varchar, last_order_on::varchar "
        "from main_internal.lifecycle_as_of"
    )[0]
    return {
        "rows in": f"{quality['rows_in']:,}",
        "rows kept": f"{quality['rows_kept']:,}",
        "rows rejected": rejected,
        "customers": f"{run.value(f'select count(distinct customer_id) {kept}'):,}",
        "first order": first,
        "last order": last,
        "as-of date": as_of,
    }


def warnings(text: str) -> list[str]:
    """What is to be looked at first."""
    return re.findall(r"^#   - (.+)$", text, re.MULTILINE)


def build(folder: Path, text: str) -> Run:
    """The staging of a project that has these vars."""
    run = run_dbt(folder, yaml.safe_load(text)["vars"], select=STAGING)
    assert run.succeeded, run.text
    return run


def sql_of(text: str) -> str:
    return "\n".join(re.findall(r"^#   (.*)$", text.split("\nvars:")[0], re.MULTILINE))


# ---------------------------------------------------------------- three shapes of files

GERMAN = {
    "Bestellnr": lambda number: f"B{number:05}",
    "Kundennummer": lambda number: f"K{number % 300:04}",
    "Bestelldatum": lambda number: f"{date(2021, 3, 1) + timedelta(days=number // 2):%d.%m.%Y}",
    "Betrag": lambda number: f"{number}.50",
    "Vertriebskanal": lambda number: ("Laden", "Web")[number % 2],
    "Bemerkung": lambda _: "",
}


def test_a_tab_separated_german_file(tmp_path: Path, suggest: Suggest) -> None:
    lines = ["\t".join(make(number) for make in GERMAN.values()) for number in range(1, 1201)]
    wrong = [
        lines[4],
        "B9\t\t01.02.2022\t10.00\tWeb\t",
        "B10\tK1\t31.02.2022\t10.00\tWeb\t",
        "B11\tK1\t01.02.2022\tzehn\tWeb\t",
        "B12\tK1\t\t1\tWeb\t",
        "B13\tK1\t32.02.2022\t1\tWeb\t",
        "kaputt",
    ]
    file = "\n".join(["\t".join(GERMAN), *lines, *wrong, ""])
    text = suggest("Bestellungen bis März.tsv", file)
    assert yaml.safe_load(text) == {
        "vars": {
            "lifecycle_inputs": ["orders"],
            "lifecycle_input_files": {"orders": str(tmp_path / "input/Bestellungen bis März.tsv")},
            "lifecycle_columns": {
                "orders": {
                    "order_id": "Bestellnr",
                    "customer_id": "Kundennummer",
                    "ordered_at": "Bestelldatum",
                    "amount": "Betrag",
                    "channel": "Vertriebskanal",
                }
            },
            "lifecycle_datetime_format": "%d.%m.%Y",
        }
    }
    assert foretold(text) == {
        "rows in": "1,207",
        "rows kept": "1,200",
        "rows rejected": "7: 2 unreadable_date, 1 duplicate_key, 1 malformed_row, "
        "1 missing_customer, 1 missing_date, 1 unreadable_amount",
        "customers": "300",
        "first order": "2021-03-01",
        "last order": "2022-10-22",  # 600 days later
        "as-of date": "2022-10-22",
    }
    assert "# Not used: Bemerkung\n" in text
    assert warnings(text) == ["under 0.1 % of the rows have no customer and are left out."]
    assert said(build(tmp_path, text)) == foretold(text)


def test_camel_case_with_instants_and_numbers_for_ids(tmp_path: Path, suggest: Suggest) -> None:
    count = 800
    start = datetime(2022, 1, 1, 23, 30, tzinfo=UTC)
    orders = pa.table(
        {
            "orderId": [7_000_000 + number // 2 * 2 for number in range(count)],
            "customerId": [float(number % 160) if number % 40 else None for number in range(count)],
            "createdAt": pa.array(
                [start + timedelta(days=number) for number in range(count)],
                pa.timestamp("us", tz="America/New_York"),
            ),
            "totalPrice": [number - 40.0 for number in range(count)],
            "currencyCode": ["EUR" if number % 9 else "USD" for number in range(count)],
            "isGift": [True] * count,
        }
    )
    text = suggest("shop.parquet", orders)
    suggested = yaml.safe_load(text)["vars"]
    assert suggested["lifecycle_columns"] == {
        "orders": {
            "order_id": "orderId",
            "customer_id": "customerId",
            "ordered_at": "createdAt",
            "amount": "totalPrice",
            "currency": "currencyCode",
        }
    }
    assert suggested["lifecycle_timezone"] == "UTC"
    # Each id twice, of two customers, and both rows are kept; 20 are without a customer.
    assert foretold(text) == {
        "rows in": "800",
        "rows kept": "780",
        "rows rejected": "20: 20 missing_customer",
        "customers": "156",
        "first order": "2022-01-02",
        "last order": "2024-03-10",
        "as-of date": "2024-03-10",
    }
    assert warnings(text) == [
        "2.5 % of the rows have no customer and are left out.",
        # Of 400 pairs the 20 whose even number is a multiple of 40 have one sound row.
        "380 values of orderId are those of several customers, who keep an order each: "
        "does the numbering begin anew?",
        # Kept are 780, negative the numbers 1 to 39.
        "5.0 % of the amounts are negative: they count as refunds and not as purchases.",
        "Amounts in EUR, USD are added up as they are. Convert them into one currency first.",
        "All values of totalPrice are whole numbers, half of them above 360. If they are cents: "
        "lifecycle_amount_factor: {orders: 0.01}.",
        "createdAt holds instants: calendar days are those of UTC. Is that where the shop is? "
        "If not: lifecycle_timezone.",
    ]
    assert said(build(tmp_path, text)) == foretold(text)


def test_a_row_per_order_line(tmp_path: Path, suggest: Suggest) -> None:
    """As the Online Retail data come: the SQL that is printed makes orders of the lines."""
    roll = random.Random(1)
    lines = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"]
    amounts: dict[str, Decimal] = {}
    for order in range(600):
        moment = datetime(2010, 12, 1) + timedelta(hours=14 * order)
        customer = f"{12346 + order % 150}.0" if order % 50 else ""
        for _ in range(roll.randrange(1, 6)):
            quantity, price = roll.randrange(-1, 12), Decimal(roll.randrange(50, 900)) / 100
            lines.append(
                f'{536365 + order},85{order},"MUG, RED",{quantity},'
                f"{moment.month}/{moment.day}/{moment.year} {moment:%H:%M},{price},{customer},UK"
            )
            name = str(536365 + order)
            amounts[name] = amounts.get(name, Decimal(0)) + quantity * price
    text = suggest("online retail.csv", "\n".join([*lines, ""]))
    assert "It has a row per order line: InvoiceNo repeats (600 different values, " in text
    with duckdb.connect() as connection:
        connection.execute(sql_of(text))
    run = build(tmp_path, text)
    kept = {name: amount for name, amount in amounts.items() if (int(name) - 536365) % 50}
    assert dict(run.kept("order_id, amount")) == kept
    assert run.kept("customer_id, ordered_at", "order_id")[0] == (
        "12347",
        datetime(2010, 12, 1, 14),
    )
    assert said(run) == foretold(text)
    assert foretold(text)["rows rejected"] == "12: 12 missing_customer"


# ---------------------------------------------------------------- what cannot be told


def plain_file(header: str, *columns: Callable[[int], object], rows: int = 200) -> str:
    lines = [",".join(str(column(number)) for column in columns) for number in range(rows)]
    return "\n".join([header, *lines, ""])


def day(number: int) -> date:
    return date(2023, 1, 1) + timedelta(days=number)


def customer(number: int) -> str:
    return f"k{number % 60}"


def price(number: int) -> str:
    return f"{number}.25"


def test_columns_without_names_are_told_by_what_is_in_them(
    tmp_path: Path, suggest: Suggest
) -> None:
    file = plain_file("c1,c2,c3,c4,c5", lambda n: n, customer, day, price, lambda _: "web")
    text = suggest("orders.csv", file)
    assert yaml.safe_load(text)["vars"]["lifecycle_columns"] == {
        "orders": {"order_id": "c1", "customer_id": "c2", "ordered_at": "c3", "amount": "c4"}
    }
    assert text.count("# the only column that could be; ") == 4
    assert said(build(tmp_path, text)) == foretold(text)


def test_a_required_column_that_could_be_two_is_not_guessed(suggest: Suggest) -> None:
    file = plain_file("order_id,customer_id,ts,x,y", lambda n: n, customer, day, price, price)
    text = suggest("orders.csv", file)
    assert "amount" not in yaml.safe_load(text)["vars"]["lifecycle_columns"]["orders"]
    assert warnings(text) == ['amount: is it "x" (all are numbers), or "y" (all are numbers)?']
    assert "What a build will say" not in text
    # Once it is said, the rest is counted.
    named = {"lifecycle_columns": {"orders": {"amount": "y"}}}
    text = suggest("orders.csv", file, named)
    assert 'amount: "y"                 # as lifecycle_columns says; all are numbers' in text
    assert foretold(text)["rows kept"] == "200"


def test_a_required_column_that_is_not_there_is_named(suggest: Suggest) -> None:
    file = plain_file("order_id,ordered_at,amount", lambda n: n, day, price)
    assert warnings(suggest("orders.csv", file)) == ["customer_id: no column looks like it."]


def test_day_and_month_that_nothing_tells_apart(suggest: Suggest) -> None:
    """Up to the twelfth of a month; one 13th is enough, even when it comes late."""

    def file(last_day: int) -> str:
        return plain_file(
            "order_id,customer_id,ordered_at,amount",
            *(lambda n: n, customer),
            lambda n: f"0{1 + n % 9}/{last_day if n == 2999 else 11}/2023",
            price,
            rows=3000,
        )

    text = suggest("orders.csv", file(12))
    assert "lifecycle_datetime_format" not in yaml.safe_load(text)["vars"]
    (question,) = warnings(text)
    assert question.startswith('lifecycle_datetime_format: "%d/%m/%Y" or "%m/%d/%Y"?')
    text = suggest("orders.csv", file(13))
    assert yaml.safe_load(text)["vars"]["lifecycle_datetime_format"] == "%m/%d/%Y"
    given = {"lifecycle_datetime_format": "%d/%m/%Y"}
    text = suggest("orders.csv", file(12), given)
    assert yaml.safe_load(text)["vars"]["lifecycle_datetime_format"] == "%d/%m/%Y"
    assert foretold(text)["last order"] == "2023-12-03"


def test_decimal_commas(tmp_path: Path, suggest: Suggest) -> None:
    file = plain_file(
        "Numéro de commande;N° client;Date;Montant",
        lambda n: f"{n};{customer(n)};{day(n)};1.{n:03}",
        lambda _: "50 €",
    )
    text = suggest("commandes.csv", file)
    assert yaml.safe_load(text)["vars"]["lifecycle_decimal_mark"] == ","
    run = build(tmp_path, text)
    assert said(run) == foretold(text)
    assert run.value("select sum(amount) from main_internal.stg_lifecycle__orders") == sum(
        1000 + n + Decimal("0.5") for n in range(200)
    )


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    file = plain_file("1,k1,2023-01-01,10", lambda n: n, customer, day, price)
    path = lay_out(tmp_path, {"orders.csv": file}) / "orders.csv"
    run = run_dbt(
        tmp_path, command=("run-operation", "suggest_vars", "--args", f"{{path: {path}}}")
    )
    assert not run.succeeded
    assert "has no header line, it seems: its first line has 1, 2023-01-01, 10." in run.text


# ---------------------------------------------------------------- what will hurt


def test_what_will_hurt_is_said(tmp_path: Path, suggest: Suggest) -> None:
    file = plain_file(
        "order_id^customer_id^ordered_at^amount",
        lambda n: f"{n}^k{n}^{day(n) if n < 39 else '2099-01-01'}^{max(n - 4, 0)}",
        rows=40,
    )
    # One order in forty, 76 years after the others, is rejected; without that rule it is told of.
    text = suggest("orders.txt", file)
    assert foretold(text)["rows rejected"] == "1: 1 far_date"
    assert foretold(text)["last order"] == "2023-02-08"
    text = suggest("orders.txt", file, {"lifecycle_longest_pause_days": None})
    assert yaml.safe_load(text)["vars"]["lifecycle_csv_delimiter"] == "^"
    assert warnings(text) == [
        "No customer has a second order: is customer_id the customer, "
        "or does it change with every order?",
        "The last order day, 2099-01-01, is 27,721 days after the one before. If it is wrong: "
        'lifecycle_latest_valid_date: "2023-02-08".',
        "12.5 % of the amounts are 0, which counts as a purchase. If it should not: "
        "lifecycle_minimum_purchase_amount: 0.01.",
        "Purchase models need 50 customers: there will be no forecasts.",
    ]
    latest = {"lifecycle_latest_valid_date": "2023-02-08"}
    text = suggest("orders.txt", file, latest)
    assert foretold(text)["rows rejected"] == "1: 1 future_date"
    run = run_dbt(tmp_path, yaml.safe_load(text)["vars"] | latest, select=STAGING)
    assert said(run) == foretold(text)


@pytest.mark.parametrize(
    ("header", "columns", "mapping"),
    [
        (
            "user_id,signup_date,country,x_tier",
            (lambda n: n, day, lambda _: "DE", lambda _: "a"),
            {
                "customers": {
                    "customer_id": "user_id",
                    "registered_at": "signup_date",
                    "region": "country",
                }
            },
        ),
        (
            "customer,sent_at,channel,cost",
            (customer, day, lambda _: "mail", price),
            {
                "contact_costs": {
                    "customer_id": "customer",
                    "contacted_on": "sent_at",
                    "channel": "channel",
                    "cost": "cost",
                }
            },
        ),
        (
            "order_id,line,sku,category,qty,amount",
            (lambda n: n // 2, lambda n: n % 2, price, lambda _: "mugs", lambda _: 1, price),
            {
                "order_lines": {
                    "order_id": "order_id",
                    "line_number": "line",
                    "product_id": "sku",
                    "category": "category",
                    "quantity": "qty",
                    "amount": "amount",
                }
            },
        ),
        (
            "spend_id,month,goal,channel,cost",
            (lambda n: n, day, lambda _: "retain", lambda _: "mail", price),
            {
                "marketing_spend": {
                    "spend_id": "spend_id",
                    "period_start": "month",
                    "goal": "goal",
                    "cost": "cost",
                    "channel": "channel",
                }
            },
        ),
    ],
    ids=["customers", "contact_costs", "order_lines", "marketing_spend"],
)
def test_other_inputs_are_known_by_their_columns(
    suggest: Suggest, header: str, columns: tuple, mapping: dict
) -> None:
    text = suggest("export.csv", plain_file(header, *columns))
    (name,) = mapping
    suggested = yaml.safe_load(text)["vars"]
    assert suggested["lifecycle_columns"] == mapping
    assert suggested["lifecycle_inputs"] == ["orders", name]
    assert suggested["lifecycle_input_files"].keys() == {name}


def test_a_folder_of_files_and_the_same_answer_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "order_id,customer_id,ordered_at,amount,product_cost"
    columns = (lambda n: n, customer, day, price, lambda _: "?")
    lay_out(
        tmp_path / "input",
        {
            "2023.csv": plain_file(header, *columns, rows=100),
            "2024.csv": plain_file(header, *columns, rows=150),
        },
    )
    text = look_at(tmp_path, tmp_path / "input", capsys)
    assert text == look_at(tmp_path, tmp_path / "input", capsys)
    assert text.startswith(f"# {tmp_path}/input: 250 rows, 5 columns, in 2 files\n")
    # A column of the contract's name that cannot be read would cost every row.
    assert yaml.safe_load(text)["vars"]["lifecycle_columns"]["orders"]["product_cost"] is None
    assert foretold(text)["rows rejected"] == "100: 100 duplicate_key"
    assert said(build(tmp_path, text)) == foretold(text)
