"""Purchase models by segment: the fits, the forecasts, and whether the split is worth it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import chi2

from customer_lifecycle.forecasts.amount_intervals import INTERVAL_SCHEMA, amount_interval_table
from customer_lifecycle.forecasts.by_state import FORECAST_SCHEMA, forecast_table
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS, fit_purchase_models
from customer_lifecycle.purchase_models.fit_tables import POOLED
from customer_lifecycle.purchase_models.fitting import Fit
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel
from customer_lifecycle.purchase_models.states import STATE_COLUMNS, grouped_customers

SPEND_MODELS = ("gamma_gamma", "gamma_gamma_all_days")
"""The spend model on the repeat days alone, as published, and on the first day too."""


@dataclass(frozen=True)
class SpendModel:
    """The gamma-gamma model under the name of a reading."""

    NAME: str
    PARAMETERS: tuple[str, ...] = gamma_gamma.PARAMETERS

    def log_likelihood(self, parameters: Sequence[float], *rows: np.ndarray) -> float:
        """As that of :mod:`~customer_lifecycle.purchase_models.gamma_gamma`."""
        return gamma_gamma.log_likelihood(parameters, *rows)


MODELS: dict[str, PurchaseModel | SpendModel] = {
    **PURCHASE_MODELS,
    **{name: SpendModel(name) for name in SPEND_MODELS},
}

# A column with more values is no segment, and more fits than this would take too long.
MOST_SEGMENTS = 1000
MOST_FITTED_SEGMENTS = 50

SEGMENT_FORECAST_SCHEMA = pa.schema([("model_segment", pa.string()), *FORECAST_SCHEMA])
SEGMENT_INTERVAL_SCHEMA = pa.schema(
    [("model_segment", pa.string()), ("spend_segment", pa.string()), *INTERVAL_SCHEMA]
)
SPLIT_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("segment", pa.string()),
        ("customers", pa.int64()),
        ("is_fitted_separately", pa.bool_()),
        ("log_likelihood", pa.float64()),
        ("log_likelihood_pooled", pa.float64()),
        ("statistic", pa.float64()),
        ("degrees_of_freedom", pa.int64()),
        ("p_value", pa.float64()),
        ("bic_gain", pa.float64()),
    ]
)


@dataclass(frozen=True)
class CustomerStates:
    """Grouped customers, as the arguments of the models' functions.

    Attributes
    ----------
    purchases : tuple of ndarray, each of shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first,
        customers.
    spend : mapping of str to tuple of ndarray, each of shape (m,)
        By reading of the spend model: paid days, mean amount on them, customers, and the sum of the
        squared amounts of one of the customers.
    """

    purchases: tuple[np.ndarray, ...]
    spend: Mapping[str, tuple[np.ndarray, ...]]

    def seen_by(self, model: str) -> tuple[np.ndarray, ...]:
        """Choose the rows that the likelihood of a model is of."""
        return self.spend[model][:3] if model in self.spend else self.purchases

    def customers(self, model: str) -> int:
        """Count the customers in them."""
        return int(self.seen_by(model)[-1].sum())


def customer_states(purchases: pa.Table, spend: pa.Table) -> CustomerStates:
    """Take grouped customers from the tables that SQL makes.

    Parameters
    ----------
    purchases : pyarrow.Table
        ``repeat_purchases``, ``recency_days``, ``age_days``, ``customers``.
    spend : pyarrow.Table
        ``spend_model``, ``spend_days``, ``spend_amount`` (on all of them together),
        ``spend_squares`` (of all the customers of the row), ``customers``.

    Returns
    -------
    CustomerStates
    """
    readings = {
        name: _spend(spend.filter(pc.equal(spend["spend_model"], name))) for name in SPEND_MODELS
    }
    return CustomerStates(grouped_customers(purchases), readings)


def _spend(rows: pa.Table) -> tuple[np.ndarray, ...]:
    # By way of text: Arrow's own cast of a decimal is off in the last digit of the double.
    amount = rows["spend_amount"].cast(pa.string()).cast(pa.float64()).to_numpy()
    days, customers, squares = (
        rows[name].to_numpy() for name in ("spend_days", "customers", "spend_squares")
    )
    return days, amount / days, customers, squares / customers


def states_by_segment(purchases: pa.Table, spend: pa.Table) -> dict[str, CustomerStates]:
    """Take grouped customers apart by segment.

    Parameters
    ----------
    purchases, spend : pyarrow.Table
        As in :func:`customer_states`, with ``segment``.

    Returns
    -------
    dict of str to CustomerStates
        By segment, all in order, so that sums are the same on every run.
    """
    purchases = purchases.sort_by([(name, "ascending") for name in ("segment", *STATE_COLUMNS)])
    spend_keys = ("segment", "spend_model", "spend_days", "spend_amount")
    spend = spend.sort_by([(name, "ascending") for name in spend_keys])
    spend_of = _parts(spend, "segment")
    return {
        segment: customer_states(own_purchases, spend_of.get(segment, spend.slice(0, 0)))
        for segment, own_purchases in _parts(purchases, "segment").items()
    }


def check_segments(states: Mapping[str, CustomerStates], minimum_customers: int) -> None:
    """Refuse a split that cannot be worked with.

    Parameters
    ----------
    states : mapping of str to CustomerStates
        By segment.
    minimum_customers : int
        Smaller segments are not fitted.

    Raises
    ------
    ValueError
        With what to write instead, when a segment has the name of all customers together, when
        there are more than :data:`MOST_SEGMENTS`, or when more than :data:`MOST_FITTED_SEGMENTS`
        would be fitted.
    """
    if POOLED in states:
        raise ValueError(
            f"lifecycle_model_segment: a segment is called {POOLED!r}, which is what all customers "
            "together are called; give that value of the column another name"
        )
    if len(states) > MOST_SEGMENTS:
        raise ValueError(
            f"lifecycle_model_segment: the column has {len(states)} values, and there may be "
            f"{MOST_SEGMENTS} segments at most; name a column with fewer values"
        )
    sizes = sorted(int(part.purchases[-1].sum()) for part in states.values())
    fitted = sum(size >= minimum_customers for size in sizes)
    if fitted > MOST_FITTED_SEGMENTS:
        raise ValueError(
            f"lifecycle_model_segment: {fitted} segments have at least {minimum_customers} "
            f"customers, and {MOST_FITTED_SEGMENTS} are fitted at most; name a column with fewer "
            "values or set lifecycle_minimum_fit_customers to "
            f"{sizes[-MOST_FITTED_SEGMENTS - 1] + 1} or more"
        )


def fit_models(
    states: CustomerStates, minimum_customers: int, *, is_segment: bool = False
) -> list[Fit]:
    """Fit every purchase model, and both readings of the spend model, to the same customers.

    Parameters
    ----------
    states : CustomerStates
    minimum_customers : int
        With fewer no purchase model is fitted, and the spend model by its moments alone.
    is_segment : bool
        Whether there is a fit of more customers, which serves a segment with fewer than that better
        than its own moments.

    Returns
    -------
    list of Fit
    """
    fits = fit_purchase_models(states.purchases, minimum_customers)
    for name, (*rows, squares) in states.spend.items():
        has_moments = not is_segment or np.sum(rows[-1]) >= minimum_customers
        fit = gamma_gamma.fit(*rows, minimum_customers, squares if has_moments else None)
        fits.append(replace(fit, model=name))
    return fits


def forecasts_by_segment(
    states: pa.Table, model: str, parameters: Mapping[str, Sequence[float]], discount_rate: float
) -> pa.Table:
    """Forecast the purchases of customers from the fits of their segments.

    Parameters
    ----------
    states : pyarrow.Table
        As in :func:`~customer_lifecycle.forecasts.by_state.forecast_table`, with
        ``model_segment``, the segment whose fit is used, and ordered by it.
    model : str
    parameters : mapping of str to sequence of float
        Of that model, by segment.
    discount_rate : float
        Per year.

    Returns
    -------
    pyarrow.Table
        With :data:`SEGMENT_FORECAST_SCHEMA`, one row per row of the input.
    """
    tables = [SEGMENT_FORECAST_SCHEMA.empty_table()]
    for segment, own_states in _parts(states, "model_segment").items():
        forecasts = forecast_table(own_states, model, parameters[segment], discount_rate)
        tables.append(forecasts.add_column(0, "model_segment", own_states["model_segment"]))
    return pa.concat_tables(tables)


def amount_intervals_by_segment(
    states: pa.Table,
    model: str,
    parameters: Mapping[str, Sequence[float]],
    spend_parameters: Mapping[str, Sequence[float]],
) -> pa.Table:
    """Bound the amounts that customers spend from the fits of their segments.

    Parameters
    ----------
    states : pyarrow.Table
        As in :func:`~customer_lifecycle.forecasts.amount_intervals.amount_interval_table`, with
        ``model_segment`` and ``spend_segment``, the segments whose fits are used, and ordered by
        them.
    model : str
    parameters, spend_parameters : mapping of str to sequence of float
        Of that model and of the gamma-gamma model, by segment.

    Returns
    -------
    pyarrow.Table
        With :data:`SEGMENT_INTERVAL_SCHEMA`, one row per row of the input.
    """
    tables = [SEGMENT_INTERVAL_SCHEMA.empty_table()]
    for model_segment, of_model in _parts(states, "model_segment").items():
        for spend_segment, part in _parts(of_model, "spend_segment").items():
            intervals = amount_interval_table(
                part, model, parameters[model_segment], spend_parameters[spend_segment]
            )
            columns = [part["model_segment"], part["spend_segment"], *intervals.columns]
            tables.append(pa.table(columns, schema=SEGMENT_INTERVAL_SCHEMA))
    return pa.concat_tables(tables)


def split_table(
    states: Mapping[str, CustomerStates], parameters: Mapping[str, Mapping[str, Sequence[float]]]
) -> pa.Table:
    """Compare the fits of the segments with the fit of all customers.

    Parameters
    ----------
    states : mapping of str to CustomerStates
        By segment.
    parameters : mapping of str to mapping of str to sequence of float
        By model and segment (:data:`~customer_lifecycle.purchase_models.fit_tables.POOLED` for all
        customers); fits that do not serve are left out.

    Returns
    -------
    pyarrow.Table
        With :data:`SPLIT_SCHEMA`, one row per model and segment, and one of segment :data:`POOLED`
        with the likelihood-ratio test of the split, which is null when the fit of all customers
        does not serve.

    Notes
    -----
    Twice the gain in log-likelihood is chi-square distributed when the segments do not differ, with
    the parameters that the split adds as degrees of freedom: those of all segments but one. Where
    some customers keep the pooled parameters, they are one more group of the split, so those of all
    fitted segments. The pooled parameters are not that group's own maximum, hence the statistic is
    smaller than the one with that distribution and its p-value too large: the test errs on the side
    of not splitting.
    """
    rows = []
    for name, model in MODELS.items():
        of_model = parameters.get(name, {})
        pooled = of_model.get(POOLED)
        segment_rows = []
        for segment, own_states in states.items():
            own = of_model.get(segment)
            own_value, pooled_value = (
                None if point is None else model.log_likelihood(point, *own_states.seen_by(name))
                for point in (own, pooled)
            )
            segment_rows.append(
                {
                    "model": name,
                    "segment": segment,
                    "customers": own_states.customers(name),
                    "is_fitted_separately": own is not None,
                    "log_likelihood": own_value,
                    "log_likelihood_pooled": pooled_value,
                }
            )
        rows += segment_rows
        rows.append({"model": name, **split_test(segment_rows, len(model.PARAMETERS))})
    return pa.Table.from_pylist(rows, schema=SPLIT_SCHEMA)


def split_test(segments: Sequence[Mapping], parameters: int) -> dict:
    """Test a split as a whole.

    Parameters
    ----------
    segments : sequence of mapping
        Rows of the segments of one model, as in :func:`split_table`.
    parameters : int
        Of that model.

    Returns
    -------
    dict
        The row of segment :data:`POOLED`: both log-likelihoods of all customers, that of the split
        with the pooled parameters where there are no others; the likelihood-ratio test; and how
        much the split lowers Schwarz's criterion. The p-value is None when no parameters are added.
    """
    customers = sum(row["customers"] for row in segments)
    fitted = [row for row in segments if row["is_fitted_separately"]]
    are_all_fitted = sum(row["customers"] for row in fitted) == customers
    result = {"segment": POOLED, "customers": customers, "is_fitted_separately": are_all_fitted}
    if any(row["log_likelihood_pooled"] is None for row in segments):
        return result
    pooled = sum(row["log_likelihood_pooled"] for row in segments)
    gain = sum(row["log_likelihood"] - row["log_likelihood_pooled"] for row in fitted)
    freedom = parameters * max(len(fitted) - are_all_fitted, 0)
    return result | {
        "log_likelihood": pooled + gain,
        "log_likelihood_pooled": pooled,
        "statistic": 2 * gain,
        "degrees_of_freedom": freedom,
        "p_value": float(chi2.sf(2 * gain, freedom)) if freedom else None,
        "bic_gain": 2 * gain - freedom * float(np.log(customers)) if customers else 0.0,
    }


def _parts(rows: pa.Table, column: str) -> dict[str, pa.Table]:
    """Cut rows that are ordered by a column where it changes."""
    parts, start = {}, 0
    for part in rows[column].value_counts().to_pylist():
        parts[part["values"]] = rows.slice(start, part["counts"])
        start += part["counts"]
    return parts
