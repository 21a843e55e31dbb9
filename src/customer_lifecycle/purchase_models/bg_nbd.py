"""The BG/NBD model: gamma purchase rates, and a chance to drop out after each repeat purchase.

A customer buys at a rate lambda ~ Gamma(r, rate alpha) per week and drops out right after a repeat
purchase with probability p ~ Beta(a, b) [FHL05a].

References
----------
.. [FHL05a] Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), "Counting your customers the easy
   way: an alternative to the Pareto/NBD model", Marketing Science 24(2), 275-284.
"""

from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, expit, gammaln, hyp2f1, psi

from customer_lifecycle.purchase_models.likelihoods import mix_odds, total_by_run
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.quadrature import (
    beta_nodes,
    integral_over_time,
    integrals_over_time,
)

_SERIES_TERMS = 1000
# Beyond these the terms of the hypergeometric series cancel each other.
_LARGEST_RATE_SHAPE, _LARGEST_DROPOUT_SHAPES = 5.0, 100.0
_BLOCK_ROWS = 512  # rows times nodes that stay in the processor's cache


class BgNbd(PurchaseModel):
    """Dropout after a repeat purchase, with probability p ~ Beta(a, b) [FHL05a]_.

    The MBG/NBD is the same with one more chance to drop out, so what follows counts the chances:
    c = x + ``first_chances``, which is x here.
    """

    NAME = "bg_nbd"
    PARAMETERS = ("r", "alpha", "a", "b")
    STARTS = ((0.3, 0.2, 1.0, 3.0), (1.0, 1.0, 0.1, 1.0), (1.0, 0.3, 1.0, 1.0))

    first_chances = 0
    """Chances to drop out that the first purchase brings."""

    def log_likelihood_and_gradient(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> tuple[float, np.ndarray]:
        """Eq. 6 of [FHL05a]_ in logs, with c chances to drop out.

        The NBD's terms at T, the beta function's for c chances without dropout, and
        ``ln(1 + odds)`` with the odds of having dropped out at the last of them. No power is
        ever formed, so hundreds of purchases do no harm.
        """
        r, alpha, a, b = parameters
        x, recency, age = np.asarray(frequency), np.asarray(recency), np.asarray(age)
        weights = np.asarray(weights)
        log_share, log_fall = np.log1p(age / alpha), np.log((alpha + age) / (alpha + recency))
        log_total, dropped_out = mix_odds(self._log_odds_of_dropout(parameters, x, log_fall))
        terms = log_total - (r + x) * log_share
        # The odds go with the gap's factor ((alpha + T) / (alpha + t_x))^(r + x) a / (b + c - 1).
        by_r = dropped_out * log_fall - log_share
        by_alpha = r / alpha - (r + x) * (
            (1 - dropped_out) / (alpha + age) + dropped_out / (alpha + recency)
        )

        counts, count_weights = total_by_run(x, weights)
        _, dropped_out_weights = total_by_run(x, weights * dropped_out)
        chances = counts + self.first_chances
        by_count = (
            gammaln(r + counts)
            - gammaln(r)
            - counts * log(alpha)
            + betaln(a, b + chances)
            - betaln(a, b)
        )
        r_by_count = psi(r + counts) - psi(r)
        a_by_count = psi(a + b) - psi(a + b + chances)
        b_by_count = a_by_count + psi(b + chances) - psi(b)
        value, of_r, of_alpha = (np.sum(weights * column) for column in (terms, by_r, by_alpha))
        gradient = [
            of_r + np.sum(count_weights * r_by_count),
            of_alpha,
            np.sum(count_weights * a_by_count + dropped_out_weights / a),
            np.sum(count_weights * b_by_count - dropped_out_weights / self._survived(b, counts)),
        ]
        return float(value + np.sum(count_weights * by_count)), np.array(gradient)

    def probability_alive(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """1 for c = 0, else ``1 / (1 + odds)`` with the odds of the likelihood.

        ``odds = a / (b + c - 1) ((alpha + T) / (alpha + t_x))^(r + x)`` [FHL05a]_.
        """
        alpha = parameters[1]
        log_fall = np.log((alpha + np.asarray(age)) / (alpha + np.asarray(recency)))
        return expit(-self._log_odds_of_dropout(parameters, np.asarray(frequency), log_fall))

    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Eq. 10 of [FHL05a]_ without its dropout odds, differentiated by the horizon.

        The mean rate R / (alpha + T), R = r + x, times the mean of ``(1 + p u)^-(R + 1)`` over
        p ~ Beta(a, b + c), u = delay / (alpha + T). That mean is a hypergeometric function, with
        v = ln(1 + u) and B = b + ``first_chances``::

            exp(-a v) 2F1(a + B - r - 1, a; a + B + x; 1 - exp(-v))

        Where a > R + 1 Euler's transformation is undone to keep the series bounded:
        ``exp(-(R + 1) v)``, R + 1 and B + x. With a large r or a + b, towards the limit of
        customers alike, the mean is taken over nodes of the beta distribution.
        """
        r, alpha, a, b = parameters
        b += self.first_chances
        x, age, delay = np.broadcast_arrays(
            *(np.asarray(column, dtype=float) for column in (frequency, age, delay))
        )
        shape = r + x
        v = np.log1p(delay / (alpha + age))
        if r > _LARGEST_RATE_SHAPE or a + b > _LARGEST_DROPOUT_SHAPES:
            return shape / (alpha + age) * _mean_over_dropout(shape + 1, a, b + x, np.expm1(v))
        is_swapped = a > shape + 1
        first = np.where(is_swapped, shape + 1, a + b - r - 1)
        second = np.where(is_swapped, b + x, a)
        decay = np.where(is_swapped, shape + 1, a)
        mean = np.exp(-decay * v) * _hypergeometric(first, second, a + b + x, -np.expm1(-v))
        return shape / (alpha + age) * mean

    def time_scale(self, parameters: Sequence[float], age: npt.ArrayLike) -> np.ndarray:
        """Weeks over which the expected rate bends: alpha + T, or one gap of customers alike.

        A large r leaves the rate known, and dropout then comes within a few gaps, however large
        alpha is.
        """
        return super().time_scale(parameters, age) / max(1.0, parameters[0])

    def expected_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Eq. 10 of [FHL05a]_ without its dropout odds, as the integral of the rate.

        In print it is a difference that has poles at a = 1 and a + b + x = 1 and loses digits on
        short horizons. The rate has no such poles. In ln(1 + u) it has no singularity nearer than
        pi to the real line, so 32 Gauss-Legendre nodes give 11 digits and more from horizons of
        hours to those of 50 years.
        """
        x, age, horizon = np.broadcast_arrays(
            *(np.asarray(column, dtype=float) for column in (frequency, age, horizon))
        )
        return integral_over_time(
            lambda delay: self.expected_rate_if_alive(parameters, delay, x, age),
            horizon,
            self.time_scale(parameters, age),
            nodes=32,
        )

    def expected_purchases_by_horizon_if_alive(
        self,
        parameters: Sequence[float],
        horizons: Sequence[float],
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Integral of the rate to all horizons at once."""
        x, age = np.asarray(frequency, dtype=float), np.asarray(age, dtype=float)
        return integrals_over_time(
            lambda delay: self.expected_rate_if_alive(parameters, delay, x, age),
            horizons,
            self.time_scale(parameters, age),
        )

    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Eq. 8 of [FHL05a]_ with r + x, alpha + T and b + c, the posterior when alive.

        Its sum in brackets, 1 less the first terms of the negative binomial distribution, is taken
        as the incomplete beta function that it is, without cancellation.
        """
        r, alpha, a, b = parameters
        b += self.first_chances
        x, age = np.asarray(frequency, dtype=float), np.asarray(age, dtype=float)
        count, horizon = np.asarray(count, dtype=float), np.asarray(horizon, dtype=float)
        earlier = np.maximum(count, 1)
        survived = np.exp(betaln(a, b + x + count) - betaln(a, b + x))
        dropped_out = np.exp(betaln(a + 1, b + x + earlier - 1) - betaln(a, b + x))
        at_least = betainc(earlier, r + x, horizon / (alpha + age + horizon))
        just_so_many = NBD.probability_of_purchases_if_alive((r, alpha), count, horizon, x, age)
        return survived * just_so_many + np.where(count > 0, dropped_out * at_least, 0)

    def _log_odds_of_dropout(
        self, parameters: Sequence[float], x: np.ndarray, log_fall: np.ndarray
    ) -> np.ndarray:
        """Log of the odds of dropout at the last purchase to being alive; -inf where none came."""
        r, _, a, b = parameters
        log_odds = np.log(a / self._survived(b, x)) + (r + x) * log_fall
        return np.where(x + self.first_chances > 0, log_odds, -np.inf)

    def _survived(self, b: float, x: np.ndarray) -> np.ndarray:
        """Add to b the chances to drop out that came before the last purchase."""
        return b + (np.maximum(x + self.first_chances, 1) - 1)


def _mean_over_dropout(power: np.ndarray, a: float, b: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Mean of ``(1 + p u)^-power`` over p ~ Beta(a, b)."""
    means = np.empty(b.size)
    power, u = power.ravel()[:, None], u.ravel()[:, None]
    order = np.argsort(b, axis=None, kind="stable")
    starts = np.flatnonzero(np.diff(b.ravel()[order], prepend=-1))
    for rows in np.split(order, starts[1:]) if order.size else []:
        points, weights = beta_nodes(a, float(b.ravel()[rows[0]]))
        for at in range(0, rows.size, _BLOCK_ROWS):
            block = rows[at : at + _BLOCK_ROWS]
            falls = np.exp(-power[block] * np.log1p(u[block] * points))
            means[block] = np.einsum("ij,j->i", falls, weights)
    return means.reshape(b.shape)


def _hypergeometric(
    first: np.ndarray, second: np.ndarray, third: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """2F1 for z in [0, 1), also where scipy's overflows.

    Near z = 1 it takes gamma functions of the third argument, which overflow from about 90 on when
    the others differ from it by whole numbers. With so large a third argument the series converges
    fast.
    """
    values = np.array(hyp2f1(first, second, third, z))
    is_lost = ~np.isfinite(values)
    if is_lost.any():
        first, second, third, z = (column[is_lost] for column in (first, second, third, z))
        total, term = np.ones(z.size), np.ones(z.size)
        for k in range(_SERIES_TERMS):
            term = term * (first + k) * (second + k) / ((third + k) * (k + 1)) * z
            total += term
        values[is_lost] = total
    return values


BG_NBD = BgNbd()
