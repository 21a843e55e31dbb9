"""What every purchase model offers, and what follows from it in the same way for all of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import log
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from customer_lifecycle.purchase_models.discounting import discounted_total
from customer_lifecycle.purchase_models.fitting import (
    MINIMUM_CUSTOMERS,
    Fit,
    group_rows,
    maximise,
    not_fitted,
    reason_not_to_fit,
)
from customer_lifecycle.purchase_models.quadrature import integral_over_time
from customer_lifecycle.purchase_models.states import distinct_rows

_TIMES = ("alpha", "beta")


class PurchaseModel(ABC):
    """A law of purchases: gamma rates, and dropout in the way of the model.

    While alive, a customer buys at a rate of his own, lambda ~ Gamma(r, rate alpha) per week. The
    arguments mean the same in every method. Where one customer may stand beside many horizons or
    counts, array_like arguments broadcast against each other, and the result is an ndarray of their
    common shape. Fits, likelihoods and the methods by horizon take one row per customer, arrays of
    shape (n,).

    Attributes
    ----------
    NAME : str
    PARAMETERS : tuple of str
        Names of the parameters; the first two are r and alpha.
    STARTS : tuple of tuple of float
        Where a fit starts, times in mean gaps (observed time per repeat purchase).

    Parameters
    ----------
    parameters : sequence of float
        In the order of the names; alpha and beta in weeks, all others pure numbers.
    frequency : array_like, shape (n,)
        Repeat purchase days x.
    recency : array_like, shape (n,)
        Weeks from the first purchase to the last, t_x.
    age : array_like, shape (n,)
        Weeks observed since the first purchase, T.
    weights : array_like, shape (n,)
        Customers per row.
    delay, horizon : array_like, scalar or shape (n,)
        Weeks after T.
    horizons : sequence of float
        Weeks after T, above 0, within a few years.
    count : array_like
        Purchase days, whole numbers from 0 on.
    discount_rate_per_week : float
        Continuous: ``ln(1 + d) 7 / 365`` for a rate d per year.

    Notes
    -----
    What is expected of a customer who is alive does not depend on the recency.
    """

    NAME: ClassVar[str]
    PARAMETERS: ClassVar[tuple[str, ...]]
    STARTS: ClassVar[tuple[tuple[float, ...], ...]]

    @abstractmethod
    def log_likelihood_and_gradient(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> tuple[float, np.ndarray]:
        """Log-likelihood of the purchase times, and its derivatives by the parameters.

        Sums over the rows with their weights: a float, and an ndarray of shape (parameters,). The
        combinatorial constants of the counts are not in it, since it is the density of the times.
        """

    @abstractmethod
    def probability_alive(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Probability that a customer has not dropped out by T."""

    @abstractmethod
    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days per week expected at T + delay of a customer who is alive at T."""

    @abstractmethod
    def expected_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days expected in (T, T + horizon] of a customer who is alive at T."""

    @abstractmethod
    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Probability of exactly so many purchase days in (T, T + horizon] when alive at T."""

    def log_likelihood(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> float:
        """Log-likelihood of the purchase times."""
        return self.log_likelihood_and_gradient(parameters, frequency, recency, age, weights)[0]

    def fit(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
        minimum_customers: int = MINIMUM_CUSTOMERS,
    ) -> Fit:
        """Fit the parameters by maximum likelihood; with fewer customers nothing is fitted.

        The order and the grouping of the rows do not matter. There is never an exception: what went
        wrong is in the flags and the reason of the fit.
        """
        states, weights = group_rows((frequency, recency, age), weights)
        customers, groups = round(np.sum(weights)), weights.size
        repeats, time = np.sum(weights * states[0]), np.sum(weights * states[2])
        reason = reason_not_to_fit(states, weights, minimum_customers)
        if reason is None and repeats == 0:
            reason = "no_repeat_purchases"
        if reason is None and time == 0:
            reason = "no_observed_time"
        if reason:
            return not_fitted(self.NAME, self.PARAMETERS, customers, groups, reason)
        gap = time / repeats
        return maximise(
            self.NAME,
            self.PARAMETERS,
            self.log_likelihood_and_gradient,
            (states[0], states[1] / gap, states[2] / gap),
            weights,
            self.STARTS,
            units=[gap if name in _TIMES else 1.0 for name in self.PARAMETERS],
            log_likelihood_shift=-repeats * log(gap),
        )

    def mean_rate(
        self, parameters: Sequence[float], frequency: npt.ArrayLike, age: npt.ArrayLike
    ) -> np.ndarray:
        """Purchase days per week of a customer who is alive at T and stays: (r + x) / (alpha + T).

        The mean of the posterior, which is Gamma(r + x, rate alpha + T) when alive.
        """
        r, alpha, *_ = parameters
        return (r + np.asarray(frequency)) / (alpha + np.asarray(age))

    def time_scale(self, parameters: Sequence[float], age: npt.ArrayLike) -> np.ndarray:
        """Weeks over which the expected rate bends: alpha + T."""
        return parameters[1] + np.asarray(age, dtype=float)

    def expected_purchases_by_horizon_if_alive(
        self,
        parameters: Sequence[float],
        horizons: Sequence[float],
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days expected up to each horizon, shape (horizons, n), when alive at T."""
        by_row = np.reshape(horizons, (-1, 1))
        return self.expected_purchases_if_alive(parameters, by_row, frequency, age)

    def expected_purchases(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days expected of a known customer in (T, T + horizon]."""
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * self.expected_purchases_if_alive(parameters, horizon, frequency, age)

    def expected_purchases_by_horizon(
        self,
        parameters: Sequence[float],
        horizons: Sequence[float],
        frequency: np.ndarray,
        recency: np.ndarray,
        age: np.ndarray,
    ) -> np.ndarray:
        """Purchase days expected of known customers up to each horizon, shape (horizons, n).

        What is expected of who is alive is worked out once per pair of purchases and age.
        """
        pairs, pair_of_state = distinct_rows(frequency, age)
        if_alive = self.expected_purchases_by_horizon_if_alive(parameters, horizons, *pairs)
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * if_alive[:, pair_of_state]

    def expected_purchases_new(
        self, parameters: Sequence[float], horizon: npt.ArrayLike
    ) -> np.ndarray:
        """Repeat purchase days expected of a new customer: a known one at x = T = 0.

        For the BG/NBD that is eq. 9 of its paper.
        """
        return self.expected_purchases(parameters, horizon, frequency=0, recency=0, age=0)

    def probability_of_purchases(
        self, parameters: Sequence[float], count: npt.ArrayLike, horizon: npt.ArrayLike
    ) -> np.ndarray:
        """Probability that a new customer makes exactly so many repeat purchases."""
        alive = self.probability_alive(parameters, frequency=0, recency=0, age=0)
        if_alive = self.probability_of_purchases_if_alive(parameters, count, horizon, 0, 0)
        return alive * if_alive + (1 - alive) * (np.asarray(count) == 0)

    def discounted_purchases_if_alive(
        self,
        parameters: Sequence[float],
        discount_rate_per_week: float,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
        horizon: float = np.inf,
    ) -> np.ndarray:
        """Purchase days expected after T when alive at T, each discounted from its own time.

        Raises
        ------
        ValueError
            If the discount rate is below 0, or 0 with an infinite horizon.
        """
        x, age = np.broadcast_arrays(*(np.asarray(c, dtype=float) for c in (frequency, age)))
        return discounted_total(
            lambda delay: self.expected_rate_if_alive(parameters, delay, x, age),
            discount_rate_per_week,
            self.time_scale(parameters, age),
            horizon,
        )

    def discounted_expected_residual_transactions(
        self,
        parameters: Sequence[float],
        discount_rate_per_week: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Purchase days expected of a known customer after T for ever, discounted to T.

        Raises
        ------
        ValueError
            If the discount rate is below 0; also if it is 0, where the model has no closed form.
        """
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * self.discounted_purchases_if_alive(
            parameters, discount_rate_per_week, frequency, age
        )

    def lost_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: float,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and mean square of the purchase days lost to dropout in (T, T + horizon].

        A customer who is alive at T buys on at the same times for ever; what comes after the
        dropout is lost. Two arrays of the common shape of frequency and age.

        Notes
        -----
        Exact. At a rate lambda a purchase at t is lost with the probability G(t) of dropout before
        t, and a pair of purchases with that of the earlier one, so that of the number L lost::

            E[L] = int_0^H E[lambda G(t)] dt
            E[L (L - 1)] = 2 int_0^H (H - t) E[lambda^2 G(t)] dt

        G depends on lambda in some models. To weigh the posterior by lambda is to add 1 to the
        shape r and to multiply by the mean rate, so both are integrals of what the rate loses.
        """
        r, *others = parameters
        frequency, age = np.broadcast_arrays(frequency, age)

        def lost_rate(shape: float, delay: np.ndarray) -> np.ndarray:
            weighed = (shape, *others)
            stays = self.mean_rate(weighed, frequency, age)
            return stays - self.expected_rate_if_alive(weighed, delay, frequency, age)

        scale = self.time_scale(parameters, age)
        mean = integral_over_time(lambda delay: lost_rate(r, delay), horizon, scale, nodes=32)
        pairs = integral_over_time(
            lambda delay: (horizon - delay) * lost_rate(r + 1, delay), horizon, scale, nodes=32
        )
        return mean, 2 * self.mean_rate(parameters, frequency, age) * pairs + mean
