"""Drivers of silence through dbt: one trait is planted among twenty that go with the rate."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from dropout_world import DAYS, TRAITS, DropoutWorld, dropout_world

START = date(2021, 1, 1)
NAMES = [f"x_{number:02d}" for number in range(TRAITS)]


@pytest.fixture(scope="module")
def world() -> DropoutWorld:
    return dropout_world(3000, 21)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, world: DropoutWorld) -> Run:
    customers = [f"C{number:05d}" for number in range(len(world.purchases))]
    rows = [
        (customer, START + timedelta(days=int(day)))
        for customer, days in zip(customers, world.purchases, strict=True)
        for day in days
    ]
    own, days = zip(*rows, strict=True)
    orders = pa.table(
        {
            "order_id": range(len(rows)),
            "customer_id": own,
            "ordered_at": pa.array(days, pa.date32()),
            "amount": [10.0] * len(rows),
        }
    )
    traits = pa.table(
        {
            "customer_id": customers,
            "registered_at": pa.array([START] * len(customers), pa.date32()),
            "x_plan": ["light" if leaves else "full" for leaves in world.is_planted],
            **{
                name: ["yes" if has else "no" for has in world.others[:, number]]
                for number, name in enumerate(NAMES)
            },
        }
    )
    run = build_inputs(
        tmp_path_factory.mktemp("drivers"),
        {"orders.parquet": orders, "customers.parquet": traits},
        {
            "lifecycle_rooms": ["segments", "lifecycle", "purchase_models", "history"],
            "lifecycle_driver_columns": ["x_plan", *NAMES],
            "lifecycle_as_of_date": str(START + timedelta(days=DAYS)),
        },
        select=("+silence_driver_customers",),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    return run


def test_the_planted_trait_is_found_and_no_other(run: Run) -> None:
    found = run.rows(
        "select trait, trait_value, verdict from silence_drivers "
        "where verdict in ('leaves_sooner', 'stays_longer') order by trait_value"
    )
    assert found == [("x_plan", "full", "stays_longer"), ("x_plan", "light", "leaves_sooner")]
    tested = run.value("select count(*) from silence_drivers where p_value is not null")
    # The years of the first purchase too, of which there are three.
    assert tested == 2 * (TRAITS + 1) + 3


def test_its_effect_is_that_of_the_plant(run: Run) -> None:
    (row,) = run.records("from silence_drivers where trait_value = 'light'")
    assert row["dropout_ratio_low"] < 1.9 < row["dropout_ratio_high"]
    assert row["silent_share"] > row["silent_share_alike"]


def test_its_holders_are_listed(run: Run, world: DropoutWorld) -> None:
    listed = run.rows("select customer_id from silence_driver_customers order by 1")
    expected = [f"C{number:05d}" for number in range(len(world.purchases))]
    assert [customer for (customer,) in listed] == [
        customer for customer, leaves in zip(expected, world.is_planted, strict=True) if leaves
    ]
