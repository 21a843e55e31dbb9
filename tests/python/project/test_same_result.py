"""The same input gives the same marts, and a simulated shop's truth comes back through dbt."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt_project import Run, run_dbt

from customer_lifecycle.shops import simulated_demo
from customer_lifecycle.shops.simulate import PRESETS, write_inputs

SHOP = PRESETS["shop"]
CUSTOMERS = 20_000
VARS = {
    "lifecycle_inputs": ["orders", "customers"],
    "lifecycle_as_of_date": str(SHOP.end),
    "lifecycle_input_dir": "shop",
    # Narrower than by default; that the sums are right is tested below.
    "lifecycle_money_type": "decimal(18, 4)",
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A shop, its truth, and what dbt makes of it."""
    folder = tmp_path_factory.mktemp("simulated")
    truth = write_inputs(folder / "shop", SHOP, CUSTOMERS, seed=20240229)
    run = run_dbt(folder, VARS, leave_out=("unit_test",))
    assert run.succeeded, run.text
    return SimpleNamespace(folder=folder / "shop", truth=truth, run=run)


def test_neither_the_build_nor_the_order_of_the_rows_nor_their_files_matter(
    tmp_path: Path, simulated_run: Run
) -> None:
    """The simulated world, with every input, built again from shuffled rows in several files."""
    world = tmp_path / "world"
    simulated_demo.write_world(world)
    shuffle = np.random.default_rng(3).permutation
    for name, files in (("orders", 3), ("customers", 2)):
        (written,) = world.glob(f"{name}.parquet")
        rows = pq.read_table(written)
        rows = rows.take(pa.array(shuffle(rows.num_rows)))
        written.unlink()
        (world / name).mkdir()
        for file in range(files):
            part = rows.take(pa.array(np.arange(file, rows.num_rows, files)))
            pq.write_table(part, world / name / f"{file}.parquet")
    run = run_dbt(tmp_path, {**simulated_demo.dbt_vars(world), "lifecycle_wake_up_wave": "period"})
    assert run.succeeded, run.text
    assert run.value("select count(*) from customer_360") == CUSTOMERS
    run.same_marts_as(simulated_run, leave_out=("rejected_records",))


def test_parameters_of_the_simulator_are_found_again(simulated: SimpleNamespace) -> None:
    rows = simulated.run.records(
        "from purchase_model_fits where model in ('bg_nbd', 'gamma_gamma') order by model"
    )
    assert {row["parameter"] for row in rows} == {"r", "alpha", "a", "b", "p", "q", "k"}
    for row in rows:
        assert row["is_converged"]
        assert not row["is_at_boundary"]
        truth = simulated.truth["parameters"][row["parameter"]]
        assert abs(row["estimate"] - truth) < 3 * row["standard_error"], row
        # An estimate with a huge error would be near anything.
        assert row["standard_error"] < 0.25 * truth, row


def test_historic_amounts_add_up_to_the_simulated_ones(simulated: SimpleNamespace) -> None:
    assert simulated.run.value("select sum(historic_amount) from customer_value") == Decimal(
        simulated.truth["amount"]
    )
    orders = pq.read_table(simulated.folder / "orders")
    by_customer = orders.group_by("customer_id").aggregate([("amount", "sum")]).to_pydict()
    assert simulated.run.by_key("select customer_id, historic_amount from customer_value") == dict(
        zip(by_customer["customer_id"], by_customer["amount_sum"], strict=True)
    )


def test_every_row_of_the_simulator_is_kept(simulated: SimpleNamespace) -> None:
    for name in ("orders", "customers"):
        assert simulated.run.input_quality(name) == {
            "input": name,
            "rows_in": simulated.truth[name],
            "rows_kept": simulated.truth[name],
            "rows_rejected": 0,
            "rows_after_as_of": 0,
        }


def test_the_simulated_truth_about_each_customer_is_beside_what_was_found(
    simulated: SimpleNamespace,
) -> None:
    customers = pq.read_table(simulated.folder / "customers").to_pylist()
    found = simulated.run.by_key(
        "select customer_id, registered_on, x_true_rate, x_dropped_out_on "
        "from customer_360_extended"
    )
    assert found == {
        row["customer_id"]: [
            row[name] for name in ("registered_at", "x_true_rate", "x_dropped_out_on")
        ]
        for row in customers
    }


def test_those_who_dropped_out_are_less_likely_called_alive(simulated: SimpleNamespace) -> None:
    """What the forecasts are for: expected and true numbers of customers alive agree.

    In this world nobody drops out before the second purchase, so those of whom nothing is said,
    since they have bought once, are all there.
    """
    alive, dropped_out, count, expected, actual = simulated.run.rows(
        """
        select
            avg(coalesce(probability_alive, 1)) filter (x_dropped_out_on is null),
            avg(coalesce(probability_alive, 1)) filter (x_dropped_out_on is not null),
            count(*),
            sum(coalesce(probability_alive, 1)),
            count(*) filter (x_dropped_out_on is null)
        from customer_360_extended
        """
    )[0]
    assert alive > dropped_out + 0.2
    # The standard error of a count is at most half the root of the number of customers.
    assert abs(expected - actual) < 3 * count**0.5 / 2
