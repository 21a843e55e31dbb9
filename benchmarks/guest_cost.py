"""What the package costs a guest: a bare dbt project, without it and with it in several sizes.

The guest has one model, `stg_orders`, over a Parquet file of simulated orders. Each round parses
and builds every guest once, from nothing, in processes of their own; so other work on the machine
hits all alike. Least of the rounds. CPU seconds are those of all threads, user and system.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from customer_lifecycle.shops.simulate import PRESETS, simulate_orders

ROOT = Path(__file__).resolve().parents[1]
DBT = Path(sys.executable).with_name("dbt")
PACKAGE = "customer_lifecycle"

BARE = "without the package"
GUEST_VARS: dict[str, Any] = {
    "lifecycle_input_models": {"orders": "stg_orders"},
    "lifecycle_columns": {"orders": {"customer_id": "cust"}},
}
SIZES: dict[str, dict[str, Any]] = {
    "default vars": {},
    "`lifecycle_rooms: []`": {"lifecycle_rooms": []},
    "`lifecycle_rooms: all`": {"lifecycle_rooms": "all"},
}
STG_ORDERS = """
select order_id, customer_id as cust, ordered_at, amount
from read_parquet('{orders}')
"""

COUNTED = ("SQL models", "Python models", "seeds", "data tests", "unit tests", "macros")
COMMANDS = {"parse": ["parse", "--no-partial-parse"], "build": ["build", "--no-partial-parse"]}


class Cost(NamedTuple):
    """What a call of dbt takes, in seconds."""

    cpu: float
    elapsed: float


@dataclass
class Guest:
    """A project, and what its calls of dbt have cost so far."""

    name: str
    folder: Path
    package: Path | None = None
    package_vars: Mapping[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    costs: dict[str, list[Cost]] = field(default_factory=lambda: {name: [] for name in COMMANDS})

    def write(self, orders: Path) -> None:
        """Write the project, and fetch the package."""
        project = {
            "name": "guest",
            "version": "1.0",
            "profile": "guest",
            "flags": {
                "send_anonymous_usage_stats": False,
                "require_ref_searches_node_package_before_root": True,
            },
        }
        if self.package:
            project["vars"] = {PACKAGE: {**GUEST_VARS, **self.package_vars}}
        output = {"type": "duckdb", "path": str(self.folder / "guest.duckdb"), "threads": 2}
        profiles = {"guest": {"target": "dev", "outputs": {"dev": output}}}
        files = {
            "dbt_project.yml": yaml.safe_dump(project),
            "profiles.yml": yaml.safe_dump(profiles),
            "models/stg_orders.sql": STG_ORDERS.format(orders=orders),
        }
        if self.package:
            files["packages.yml"] = yaml.safe_dump({"packages": [{"local": str(self.package)}]})
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        if self.package:
            self.dbt("deps")

    def dbt(self, *arguments: str) -> Cost:
        """Call dbt in a process of its own."""
        environment = {name: value for name, value in os.environ.items() if name[:4] != "DBT_"}
        if self.package:  # its statistics, not those that are installed
            environment["PYTHONPATH"] = str(self.package / "src")
        with (self.folder / "printed.txt").open("w") as printed:
            started = time.perf_counter()
            process = subprocess.Popen(
                [DBT, *arguments, "--quiet"],
                cwd=self.folder,
                env=environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            elapsed = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            text = (self.folder / "printed.txt").read_text(encoding="utf-8")
            raise SystemExit(
                f"{self.name}: dbt {arguments[0]} ended with {process.returncode}\n{text}"
            )
        return Cost(usage.ru_utime + usage.ru_stime, elapsed)

    def measure(self) -> None:
        """Parse and build once, from nothing."""
        (self.folder / "guest.duckdb").unlink(missing_ok=True)
        for name, arguments in COMMANDS.items():
            self.costs[name].append(self.dbt(*arguments))
        self.counts = counted(self.folder / "target" / "manifest.json")

    def least(self, command: str) -> Cost:
        """Give the least of the rounds."""
        return Cost(*map(min, zip(*self.costs[command], strict=True)))


def counted(manifest_file: Path) -> Counter[str]:
    """Count what the package brings along that is enabled."""
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    kinds = {"seed": "seeds", "test": "data tests", "unit_test": "unit tests", "macro": "macros"}
    counts: Counter[str] = Counter()
    for part in ("nodes", "unit_tests", "macros"):
        for node in manifest[part].values():
            # A test of a model that is off stays in the manifest, switched off as well.
            is_on = node.get("config", {}).get("enabled", True)
            if node["package_name"] != PACKAGE or not is_on:
                continue
            kind = node["resource_type"]
            if kind == "model":
                counts["Python models" if node["language"] == "python" else "SQL models"] += 1
            elif kind in kinds:
                counts[kinds[kind]] += 1
    return counts


def guests(folder: Path, other_package: Path | None) -> list[Guest]:
    """Lay out what is compared; of another package, which may know no rooms, its default."""
    found = [Guest(BARE, folder / "bare")]
    for number, (name, package_vars) in enumerate(SIZES.items()):
        found.append(Guest(name, folder / f"size_{number}", ROOT, package_vars))
    if other_package:
        found.append(Guest(f"{other_package}, default vars", folder / "other", other_package))
    return found


def report(measured: Sequence[Guest]) -> None:
    """Print the table, with multiples of the bare project."""
    headings = [f"{name}, {unit} | times bare" for name in COMMANDS for unit in ("CPU s", "s")]
    print("|", " | ".join(["Guest", *COUNTED, *headings]), "|")
    print("|---" * (1 + len(COUNTED) + 2 * len(headings)) + "|")
    for guest in measured:
        cells = [guest.name, *(f"{guest.counts[kind]:,}" for kind in COUNTED)]
        for command in COMMANDS:
            for took, floor in zip(guest.least(command), measured[0].least(command), strict=True):
                cells += [f"{took:.1f}", f"{took / floor:.1f}"]
        print("|", " | ".join(cells), "|")


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What the package costs a guest.")
    parser.add_argument("--customers", type=int, default=3000, help="default 3000")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--package", type=Path, help="another checkout of the package, beside this")
    parser.add_argument("--folder", type=Path, default=ROOT / "target", help="for what is written")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    options = options_from(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="guest_cost_") as name:
        folder = Path(name).resolve()
        orders = pa.Table.from_batches(simulate_orders(PRESETS["shop"], options.customers, seed=1))
        pq.write_table(orders, folder / "orders.parquet")
        measured = guests(folder, options.package and options.package.resolve())
        for guest in measured:
            guest.write(folder / "orders.parquet")
        for _ in range(options.rounds):
            for guest in measured:
                guest.measure()
    print(
        f"{options.customers:,} customers, {orders.num_rows:,} orders; least of {options.rounds}, "
        f"load {os.getloadavg()[0]:.1f} at the end\n"
    )
    report(measured)


if __name__ == "__main__":
    main()
