"""A world without dropout in which the assumptions behind the (r, f, m) states hold exactly."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class MarkovWorld:
    """Poisson purchases per period and gamma amounts; rates and scales gamma over customers.

    Parameters
    ----------
    a, b
        Purchases per period: rate ~ Gamma(shape a, rate b).
    p, q, k
        Amount of a purchase: Gamma(shape p, rate v) with v ~ Gamma(shape q, rate k).
    periods
        Periods that each customer is seen for.
    """

    a: float = 1.2
    b: float = 1.5
    p: float = 4.0
    q: float = 6.0
    k: float = 50.0
    periods: int = 12


class CustomerPeriods(NamedTuple):
    """One entry per customer and period, sorted by both; ``reshape(customers, -1)`` for a table."""

    customers: np.ndarray
    periods: np.ndarray
    counts: np.ndarray
    mean_amounts: np.ndarray
    """Mean amount per purchase, NaN without one."""


def simulate_periods(world: MarkovWorld, customers: int, seed: int) -> CustomerPeriods:
    """Draw purchases and mean amounts of every customer in every period."""
    rng = np.random.default_rng(seed)
    shape = (customers, world.periods)
    rates = rng.gamma(world.a, 1 / world.b, (customers, 1))
    scales = world.k / rng.gamma(world.q, 1, (customers, 1))
    counts = rng.poisson(rates, shape)
    # A sum of f gamma amounts is gamma with f times the shape.
    totals = rng.standard_gamma(world.p * counts) * scales
    mean_amounts = np.divide(totals, counts, out=np.full(shape, np.nan), where=counts > 0)
    columns = (*np.indices(shape), counts, mean_amounts)
    return CustomerPeriods(*(column.ravel() for column in columns))
