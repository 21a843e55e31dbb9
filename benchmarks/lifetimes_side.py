"""Lifetimes' half of purchase_models.py: runs one task in Lifetimes' own environment.

    python lifetimes_side.py TASK customers.npz answer.npz

Times are days, as in Lifetimes' examples, and all settings are its own defaults. What is timed
begins with the customers in a data frame and ends with a number for each of them.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

STATE = ["frequency", "recency", "age"]
FITTERS = {"bg_nbd": BetaGeoFitter, "pareto_nbd": ParetoNBDFitter}
HORIZON_DAYS = 365


def forecast_raw(customers: pd.DataFrame, model: str) -> tuple[pd.Series, np.ndarray, int]:
    """Fit to rows of customers and forecast each."""
    fitter = FITTERS[model]().fit(*(customers[name] for name in STATE))
    expected = fitter.conditional_expected_number_of_purchases_up_to_time(
        HORIZON_DAYS, *(customers[name] for name in STATE)
    )
    return fitter.params_, np.asarray(expected), len(customers)


def forecast_grouped(customers: pd.DataFrame, model: str) -> tuple[pd.Series, np.ndarray, int]:
    """Fit to distinct states with weights, forecast those, and hand the forecasts out."""
    states = customers.groupby(STATE, as_index=False).size()
    fitter = FITTERS[model]().fit(*(states[name] for name in STATE), weights=states["size"])
    states["expected"] = fitter.conditional_expected_number_of_purchases_up_to_time(
        HORIZON_DAYS, *(states[name] for name in STATE)
    )
    expected = customers[STATE].merge(states, on=STATE, how="left")["expected"]
    return fitter.params_, np.asarray(expected), len(states)


def average_amount(customers: pd.DataFrame) -> tuple[pd.Series, np.ndarray, int]:
    """Fit the gamma-gamma model to who has paid repeat days, and expect an amount of each."""
    spenders = customers[customers["paid_days"] > 0]
    fitter = GammaGammaFitter().fit(spenders["paid_days"], spenders["mean_amount"])
    expected = fitter.conditional_expected_average_profit(
        customers["paid_days"], customers["mean_amount"]
    )
    return fitter.params_, np.asarray(expected), len(spenders)


def value(customers: pd.DataFrame, parameters: dict) -> tuple[None, np.ndarray, int]:
    """Discount twelve months of 30 days at 1 % a month, at given parameters."""
    purchases, spend = BetaGeoFitter(), GammaGammaFitter()
    purchases.params_ = pd.Series(parameters["bg_nbd"])
    purchases.predict = purchases.conditional_expected_number_of_purchases_up_to_time
    spend.params_ = pd.Series(parameters["gamma_gamma"])
    # It takes one number of purchases for both models: there are no free orders in these shops.
    worth = spend.customer_lifetime_value(
        purchases,
        *(customers[name] for name in STATE),
        customers["mean_amount"],
        time=12,
        discount_rate=0.01,
        freq="D",
    )
    return None, np.asarray(worth), len(customers)


def peak_memory() -> float:
    """Largest resident size of this process in MB; getrusage would hand on that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Run the task and print what it took as JSON."""
    task, source, target = sys.argv[1:4]
    customers = pd.DataFrame(dict(np.load(source)))
    started, cpu_started = time.perf_counter(), time.process_time()
    if task.endswith(" grouped"):
        answer = forecast_grouped(customers, task.removesuffix(" grouped"))
    elif task in FITTERS:
        answer = forecast_raw(customers, task)
    elif task == "gamma_gamma":
        answer = average_amount(customers)
    else:
        answer = value(customers, json.loads(sys.argv[4]))
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    parameters, numbers, rows = answer
    np.savez(target, numbers=numbers)
    report = {
        "elapsed": elapsed,
        "cpu": cpu,
        "memory": peak_memory(),
        "rows": rows,
        "parameters": None if parameters is None else parameters.to_dict(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
