"""A shop in which one trait doubles the dropout, and twenty others go with the rate alone."""

from dataclasses import dataclass

import numpy as np

DAYS = 1095
TRAITS = 20


@dataclass(frozen=True)
class DropoutWorld:
    """Customers who may leave after each repeat purchase.

    Attributes
    ----------
    purchases : list of ndarray
        Days of the purchases of each customer.
    is_planted : ndarray of bool, shape (customers,)
        Who leaves twice as readily.
    others : ndarray of bool, shape (customers, TRAITS)
        Traits of those who buy fast, the first ten less and the last ten more often.
    """

    purchases: list[np.ndarray]
    is_planted: np.ndarray
    others: np.ndarray

    def states(self, who: np.ndarray) -> tuple[np.ndarray, ...]:
        """Repeat purchases, recency and age in weeks, and customers of some of them."""
        days = [self.purchases[number] for number in np.flatnonzero(who)]
        repeats = np.array([len(own) - 1 for own in days], dtype=float)
        recency = np.array([np.round((own[-1] - own[0]) / 7) for own in days])
        age = np.array([np.round((DAYS - own[0]) / 7) for own in days])
        return repeats, recency, age, np.ones(len(days))


def dropout_world(customers: int, seed: int, *, factor: float = 2.0) -> DropoutWorld:
    """Draw the customers: rates of gamma shape 1, one purchase in two months on average."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(1.0, 1 / 60, customers)
    is_planted = rng.random(customers) < 0.3
    chances = np.minimum(rng.beta(1.0, 6.0, customers) * np.where(is_planted, factor, 1), 1)
    place = rates.argsort().argsort() / customers - 0.5
    slopes = np.linspace(-0.6, 0.6, TRAITS)
    others = rng.random((customers, TRAITS)) < 0.5 + np.outer(place, slopes)
    purchases = []
    for rate, chance in zip(rates, chances, strict=True):
        days = [float(rng.integers(0, DAYS * 7 // 10))]
        while True:
            day = days[-1] + rng.exponential(1 / rate)
            if day >= DAYS or (len(days) > 1 and rng.random() < chance):
                break
            days.append(day)
        purchases.append(np.unique(np.floor(days)))
    return DropoutWorld(purchases, is_planted, others)
