"""The purchase models by name."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from customer_lifecycle.purchase_models import bg_nbd, mbg_nbd, nbd, pareto_nbd
from customer_lifecycle.purchase_models.fitting import MINIMUM_CUSTOMERS, Fit


class PurchaseModel(Protocol):
    """What every purchase model module offers; the modules document arguments and units."""

    NAME: str
    PARAMETERS: tuple[str, ...]

    def log_likelihood(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> float:
        """Log-likelihood of the purchase times."""

    def log_likelihood_and_gradient(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> tuple[float, np.ndarray]:
        """Log-likelihood and its derivatives by the parameters."""

    def fit(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
        minimum_customers: int = MINIMUM_CUSTOMERS,
    ) -> Fit:
        """Maximum likelihood."""

    def probability_alive(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Probability that a customer has not dropped out by T."""

    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days per week at T + delay of a customer who is alive at T."""

    def time_scale(self, parameters: Sequence[float], age: npt.ArrayLike) -> np.ndarray:
        """Weeks over which that rate bends."""

    def expected_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days in (T, T + horizon] of a customer who is alive at T."""

    def expected_purchases_by_horizon_if_alive(
        self,
        parameters: Sequence[float],
        horizons: Sequence[float],
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days up to each of several horizons of customers who are alive at T."""

    def expected_purchases(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days in (T, T + horizon] of a known customer."""

    def expected_purchases_new(
        self, parameters: Sequence[float], horizon: npt.ArrayLike
    ) -> np.ndarray:
        """Repeat purchase days of a new customer."""

    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Probability of exactly so many purchase days in (T, T + horizon] when alive at T."""

    def probability_of_purchases(
        self, parameters: Sequence[float], count: npt.ArrayLike, horizon: npt.ArrayLike
    ) -> np.ndarray:
        """Probability of exactly so many repeat purchase days of a new customer."""

    def discounted_expected_residual_transactions(
        self,
        parameters: Sequence[float],
        discount_rate_per_week: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days after T for ever of a known customer, discounted to T."""


PURCHASE_MODELS: dict[str, PurchaseModel] = {
    model.NAME: model for model in (nbd, bg_nbd, mbg_nbd, pareto_nbd)
}
