"""Maximum likelihood for the small models of this package, with an honest report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, nan

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

MINIMUM_CUSTOMERS = 50

# Parameters are searched within a factor of 10,000 around one mean gap (or one mean amount).
LOG_LIMIT = log(1e4)
# A standard error of this size in logs, a factor of 150, means that the data do not hold the
# parameter, however well the search has converged.
LOG_STANDARD_ERROR_LIMIT = 5.0
GRADIENT_TOLERANCE = 1e-8

_NEWTON_STEPS = 30
_DIFFERENCE = 1e-4

LikelihoodAndGradient = Callable[..., tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Fit:
    """A fitted model, or the reason why there is none.

    Attributes
    ----------
    model : str
        Name of the model.
    parameters : tuple of str
        Parameter names, in the order of the estimates.
    estimates, standard_errors : tuple of float
        Natural parameters (times in weeks) and their standard errors from the observed
        information; NaN where there are none.
    log_likelihood : float
        Weighted sum over the customers at the estimates; NaN when not fitted.
    customers, state_groups : int
        Customers, and distinct rows they were grouped into.
    gradient_norm : float
        Largest derivative of the log-likelihood per customer by the logarithm of a parameter, which
        does not depend on units or on the number of customers.
    iterations : int
        Steps from the best start to the maximum.
    is_converged : bool
        The gradient vanishes and the log-likelihood is strictly concave there.
    is_at_boundary : bool
        A parameter has run away towards zero or infinity, or the data do not hold it.
    not_fitted_reason : str or None
        Why there are no estimates, or none to be trusted.
    """

    model: str
    parameters: tuple[str, ...]
    estimates: tuple[float, ...]
    standard_errors: tuple[float, ...]
    log_likelihood: float
    customers: int
    state_groups: int
    gradient_norm: float
    iterations: int
    is_converged: bool
    is_at_boundary: bool
    not_fitted_reason: str | None = None

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's information criterion, customers being the sample size."""
        return len(self.parameters) * log(max(self.customers, 1)) - 2 * self.log_likelihood

    @property
    def serves_forecasts(self) -> bool:
        """Whether forecasts may be made from this fit."""
        return self.not_fitted_reason is None and self.is_converged and not self.is_at_boundary


def not_fitted(
    model: str, parameters: tuple[str, ...], customers: int, state_groups: int, reason: str
) -> Fit:
    """Report that a model was not fitted."""
    none = (nan,) * len(parameters)
    return Fit(
        model, parameters, none, none, nan, customers, state_groups, nan, 0, False, False, reason
    )


def group_rows(
    columns: Sequence[npt.ArrayLike], weights: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows, merge equal ones and add their weights; rows without weight are dropped.

    Sums over the result do not depend on the order or the grouping of the input.

    Parameters
    ----------
    columns : sequence of array_like, each of shape (n,)
    weights : array_like, shape (n,)
        Customers per row.

    Returns
    -------
    columns : ndarray, shape (len(columns), groups)
    weights : ndarray, shape (groups,)
    """
    table = np.array([*columns, weights], dtype=float)
    table = table[:, table[-1] != 0]
    table = table[:, np.lexsort(table[-2::-1])]
    is_first = np.ones(table.shape[1], dtype=bool)
    is_first[1:] = (table[:-1, 1:] != table[:-1, :-1]).any(axis=0)
    starts = np.flatnonzero(is_first)
    grouped_weights = np.add.reduceat(table[-1], starts) if starts.size else table[-1]
    return table[:-1, starts], grouped_weights


def reason_not_to_fit(
    columns: np.ndarray, weights: np.ndarray, minimum_customers: int
) -> str | None:
    """Say why grouped rows cannot be fitted at all, or None."""
    if not (np.isfinite(columns).all() and (columns >= 0).all() and (weights > 0).all()):
        return "invalid_values"
    return "too_few_customers" if np.sum(weights) < minimum_customers else None


def fit_purchase_model(
    model: str,
    parameters: tuple[str, ...],
    time_powers: Sequence[int],
    starts: Sequence[Sequence[float]],
    log_likelihood_and_gradient: LikelihoodAndGradient,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    weights: npt.ArrayLike,
    minimum_customers: int,
) -> Fit:
    """Fit a model of purchase times to grouped customers.

    Parameters
    ----------
    model : str
    parameters : tuple of str
    time_powers : sequence of int
        1 for a parameter that is a time, 0 for a pure number.
    starts : sequence of sequence of float
        Starting points, times in mean gaps (observed time per repeat purchase).
    log_likelihood_and_gradient : callable
        Of (parameters, frequency, recency, age, weights).
    frequency, recency, age, weights : array_like, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first,
        customers.
    minimum_customers : int

    Returns
    -------
    Fit
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
        return not_fitted(model, parameters, customers, groups, reason)
    gap = time / repeats
    frequency, recency, age = states[0], states[1] / gap, states[2] / gap
    return maximise(
        model,
        parameters,
        lambda point: log_likelihood_and_gradient(point, frequency, recency, age, weights),
        starts,
        units=gap ** np.asarray(time_powers, dtype=float),
        log_likelihood_shift=-repeats * log(gap),
        customers=customers,
        state_groups=groups,
    )


def maximise(
    model: str,
    parameters: tuple[str, ...],
    log_likelihood_and_gradient: LikelihoodAndGradient,
    starts: Sequence[Sequence[float]],
    units: npt.ArrayLike,
    log_likelihood_shift: float,
    customers: int,
    state_groups: int,
) -> Fit:
    """Maximise a log-likelihood of positive parameters, in their logarithms.

    L-BFGS-B from every start, then Newton steps from the best end, as long as they make the
    gradient smaller. The Hessian comes from central differences of the analytic gradient.

    Parameters
    ----------
    model : str
    parameters : tuple of str
    log_likelihood_and_gradient : callable
        Of the parameters, in the scale-free units.
    starts : sequence of sequence of float
        In the same units.
    units : array_like, shape (parameters,)
        What one unit of each parameter is in the units of the caller.
    log_likelihood_shift : float
        Log-likelihood in the units of the caller less that in the scale-free units.
    customers, state_groups : int

    Returns
    -------
    Fit
    """

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        values = np.exp(point)
        value, gradient = log_likelihood_and_gradient(values)
        return -value / customers, -values * gradient / customers

    with np.errstate(all="ignore"):
        point, iterations = _search(objective, np.log(np.asarray(starts, dtype=float)))
        point, gradient, information, steps = _polish(objective, point)
        value = -objective(point)[0] * customers + log_likelihood_shift

    norm = float(np.abs(gradient).max())
    is_at_limit = bool((np.abs(point) >= LOG_LIMIT).any())
    log_errors = np.sqrt(np.diag(_inverse(customers * information)))
    if is_at_limit:  # the standard errors describe a maximum, and this is not one
        log_errors = np.full_like(log_errors, nan)
    is_converged = norm <= GRADIENT_TOLERANCE and not np.isnan(log_errors).any()
    is_at_boundary = is_at_limit or bool((log_errors > LOG_STANDARD_ERROR_LIMIT).any())
    estimates = np.exp(point) * units
    return Fit(
        model,
        parameters,
        tuple(estimates.tolist()),
        tuple((estimates * log_errors).tolist()),
        float(value),
        customers,
        state_groups,
        norm,
        iterations + steps,
        is_converged,
        is_at_boundary,
        None if is_converged or is_at_boundary else "did_not_converge",
    )


def _search(objective: Callable, starts: np.ndarray) -> tuple[np.ndarray, int]:
    """Find the best end of L-BFGS-B runs, and the iterations of that run."""
    runs = [
        minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-LOG_LIMIT, LOG_LIMIT)] * start.size,
            options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-7},
        )
        for start in starts
    ]
    best = min(runs, key=lambda run: run.fun if np.isfinite(run.fun) else np.inf)
    return best.x, int(best.nit)


def _polish(
    objective: Callable, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Take Newton steps until rounding stops them; with gradient and information at the end."""
    gradient, information = objective(point)[1], _information(objective, point)
    steps = 0
    while steps < _NEWTON_STEPS:
        inverse = _inverse(information)
        if np.isnan(inverse).any():
            break
        candidate = np.clip(point - inverse @ gradient, -LOG_LIMIT, LOG_LIMIT)
        candidate_gradient = objective(candidate)[1]
        if not np.abs(candidate_gradient).max() < np.abs(gradient).max():
            break
        point, gradient, steps = candidate, candidate_gradient, steps + 1
        information = _information(objective, point)
    return point, gradient, information, steps


def _information(objective: Callable, point: np.ndarray) -> np.ndarray:
    """Differentiate the gradient: the observed information per customer, in logs."""
    shifts = _DIFFERENCE * np.eye(point.size)
    rows = [objective(point + shift)[1] - objective(point - shift)[1] for shift in shifts]
    return (np.array(rows) + np.array(rows).T) / (4 * _DIFFERENCE)


def _inverse(information: np.ndarray) -> np.ndarray:
    """Invert a positive definite matrix; NaN throughout for any other."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return np.full_like(information, nan)
    return np.linalg.inv(information)
