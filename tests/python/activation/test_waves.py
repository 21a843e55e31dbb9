"""Lists as waves: recorded once, measured from the next day on, and what each list is made of."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt_project import PROJECT, WAREHOUSE, Run, lay_out, run_dbt

from customer_lifecycle.shops.simulate import SimulatedShop, simulate_orders

KILLS = int(os.environ.get("LIFECYCLE_KILLS", "1"))
ROOMS = ["segments", "lifecycle", "purchase_models", "value", "activation"]
SHOP = SimulatedShop(start=date(2023, 1, 1), end=date(2024, 12, 31), acquisition_days=500, r=2.0)
FIRST, SAME_WAVE, NEXT_WAVE = date(2024, 10, 5), date(2024, 10, 20), date(2024, 11, 15)
LOG = "from wake_up_assignments order by all"


class WavesShop:
    """A shop that is built again and again, as of one day after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        orders = pa.Table.from_batches(simulate_orders(SHOP, 600, seed=17))
        lay_out(folder / "input", {"orders.parquet": orders})

    def vars(self, day: date) -> dict[str, Any]:
        return {
            "lifecycle_input_dir": str(self.folder / "input"),
            "lifecycle_as_of_date": str(day),
            "lifecycle_rooms": ROOMS,
            "lifecycle_wake_up_wave": "period",
            "lifecycle_control_share": 0.4,
            "lifecycle_lasting_control_share": 0.1,
        }

    def build(self, day: date, *, is_whole: bool = False) -> Run:
        """Build the lists and their record, or everything with its tests."""
        run = run_dbt(
            self.folder,
            self.vars(day),
            select=() if is_whole else ("+wake_up_assignments", "+wake_up_list"),
            leave_out=("unit_test",) if is_whole else ("unit_test", "test"),
        )
        assert run.succeeded, run.text
        return run


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> WavesShop:
    return WavesShop(tmp_path_factory.mktemp("waves"))


@pytest.fixture(scope="module")
def logs(shop: WavesShop) -> dict[str, list[dict[str, Any]]]:
    """The record after each of four builds, and the list that each of them made."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, day in {
        "first": FIRST, "again": FIRST, "same_wave": SAME_WAVE, "next_wave": NEXT_WAVE,
    }.items():  # fmt: skip
        run = shop.build(day, is_whole=name == "next_wave")
        if name == "first":
            shutil.copy(run.warehouse, shop.folder / "first.duckdb")
        found[name] = run.records(LOG)
        found[f"list {name}"] = run.records("from wake_up_list order by customer_id")
    return found


def keys(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["customer_id"], row["wave"]) for row in rows}


def test_a_wave_is_recorded_once(logs: dict[str, list[dict[str, Any]]]) -> None:
    first, again, same_wave = logs["first"], logs["again"], logs["same_wave"]
    assert {row["wave"] for row in first} == {"wake_up 2024-10-01", "prevention 2024-10-01"}
    assert {row["assigned_on"] for row in first} == {FIRST}
    assert again == first
    assert logs["list again"] == logs["list first"]
    # Who comes later is added; who was there stays as they were that day, on the list or not.
    assert {row["assigned_on"] for row in same_wave} == {FIRST, SAME_WAVE}
    assert [row for row in same_wave if row["assigned_on"] == FIRST] == first
    assert len(keys(same_wave)) == len(same_wave)
    listed = {(row["customer_id"], row["wave"]) for row in logs["list same_wave"]}
    assert listed <= keys(same_wave)
    assert keys(first) - {(row["customer_id"], row["wave"]) for row in logs["list same_wave"]}, (
        "some have left the list, and are still on record"
    )


def test_each_wave_draws_anew_and_the_lasting_controls_stay(
    logs: dict[str, list[dict[str, Any]]],
) -> None:
    waves: dict[str, dict[str, dict]] = {}
    for row in logs["next_wave"]:
        waves.setdefault(row["wave"], {})[row["customer_id"]] = row
    october, november = waves["wake_up 2024-10-01"], waves["wake_up 2024-11-01"]
    both = october.keys() & november.keys()
    assert len(both) > 50
    lasting = {customer for customer in both if october[customer]["is_lasting_control"]}
    assert lasting == {customer for customer in both if november[customer]["is_lasting_control"]}
    assert lasting
    assert {november[customer]["arm"] for customer in lasting} == {"control"}
    # Of the others .6 · .6 + .4 · .4 = .52 are in the same arm twice if chance draws both times:
    # between .3 and .74 in 60 draws but for once in a thousand shops.
    others = both - lasting
    same = sum(october[customer]["arm"] == november[customer]["arm"] for customer in others)
    assert 0.3 < same / len(others) < 0.74
    for row in logs["next_wave"]:
        # .6 · .9 = .54 are to be treated.
        planned = 0.54 if row["arm"] == "treatment" else 0.46
        assert row["planned_share"] == pytest.approx(planned, abs=1e-12)
        assert (row["suggested_action"] is None) == (row["arm"] == "control")


def test_the_list_knows_since_when(logs: dict[str, list[dict[str, Any]]]) -> None:
    before = {
        row["customer_id"]: row["assigned_on"]
        for row in sorted(logs["same_wave"], key=lambda row: row["assigned_on"], reverse=True)
        if row["list_name"] == "wake_up"
    }
    new, old = 0, 0
    for row in logs["list next_wave"]:
        since = before.get(row["customer_id"])
        # Somebody who was on the list in October and bought since is new in November. Who has a
        # silent absence since before October cannot have bought.
        if since is None:
            assert row["is_new_on_list"]
            assert row["on_list_since"] == NEXT_WAVE
            new += 1
        elif not row["is_new_on_list"]:
            assert row["on_list_since"] == since
            old += 1
    assert new
    assert old
    assert all(row["is_new_on_list"] for row in logs["list first"])


def test_waves_are_measured_from_the_next_day_on(
    shop: WavesShop, logs: dict[str, list[dict[str, Any]]]
) -> None:
    """Buyers of each arm, counted from the orders and the record."""
    run = Run(succeeded=True, text="", statuses={}, warehouse=shop.folder / WAREHOUSE)
    orders = pq.read_table(shop.folder / "input" / "orders.parquet").to_pylist()
    bought: dict[str, list[date]] = {}
    for order in orders:
        bought.setdefault(str(order["customer_id"]), []).append(order["ordered_at"])
    expected: dict[tuple[str, str], list[int]] = {}
    for row in logs["next_wave"]:
        if row["assigned_on"] == NEXT_WAVE:
            continue
        last = min(row["assigned_on"] + timedelta(days=29), NEXT_WAVE)
        is_buyer = any(
            row["assigned_on"] <= day <= last for day in bought.get(row["customer_id"], [])
        )
        count = expected.setdefault((row["wave"], row["arm"]), [0, 0])
        count[0] += 1
        count[1] += is_buyer
    found = {
        (row["campaign_id"], row["arm"]): [row["members"], row["buyers"]]
        for row in run.records("from campaign_arms where campaign_id not like 'all lists%'")
    }
    assert found == expected
    assert all(buyers for _, buyers in found.values())
    # All lists of the year: everybody once, from their first day on, by the lasting control group.
    firsts: dict[str, dict] = {}
    for row in sorted(logs["next_wave"], key=lambda row: (row["assigned_on"], row["wave"])):
        if row["assigned_on"] < NEXT_WAVE:
            firsts.setdefault(row["customer_id"], row)
    together = run.by_key(
        "select arm, members, planned_share from campaign_arms "
        "where campaign_id = 'all lists from 2024-01-01'"
    )
    lasting = sum(row["is_lasting_control"] for row in firsts.values())
    assert list(together["control"]) == [lasting, pytest.approx(0.1)]
    assert list(together["treatment"]) == [len(firsts) - lasting, pytest.approx(0.9)]
    # Chance has drawn the arms, and the forecast of 90 days is none of a window of 30.
    assert run.rows("select distinct is_randomised from campaign_lift") == [(True,)]
    assert run.rows("select distinct expected_buyers from campaign_arms") == [(None,)]
    assert run.rows("select distinct covariate from campaign_arms") == [("forecast",)]


def test_what_is_on_record_stays_until_it_is_forgotten(
    shop: WavesShop, logs: dict[str, list[dict[str, Any]]]
) -> None:
    full = shop.folder / "full"
    shutil.copytree(shop.folder / "input", full / "input")
    shutil.copy(shop.folder / WAREHOUSE, full / WAREHOUSE)
    lifecycle_vars = shop.vars(NEXT_WAVE)
    run = run_dbt(full, lifecycle_vars, command=("build", "--full-refresh"))
    assert run.succeeded, run.text
    assert run.records(LOG) == logs["next_wave"]

    def forget(wave: str) -> Run:
        command = ("run-operation", "forget_waves", "--args", f"{{wave: '{wave}'}}")
        return run_dbt(full, lifecycle_vars, command=command)

    unknown = forget("october")
    assert not unknown.succeeded
    assert 'there is no wave "october"; write all, or one of: prevention 2024-10-01' in unknown.text
    assert forget("wake_up 2024-10-01").succeeded
    left = [row for row in logs["next_wave"] if row["wave"] != "wake_up 2024-10-01"]
    assert run.records(LOG) == left
    assert forget("all").succeeded
    assert run.records(LOG) == []


def test_a_build_that_is_killed_records_the_wave_once(
    shop: WavesShop, logs: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    """Killed at any point while the lists are made and recorded: the next build leaves one log."""
    lifecycle_vars = shop.vars(FIRST)
    select = ("int_lifecycle__contact_list", "wake_up_list", "wake_up_assignments")
    rng = random.Random(15)
    for number in range(KILLS):
        folder = tmp_path / f"killed_{number}"
        folder.mkdir()
        shutil.copy(shop.folder / "first.duckdb", folder / WAREHOUSE)
        forget = ("run-operation", "forget_waves", "--args", "{wave: all}")
        assert run_dbt(folder, lifecycle_vars, command=forget).succeeded
        words = ["build", "--exclude-resource-type", "unit_test", "--select", *select]
        words += ["--vars", json.dumps(lifecycle_vars), "--target-path", str(folder / "target")]
        process = subprocess.Popen(
            [Path(sys.executable).with_name("dbt"), *words],
            cwd=PROJECT,
            env={**os.environ, "CUSTOMER_LIFECYCLE_WAREHOUSE": str(folder / WAREHOUSE)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        # The lists are made after it has been said how many models there are.
        while "Concurrency" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(rng.uniform(0, 2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = run_dbt(folder, lifecycle_vars, select=select)
        assert after.succeeded, after.text
        assert after.records(LOG) == logs["first"]
