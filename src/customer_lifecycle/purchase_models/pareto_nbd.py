"""The Pareto/NBD model: gamma purchase rates, and lifetimes that end at any time.

A customer buys at a rate lambda ~ Gamma(r, rate alpha) per week, and drops out unseen at a rate
mu ~ Gamma(s, rate beta) per week [SMC87].

References
----------
.. [SMC87] Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987), "Counting your customers: who
   are they and what will they do next?", Management Science 33(1), 1-24.
.. [FHL05b] Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), "RFM and CLV: using iso-value
   curves for customer base analysis", Journal of Marketing Research 42(4), 415-430.
.. [FH06] Fader, P. S. and Hardie, B. G. S. (2006), "Deriving an expression for P(X(t) = x) under
   the Pareto/NBD model", http://www.brucehardie.com/notes/012/.
"""

from collections.abc import Callable, Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import expit, exprel, gammaln, psi

from customer_lifecycle.purchase_models.discounting import refuse_negative
from customer_lifecycle.purchase_models.likelihoods import mix_odds, total_by_run
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

# Gauss-Legendre nodes and weights, and how far the integrand may fall (in logs) and over which
# length of u for them to be enough; the last will do for all.
_RULES = [np.polynomial.legendre.leggauss(count) for count in (6, 10, 16, 32)]
_MOST_FALL, _MOST_LENGTH = (2.0, 8.0, 24.0), (1.0, 2.5, 4.0)
_BLOCK_SIZE = 20_480  # nodes times rows that stay in the processor's cache
_TAIL_NODES, _TAIL_NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)
_COUNT_NODES, _COUNT_NODE_WEIGHTS = np.polynomial.legendre.leggauss(128)
_BISECTIONS = 60
# An integrand that has fallen by exp(-36), 15 digits, is at its end.
_NEGLIGIBLE = 36.0
_NEWTON_STEPS = 4


class ParetoNbd(PurchaseModel):
    """Dropout at any time, at a rate mu ~ Gamma(s, rate beta) [SMC87]_."""

    NAME = "pareto_nbd"
    PARAMETERS = ("r", "alpha", "s", "beta")
    STARTS = ((0.5, 0.3, 0.5, 0.5), (1.0, 1.0, 0.5, 10.0), (1.0, 0.5, 2.0, 5.0))

    def log_likelihood_and_gradient(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> tuple[float, np.ndarray]:
        """Density of [SMC87]_, with an integral where print has hypergeometric functions.

        The NBD's terms at T, the Pareto survival ``s ln(beta / (beta + T))``, and ``ln(1 + odds)``
        with the odds of having dropped out between t_x and T. In print the odds are a difference of
        two hypergeometric functions. They are the integral over the time of dropout::

            s int_{t_x}^T ((alpha + T) / (alpha + y))^(r + x) ((beta + T) / (beta + y))^s
                          dy / (beta + y)

        With m the smaller of alpha and beta and u = ln((m + y) / (m + t_x)) the integrand is
        log-concave and has no singularity nearer than pi to the real line. Taken relative to
        y = t_x and up to where it is negligible, 32 Gauss-Legendre nodes give it to 11 digits, for
        hundreds and thousands of purchases alike; where it falls little fewer are enough. The
        derivatives are means under the integrand, at the same nodes.
        """
        r, alpha, s, beta = parameters
        x, recency, age, weights = (
            np.asarray(column, dtype=float) for column in (frequency, recency, age, weights)
        )
        log_odds, mean_log_alpha, mean_log_beta, mean_rate, mean_dropout = _dropout(
            parameters, x, recency, age
        )
        log_total, dropped_out = mix_odds(log_odds)
        log_share, log_lifetime_share = np.log1p(age / alpha), np.log1p(age / beta)
        counts, count_weights = total_by_run(x, weights)
        by_count = gammaln(r + counts) - gammaln(r) - counts * log(alpha)
        terms = log_total - (r + x) * log_share - s * log_lifetime_share
        by_r = dropped_out * mean_log_alpha - log_share
        by_alpha = r / alpha - (r + x) * (
            (1 - dropped_out) / (alpha + age) + dropped_out * mean_rate
        )
        by_s = dropped_out * (1 / s + mean_log_beta) - log_lifetime_share
        by_beta = (
            s / beta - (1 - dropped_out) * s / (beta + age) - dropped_out * (s + 1) * mean_dropout
        )
        sums = [np.sum(weights * column) for column in (terms, by_r, by_alpha, by_s, by_beta)]
        sums[0] += np.sum(count_weights * by_count)
        sums[1] += np.sum(count_weights * (psi(r + counts) - psi(r)))
        return float(sums[0]), np.array(sums[1:])

    def probability_alive(
        self,
        parameters: Sequence[float],
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """``1 / (1 + odds)`` with the odds of the likelihood [SMC87]_; 1 where T is t_x."""
        x, recency, age = np.broadcast_arrays(
            *(np.asarray(column, dtype=float) for column in (frequency, recency, age))
        )
        log_odds = _dropout(parameters, x.ravel(), recency.ravel(), age.ravel())[0]
        return expit(-log_odds).reshape(x.shape)

    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Mean rate times ``((beta + T) / (beta + T + delay))^s``, while life lasts [SMC87]_."""
        _, _, s, beta = parameters
        survival = np.exp(-s * np.log1p(np.asarray(delay) / (beta + np.asarray(age))))
        return self.mean_rate(parameters, frequency, age) * survival

    def time_scale(self, parameters: Sequence[float], age: npt.ArrayLike) -> np.ndarray:
        """Weeks over which the expected rate bends: beta + T, or one life of customers alike."""
        return (parameters[3] + np.asarray(age, dtype=float)) / max(1.0, parameters[2])

    def expected_purchases_if_alive(
        self,
        parameters: Sequence[float],
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Mean rate times ``(beta + T) / (s - 1) (1 - exp(-(s - 1) v))`` [SMC87]_.

        With v = ln(1 + horizon / (beta + T)), written so that s = 1 is no special case.
        """
        _, _, s, beta = parameters
        life_scale = beta + np.asarray(age)
        v = np.log1p(np.asarray(horizon) / life_scale)
        return self.mean_rate(parameters, frequency, age) * life_scale * v * exprel((1 - s) * v)

    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """P(X(t) = n) of [FH06]_ with r + x, alpha + T and beta + T, the posterior when alive.

        Either a lifetime beyond the horizon with n purchases until then, or one that ends at y with
        n purchases before::

            NB(n; t) (beta / (beta + t))^s
                + int_0^t NB(n; y) s / (beta + y) (beta / (beta + y))^s dy

        with NB the probability of the NBD. In print the integral is a sum of hypergeometric
        functions. In ln y its integrand is log-concave without a singularity nearer than pi to the
        real line: 128 Gauss-Legendre nodes over where it is not negligible.
        """
        r, alpha, s, beta = parameters
        count, horizon, x, age = np.broadcast_arrays(
            *(np.asarray(column, dtype=float) for column in (count, horizon, frequency, age))
        )
        horizon = np.maximum(horizon, 1e-300)
        shape, scale, life_scale = r + x, alpha + age, beta + age

        def log_integrand(log_time: np.ndarray) -> np.ndarray:
            time = np.exp(log_time)
            return (
                (count + 1) * log_time
                - (shape + count) * np.log(scale + time)
                - (s + 1) * np.log(life_scale + time)
            )

        start, peak, end = _span(
            (shape, scale, s, life_scale), count, np.log(horizon), log_integrand
        )
        highest = log_integrand(peak)
        total = np.zeros(count.shape)
        for node, weight in zip(_COUNT_NODES, _COUNT_NODE_WEIGHTS, strict=True):
            log_time = start + (end - start) * (node + 1) / 2
            total += weight * np.exp(log_integrand(log_time) - highest)
        log_scale = gammaln(shape + count) - gammaln(shape) - gammaln(count + 1)
        log_scale += shape * np.log(scale) + s * np.log(life_scale) + log(s)
        dropped_out = (end - start) / 2 * total * np.exp(highest + log_scale)
        alive = np.exp(-s * np.log1p(horizon / life_scale))
        by_horizon = NBD.probability_of_purchases_if_alive((r, alpha), count, horizon, x, age)
        return alive * by_horizon + dropped_out

    def discounted_expected_residual_transactions(
        self,
        parameters: Sequence[float],
        discount_rate_per_week: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """P(alive), the mean rate and the mean discounted remaining life [FHL05b]_.

        In print the life is Tricomi's function. With z = discount rate (beta + T) it is (beta + T)
        times the integral over v from 0 on of::

            exp(-z (exp(v) - 1) - (s - 1) v)

        an entire function, taken with 64 Gauss-Legendre nodes up to where it is negligible. At a
        rate of 0 it is infinite when s <= 1: lifetimes have no mean then.
        """
        refuse_negative(discount_rate_per_week)
        _, _, s, beta = parameters
        life_scale = beta + np.asarray(age, dtype=float)
        life = life_scale * _discounted_life(s, discount_rate_per_week * life_scale)
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * self.mean_rate(parameters, frequency, age) * life


def _dropout(
    parameters: Sequence[float], x: np.ndarray, recency: np.ndarray, age: np.ndarray
) -> np.ndarray:
    """Integrate over the time y of a dropout between the last purchase and T.

    Returns
    -------
    ndarray, shape (5, n)
        Log of the odds of dropout to being alive (-inf where T is t_x), and the means, given
        dropout, of ln((alpha + T) / (alpha + y)), ln((beta + T) / (beta + y)), 1 / (alpha + y) and
        1 / (beta + y).
    """
    r, alpha, s, beta = parameters
    log_alpha, log_beta = (np.log1p((age - recency) / (scale + recency)) for scale in (alpha, beta))
    fall, length = (r + x) * log_alpha + s * log_beta, np.maximum(log_alpha, log_beta)
    rule_of_row = np.zeros(x.size, dtype=np.int8)
    for most_fall, most_length in zip(_MOST_FALL, _MOST_LENGTH, strict=True):
        rule_of_row += ~((fall < most_fall) & (length < most_length))
    results = np.empty((5, x.size))
    for index, rule in enumerate(_RULES):
        rows, size = np.flatnonzero(rule_of_row == index), _BLOCK_SIZE // rule[0].size
        for start in range(0, rows.size, size):
            block = rows[start : start + size]
            of_block = (column[block] for column in (x, recency, log_alpha, log_beta))
            for result, values in zip(
                results, _dropout_by_rule(parameters, *of_block, *rule), strict=True
            ):
                result[block] = values
    return results


def _dropout_by_rule(
    parameters: Sequence[float],
    x: np.ndarray,
    recency: np.ndarray,
    log_alpha: np.ndarray,
    log_beta: np.ndarray,
    nodes: np.ndarray,
    node_weights: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Integrate with the nodes and weights of a Gauss-Legendre rule."""
    r, alpha, s, beta = parameters
    of_alpha, of_beta = (alpha, r + x, log_alpha), (beta, s, log_beta)
    (near, near_power, log_whole_near), (far, far_power, log_whole_far) = (
        (of_alpha, of_beta) if alpha <= beta else (of_beta, of_alpha)
    )
    first, first_far, step = near + recency, far + recency, far - near
    whole_fall = near_power * log_whole_near + far_power * log_whole_far

    # Where the fall of the integrand, a convex function of u, ends or becomes negligible: Newton's
    # method comes down to that from the right.
    length = log_whole_near
    if (whole_fall > _NEGLIGIBLE).any():
        length = np.minimum(length, _NEGLIGIBLE / (near_power + far_power * first / first_far))
        for _ in range(_NEWTON_STEPS):
            risen = first * np.exp(length)
            fall = near_power * length + far_power * np.log((risen + step) / first_far)
            slope = near_power + far_power * risen / (risen + step)
            length = length - np.maximum(fall - _NEGLIGIBLE, 0) / slope

    shares = (nodes + 1) / 2
    log_near = length * shares[:, None]  # this is u
    risen = first * np.exp(log_near)  # near + y
    risen_far = risen + step  # far + y
    log_far = np.log(risen_far * (1 / first_far))
    # dy / (beta + y) is du where beta is near; else it takes (near + y) / (far + y) besides.
    is_alpha_near = alpha <= beta
    integrand = np.exp(
        -((near_power - is_alpha_near) * log_near + (far_power + is_alpha_near) * log_far)
    )
    total = node_weights @ integrand
    at_recency = first / first_far if is_alpha_near else 1.0
    with np.errstate(divide="ignore"):
        log_integral = np.log(s * length / 2 * at_recency * total)
    mean_log_near = length * ((node_weights * shares) @ integrand) / total
    mean_log_far = node_weights @ (integrand * log_far) / total
    for_near = (log_whole_near - mean_log_near, node_weights @ (integrand / risen) / total)
    for_far = (log_whole_far - mean_log_far, node_weights @ (integrand / risen_far) / total)
    for_alpha, for_beta = (for_near, for_far) if is_alpha_near else (for_far, for_near)
    return log_integral + whole_fall, for_alpha[0], for_beta[0], for_alpha[1], for_beta[1]


def _span(
    parameters: tuple[np.ndarray, np.ndarray, float, np.ndarray],
    count: np.ndarray,
    log_horizon: np.ndarray,
    log_integrand: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find by bisection where a log-concave integrand up to the horizon starts, peaks and ends.

    Left of the lowest point its slope is above 1 / 2.
    """
    r, alpha, s, beta = parameters

    def is_rising(log_time: np.ndarray) -> np.ndarray:
        time = np.exp(log_time)
        falls = (r + count) * (time / (alpha + time)) + (s + 1) * (time / (beta + time))
        return count + 1 > falls

    lowest = np.minimum(log_horizon, np.log(np.minimum(alpha, beta)))
    lowest = lowest - np.log(2 * (r + count + s + 1)) - 2 * _NEGLIGIBLE
    peak = _bisect(is_rising, lowest, log_horizon)
    floor = log_integrand(peak) - _NEGLIGIBLE
    start = _bisect(lambda log_time: log_integrand(log_time) < floor, lowest, peak)
    end = _bisect(lambda log_time: log_integrand(log_time) >= floor, peak, log_horizon)
    return start, peak, end


def _bisect(
    is_before: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Find where a condition ceases to hold; the upper end where it holds throughout."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        holds = is_before(middle)
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return high


def _discounted_life(s: float, z: np.ndarray) -> np.ndarray:
    """Integrate exp(-z (exp(v) - 1) - (s - 1) v) over v from 0 on."""
    if (z == 0).all():
        return np.full_like(z, 1 / (s - 1) if s > 1 else np.inf)
    # The end is found as in the integral over the time of dropout, from the right; exp(v) is below
    # 200 / z there.
    length = np.log1p(200 / z)
    length = np.minimum(length, _NEGLIGIBLE / np.maximum(z + s - 1, 1e-300))
    for _ in range(2 * _NEWTON_STEPS):
        fall = z * np.expm1(length) + (s - 1) * length
        slope = z * np.exp(length) + s - 1
        length = length - np.maximum(fall - _NEGLIGIBLE, 0) / slope
    total = np.zeros(z.shape)
    for node, weight in zip(_TAIL_NODES, _TAIL_NODE_WEIGHTS, strict=True):
        v = length * (node + 1) / 2
        total += weight * np.exp(-z * np.expm1(v) - (s - 1) * v)
    return length / 2 * total


PARETO_NBD = ParetoNbd()
