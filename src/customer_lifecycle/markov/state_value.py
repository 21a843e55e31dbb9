"""Value of a customer by recency: how many periods ago the last purchase was.

A customer in state i buys in the coming period with probability p_i and is in state 0 then; one who
does not buy moves on to state i + 1, and from the last state on stays there [PC00].

References
----------
.. [PC00] Pfeifer, P. E. and Carraway, R. L. (2000), "Modeling customer relationships as Markov
   chains", Journal of Interactive Marketing 14(2), 43-55.
"""

import numpy as np
import numpy.typing as npt


def transition_matrix(probability_buys: npt.ArrayLike) -> np.ndarray:
    """Probabilities to move from state to state within a period.

    Parameters
    ----------
    probability_buys : array_like, shape (n,)
        Of a customer in each state.

    Returns
    -------
    ndarray, shape (n, n)
        From the row's state to the column's; each row sums to 1.

    Raises
    ------
    ValueError
        When there is no state, or a probability is not between 0 and 1.
    """
    p = np.asarray(probability_buys, dtype=float)
    if p.ndim != 1 or p.size == 0 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probability_buys must be one probability per state")
    states = np.arange(p.size)
    matrix = np.zeros((p.size, p.size))
    matrix[states, np.minimum(states + 1, p.size - 1)] = 1 - p
    matrix[:, 0] += p
    return matrix


def value_horizon(
    probability_buys: npt.ArrayLike, rewards: npt.ArrayLike, discount_rate: float, periods: int
) -> np.ndarray:
    """Discounted rewards that a customer in each state is expected to bring by a last period.

    Parameters
    ----------
    probability_buys : array_like, shape (n,)
        Of a customer in each state.
    rewards : array_like, shape (n,)
        What a period in each state brings, in money.
    discount_rate : float
        Share per period.
    periods : int
        The last period that counts; the reward of the present one, at t = 0, is not discounted.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        When there are not as many rewards as states, the rate is negative, or so is the horizon.

    Notes
    -----
    ``V = R + P V / (1 + d)`` from ``V = R``, once per period [PC00]_.
    """
    matrix, rewards = _checked(probability_buys, rewards, discount_rate)
    if periods < 0:
        raise ValueError("periods must be 0 or more")
    value = rewards
    for _ in range(periods):
        value = rewards + matrix @ value / (1 + discount_rate)
    return value


def value_infinite(
    probability_buys: npt.ArrayLike, rewards: npt.ArrayLike, discount_rate: float
) -> np.ndarray:
    """Discounted rewards that a customer in each state is expected to bring for ever.

    Parameters
    ----------
    probability_buys, rewards : array_like, shape (n,)
        As in :func:`value_horizon`.
    discount_rate : float
        Share per period, more than 0.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        When there are not as many rewards as states, or the rate is not positive.

    Notes
    -----
    ``V = (I - P / (1 + d))^-1 R`` [PC00]_.
    """
    matrix, rewards = _checked(probability_buys, rewards, discount_rate)
    if discount_rate <= 0:
        raise ValueError("discount_rate must be positive: nothing lasts for ever without it")
    return np.linalg.solve(np.eye(rewards.size) - matrix / (1 + discount_rate), rewards)


def stop_from(
    probability_buys: npt.ArrayLike, rewards: npt.ArrayLike, state: int
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and rewards when nothing is spent, and nothing comes back, from a state on.

    Parameters
    ----------
    probability_buys, rewards : array_like, shape (n,)
        Of a customer in each state, and what a period in it brings.
    state : int
        The first state of those given up.

    Returns
    -------
    probability_buys, rewards : ndarray, shape (n,)
    """
    is_kept = np.arange(np.size(rewards)) < state
    return np.where(is_kept, probability_buys, 0.0), np.where(is_kept, rewards, 0.0)


def should_spend(values: npt.ArrayLike) -> np.ndarray:
    """Whether a customer in each state is worth the spending behind its value.

    Parameters
    ----------
    values : array_like, shape (n,)
        Value of going on in each state, longest absence last.

    Returns
    -------
    ndarray of bool, shape (n,)
        False from the first state of negative value on.
    """
    return ~np.logical_or.accumulate(np.asarray(values) < 0)


def _checked(
    probability_buys: npt.ArrayLike, rewards: npt.ArrayLike, discount_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    matrix, rewards = transition_matrix(probability_buys), np.asarray(rewards, dtype=float)
    if rewards.shape != matrix.shape[:1]:
        raise ValueError("rewards must be one number per state")
    if not discount_rate >= 0:
        raise ValueError("discount_rate must not be negative")
    return matrix, rewards
