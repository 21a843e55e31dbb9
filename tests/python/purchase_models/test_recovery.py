"""Fits on simulated shops find the parameters again, seen as the project sees them: by day."""

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.fitting import Fit
from customer_lifecycle.shops.simulate import PRESETS, SimulatedShop, simulate_orders

CUSTOMERS = 200_000
SEED = 20240229

PURCHASE_DAYS = """
    with purchase_days as (
        select customer_id, ordered_at::date as day, sum(amount)::double as amount,
            day > min(day) over (partition by customer_id) as is_repeat
        from orders
        group by customer_id, day
    ),
    customers as (
        select count(*) - 1 as x, (max(day) - min(day)) / 7 as t_x,
            (date '{end}' - min(day)) / 7 as age, avg(amount) filter (is_repeat) as mean_amount
        from purchase_days
        group by customer_id
    )
"""
STATES = "select x, t_x, age, count(*) as weight from customers group by x, t_x, age order by all"
SPEND = "select x, mean_amount, 1 as weight from customers where x > 0 order by all"


def grouped(shop: SimulatedShop, orders: pa.Table, sql: str) -> list[np.ndarray]:
    with duckdb.connect() as connection:
        connection.register("orders", orders)
        result = connection.execute(PURCHASE_DAYS.format(end=shop.end) + sql).fetchnumpy()
    return [np.asarray(column, float) for column in result.values()]


def distances(fit: Fit, shop: SimulatedShop) -> np.ndarray:
    """Distance of each estimate from the truth, in standard errors."""
    truth = np.array([getattr(shop, name) for name in fit.parameters])
    return (np.array(fit.estimates) - truth) / np.array(fit.standard_errors)


@pytest.mark.parametrize("preset", ["shop", "cdnow"])
def test_parameters_are_found_again_from_purchase_days(preset: str) -> None:
    shop = PRESETS[preset]
    orders = pa.Table.from_batches(simulate_orders(shop, CUSTOMERS, SEED))
    purchases = BG_NBD.fit(*grouped(shop, orders, STATES))
    assert purchases.is_converged
    assert np.abs(distances(purchases, shop)).max() < 3
    spend = gamma_gamma.fit(*grouped(shop, orders, SPEND))
    assert spend.is_converged
    assert np.abs(distances(spend, shop)).max() < 3


def test_merging_exact_times_by_day_shifts_the_fit() -> None:
    """What the day grid is for: with exact times a fast buyer's days hold several purchases."""
    shop = replace(PRESETS["cdnow"], times="exact")
    orders = pa.Table.from_batches(simulate_orders(shop, CUSTOMERS, SEED))
    shifted = BG_NBD.fit(*grouped(shop, orders, STATES))
    assert distances(shifted, shop)[shifted.parameters.index("alpha")] > 3
