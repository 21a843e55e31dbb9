"""Maximum likelihood for the small models of this package, with an honest report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, nan

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from customer_lifecycle.purchase_models.blas import one_blas_thread

MINIMUM_CUSTOMERS = 50

# Parameters are searched within a factor of 10,000 around one mean gap (or one mean amount).
LOG_LIMIT = log(1e4)
# A standard error of this size in logs, a factor of 150, means that the data do not hold the
# parameter, however well the search has converged.
LOG_STANDARD_ERROR_LIMIT = 5.0
GRADIENT_TOLERANCE = 1e-8
# Where a parameter runs away the log-likelihood is flat: what is left to gain per customer is less.
LIMIT_TOLERANCE = 1e-5

# Groups that are several times as many are first searched by a sample of so many customers.
SAMPLE_SIZES = (5_000, 50_000)
SAMPLE_WORTHWHILE = 4

_NEWTON_STEPS = 30
_APPROACH_STEPS = 20
# A step that does not divide the gradient by this is a poor one.
_LEAST_GAIN = 2.0
# The information is the same to rounding at two points that are no further apart, in logs.
_SAME_POINT = 1e-8
_DIFFERENCE = 1e-4
# Rows whose columns stay in the processor's cache.
_BLOCK_ROWS = 16384

LikelihoodAndGradient = Callable[..., tuple[float, np.ndarray]]
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


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
        does not depend on units or on the number of customers. At the limit of the search only
        what points back counts.
    iterations : int
        Steps from the best start to the maximum.
    is_converged : bool
        The gradient vanishes and the log-likelihood is strictly concave there.
    is_at_boundary : bool
        A parameter has run away towards zero or infinity, or the data do not hold it. The fit is
        that of a simpler model, the limit (customers alike, nobody drops out), and forecasts what
        that does; there are no standard errors.
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
        """Whether forecasts may be made from this fit: a maximum, or its limit."""
        return self.not_fitted_reason is None


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
    if _is_sorted_and_distinct(table[:-1]):
        return table[:-1], table[-1]
    table = table[:, np.lexsort(table[-2::-1])]
    is_first = np.ones(table.shape[1], dtype=bool)
    is_first[1:] = (table[:-1, 1:] != table[:-1, :-1]).any(axis=0)
    starts = np.flatnonzero(is_first)
    grouped_weights = np.add.reduceat(table[-1], starts) if starts.size else table[-1]
    return table[:-1, starts], grouped_weights


def _is_sorted_and_distinct(columns: np.ndarray) -> bool:
    is_later = np.zeros(max(columns.shape[1] - 1, 0), dtype=bool)
    for column in columns[::-1]:
        before, after = column[:-1], column[1:]
        is_later = (after > before) | ((after == before) & is_later)
    return bool(is_later.all())


def reason_not_to_fit(
    columns: np.ndarray, weights: np.ndarray, minimum_customers: int
) -> str | None:
    """Say why grouped rows cannot be fitted at all, or None."""
    if not (np.isfinite(columns).all() and (columns >= 0).all() and (weights > 0).all()):
        return "invalid_values"
    return "too_few_customers" if np.sum(weights) < minimum_customers else None


@one_blas_thread
def maximise(
    model: str,
    parameters: tuple[str, ...],
    log_likelihood_and_gradient: LikelihoodAndGradient,
    columns: Sequence[np.ndarray],
    weights: np.ndarray,
    starts: Sequence[Sequence[float]],
    units: npt.ArrayLike,
    log_likelihood_shift: float,
) -> Fit:
    """Maximise a log-likelihood of positive parameters, in their logarithms.

    L-BFGS-B from every start, then Newton steps from the best end, as long as they make the
    gradient smaller. The Hessian comes from central differences of the analytic gradient.

    Many groups are first searched by a sample of their customers, then by a larger one. The maximum
    of a sample is near the one of more customers, and its Hessian does for the first steps towards
    that. Where this way does not end in a maximum, the larger sample, and at last all groups, are
    searched from every start after all.

    Parameters
    ----------
    model : str
    parameters : tuple of str
    log_likelihood_and_gradient : callable
        Of the parameters, the columns and the weights, in the scale-free units.
    columns : sequence of ndarray, each of shape (groups,)
        Sorted distinct rows, in the scale-free units.
    weights : ndarray, shape (groups,)
        Customers per row.
    starts : sequence of sequence of float
        In the same units.
    units : array_like, shape (parameters,)
        What one unit of each parameter is in the units of the caller.
    log_likelihood_shift : float
        Log-likelihood in the units of the caller less that in the scale-free units.

    Returns
    -------
    Fit
    """
    rows = np.array([*columns, weights], dtype=float)
    customers = round(np.sum(weights))
    samples = [
        sample_customers(rows, size)
        for size in SAMPLE_SIZES
        if SAMPLE_WORTHWHILE * size < weights.size
    ]
    log_starts = np.log(np.asarray(starts, dtype=float))
    with np.errstate(all="ignore"):
        end = None
        for searched in (*samples, rows):
            objective = _objective(log_likelihood_and_gradient, searched)
            end = (end and _maximum_near(objective, end)) or _maximum(objective, log_starts)
        value = -end.value * customers + log_likelihood_shift
        log_errors = np.sqrt(np.diag(_inverse(customers * end.information)))

    if end.is_at_limit:  # the standard errors describe a maximum, and this is not one
        log_errors = np.full_like(log_errors, nan)
    is_converged = end.norm <= GRADIENT_TOLERANCE and not np.isnan(log_errors).any()
    is_flat = end.is_at_limit or not (log_errors <= LOG_STANDARD_ERROR_LIMIT).all()
    is_at_boundary = bool(is_flat and end.norm <= LIMIT_TOLERANCE)
    estimates = np.exp(end.point) * units
    return Fit(
        model,
        parameters,
        tuple(estimates.tolist()),
        tuple((estimates * log_errors).tolist()),
        float(value),
        customers,
        weights.size,
        end.norm,
        end.iterations,
        is_converged,
        is_at_boundary,
        None if is_converged or is_at_boundary else "did_not_converge",
    )


def sample_customers(rows: np.ndarray, size: int) -> np.ndarray:
    """Take customers at even distances in the order of the rows.

    Parameters
    ----------
    rows : ndarray, shape (columns, groups)
        The last row holds the weights.
    size : int
        Customers to take.

    Returns
    -------
    ndarray, shape (columns, groups of the sample)
        In heavy groups the same customers several times.
    """
    ends = np.cumsum(rows[-1])
    chosen = (np.arange(size) + 0.5) * (ends[-1] / size)
    groups, customers = np.unique(np.searchsorted(ends, chosen), return_counts=True)
    return np.vstack([rows[:-1, groups], customers])


@dataclass(frozen=True)
class _End:
    """Where a search has ended, in logs of the parameters, with values per customer."""

    point: np.ndarray
    value: float
    gradient: np.ndarray
    information: np.ndarray
    iterations: int

    @property
    def norm(self) -> float:
        points_out = (np.abs(self.point) >= LOG_LIMIT) & (self.gradient * self.point < 0)
        return float(np.abs(np.where(points_out, 0, self.gradient)).max())

    @property
    def is_at_limit(self) -> bool:
        return bool((np.abs(self.point) >= LOG_LIMIT).any())

    @property
    def is_maximum(self) -> bool:
        is_concave = not np.isnan(_inverse(self.information)).any()
        return self.norm <= GRADIENT_TOLERANCE and is_concave and not self.is_at_limit


def _objective(log_likelihood_and_gradient: LikelihoodAndGradient, rows: np.ndarray) -> Objective:
    """Negative log-likelihood per customer of rows with weights, as a function of logs."""
    customers = np.sum(rows[-1])
    blocks = [rows[:, at : at + _BLOCK_ROWS] for at in range(0, rows.shape[1], _BLOCK_ROWS)]

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        values = np.exp(point)
        sums = [log_likelihood_and_gradient(values, *block) for block in blocks]
        value, gradient = sum(part[0] for part in sums), sum(part[1] for part in sums)
        return -value / customers, -values * gradient / customers

    return objective


def _maximum(objective: Objective, starts: np.ndarray) -> _End:
    """Search from every start."""
    point, iterations = _search(objective, starts)
    return _polish(objective, point, *objective(point), iterations)


def _maximum_near(objective: Objective, near: _End) -> _End | None:
    """Search from the maximum of other customers; None where that is none or does not converge."""
    if not near.is_maximum:
        return None
    *reached, steps = _approach(objective, near.point, _inverse(near.information))
    end = _polish(objective, *reached, near.iterations + steps)
    return end if end.is_maximum else None


def _search(objective: Objective, starts: np.ndarray) -> tuple[np.ndarray, int]:
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


def _approach(
    objective: Objective, point: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, int]:
    """Take quasi-Newton (BFGS) steps from a near inverse Hessian as long as they gain enough."""
    value, gradient = objective(point)
    for steps in range(_APPROACH_STEPS):
        candidate = np.clip(point - inverse @ gradient, -LOG_LIMIT, LOG_LIMIT)
        candidate_value, candidate_gradient = objective(candidate)
        if not _LEAST_GAIN * np.abs(candidate_gradient).max() < np.abs(gradient).max():
            return point, value, gradient, steps
        step, change = candidate - point, candidate_gradient - gradient
        point, value, gradient = candidate, candidate_value, candidate_gradient
        if np.abs(step).max() <= _SAME_POINT:
            return point, value, gradient, steps + 1
        if step @ change > 0:
            shift = np.eye(point.size) - np.outer(step, change) / (step @ change)
            inverse = shift @ inverse @ shift.T + np.outer(step, step) / (step @ change)
    return point, value, gradient, _APPROACH_STEPS


def _polish(
    objective: Objective, point: np.ndarray, value: float, gradient: np.ndarray, iterations: int
) -> _End:
    """Take Newton steps as long as they matter; with gradient and information at the end."""
    information = _information(objective, point)
    steps = 0
    while steps < _NEWTON_STEPS:
        inverse = _inverse(information)
        if np.isnan(inverse).any():
            break
        candidate = np.clip(point - inverse @ gradient, -LOG_LIMIT, LOG_LIMIT)
        candidate_value, candidate_gradient = objective(candidate)
        if not np.abs(candidate_gradient).max() < np.abs(gradient).max():
            break
        moved = np.abs(candidate - point).max()
        point, value, gradient = candidate, candidate_value, candidate_gradient
        steps += 1
        if moved <= _SAME_POINT:  # the next step would be its square
            break
        information = _information(objective, point)
    return _End(point, value, gradient, information, iterations + steps)


def _information(objective: Objective, point: np.ndarray) -> np.ndarray:
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
