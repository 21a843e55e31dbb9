"""What happens to a warehouse when a build is killed, the disk is full, or a file is half there.

LIFECYCLE_KILLS says how many builds are killed (one by default), and then all rooms are built.
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from dbt_project import PROJECT, WAREHOUSE, Run

from customer_lifecycle.shops.simulate import SimulatedShop, simulate_orders

KILLS = int(os.environ.get("LIFECYCLE_KILLS", "0"))
ROOMS = "all" if KILLS else ["segments", "lifecycle", "history"]
SIMULATED = SimulatedShop(
    start=date(2023, 7, 1), end=date(2024, 12, 31), acquisition_days=500, r=2.0
)
FIRST_DAYS = date(2024, 11, 15)
ENOUGH_SECONDS = 600


class Shop:
    """A folder of order files, and the warehouse that is built of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / WAREHOUSE
        self.orders = folder / "input" / "orders"
        self.orders.mkdir(parents=True)

    def start(
        self, tool: str, *options: str, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """Start dbt without its tests, or what `make build` calls (beside)."""
        # Counted from where dbt is called: so all shops have the same vars, and share a parse.
        variables = {
            "lifecycle_input_dir": "input",
            "lifecycle_history_periods": 4,
            "lifecycle_rooms": ROOMS,
        }
        vars_file = self.folder / "own.vars.yml"
        vars_file.write_text(json.dumps(variables), encoding="utf-8")
        dbt = Path(sys.executable).with_name("dbt")
        words_of_dbt = ["build", "--no-use-colors", "--log-level-file", "none"]
        words_of_dbt += ["--exclude-resource-type", "test"]
        words = {
            "dbt": [dbt, *words_of_dbt, "--vars", json.dumps(variables), *options],
            "beside": [sys.executable, PROJECT / "dev" / "build.py", "--vars-file", vars_file],
        }
        environment = {
            **os.environ,
            "PWD": str(self.folder),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            # Its name is looked at when the project is parsed.
            "CUSTOMER_LIFECYCLE_WAREHOUSE": WAREHOUSE if tool == "dbt" else str(self.warehouse),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        return subprocess.Popen(
            words[tool],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before,
        )

    def call(
        self, tool: str, *options: str, before: Callable[[], None] | None = None
    ) -> tuple[int, str]:
        """Run it to its end."""
        process = self.start(tool, *options, before=before)
        text, _ = process.communicate(timeout=ENOUGH_SECONDS)
        return process.returncode, text

    def build(self, *options: str) -> None:
        """Build with dbt."""
        status, text = self.call("dbt", *options)
        assert status == 0, text

    def run(self) -> Run:
        """The marts as they stand."""
        return Run(succeeded=True, text="", statuses={}, warehouse=self.warehouse)

    def copy(self, folder: Path) -> "Shop":
        """The same shop elsewhere."""
        other = Shop(folder)
        for name in ("input", "target"):
            shutil.copytree(self.folder / name, folder / name, dirs_exist_ok=True)
        shutil.copy(self.warehouse, other.warehouse)
        return other


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return pa.Table.from_batches(simulate_orders(SIMULATED, 300, seed=20240229))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, orders: pa.Table) -> Shop:
    """A shop that was built some weeks ago, and whose orders have come since."""
    shop = Shop(tmp_path_factory.mktemp("built"))
    is_first = pc.less_equal(orders["ordered_at"], pa.scalar(FIRST_DAYS))
    pq.write_table(orders.filter(is_first), shop.orders / "first.parquet")
    shop.build()
    pq.write_table(orders.filter(pc.invert(is_first)), shop.orders / "later.parquet")
    return shop


def test_a_build_that_was_killed_is_made_good_by_the_next(built: Shop, tmp_path: Path) -> None:
    """Killed at any point, in the warehouse itself: the next build makes the same marts."""
    undisturbed = built.copy(tmp_path / "undisturbed")
    begun = time.monotonic()
    undisturbed.build()
    seconds = time.monotonic() - begun
    points = random.Random(20240229)
    for number in range(max(KILLS, 1)):
        shop = built.copy(tmp_path / f"killed_{number}")
        process = shop.start("dbt")
        # In the first tenth dbt reads the project.
        time.sleep(seconds * points.uniform(0.1, 1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        shop.build()
        undisturbed.run().same_marts_as(shop.run())
        shutil.rmtree(shop.folder)


def test_a_full_disk_ends_in_an_error_and_the_old_warehouse_stays(
    built: Shop, tmp_path: Path
) -> None:
    """No file may grow by more than 256 KiB: what a full disk says, in other words."""
    shop = built.copy(tmp_path / "full")
    size = shop.warehouse.stat().st_size

    def leave_little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 262144, resource.RLIM_INFINITY))

    before = shop.warehouse.read_bytes()
    status, text = shop.call("beside", before=leave_little_room)
    assert status == 1
    assert f"{shop.warehouse} is as it was" in text
    assert shop.warehouse.read_bytes() == before
    status, text = shop.call("beside")
    assert status == 0, text


def test_half_a_parquet_file_is_told_and_nothing_is_written(built: Shop, tmp_path: Path) -> None:
    shop = built.copy(tmp_path / "truncated")
    later = shop.orders / "later.parquet"
    later.write_bytes(later.read_bytes()[:-100])
    before = shop.run().rows("from customer_360 order by customer_id")
    status, text = shop.call("dbt")
    assert status == 1
    assert "later.parquet" in text
    assert shop.run().rows("from customer_360 order by customer_id") == before


def test_a_file_that_grows_is_read_up_to_some_line(tmp_path: Path) -> None:
    """Rows are appended all the while: what is kept are the first ones, each of them whole."""
    shop = Shop(tmp_path / "growing")
    shop.orders.rmdir()
    is_over = threading.Event()

    def row(number: int) -> str:
        return (
            f"{number},c{number % 50},2024-{1 + number // 28 % 12:02}-{1 + number % 28:02},777.77\n"
        )

    with (shop.folder / "input" / "orders.csv").open("w", encoding="utf-8") as file:
        file.write("order_id,customer_id,ordered_at,amount\n")
        file.writelines(row(number) for number in range(5000))
        file.flush()

        def append() -> None:
            number = 5000
            while not is_over.wait(0.001):
                file.write(row(number))
                file.flush()
                number += 1

        writer = threading.Thread(target=append)
        writer.start()
        try:
            shop.build("--select", "+input_quality")
        finally:
            is_over.set()
            writer.join()
    run = shop.run()
    (counted,) = run.rows(
        "select count(*), count(distinct order_id), max(order_id::integer), min(amount),"
        " max(amount) from main_internal.stg_lifecycle__orders"
    )
    lines = counted[0]
    assert lines >= 5000
    assert counted[1:3] == (lines, lines - 1)
    assert [float(amount) for amount in counted[3:]] == [777.77, 777.77]
    assert run.input_quality()["rows_in"] == lines
