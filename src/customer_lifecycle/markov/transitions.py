"""Transitions of the (recency, frequency, amount) state of a customer from period to period.

A customer who buys in a period is in the state (0, f, m) then: f purchase days of mean amount m.
One who does not goes from (r, f, m) to (r + 1, f, m). The number of states is bounded: r and f have
a last cell that stands for all beyond, and m is one of a few buckets.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import betainc, betaincinv, log_expit, logit

from customer_lifecycle.markov import nbd_period

TRANSITION_SCHEMA = pa.schema(
    [
        ("from_recency", pa.int64()),
        ("from_frequency", pa.int64()),
        ("from_bucket", pa.int64()),
        ("to_recency", pa.int64()),
        ("to_frequency", pa.int64()),
        ("to_bucket", pa.int64()),
        ("probability", pa.float64()),
    ]
)

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(128)
# Where the first and the last bucket are cut off: so much probability is beyond.
_NEGLIGIBLE = 1e-12


def frequency_transitions(
    parameters: Sequence[float], recency_cap: int, frequency_cap: int
) -> np.ndarray:
    """Probabilities of the purchase days of the next period.

    Parameters
    ----------
    parameters : sequence of float
        a and b of the model of :mod:`~customer_lifecycle.markov.nbd_period`.
    recency_cap, frequency_cap : int
        The last cells; what lies beyond is taken to be there.

    Returns
    -------
    ndarray, shape (recency_cap + 1, frequency_cap, frequency_cap + 1)
        From recency 0 ... and frequency 1 ... to 0, 1, ... purchase days. Each row sums to 1: the
        last cell holds the tail.
    """
    recency = np.arange(recency_cap + 1)[:, None, None]
    frequency = np.arange(1, frequency_cap + 1)[:, None]
    below_cap = nbd_period.probability_of_frequency(
        parameters, np.arange(frequency_cap), recency, frequency
    )
    return np.concatenate([below_cap, 1 - below_cap.sum(axis=-1, keepdims=True)], axis=-1)


def amount_transitions(
    parameters: Sequence[float], cuts: npt.ArrayLike, frequency_cap: int
) -> np.ndarray:
    """Probabilities of the bucket of the mean amount in the next active period.

    Parameters
    ----------
    parameters : sequence of float
        p, q and k of the gamma-gamma model per purchase day.
    cuts : array_like, shape (buckets - 1,)
        Where the second bucket, the third ... begin, in money, rising.
    frequency_cap : int
        The last cell of the purchase days.

    Returns
    -------
    ndarray, shape (frequency_cap, buckets, frequency_cap, buckets)
        From frequency 1 ... and bucket to frequency 1 ... and bucket, given that frequency. The
        last axis sums to 1.

    Notes
    -----
    After x1 purchase days of mean m1, the mean of x2 more is below y with probability
    ``I_u(p x2, p x1 + q)``, u = x2 y / (k + x1 m1 + x2 y) with I the regularised incomplete beta
    function. Over a bucket of m1 that is integrated under its density, x1 m1 / k ~
    BetaPrime(p x1, q), by 128 Gauss-Legendre nodes in ln m1.
    """
    p, q, k = parameters
    cuts = np.asarray(cuts, dtype=float)
    days = np.arange(1, frequency_cap + 1)
    # To: purchase days and the sum of amounts at each cut.
    to_days, to_sums = days[:, None], days[:, None] * cuts
    table = np.empty((frequency_cap, cuts.size + 1, frequency_cap, cuts.size + 1))
    for x in days:
        # All in z = ln(x1 m1 / k), whose density is that of a logit of Beta(p x1, q).
        ends = logit(betaincinv(p * x, q, [_NEGLIGIBLE, 1 - _NEGLIGIBLE]))
        edges = np.clip(np.log(x * cuts / k), *ends)
        low, high = np.append(ends[0], edges), np.append(edges, ends[1])
        for bucket in range(cuts.size + 1):
            half = (high[bucket] - low[bucket]) / 2
            z = low[bucket] + half * (_NODES + 1)
            log_density = p * x * log_expit(z) + q * log_expit(-z)
            density = _NODE_WEIGHTS * np.exp(log_density - log_density.max())
            posterior_scale = (k * (1 + np.exp(z)))[:, None, None]  # k + x1 m1
            below = betainc(p * to_days, p * x + q, to_sums / (posterior_scale + to_sums))
            mean_below = np.tensordot(density / density.sum(), below, axes=1)
            table[x - 1, bucket] = np.diff(mean_below, axis=1, prepend=0.0, append=1.0)
    return table


def transition_table(
    frequency_parameters: Sequence[float],
    amount_parameters: Sequence[float],
    cuts: npt.ArrayLike,
    recency_cap: int,
    frequency_cap: int,
) -> pa.Table:
    """Lay out all possible transitions with their probabilities.

    Parameters
    ----------
    frequency_parameters : sequence of float
        a and b of the model of :mod:`~customer_lifecycle.markov.nbd_period`.
    amount_parameters : sequence of float
        p, q and k of the gamma-gamma model per purchase day.
    cuts : array_like, shape (buckets - 1,)
        Where the second amount bucket, the third ... begin, in money, rising.
    recency_cap, frequency_cap : int
        The last cells; what lies beyond is taken to be there.

    Returns
    -------
    pyarrow.Table
        With :data:`TRANSITION_SCHEMA`, ``(recency_cap + 1) F B (F B + 1)`` rows for F frequencies
        and B buckets. The probabilities from a state sum to 1.

    Raises
    ------
    ValueError
        If a cap leaves no state or the cuts do not rise.
    """
    cuts = np.asarray(cuts, dtype=float)
    if recency_cap < 1 or frequency_cap < 1:
        raise ValueError("recency_cap and frequency_cap must be 1 or more")
    if not (np.diff(cuts, prepend=0.0) > 0).all():
        raise ValueError("cuts must be above 0 and rise")
    by_frequency = frequency_transitions(frequency_parameters, recency_cap, frequency_cap)
    by_amount = amount_transitions(amount_parameters, cuts, frequency_cap)

    # From (r, f, m) to (f', m'), and to no purchase.
    buys = by_frequency[:, :, None, 1:, None] * by_amount
    r, f, m, to_f, to_m = np.indices(buys.shape).reshape(5, -1)
    rows_of_buyers = (r, f + 1, m + 1, np.zeros_like(r), to_f + 1, to_m + 1, buys.ravel())
    stays = np.broadcast_to(by_frequency[:, :, :1], buys.shape[:3])
    r, f, m = np.indices(stays.shape).reshape(3, -1)
    next_r = np.minimum(r + 1, recency_cap)
    rows_of_others = (r, f + 1, m + 1, next_r, f + 1, m + 1, stays.ravel())
    columns = [np.concatenate(pair) for pair in zip(rows_of_buyers, rows_of_others, strict=True)]
    return pa.table(columns, schema=TRANSITION_SCHEMA)
