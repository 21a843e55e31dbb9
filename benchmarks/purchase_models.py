"""Purchase models side by side with Lifetimes: how long, how much memory, and whether they agree.

Both sides get the same simulated customers, in memory: ours in a DuckDB table, Lifetimes' in a data
frame. What is timed ends with a number for each customer. Starting Python, importing, reading the
customers and dbt are not in it. Every measurement is a process of its own; least of the rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.shops.simulate import SimulatedShop, write_inputs

ROOT = Path(__file__).resolve().parents[1]
LIFETIMES = ROOT / ".venv-lifetimes/bin/python"
# Nine months of a shop that won its customers in the first three, and three years of one that won
# them in the first.
SHOPS = {
    "nine months": SimulatedShop(
        start=date(2024, 1, 1), end=date(2024, 9, 30), acquisition_days=91
    ),
    "three years": SimulatedShop(),
}
TASKS = ["bg_nbd", "gamma_gamma", "value", "pareto_nbd"]
COLUMNS = (
    *("", "Rows", "Seconds", "Lifetimes' rows", "Seconds", "Times", "CPU seconds, both", "Times"),
    *("MB, both", "ln L less Lifetimes'", "Largest difference"),
)
DAYS_PER_WEEK = 7
STATES = (
    "select frequency, recency, age, count(*) as customers from customers"
    " group by frequency, recency, age order by frequency, recency, age"
)


def weeks(states: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give frequency, and recency and age in weeks."""
    return (
        states["frequency"],
        states["recency"] / DAYS_PER_WEEK,
        states["age"] / DAYS_PER_WEEK,
    )


def answer(connection: duckdb.DuckDBPyConnection, states: dict, numbers: np.ndarray) -> None:
    """Join a number per state back to the customers."""
    columns = {name: states[name] for name in ("frequency", "recency", "age")}
    connection.register("forecasts", pa.table({**columns, "number": numbers}))
    connection.execute(
        "create table answers as select customers.customer_id, forecasts.number from customers"
        " inner join forecasts using (frequency, recency, age)"
    )


def forecast(connection: duckdb.DuckDBPyConnection, model: str) -> tuple[dict, int]:
    """Fit a purchase model and expect the purchases of 365 days."""
    states = connection.execute(STATES).fetchnumpy()
    fit = PURCHASE_MODELS[model].fit(*weeks(states), states["customers"])
    (expected,) = PURCHASE_MODELS[model].expected_purchases_by_horizon(
        fit.estimates, [365 / DAYS_PER_WEEK], *weeks(states)
    )
    answer(connection, states, expected)
    return dict(zip(fit.parameters, fit.estimates, strict=True)), fit.state_groups


def average_amount(connection: duckdb.DuckDBPyConnection) -> tuple[dict, int]:
    """Fit the gamma-gamma model and expect the amount of each customer."""
    groups = connection.execute(
        "select paid_days, mean_amount, count(*) as customers from customers where paid_days > 0"
        " group by paid_days, mean_amount order by paid_days, mean_amount"
    ).fetchnumpy()
    fit = gamma_gamma.fit(groups["paid_days"], groups["mean_amount"], groups["customers"])
    p, q, k = fit.estimates
    connection.execute(
        "create table answers as select customer_id,"
        " ? * (? + paid_days * mean_amount) / (? * paid_days + ? - 1) as number from customers",
        [p, k, p, q],
    )
    return {"p": p, "q": q, "v": k}, fit.state_groups


def value(connection: duckdb.DuckDBPyConnection, parameters: dict) -> tuple[None, int]:
    """Discount twelve months of 30 days at 1 % a month, as Lifetimes does."""
    states = connection.execute(STATES).fetchnumpy()
    r, alpha, a, b = (parameters["bg_nbd"][name] for name in ("r", "alpha", "a", "b"))
    months = np.arange(1, 13)
    by_month = BG_NBD.expected_purchases_by_horizon(
        (r, alpha / DAYS_PER_WEEK, a, b), 30 * months / DAYS_PER_WEEK, *weeks(states)
    )
    discounted = 1.01**-months @ np.diff(by_month, axis=0, prepend=0)
    columns = {name: states[name] for name in ("frequency", "recency", "age")}
    connection.register("forecasts", pa.table({**columns, "purchases": discounted}))
    p, q, k = (parameters["gamma_gamma"][name] for name in ("p", "q", "v"))
    connection.execute(
        "create table answers as select customers.customer_id, forecasts.purchases"
        " * ? * (? + customers.paid_days * customers.mean_amount)"
        " / (? * customers.paid_days + ? - 1) as number"
        " from customers inner join forecasts using (frequency, recency, age)",
        [p, k, p, q],
    )
    return None, len(states["customers"])


def peak_memory() -> float:
    """Largest resident size of this process in MB; getrusage would hand on that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_ours(task: str, source: Path, target: Path, parameters: dict) -> dict[str, Any]:
    """Run a task of ours in this process."""
    connection = duckdb.connect(config={"threads": 2})
    connection.register("rows", pa.table(dict(np.load(source))))
    connection.execute("create table customers as select * from rows")
    started, cpu_started = time.perf_counter(), time.process_time()
    if task in PURCHASE_MODELS:
        estimates, groups = forecast(connection, task)
    elif task == "gamma_gamma":
        estimates, groups = average_amount(connection)
    else:
        estimates, groups = value(connection, parameters)
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    memory = peak_memory()
    answers = connection.execute("select number from answers order by customer_id").fetchnumpy()
    np.savez(target, numbers=answers["number"])
    return {
        "elapsed": elapsed,
        "cpu": cpu,
        "memory": memory,
        "rows": groups,
        "parameters": estimates,
    }


def measure(
    side: str, task: str, folder: Path, parameters: dict, rounds: int
) -> tuple[dict[str, Any], np.ndarray]:
    """Run a task in processes of its own: what the fastest took, and its numbers."""
    script = (
        [LIFETIMES, Path(__file__).with_name("lifetimes_side.py")]
        if side == "lifetimes"
        else [sys.executable, __file__, "--task"]
    )
    target = folder / f"{side}.npz"
    runs = []
    for _ in range(rounds):
        words = [*script, task, folder / "customers.npz", target, json.dumps(parameters)]
        run = subprocess.run(
            [str(word) for word in words], stdout=subprocess.PIPE, text=True, check=False
        )
        if run.returncode:
            raise SystemExit(f"{side} did not finish {task}")
        runs.append(json.loads(run.stdout.splitlines()[-1]))
    return min(runs, key=lambda run: run["elapsed"]), np.load(target)["numbers"]


def make_customers(shop: SimulatedShop, customers: int, folder: Path) -> dict[str, np.ndarray]:
    """Simulate a shop and sum it up, a row per customer."""
    inputs = folder / shop.model
    write_inputs(inputs, shop, customers, seed=1, processes=2)
    rows = duckdb.execute(
        f"""
        with days as (
            select customer_id, ordered_at as day, sum(amount) as amount
            from '{inputs}/orders/*.parquet' group by customer_id, ordered_at
        ),

        with_first as (
            select *, min(day) over (partition by customer_id) as first_day from days
        )

        select
            row_number() over (order by customer_id) as customer_id,
            count(*) - 1 as frequency,
            max(day) - first_day as recency,
            date '{shop.end}' - first_day as age,
            count(*) - 1 as paid_days,
            coalesce((avg(amount) filter (where day > first_day))::double, 0) as mean_amount
        from with_first
        group by with_first.customer_id, first_day
        order by with_first.customer_id
        """
    ).fetchnumpy()
    np.savez(folder / "customers.npz", **rows)
    return rows


def log_likelihood(task: str, rows: dict[str, np.ndarray], parameters: dict) -> float:
    """Log-likelihood at either side's estimates, by our formula, times in weeks."""
    values = list(parameters.values())
    ones = np.ones(rows["frequency"].size)
    if task == "gamma_gamma":
        pays = rows["paid_days"] > 0
        return gamma_gamma.log_likelihood(
            values, rows["paid_days"][pays], rows["mean_amount"][pays], ones[pays]
        )
    return PURCHASE_MODELS[task].log_likelihood(values, *weeks(rows), ones)


def in_weeks(parameters: dict) -> dict[str, float]:
    """Turn Lifetimes' alpha and beta, in days here, into weeks."""
    days = ("alpha", "beta")
    return {n: v / DAYS_PER_WEEK if n in days else v for n, v in parameters.items()}


def compare(name: str, customers: int, options: argparse.Namespace, folder: Path) -> None:
    """Measure all tasks on one shop and print a row for each."""
    rows = make_customers(SHOPS[name], customers, folder)
    print(f"\n{customers:,} customers, {name}; least of {options.rounds}, load {os.getloadavg()}\n")
    print("|", *(f"{name} |" for name in COLUMNS))
    print("|---" * len(COLUMNS) + "|")
    estimates: dict[str, dict[str, float]] = {}
    for task in options.tasks:
        if task == "pareto_nbd":
            if customers > options.most_pareto_nbd:
                continue
            # To a shop whose customers drop out as in the BG/NBD it cannot be fitted.
            rows = make_customers(replace(SHOPS[name], model="pareto_nbd"), customers, folder)
        ours, our_numbers = measure("ours", task, folder, estimates, options.rounds)
        variants = (task, f"{task} grouped") if task == "bg_nbd" else (task,)
        for variant in variants:
            theirs, numbers = measure("lifetimes", variant, folder, estimates, options.rounds)
            gain = ""
            if theirs["parameters"]:
                estimates[task] = estimates.get(task) or theirs["parameters"]
                gained = log_likelihood(task, rows, ours["parameters"]) - log_likelihood(
                    task, rows, in_weeks(theirs["parameters"])
                )
                gain = f"{gained:.3g}"
            difference = np.abs(our_numbers - numbers) / np.maximum(np.abs(our_numbers), 1e-2)
            print(
                f"| {variant} | {ours['rows']:,} | {ours['elapsed']:.2f} | {theirs['rows']:,} |"
                f" {theirs['elapsed']:.1f} | **{theirs['elapsed'] / ours['elapsed']:.1f}** |"
                f" {ours['cpu']:.2f}, {theirs['cpu']:.1f} | {theirs['cpu'] / ours['cpu']:.1f} |"
                f" {ours['memory']:,.0f}, {theirs['memory']:,.0f} | {gain} |"
                f" {np.nanmax(difference):.1e} |",
                flush=True,
            )


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Purchase models side by side with Lifetimes.")
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--shops", nargs="+", choices=SHOPS, default=list(SHOPS))
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS, help="value needs fits")
    parser.add_argument("--most-pareto-nbd", type=int, default=100_000, help="default 100000")
    parser.add_argument("--folder", type=Path, default=ROOT / "target", help="for what is written")
    parser.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table for each shop and size."""
    options = options_from(arguments)
    if options.task:
        task, source, target, parameters = options.task
        print(json.dumps(measure_ours(task, source, target, json.loads(parameters))))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.shops:
        for customers in options.customers:
            with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench_models_") as folder:
                compare(name, customers, options, Path(folder).resolve())


if __name__ == "__main__":
    main()
