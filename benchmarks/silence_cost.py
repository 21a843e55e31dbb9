"""What silence costs, as a multiple of a plain group by over the same Parquet files.

A first build fits the models. Then each round runs the floor (one DuckDB process that groups the
orders by customer into a table of a fresh file) and a ``dbt build --full-refresh`` of all but the
fits, both with the same threads and memory limit. dbt runs one model at a time, so that what its
nodes take adds up. Elapsed seconds are dbt's own; CPU seconds are those of all threads, and what to
look at when the machine has other work. Least of the rounds; memory is the largest resident size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

from customer_lifecycle.shops.simulate import SimulatedShop, write_inputs

ROOT = Path(__file__).resolve().parents[1]
# A window of a year and a half: about 3.4 orders per customer.
SHOP = SimulatedShop(end=date(2023, 6, 30))

FLOOR = "floor"
FITS, HISTORY_FITS = "model fits of today", "model fits of history"
STEPS = {
    "input room": ["stg_lifecycle__orders_checked", "stg_lifecycle__orders", "rejected_records"],
    "silence": [
        "lifecycle_as_of",
        "int_lifecycle__purchase_days",
        "int_lifecycle__purchase_history",
        "int_lifecycle__gap_lengths",
        "int_lifecycle__threshold_dates",
        "int_lifecycle__gap_survival",
        "int_lifecycle__return_steps",
        "int_lifecycle__threshold_candidates",
        "int_lifecycle__threshold_days",
        "int_lifecycle__thresholds",
        "int_lifecycle__own_silence",
        "int_lifecycle__fitted_parameters",
        "int_lifecycle__pooled_silence",
        "customer_silence",
    ],
    "history": [
        "int_lifecycle__history_periods",
        "int_lifecycle__period_history",
        "int_lifecycle__period_states",
        "int_lifecycle__period_parameters",
        "customer_silence_history",
        "silence_migration",
    ],
    FITS: ["int_lifecycle__model_fits"],
    HISTORY_FITS: ["int_lifecycle__period_fits"],
}

PROFILE = """
customer_lifecycle:
  target: bench
  outputs:
    bench: {type: duckdb, path: "%s", threads: 1, settings: %s}
"""


class Cost(NamedTuple):
    """What a step takes."""

    elapsed: float
    cpu: float


def settings(options: argparse.Namespace) -> dict[str, object]:
    """Give DuckDB's settings, the same for the floor and for dbt."""
    return {"threads": options.threads, "memory_limit": options.memory_limit}


def group_by(options: argparse.Namespace, folder: Path) -> dict[str, Cost]:
    """Run the floor."""
    warehouse = folder / "floor.duckdb"
    warehouse.unlink(missing_ok=True)
    started, cpu_started = time.perf_counter(), time.process_time()
    with duckdb.connect(warehouse, config=settings(options)) as connection:
        connection.execute(
            "create table customers as select customer_id, count(*) as orders,"
            " min(ordered_at) as first_at, max(ordered_at) as last_at, sum(amount) as amount"
            f" from read_parquet('{options.input}/orders/*.parquet') group by customer_id"
        )
    return {FLOOR: Cost(time.perf_counter() - started, time.process_time() - cpu_started)}


def build(options: argparse.Namespace, folder: Path) -> dict[str, Cost]:
    """Build with dbt, without the fits if they are there."""
    warehouse = folder / "shop.duckdb"
    fits = [*STEPS[FITS], *STEPS[HISTORY_FITS]] if warehouse.exists() else []
    marts = ["+customer_silence", "+rejected_records"]
    if options.history_periods:
        marts.append("+silence_migration")
    build_vars = {
        "lifecycle_input_dir": str(options.input),
        "lifecycle_rooms": ["segments", "lifecycle", "purchase_models", "history"],
        "lifecycle_inputs": ["orders"],
        "lifecycle_history_periods": options.history_periods,
    }
    profile = PROFILE % (warehouse, json.dumps(settings(options)))
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")
    cpu: dict[str, float] = {}

    def keep_time(event: EventMsg) -> None:
        if event.info.name in ("NodeStart", "NodeFinished"):
            node = event.data.node_info.node_name
            cpu[node] = time.process_time() - cpu.get(node, 0.0)

    result = dbtRunner(callbacks=[keep_time]).invoke(
        [
            *("build", "--quiet", "--full-refresh", "--select", *marts),
            *(("--exclude", *fits) if fits else ()),
            *("--exclude-resource-types", "test", "--exclude-resource-types", "unit_test"),
            *("--vars", json.dumps(build_vars), "--project-dir", str(ROOT)),
            *("--profiles-dir", str(folder), "--log-path", str(folder / "logs")),
            *("--target-path", str(folder / "target")),
        ]
    )
    if not result.success:
        raise SystemExit("dbt build failed")
    nodes = {node.node.name: node.execution_time for node in result.result if hasattr(node, "node")}
    return {node: Cost(elapsed, cpu[node]) for node, elapsed in nodes.items() if node in cpu}


def run(part: str, options: argparse.Namespace, folder: Path) -> tuple[dict[str, Cost], float]:
    """Run the floor or a build in a process of its own; what it took, and peak memory in MB."""
    arguments = ["--part", part, "--folder", folder, "--input", options.input]
    arguments += ["--threads", options.threads, "--memory-limit", options.memory_limit]
    arguments += ["--history-periods", options.history_periods]
    process = subprocess.Popen([sys.executable, __file__, *map(str, arguments)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    costs = json.loads((folder / "costs.json").read_text(encoding="utf-8"))
    return {name: Cost(*cost) for name, cost in costs.items()}, usage.ru_maxrss / 1024


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What silence costs against a plain group by.")
    parser.add_argument("--customers", type=int, default=8_000_000, help="default 8000000")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--history-periods", type=int, default=0, help="default 0: no history")
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB, default 2")
    parser.add_argument("--memory-limit", default="8GB", help="of DuckDB, default 8GB")
    parser.add_argument("--input", type=Path, help="folder with orders/, instead of simulating")
    parser.add_argument("--folder", type=Path, default=ROOT / "target", help="for what is written")
    parser.add_argument("--part", choices=[FLOOR, "build"], help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    options = options_from(arguments)
    if options.part:
        costs = (group_by if options.part == FLOOR else build)(options, options.folder)
        (options.folder / "costs.json").write_text(json.dumps(costs), encoding="utf-8")
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="silence_cost_") as name:
        folder = Path(name).resolve()
        if options.input is None:
            options.input = folder / "shop"
            write_inputs(options.input, SHOP, options.customers, seed=1, processes=2)
        options.input = options.input.resolve()
        first = run("build", options, folder)
        floors, builds = [], []
        for _ in range(options.rounds):
            floors.append(run(FLOOR, options, folder))
            builds.append(run("build", options, folder))
        customers, orders = duckdb.execute(
            f"select count(distinct customer_id), count(*) from '{options.input}/orders/*.parquet'"
        ).fetchone() or (0, 0)
    runs = [costs for costs, _ in (first, *floors, *builds)]
    least = {
        name: Cost(*map(min, zip(*(costs[name] for costs in runs if name in costs), strict=True)))
        for name in {**runs[0], **runs[1]}
    }
    report(least, f"{customers:,} customers, {orders:,} orders")
    print("\nPeak memory in MB:", end="")
    for what, peaks in (("group by", floors), ("build", builds), ("build with fits", [first])):
        print(f" {what} {max(peak for _, peak in peaks):,.0f}", end="")
    print()


def report(costs: Mapping[str, Cost], size: str) -> None:
    """Print the steps and their nodes, also as multiples of the floor."""
    floor = costs[FLOOR]
    steps: dict[str, dict[str, Cost]] = {
        step: {f"`{node}`": costs[node] for node in nodes if node in costs}
        for step, nodes in STEPS.items()
    }
    totals = {
        f"**{step}**": Cost(*map(sum, zip(*nodes.values(), strict=True)))
        for step, nodes in steps.items()
        if nodes
    }
    both = ("**input room**", "**silence**")
    rows = {"plain group by customer": floor}
    rows["**input room and silence**"] = Cost(*map(sum, zip(*map(totals.get, both), strict=True)))
    for step, total in totals.items():
        rows[step] = total
        nodes = steps[step.strip("*")]
        rows |= {
            node: cost
            for node, cost in sorted(nodes.items(), key=lambda item: -item[1].cpu)
            if cost.cpu >= floor.cpu / 10
        }
    print(f"| {size} | Seconds | Floors | CPU seconds | Floors |\n|---|---|---|---|---|")
    for name, cost in rows.items():
        elapsed, cpu = cost.elapsed / floor.elapsed, cost.cpu / floor.cpu
        print(f"| {name} | {cost.elapsed:.1f} | {elapsed:.1f} | {cost.cpu:.1f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
