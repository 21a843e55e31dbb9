"""Whether those with a trait drop out more readily than others, however often each buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, nan, sqrt

import numpy as np
import pyarrow as pa
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2

from customer_lifecycle.purchase_models.blas import one_blas_thread
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.fit_tables import POOLED
from customer_lifecycle.purchase_models.fitting import group_rows, sample_customers
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

MOST_CUSTOMERS = 50_000
"""A larger group is compared by a sample of so many of its customers."""

MOST_VALUES = 50
"""Of a trait with more values those with the most customers are compared."""

WITH_DROPOUT = ("bg_nbd", "mbg_nbd", "pareto_nbd")
"""Purchase models of which the last two parameters are those of dropout."""

FIT_COLUMNS = ["model", "segment", "log_likelihood", "serves_forecasts"]

DRIVER_SCHEMA = pa.schema(
    [
        ("trait", pa.string()),
        ("trait_value", pa.string()),
        ("model", pa.string()),
        ("dropout", pa.float64()),
        ("dropout_of_others", pa.float64()),
        ("dropout_ratio", pa.float64()),
        ("dropout_ratio_low", pa.float64()),
        ("dropout_ratio_high", pa.float64()),
        ("statistic", pa.float64()),
        ("p_value", pa.float64()),
        ("not_tested_reason", pa.string()),
    ]
)

_Z = 1.959963984540054
_LIMITS = [(-9.0, 9.0)] * 4 + [(-12.0, 12.0)] * 3 + [(-6.0, 6.0)]
_DIFFERENCE = 1e-4
_STOPPED = 1  # what scipy says of a search that has taken all its steps
_LARGEST_ERROR = 50.0  # of a logarithm: nothing is known
# Where the numbers that are fitted stand: ln r and ln alpha of each group come first.
_PRODUCTS, _LEVEL, _DIFFERS = (4, 5), 6, 7


@dataclass(frozen=True)
class Comparison:
    """How readily two groups of customers drop out.

    Attributes
    ----------
    dropout, dropout_of_others : float
        Mean probability to drop out after a purchase, or, of the Pareto/NBD, mean rate per week.
    ratio, low, high : float
        dropout / dropout_of_others, with an interval of 95 %; NaN where the data do not hold it.
    statistic, p_value : float
        Likelihood ratio, chi-square of one degree of freedom when there is no difference.
    """

    dropout: float
    dropout_of_others: float
    ratio: float
    low: float
    high: float
    statistic: float
    p_value: float


@one_blas_thread
def compare_dropout(
    model: PurchaseModel, one: Sequence[np.ndarray], others: Sequence[np.ndarray]
) -> Comparison | None:
    """Compare the dropout of two groups, each with purchase rates of its own.

    Both groups are fitted together, each with an r and alpha of its own and with its own spread of
    dropout among its customers: with one mean dropout for both, and with two. So a group that buys
    seldom is not taken for one that leaves. (To compare shares of silent customers at equal numbers
    of purchases is not enough: of two who have bought as often, the one with the higher rate has
    more likely left.)

    Parameters
    ----------
    model : PurchaseModel
        With four parameters: BG/NBD, MBG/NBD or Pareto/NBD.
    one, others : sequence of ndarray
        Repeat purchase days, weeks from the first to the last, weeks observed, customers.

    Returns
    -------
    Comparison or None
        None when nobody has come back, or one of the two fits does not end.
    """
    groups = [_sorted(one), _sorted(others)]
    repeats = sum(float(np.sum(rows[0] * rows[3])) for rows in groups)
    time = sum(float(np.sum(rows[2] * rows[3])) for rows in groups)
    if repeats == 0 or time == 0:
        return None
    gap = time / repeats
    groups = [np.array([rows[0], rows[1] / gap, rows[2] / gap, rows[3]]) for rows in groups]
    objective = _Objective(model, groups)
    starts = [_start(log(r), log(alpha), p, q) for r, alpha, p, q in model.STARTS]
    with np.errstate(all="ignore"):
        alike = min(
            (_search(objective.alike, start) for start in starts),
            key=lambda found: found.fun if np.isfinite(found.fun) else np.inf,
        )
        apart = _search(objective, alike.x)
        if not all(np.isfinite(end.fun) and end.status != _STOPPED for end in (alike, apart)):
            return None
        error = objective.error_of_difference(apart.x)
    statistic = max(2 * objective.customers * (alike.fun - apart.fun), 0.0)
    difference = float(apart.x[_DIFFERS])
    mean = _mean_rate if model.NAME == "pareto_nbd" else _mean_probability
    level = float(apart.x[_LEVEL])
    base = mean(level)
    low, high = (mean(level + difference + side * error) / base for side in (-_Z, _Z))
    unit = gap if model.NAME == "pareto_nbd" else 1.0
    return Comparison(
        dropout=mean(level + difference) / unit,
        dropout_of_others=base / unit,
        ratio=mean(level + difference) / base,
        low=low,
        high=high,
        statistic=statistic,
        p_value=float(chi2.sf(statistic, 1)),
    )


def best_with_dropout(fits: pa.Table) -> str | None:
    """Choose the purchase model in which customers can drop out that fits all of them best.

    Which one matters: where each purchase may be the last, a model in which customers leave at any
    time takes those who buy often for less loyal.

    Parameters
    ----------
    fits : pyarrow.Table
        ``model``, ``segment``, ``log_likelihood``, ``serves_forecasts``.

    Returns
    -------
    str or None
        None where none of them serves forecasts.
    """
    found = {
        row["model"]: row["log_likelihood"]
        for row in fits.select(FIT_COLUMNS).to_pylist()
        if row["segment"] == POOLED and row["serves_forecasts"] and row["model"] in WITH_DROPOUT
    }
    return max(sorted(found), key=found.get, default=None)


def driver_table(states: pa.Table, model: str | None, minimum_customers: int) -> pa.Table:
    """Compare each value of each trait with all other values of it.

    Parameters
    ----------
    states : pyarrow.Table
        ``trait``, ``trait_value``, ``repeat_purchases``, ``recency_weeks``, ``age_weeks``,
        ``customers``.
    model : str or None
        One of :data:`WITH_DROPOUT`; without one nothing is compared.
    minimum_customers : int
        Values, and all others together, with fewer are not compared.

    Returns
    -------
    pyarrow.Table
        With :data:`DRIVER_SCHEMA`, a row per trait and value.
    """
    names = ("repeat_purchases", "recency_weeks", "age_weeks", "customers")
    keys = [(name, "ascending") for name in ("trait", "trait_value", *names)]
    states = states.sort_by(keys)
    columns = np.array([states[name].to_numpy().astype(float) for name in names])
    rows = []
    for trait, values in _parts(states).items():
        of_trait = slice(next(iter(values.values())).start, list(values.values())[-1].stop)
        sizes = {value: columns[3, part].sum() for value, part in values.items()}
        customers = sum(sizes.values())
        tested = sorted(values, key=lambda value: (-sizes[value], value))[:MOST_VALUES]
        for value, part in values.items():
            one = columns[:, part]
            row = {"trait": trait, "trait_value": value}
            if model is None:
                row["not_tested_reason"] = "no_model_with_dropout"
            elif min(sizes[value], customers - sizes[value]) < minimum_customers:
                row["not_tested_reason"] = "too_few_customers"
            elif value not in tested:
                row["not_tested_reason"] = "too_many_values"
            else:
                before, after = slice(of_trait.start, part.start), slice(part.stop, of_trait.stop)
                others = np.hstack([columns[:, before], columns[:, after]])
                row |= _compared(model, one, others)
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=DRIVER_SCHEMA)


def _parts(states: pa.Table) -> dict[str, dict[str, slice]]:
    """Find where the rows of each value of each trait stand in a sorted table."""
    groups = states.group_by(["trait", "trait_value"], use_threads=False).aggregate(
        [("customers", "count")]
    )
    parts: dict[str, dict[str, slice]] = {}
    start = 0
    for group in groups.to_pylist():
        end = start + group["customers_count"]
        parts.setdefault(group["trait"], {})[group["trait_value"]] = slice(start, end)
        start = end
    return parts


def _compared(model: str, one: np.ndarray, others: np.ndarray) -> dict[str, float | str | None]:
    if not all(np.sum(rows[0] * rows[3]) for rows in (one, others)):
        return {"not_tested_reason": "nobody_came_back"}
    found = compare_dropout(PURCHASE_MODELS[model], one, others)
    if found is None:
        return {"model": model, "not_tested_reason": "did_not_converge"}
    return {"model": model, **_row(found)}


def _row(found: Comparison) -> dict[str, float | None]:
    numbers = {
        "dropout": found.dropout,
        "dropout_of_others": found.dropout_of_others,
        "dropout_ratio": found.ratio,
        "dropout_ratio_low": found.low,
        "dropout_ratio_high": found.high,
        "statistic": found.statistic,
        "p_value": found.p_value,
    }
    return {name: number if np.isfinite(number) else None for name, number in numbers.items()}


def _sorted(rows: Sequence[np.ndarray]) -> np.ndarray:
    states, weights = group_rows(rows[:3], rows[3])
    grouped = np.vstack([states, weights])
    if grouped.shape[1] and weights.sum() > MOST_CUSTOMERS:
        return sample_customers(grouped, MOST_CUSTOMERS)
    return grouped


def _start(log_r: float, log_alpha: float, p: float, q: float) -> np.ndarray:
    """Start with both groups alike; of the last two parameters the product and the ratio."""
    product = log(p * q)
    return np.array([log_r, log_alpha, log_r, log_alpha, product, product, log(p / q), 0.0])


def _search(objective: "_Objective", start: np.ndarray):  # noqa: ANN202
    return minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=_LIMITS,
        options={"maxiter": 300, "ftol": 1e-13, "gtol": 1e-7},
    )


def _mean_probability(log_odds: float) -> float:
    return float(expit(log_odds))


def _mean_rate(log_rate: float) -> float:
    return float(np.exp(log_rate))


class _Objective:
    """Negative log-likelihood per customer, with its gradient.

    Of ln r and ln alpha of each group, the logarithm of the product of the dropout's parameters in
    each, that of their ratio in the second, and by how much the first's is larger.
    """

    def __init__(self, model: PurchaseModel, groups: Sequence[np.ndarray]) -> None:
        self.model = model
        self.groups = groups
        self.customers = float(sum(rows[3].sum() for rows in groups))

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = 0.0, np.zeros(8)
        for place, rows in enumerate(self.groups):
            is_first = place == 0
            product = point[_PRODUCTS[place]]
            ratio = point[_LEVEL] + (point[_DIFFERS] if is_first else 0.0)
            logs = [*point[2 * place : 2 * place + 2], (product + ratio) / 2]
            parameters = np.exp([*logs, (product - ratio) / 2])
            of_group, slopes = self.model.log_likelihood_and_gradient(parameters, *rows)
            slopes = slopes * parameters
            value += of_group
            gradient[2 * place : 2 * place + 2] += slopes[:2]
            by_ratio = (slopes[2] - slopes[3]) / 2
            gradient[_PRODUCTS[place]] += (slopes[2] + slopes[3]) / 2
            gradient[_LEVEL] += by_ratio
            gradient[_DIFFERS] += by_ratio if is_first else 0.0
        return -value / self.customers, -gradient / self.customers

    def alike(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Give both groups one dropout."""
        value, gradient = self(np.append(point[:_DIFFERS], 0.0))
        gradient[_DIFFERS] = 0.0
        return value, gradient

    def error_of_difference(self, point: np.ndarray) -> float:
        """Take the standard error from the observed information; NaN where there is none.

        Where customers of a group hardly differ in their dropout the product of its parameters runs
        away, and says nothing of the difference: it is held then.
        """
        steps = np.eye(8) * _DIFFERENCE
        information = np.array(
            [(self(point + step)[1] - self(point - step)[1]) / (2 * _DIFFERENCE) for step in steps]
        )
        information = self.customers * (information + information.T) / 2
        for held in ((), (4,), (5,), _PRODUCTS):
            kept = [place for place in range(8) if place not in held]
            part = information[np.ix_(kept, kept)]
            if np.isfinite(part).all() and np.linalg.eigvalsh(part).min() > 1e-6:
                error = sqrt(np.linalg.inv(part)[-1, -1])
                return error if error < _LARGEST_ERROR else nan
        return nan
