"""What a build costs, model by model, as a multiple of two plain group-bys over the same files.

Simulates a shop, runs the floor (`group by customer_id` and `group by customer_id, month` over its
Parquet files, in a process of its own), a first `dbt build` without tests, and with --next-day a
second one after the orders of one more day. Prints a table per build, and keeps all of it as JSON.
With --campaigns five members per customer are spread over so many campaigns. A further table says
what the models of the campaigns cost; beside it stands what it takes to write the members once, and
to sum what each of them bought.

dbt runs one model at a time (--dbt-threads 2 runs two, as the profile does, and then says nothing
of single models), so what a model takes is what its process took meanwhile: seconds, CPU seconds of
all threads, and the largest resident memory. On a machine with other work look at the CPU seconds.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

ROOT = Path(__file__).resolve().parents[1]
MIB = 1024**2
SECONDS_BETWEEN_SAMPLES = 0.05
# Where a build begins: dbt starts, and reads the project.
START = "dbt reads the project"

FLOOR = {
    "group by customer": "customer_id",
    "group by customer, month": "customer_id, date_trunc('month', ordered_at)",
}
# What no measuring of campaigns goes without: the members are written once, and what each bought in
# the window and in the year before is summed.
FLOOR_OF_CAMPAIGNS = {
    "members written": "select * from '{shop}/campaign_members.parquet'",
    "orders of members": """
        select campaign_id, arm, count(*) as members, sum(amount) as amount, sum(before) as before
        from (
            select
                campaign_id,
                arm,
                customer_id,
                sum(case when ordered_at >= starts_on then amount end) as amount,
                sum(case when ordered_at < starts_on then amount end) as before
            from '{shop}/campaign_members.parquet' as members
            inner join '{shop}/campaigns.parquet' as campaigns using (campaign_id)
            inner join '{shop}/orders/*.parquet' as orders using (customer_id)
            where ordered_at >= starts_on - 365 and ordered_at < starts_on + window_days
            group by all
        )
        group by all
    """,
}
# They begin on days spread over the last year of the shop, for 14 to 90 days, and chance leaves a
# fifth of the members alone. None has an effect.
CAMPAIGNS = """
copy (
    select
        'c' || number as campaign_id,
        'Campaign ' || number as name,
        'kind ' || number % 4 as kind,
        [14, 30, 60, 90][number % 4 + 1] as window_days,
        cast(0.5 as decimal(18, 2)) as unit_cost,
        true as is_randomised,
        last_day - cast(365 - 365 * number // {campaigns} as integer) as starts_on
    from range({campaigns}) as numbers (number)
    cross join (
        select max(cast(ordered_at as date)) as last_day from '{shop}/orders/*.parquet'
    )
) to '{shop}/campaigns.parquet'
"""
MEMBERS_PER_CUSTOMER = 5
# Of a customer the campaigns are as far apart as they can be: none has a customer twice.
CAMPAIGN_MEMBERS = f"""
copy (
    select
        'c' || (hash(customer_id) + place * {{campaigns}} // {MEMBERS_PER_CUSTOMER}) % {{campaigns}}
            as campaign_id,
        customer_id,
        case when hash(customer_id, place) % 5 = 0 then 'control' else 'mail' end as arm,
        cast(case when arm = 'control' then 0.2 else 0.8 end as decimal(18, 2)) as planned_share
    from '{{shop}}/customers/*.parquet'
    cross join range({MEMBERS_PER_CUSTOMER}) as places (place)
) to '{{shop}}/campaign_members.parquet'
"""
# Of each member who was not left alone, on the first day.
CONTACTS = """
copy (
    select customer_id, campaign_id, starts_on as contacted_on, 'mail' as channel, unit_cost as cost
    from '{shop}/campaign_members.parquet' as members
    inner join '{shop}/campaigns.parquet' as campaigns using (campaign_id)
    where arm <> 'control'
) to '{shop}/contact_costs.parquet'
"""
PROFILE = """
customer_lifecycle:
  target: bench
  outputs:
    bench: {type: duckdb, path: "%s", threads: %d, settings: %s}
"""


class Cost(NamedTuple):
    """What a step takes; memory is the largest resident size, in MiB."""

    seconds: float
    cpu: float
    memory: float


class Node(NamedTuple):
    """A node of a build; of what is no table, rows and bytes are 0."""

    name: str
    room: str
    cost: Cost
    rows: int
    bytes: int
    measures_campaigns: bool = False


class Meter:
    """Follows the memory of this process, and gives the cost of what runs between two moments."""

    def __init__(self) -> None:
        self._samples: list[tuple[float, float]] = []
        self._is_over = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE") / MIB
        statistics = Path("/proc/self/statm")
        while statistics.exists() and not self._is_over.wait(SECONDS_BETWEEN_SAMPLES):
            resident = int(statistics.read_text(encoding="ascii").split()[1]) * page
            self._samples.append((time.perf_counter(), resident))

    def now(self) -> tuple[float, float]:
        """Return the time and the CPU seconds so far."""
        return time.perf_counter(), time.process_time()

    def since(self, start: tuple[float, float]) -> Cost:
        """Return the cost since a moment that `now` gave."""
        seconds, cpu = (after - before for before, after in zip(start, self.now(), strict=True))
        memory = [size for moment, size in tuple(self._samples) if moment >= start[0]]
        return Cost(seconds, cpu, max(memory, default=0.0))


def settings(options: argparse.Namespace) -> dict[str, object]:
    """Give DuckDB's settings, the same for the floor and for dbt."""
    return {"threads": options.threads, "memory_limit": options.memory_limit}


def measure_floor(options: argparse.Namespace) -> dict[str, Cost]:
    """Run both group-bys, into tables of a fresh file."""
    warehouse = options.folder / "floor.duckdb"
    warehouse.unlink(missing_ok=True)
    meter, costs = Meter(), {}
    with duckdb.connect(warehouse, config=settings(options)) as connection:
        for number, (name, keys) in enumerate(FLOOR.items()):
            start = meter.now()
            connection.execute(
                f"create table floor_{number} as select {keys}, count(*) as orders,"
                " min(ordered_at) as first_at, max(ordered_at) as last_at, sum(amount) as amount"
                f" from read_parquet('{options.shop}/orders/*.parquet') group by {keys}"
            )
            costs[name] = meter.since(start)
        if options.campaigns:
            for name, query in FLOOR_OF_CAMPAIGNS.items():
                start = meter.now()
                connection.execute(f'create table "{name}" as {query.format(shop=options.shop)}')
                costs[name] = meter.since(start)
    warehouse.unlink()
    return costs


def measure_build(options: argparse.Namespace) -> dict[str, Cost | tuple[str, Cost]]:
    """Build with dbt; what each model, seed and the whole took."""
    meter = Meter()
    start = meter.now()
    from dbt.cli.main import dbtRunner

    running: dict[str, tuple[float, float]] = {START: start}
    costs: dict[str, Cost] = {}

    def follow(event) -> None:  # noqa: ANN001
        if event.info.name == "NodeStart":
            if START in running:
                costs[START] = meter.since(running.pop(START))
            running[event.data.node_info.unique_id] = meter.now()
        elif event.info.name == "NodeFinished":
            unique_id = event.data.node_info.unique_id
            costs[unique_id] = meter.since(running.pop(unique_id))

    variables = {
        "lifecycle_input_dir": str(options.shop),
        "lifecycle_inputs": [
            *("orders", "customers"),
            *(("campaigns", "campaign_members") if options.campaigns else ()),
            *(("contact_costs",) if options.contacts else ()),
        ],
        **({"lifecycle_rooms": options.rooms} if options.rooms else {}),
        **({"lifecycle_history_periods": options.periods} if options.periods else {}),
        **options.vars,
    }
    profile = PROFILE % (options.warehouse, options.dbt_threads, json.dumps(settings(options)))
    (options.folder / "profiles.yml").write_text(profile, encoding="utf-8")
    words = ["build", "--quiet", "--exclude-resource-types", "test", "unit_test"]
    words += ["--vars", json.dumps(variables), "--project-dir", str(ROOT)]
    words += [
        "--profiles-dir",
        str(options.folder),
        "--target-path",
        str(options.folder / "target"),
    ]
    words += ["--log-path", str(options.folder / "logs"), *(["--empty"] if options.empty else [])]
    result = dbtRunner(callbacks=[follow]).invoke(words)
    costs["total"] = meter.since(start)
    if not result.success:
        raise SystemExit(f"dbt build failed: {result.exception or 'its log says why'}")
    return costs


def tables_of(warehouse: Path) -> dict[str, tuple[int, int]]:
    """Return the rows and the bytes of each table of a warehouse."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        block = connection.execute("select block_size from pragma_database_size()").fetchone()[0]
        names = connection.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables() where not internal"
        ).fetchall()
        return {
            table: (
                rows,
                block
                * connection.execute(
                    "select count(distinct block_id) from "
                    f"pragma_storage_info('{schema}.{table}') where block_id >= 0"
                ).fetchone()[0],
            )
            for schema, table, rows in names
        }


def nodes_of(options: argparse.Namespace, costs: dict[str, Cost]) -> list[Node]:
    """Put beside each other what the nodes took and what they wrote."""
    manifest = json.loads((options.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    tables = tables_of(options.warehouse)
    of_campaigns = models_of_campaigns(manifest)
    nodes = [Node(START, "", costs[START], 0, 0)]
    for unique_id, cost in costs.items():
        if node := manifest["nodes"].get(unique_id):
            folders = node["fqn"][1:-1]
            room = "seeds" if node["resource_type"] == "seed" else folders[-1]
            size = tables.get(node["alias"], (0, 0))
            nodes.append(Node(node["name"], room, cost, *size, unique_id in of_campaigns))
    return nodes


def models_of_campaigns(manifest: dict) -> set[str]:
    """Find the models that read the inputs of campaigns, and what the room makes of them."""
    found, left = (
        set(),
        [
            unique_id
            for unique_id, node in manifest["nodes"].items()
            if node["name"]
            in ("stg_lifecycle__campaigns_read", "stg_lifecycle__campaign_members_read")
        ],
    )
    while left:
        unique_id = left.pop()
        node = manifest["nodes"].get(unique_id)
        if unique_id in found or not node or node["resource_type"] != "model":
            continue
        if node["fqn"][-2] in ("campaigns", "campaign_members", "activation"):
            found.add(unique_id)
            left += manifest["child_map"][unique_id]
    return found


def in_own_process(part: str, options: argparse.Namespace) -> dict[str, Cost]:
    """Run a part of the benchmark in a process of its own."""
    words = [sys.executable, __file__, "--part", part]
    names = ("folder", "shop", "threads", "memory_limit", "dbt_threads", "periods", "campaigns")
    for name in names:
        words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    words += [f"--rooms={','.join(options.rooms)}"] if options.rooms else []
    words += [f"--{name}" for name in ("empty", "contacts") if getattr(options, name)]
    words += ["--vars", json.dumps(options.vars)]
    subprocess.run(words, check=True)
    costs = json.loads((options.folder / "costs.json").read_text(encoding="utf-8"))
    return {name: Cost(*cost) for name, cost in costs.items()}


def together(some: Sequence[Node]) -> tuple[int, int, Cost]:
    """Add up rows, bytes and costs; the memory is that of the largest."""
    seconds, cpu = (sum(n.cost[i] for n in some) for i in (0, 1))
    memory = max(n.cost.memory for n in some)
    return sum(n.rows for n in some), sum(n.bytes for n in some), Cost(seconds, cpu, memory)


def report(nodes: Sequence[Node], total: Cost, floor: Cost, title: str) -> None:
    """Print the dearest models and the rooms, also as multiples of the floor in CPU seconds."""
    print(f"\n### {title}\n")
    print("| | Rows | MiB written | Seconds | CPU s | Floors | Memory, MiB |")
    print("|---|---|---|---|---|---|---|")

    def line(name: str, rows: int, size: int, cost: Cost) -> None:
        print(
            f"| {name} | {rows:,} | {size / MIB:,.0f} | {cost.seconds:.1f} | {cost.cpu:.1f} "
            f"| {cost.cpu / floor.cpu:.1f} | {cost.memory:,.0f} |"
        )

    line("**all**", sum(n.rows for n in nodes), sum(n.bytes for n in nodes), total)
    rooms: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        rooms[node.room].append(node)

    for room, some in sorted(rooms.items(), key=lambda item: -sum(n.cost.cpu for n in item[1])):
        line(f"*{room or START}*", *together(some))
    few = sorted(nodes, key=lambda node: -node.cost.cpu)[:30]
    for node in few:
        line(f"`{node.name}`" if node.room else START, node.rows, node.bytes, node.cost)
    if rest := [node for node in nodes if node not in few]:
        line(f"{len(rest)} others", *together(rest))


def hold_back_last_day(options: argparse.Namespace) -> Path:
    """Move the orders of the last day out of the shop; the file that brings them back."""
    later = options.folder / "last_day.parquet"
    later.unlink(missing_ok=True)
    files = f"read_parquet('{options.shop}/orders/*.parquet')"
    with duckdb.connect(config=settings(options)) as connection:
        last_day = connection.execute(
            f"select max(cast(ordered_at as date)) from {files}"
        ).fetchone()[0]
        connection.execute(
            f"copy (from {files} where ordered_at >= date '{last_day}') to '{later}'"
        )
        for part in sorted((options.shop / "orders").glob("*.parquet")):
            kept = part.with_suffix(".kept")
            connection.execute(
                f"copy (from '{part}' where ordered_at < date '{last_day}') to '{kept}' "
                "(format parquet)"
            )
            kept.replace(part)
    print(f"The last day is {last_day - timedelta(days=1)}, then {last_day}.")
    return later


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000, help="default 100000")
    parser.add_argument(
        "--rooms", type=lambda text: text.split(","), help="a,b or all; default: the project's"
    )
    parser.add_argument("--periods", type=int, default=0, help="of history; default: the project's")
    parser.add_argument("--vars", type=json.loads, default={}, help="more vars, as JSON")
    parser.add_argument("--next-day", action="store_true", help="and once more with a day more")
    parser.add_argument("--campaigns", type=int, default=0, help="that many, with members")
    parser.add_argument("--contacts", action="store_true", help="and a contact of each treated")
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB, default 2")
    parser.add_argument("--dbt-threads", type=int, default=1, help="default 1: one model at a time")
    parser.add_argument("--memory-limit", default="8GB", help="of DuckDB, default 8GB")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / "target" / "bench",
        help="for the shop, the warehouse and results.json; default target/bench",
    )
    parser.add_argument("--keep", action="store_true", help="leaves shop and warehouse there")
    parser.add_argument("--empty", action="store_true", help="builds without rows")
    parser.add_argument("--shop", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--part", choices=["floor", "build"], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    options.shop = options.shop or options.folder / "shop"
    options.warehouse = options.folder / "bench.duckdb"
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the tables."""
    options = options_from(arguments)
    if options.part:
        costs = (measure_floor if options.part == "floor" else measure_build)(options)
        (options.folder / "costs.json").write_text(json.dumps(costs), encoding="utf-8")
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    for left in (*options.folder.glob("bench.duckdb*"), options.folder / "target"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    write_shop(options)
    later = hold_back_last_day(options) if options.next_day else None
    floors = in_own_process("floor", options)
    floor = Cost(*map(sum, zip(*(floors[name] for name in FLOOR), strict=True)))
    orders = duckdb.execute(
        f"select count(*) from read_parquet('{options.shop}/orders/*.parquet')"
    ).fetchone()[0]
    size = f"{options.customers:,} customers, {orders:,} orders"
    print(f"{size}. Floor, both group-bys: {floor.seconds:.1f} s, {floor.cpu:.1f} CPU s.")
    for name in [name for name in floors if name not in FLOOR]:
        print(f"{name}: {floors[name].cpu:.1f} CPU s, {floors[name].cpu / floor.cpu:.1f} floors.")
    results = {"customers": options.customers, "orders": orders, "floors": floors}
    for build in ("first build", "next day") if later else ("first build",):
        if build == "next day":
            later.replace(options.shop / "orders" / "last_day.parquet")
        costs = in_own_process("build", options)
        nodes = nodes_of(options, costs)
        report(nodes, costs["total"], floor, f"{build}, {size}")
        if campaigns := [node for node in nodes if node.measures_campaigns]:
            report(campaigns, together(campaigns)[2], floor, f"campaigns, {build}, {size}")
        on_disk = sum(file.stat().st_size for file in options.folder.glob("bench.duckdb*"))
        print(f"\nThe warehouse takes {on_disk / MIB:,.0f} MiB.")
        results[build] = {"total": costs["total"], "nodes": nodes, "warehouse": on_disk}
    if later:
        share = results["next day"]["total"].cpu / results["first build"]["total"].cpu
        print(f"The next day costs {share:.2f} of the first build's CPU seconds.")
    (options.folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    if not options.keep:
        shutil.rmtree(options.shop)
        options.warehouse.unlink()


def write_shop(options: argparse.Namespace) -> None:
    """Simulate the shop."""
    from customer_lifecycle.shops.simulate import SimulatedShop, write_inputs

    write_inputs(
        options.shop, SimulatedShop(), options.customers, seed=1, processes=2, overwrite=True
    )
    if options.campaigns:
        with duckdb.connect(config=settings(options)) as connection:
            for copy in (CAMPAIGNS, CAMPAIGN_MEMBERS, *((CONTACTS,) if options.contacts else ())):
                connection.execute(copy.format(**vars(options)))


if __name__ == "__main__":
    main()
