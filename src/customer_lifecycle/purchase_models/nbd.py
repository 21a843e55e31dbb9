"""The NBD model: Poisson purchases, gamma rates, nobody drops out.

Every customer buys at a rate of his own, lambda ~ Gamma(r, rate alpha) per week, for ever [MS88].

References
----------
.. [MS88] Morrison, D. G. and Schmittlein, D. C. (1988), "Generalizing the NBD model for customer
   purchases: what are the implications and is it worth the effort?", Journal of Business & Economic
   Statistics 6(2), 145-159.
"""

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi, xlogy

from customer_lifecycle.purchase_models.discounting import refuse_negative
from customer_lifecycle.purchase_models.likelihoods import total_by_run
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel


class Nbd(PurchaseModel):
    """Nobody drops out."""

    NAME = "nbd"
    PARAMETERS = ("r", "alpha")
    STARTS = ((1.0, 1.0), (0.1, 0.1))

    def log_likelihood_and_gradient(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,  # noqa: ARG002 (all purchase models have the same arguments)
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> tuple[float, np.ndarray]:
        """Sum of ``ln G(r + x) - ln G(r) + r ln alpha - (r + x) ln(alpha + T)`` [MS88]_."""
        r, alpha = parameters
        x, age, weights = np.asarray(frequency), np.asarray(age), np.asarray(weights)
        log_share = np.log1p(age / alpha)
        counts, count_weights = total_by_run(x, weights)
        by_count = gammaln(r + counts) - gammaln(r) - counts * log(alpha)
        by_r = np.sum(count_weights * (psi(r + counts) - psi(r))) - np.sum(weights * log_share)
        by_alpha = np.sum(weights * (r / alpha - (r + x) / (alpha + age)))
        value = np.sum(count_weights * by_count) - np.sum(weights * (r + x) * log_share)
        return float(value), np.array([by_r, by_alpha])

    def probability_alive(
        self,
        parameters: Sequence[float],  # noqa: ARG002 (all purchase models have the same arguments)
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """1 for everybody."""
        return np.ones(np.broadcast(frequency, recency, age).shape)

    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Mean rate, at any time [MS88]_."""
        return self.mean_rate(parameters, frequency, age) * np.ones_like(delay, dtype=float)

    def expected_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Mean rate times the horizon [MS88]_."""
        return np.asarray(horizon) * self.mean_rate(parameters, frequency, age)

    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Negative binomial probability with R = r + x and A = alpha + T [MS88]_.

        ``G(R + n) / (G(R) n!) (A / (A + t))^R (t / (A + t))^n`` of n purchases within t.
        """
        r, alpha = parameters
        shape, scale = r + np.asarray(frequency, dtype=float), alpha + np.asarray(age, dtype=float)
        count, horizon = np.asarray(count, dtype=float), np.asarray(horizon, dtype=float)
        log_shares = xlogy(count, horizon / (scale + horizon)) - shape * np.log1p(horizon / scale)
        return np.exp(gammaln(shape + count) - gammaln(shape) - gammaln(count + 1) + log_shares)

    def discounted_expected_residual_transactions(
        self,
        parameters: Sequence[float],
        discount_rate_per_week: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,  # noqa: ARG002
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Mean rate over the discount rate; infinite without discount."""
        refuse_negative(discount_rate_per_week)
        with np.errstate(divide="ignore"):
            return self.mean_rate(parameters, frequency, age) / np.float64(discount_rate_per_week)


NBD = Nbd()
