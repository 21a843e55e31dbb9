"""A build with the fits beside dbt is the build that dbt makes; yesterday's fits are not used."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import duckdb
import pyarrow.parquet as pq
import pytest
from dbt_project import PROJECT
from same_rows import compare_rows, mart_keys

from customer_lifecycle.dashboard import render_dashboard
from customer_lifecycle.fit.command import main, selected_models
from customer_lifecycle.fit.rounds import Manifest
from customer_lifecycle.shops.odd_shops import odd_orders

# Two builds on one warehouse record two days of a wave, and one build one.
VARS = {
    "lifecycle_rooms": "all",
    "lifecycle_model_segment": "first_purchase_quarter",
    "lifecycle_wake_up_wave": "none",
}
DBT = str(Path(sys.executable).with_name("dbt"))
FIT = (sys.executable, "-m", "customer_lifecycle.fit")
# What shows whose fits were used, without the rooms beside it.
FORECASTS = ("+customer_purchase_forecast", "+int_lifecycle__customer_history")
# As many as a late day may bring.
NEW_ORDERS = 40


def warehouse(folder: Path) -> Path:
    """Its name is part of the views in it, so each has its own."""
    return folder / f"{folder.name}.duckdb"


def call(
    folder: Path, *words: str, fits: str, select: tuple[str, ...] = (), fails: bool = False
) -> str:
    """Build in a folder that has the inputs and a warehouse of its own; what is printed."""
    given = {**VARS, "lifecycle_fits": fits, "lifecycle_input_dir": str(folder / "inputs")}
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    options += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    options += ["--log-level-file", "none", "--vars", json.dumps(given)]
    options += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    options += ["--select", *select] if select else []
    run = subprocess.run(
        [*words, "build", *options],
        cwd=folder,
        env={**os.environ, "CUSTOMER_LIFECYCLE_WAREHOUSE": str(warehouse(folder))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode != 0) == fails, run.stdout + run.stderr
    return run.stdout


def put_orders(folder: Path, *, all_of_them: bool) -> None:
    orders = odd_orders("loyal_customer_left").sort_by("ordered_at")
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    rows = orders.num_rows if all_of_them else orders.num_rows - NEW_ORDERS
    pq.write_table(orders.slice(0, rows), folder / "inputs" / "orders.parquet")


@pytest.fixture(scope="module")
def beside_dbt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("beside_dbt")
    put_orders(folder, all_of_them=False)
    call(folder, *FIT, fits="command")
    return folder


@pytest.fixture(scope="module")
def in_dbt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in_dbt")
    put_orders(folder, all_of_them=False)
    call(folder, DBT, fits="dbt")
    return folder


def forecasts(folder: Path) -> tuple[int, int]:
    """Customers, and those of whom there is a forecast."""
    with duckdb.connect(str(warehouse(folder)), read_only=True) as connection:
        return connection.execute(
            "select count(*), count(expected_purchases_365d) from customer_purchase_forecast"
        ).fetchone()


def test_every_mart_is_that_of_dbts_own_fits(beside_dbt: Path, in_dbt: Path) -> None:
    keys = mart_keys(in_dbt / "target" / "manifest.json")
    del keys["lifecycle_build_log"]  # it tells how the warehouse came about
    with duckdb.connect() as connection:
        for folder in (in_dbt, beside_dbt):
            connection.execute(f"attach '{warehouse(folder)}' (read_only)")
        here, there = (f"{warehouse(folder).stem}.main" for folder in (in_dbt, beside_dbt))
        for mart, key in keys.items():
            types = {
                name: kind
                for name, kind, *_ in connection.execute(f"describe {here}.{mart}").fetchall()
            }
            found = compare_rows(connection, f"{here}.{mart}", f"{there}.{mart}", key, types)
            unequal = [*found.differences, *found.only_here, *found.only_there]
            assert not unequal, mart


def test_the_marts_are_exported_for_the_boards(beside_dbt: Path) -> None:
    file = beside_dbt / "boards.duckdb"
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    places += ["--target-path", str(beside_dbt / "target")]
    with mock.patch.dict(os.environ, CUSTOMER_LIFECYCLE_WAREHOUSE=str(warehouse(beside_dbt))):
        assert main(["export", str(file), *places]) == 0
    pages = render_dashboard(file, PROJECT / "charts", beside_dbt / "boards", "main")
    assert all(page.stat().st_size for page in pages)
    with duckdb.connect(str(file), read_only=True) as connection:
        (exported,) = connection.execute("select count(*) from customer_360").fetchone()
    assert exported == forecasts(beside_dbt)[0]


def test_dbt_says_which_fits_a_selection_reads(beside_dbt: Path) -> None:
    given = {**VARS, "lifecycle_fits": "command", "lifecycle_input_dir": str(beside_dbt / "inputs")}
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    options += ["--target-path", str(beside_dbt / "target"), "--vars", json.dumps(given)]
    with mock.patch.dict(os.environ, CUSTOMER_LIFECYCLE_WAREHOUSE=str(warehouse(beside_dbt))):
        selected = selected_models(DBT, ["+customer_purchase_forecast"], [], options)
    manifest = Manifest.read(beside_dbt / "target" / "manifest.json")
    assert selected < manifest.nodes.keys()
    assert "int_lifecycle__model_fits" in manifest.models(1, selected)
    assert "int_lifecycle__certificates" in manifest.models(1)
    assert "int_lifecycle__certificates" not in manifest.models(1, selected)


def test_fits_of_yesterday_are_not_taken_for_todays(beside_dbt: Path) -> None:
    customers, forecast = forecasts(beside_dbt)
    assert forecast == customers > 0
    put_orders(beside_dbt, all_of_them=True)
    said = call(beside_dbt, DBT, fits="command", select=FORECASTS, fails=True)
    assert "Write python -m customer_lifecycle.fit build in place of dbt build" in said
    assert "ERROR=1 " in said
    customers, forecast = forecasts(beside_dbt)
    assert forecast == 0 < customers
