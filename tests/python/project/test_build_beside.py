"""`make build` works on a copy: readers never wait, and nothing but a whole build is seen."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from dbt_project import PROJECT

ORDERS = """order_id,customer_id,ordered_at,amount
1,a,2024-01-05,10
2,b,2024-01-20,20
3,a,2024-02-28,30
"""


class Shop:
    """A warehouse and the orders that `dev/build.py` makes it from."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "shop.duckdb"
        self.orders = folder / "orders.csv"
        self.orders.write_text(ORDERS, encoding="utf-8")
        self.vars_file = folder / "own.vars.yml"
        named = {"orders": str(self.orders)}
        self.vars_file.write_text(
            json.dumps({"lifecycle_input_files": named, "lifecycle_rooms": []}), encoding="utf-8"
        )
        self.environment = {
            **os.environ,
            "CUSTOMER_LIFECYCLE_WAREHOUSE": str(self.warehouse),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def start(self) -> subprocess.Popen[str]:
        words = [sys.executable, "dev/build.py", "--vars-file", str(self.vars_file)]
        return subprocess.Popen(
            words, cwd=PROJECT, env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def build(self) -> tuple[int, str]:
        process = self.start()
        text, _ = process.communicate(timeout=600)
        return process.returncode, text

    def customers(self) -> int:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return connection.execute("select count(*) from customer_360").fetchone()[0]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that is built, of two customers."""
    shop = Shop(tmp_path_factory.mktemp("beside"))
    status, text = shop.build()
    assert status == 0, text
    assert shop.customers() == 2
    return shop


def test_a_reader_never_waits_and_sees_the_new_marts_at_the_end(shop: Shop) -> None:
    is_over, counts, troubles = threading.Event(), [], []

    def read() -> None:
        while not is_over.is_set():
            try:
                counts.append(shop.customers())
            except duckdb.Error as error:
                troubles.append(error)
            time.sleep(0.02)

    shop.orders.write_text(ORDERS + "4,c,2024-02-28,5\n", encoding="utf-8")
    reader = threading.Thread(target=read)
    reader.start()
    status, text = shop.build()
    is_over.set()
    reader.join()
    assert status == 0, text
    assert troubles == []
    assert len(counts) > 20
    assert set(counts) <= {2, 3}
    assert counts == sorted(counts)
    assert shop.customers() == 3


def test_a_second_build_ends_at_once_and_harms_nothing(shop: Shop) -> None:
    first = shop.start()
    lock = shop.warehouse.parent / ".building" / "shop.duckdb"
    before = lock.stat().st_mtime if lock.exists() else 0
    deadline = time.monotonic() + 120
    while not lock.exists() or lock.stat().st_mtime == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    status, text = shop.build()
    assert status == 1
    assert f"Another build of {shop.warehouse} is running. Wait for its end." in text
    first_text, _ = first.communicate(timeout=600)
    assert first.returncode == 0, first_text


def test_a_build_that_is_killed_leaves_the_warehouse_and_the_next_one_is_whole(
    shop: Shop,
) -> None:
    before = shop.warehouse.read_bytes()
    process = shop.start()
    wal = shop.warehouse.parent / ".building" / "shop.duckdb.wal"
    deadline = time.monotonic() + 120
    while not wal.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert shop.warehouse.read_bytes() == before
    status, text = shop.build()
    assert status == 0, text
    assert not wal.exists()


def test_a_build_that_fails_leaves_the_warehouse(shop: Shop) -> None:
    before = shop.warehouse.read_bytes()
    good = shop.orders.read_text(encoding="utf-8")
    shop.orders.write_text("order,customer\n1,2\n", encoding="utf-8")
    status, text = shop.build()
    shop.orders.write_text(good, encoding="utf-8")
    assert status == 1
    assert f"{shop.warehouse} is as it was" in text
    assert shop.warehouse.read_bytes() == before
