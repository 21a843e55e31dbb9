"""Purchase models by segment: found again, tested, and passed on to the customers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from scipy.stats import binom

from customer_lifecycle.forecasts.segments import (
    CustomerStates,
    check_segments,
    fit_models,
    split_table,
    split_test,
    states_by_segment,
)
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.shops.simulate import PRESETS, SimulatedShop, simulate_orders

# Two segments that differ in everything and one that is too small, with the customers of a guest
# checkout, who are not registered, in a fourth.
SHOPS = {
    "trade": replace(PRESETS["shop"], r=1.6, alpha=10.0, a=0.7, b=5.0, p=5.0, q=4.0, k=40.0),
    "web": replace(PRESETS["shop"], r=0.5, alpha=9.0, a=1.0, b=2.5, p=6.0, q=3.0, k=15.0),
    "fair": PRESETS["shop"],
    "unknown": PRESETS["shop"],
}
SIZES = {"trade": 12_000, "web": 20_000, "fair": 30, "unknown": 60}
MINIMUM_CUSTOMERS = 200

SEEDS = 40
CUSTOMERS_PER_SEGMENT = 400


def orders_of(segment: str) -> pa.Table:
    """Orders of a segment's shop, with ids of its own."""
    shop = SHOPS[segment]
    orders = pa.Table.from_batches(simulate_orders(shop, SIZES[segment], seed=20250607))
    names = [f"{segment}-{name}" for name in orders["customer_id"].to_pylist()]
    numbers = [f"{segment}-{number}" for number in orders["order_id"].to_pylist()]
    return orders.set_column(1, "customer_id", pa.array(names)).set_column(
        0, "order_id", pa.array(numbers)
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    orders = pa.concat_tables([orders_of(segment) for segment in SHOPS])
    registered = sorted(
        name for name in set(orders["customer_id"].to_pylist()) if not name.startswith("unknown")
    )
    customers = pa.table(
        {
            "customer_id": registered,
            "registered_at": ["2022-01-01"] * len(registered),
            "X_Line": [name.split("-")[0] for name in registered],
        }
    )
    run = build_inputs(
        tmp_path_factory.mktemp("segments"),
        {"orders.parquet": orders, "customers.parquet": customers},
        {
            "lifecycle_as_of_date": "2024-12-31",
            "lifecycle_model_segment": "x_line",
            "lifecycle_minimum_fit_customers": MINIMUM_CUSTOMERS,
            "lifecycle_purchase_model": "bg_nbd",
            "lifecycle_correct_forecasts": False,
            "lifecycle_first_amount": "leave_out",
        },
        select=(
            "+customer_purchase_forecast",
            "+purchase_model_fits",
            "+purchase_model_segments",
            "purchase_model_segments_add_up",
        ),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    assert run.troubles() == {}
    assert run.statuses["purchase_model_segments_add_up"] == "pass"
    return run


@pytest.mark.parametrize("segment", ["trade", "web"])
@pytest.mark.parametrize("model", ["bg_nbd", "gamma_gamma"])
def test_parameters_of_each_segment_are_found_again(run: Run, segment: str, model: str) -> None:
    fitted = run.rows(
        "select parameter, estimate, standard_error from purchase_model_fits "
        f"where model = '{model}' and segment = '{segment}'"
    )
    assert len(fitted) == len({"bg_nbd": BG_NBD, "gamma_gamma": gamma_gamma}[model].PARAMETERS)
    for parameter, estimate, standard_error in fitted:
        assert abs(estimate - getattr(SHOPS[segment], parameter)) < 3 * standard_error


def test_different_segments_are_worth_it(run: Run) -> None:
    splits = run.records("from purchase_model_segments where segment = 'all'")
    assert {row["model"] for row in splits} == {
        "nbd",
        "bg_nbd",
        "mbg_nbd",
        "pareto_nbd",
        "gamma_gamma",
        "gamma_gamma_all_days",
    }
    for row in splits:
        parameters = run.value(
            "select count(*) from purchase_model_fits "
            f"where segment = 'all' and model = '{row['model']}'"
        )
        # Two segments are fitted, and some customers are in neither.
        assert row["degrees_of_freedom"] == 2 * parameters
        assert row["p_value"] < 1e-10
        assert row["is_worth_it"] is True
        assert row["is_fitted_separately"] is False


def test_small_segments_keep_the_pooled_parameters(run: Run) -> None:
    rows = run.by_key(
        "select segment, customers, not_fitted_reason, is_fitted_separately, log_likelihood, gain "
        "from purchase_model_segments where model = 'bg_nbd' and segment in ('fair', 'unknown')"
    )
    assert rows == {
        "fair": [30, "too_few_customers", False, None, None],
        "unknown": [60, "too_few_customers", False, None, None],
    }


def test_segments_hold_every_customer_once(run: Run) -> None:
    assert run.by_key(
        "select segment, customers from purchase_model_segments where model = 'nbd'"
    ) == SIZES | {"all": sum(SIZES.values())}
    assert run.rows(
        "select split_part(customer_id, '-', 1) as segment, model_segment, spend_segment, count(*) "
        "from customer_purchase_forecast group by all order by 1"
    ) == [
        ("fair", "all", "all", 30),
        ("trade", "trade", "trade", 12_000),
        ("unknown", "all", "all", 60),
        ("web", "web", "web", 20_000),
    ]


def test_forecasts_are_made_with_the_parameters_of_the_segment(run: Run) -> None:
    parameters: dict = defaultdict(list)
    for model, segment, estimate in run.rows(
        "select model, segment, estimate from purchase_model_fits "
        "where model in ('bg_nbd', 'gamma_gamma') and estimate is not null"
    ):
        parameters[model, segment].append(estimate)
    rows = run.records(
        "select forecast.*, paid_repeat_days, "
        "paid_repeat_amount / greatest(paid_repeat_days, 1) as mean_amount "
        "from customer_purchase_forecast as forecast "
        "inner join main_internal.int_lifecycle__purchase_history using (customer_id) "
        "where hash(customer_id) % 50 = 0 or model_segment = 'all'"
    )
    assert {row["model_segment"] for row in rows} == {"all", "trade", "web"}
    for row in rows:
        x, t_x, age = row["repeat_purchases"], row["recency_weeks"], row["age_weeks"]
        purchases = BG_NBD.expected_purchases(
            parameters["bg_nbd", row["model_segment"]], 365 / 7, x, t_x, age
        )
        assert row["expected_purchases_365d"] == pytest.approx(float(purchases), rel=1e-9)
        amount = gamma_gamma.expected_average_amount(
            parameters["gamma_gamma", row["spend_segment"]],
            row["paid_repeat_days"],
            float(row["mean_amount"]),
        )
        assert float(row["expected_average_amount"]) == pytest.approx(float(amount), abs=2e-4)


def test_history_and_choice_stay_with_all_customers(run: Run) -> None:
    """The silence of every customer, and the choice, read the fits of all customers alone."""
    assert run.rows(
        "select count(*), count(distinct customer_id) "
        "from main_internal.int_lifecycle__next_purchase"
    ) == [(sum(SIZES.values()),) * 2]
    assert run.rows("from main_internal.int_lifecycle__model_choice") == [("bg_nbd", None)]


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    run = build_inputs(
        tmp_path,
        {
            "orders.csv": "order_id,customer_id,ordered_at,amount\n1,anna,2011-06-30,10\n",
            "customers.csv": "customer_id,registered_at,x_card,X_Shops\nanna,2011-06-01,gold,3\n",
        },
        {"lifecycle_model_segment": "x_cards"},
        select=("+int_lifecycle__segmented_history",),
    )
    assert not run.succeeded
    assert (
        "lifecycle_model_segment is x_cards, but the customers input has no such column. It has: "
        "x_card, X_Shops. Write one of those, acquisition_channel, region, status, "
        "marketing_consent, first_purchase_quarter or null." in run.text
    )


# ---------------------------------------------------------------- the test of the split


def test_the_statistic_is_worked_out_by_hand() -> None:
    """Two parameters more: the chi-square distribution is exponential with mean 2."""
    row = {"is_fitted_separately": True, "customers": 10}
    result = split_test(
        [
            row | {"log_likelihood": -97.0, "log_likelihood_pooled": -100.0},
            row | {"log_likelihood": -59.0, "log_likelihood_pooled": -60.0},
        ],
        parameters=2,
    )
    assert result == {
        "segment": "all",
        "customers": 20,
        "is_fitted_separately": True,
        "log_likelihood": -156.0,
        "log_likelihood_pooled": -160.0,
        "statistic": 8.0,
        "degrees_of_freedom": 2,
        "p_value": pytest.approx(exp(-4), rel=1e-12),
        "bic_gain": pytest.approx(8 - 2 * log(20), rel=1e-12),
    }


def test_customers_who_keep_the_pooled_parameters_are_one_more_group() -> None:
    fitted = {"is_fitted_separately": True, "customers": 10, "log_likelihood_pooled": -100.0}
    rest = {"is_fitted_separately": False, "customers": 5, "log_likelihood_pooled": -30.0}
    result = split_test(
        [fitted | {"log_likelihood": -97.0}, rest | {"log_likelihood": None}], parameters=2
    )
    assert result["degrees_of_freedom"] == 2
    assert result["p_value"] == pytest.approx(exp(-3), rel=1e-12)
    assert result["log_likelihood"] == -127.0
    assert result["log_likelihood_pooled"] == -130.0


@pytest.mark.parametrize("is_fitted", [True, False])
def test_a_split_that_adds_nothing_has_no_p_value(is_fitted: bool) -> None:
    """One segment of all customers, fitted or too small."""
    row = {"is_fitted_separately": is_fitted, "customers": 10, "log_likelihood_pooled": -100.0}
    result = split_test([row | {"log_likelihood": -100.0 if is_fitted else None}], parameters=4)
    assert (result["statistic"], result["degrees_of_freedom"]) == (0, 0)
    assert (result["p_value"], result["bic_gain"]) == (None, 0)


def test_nothing_is_compared_without_a_pooled_fit() -> None:
    row = {"is_fitted_separately": True, "customers": 10, "log_likelihood": -97.0}
    result = split_test([row | {"log_likelihood_pooled": None}], parameters=2)
    assert result == {"segment": "all", "customers": 10, "is_fitted_separately": True}


def simulated(rng: np.random.Generator, shop: SimulatedShop, customers: int) -> CustomerStates:
    """BG/NBD customers with gamma-gamma amounts, drawn one purchase at a time."""
    states = []
    for age in rng.integers(140, 560, customers) / 7:
        rate, dropout = rng.gamma(shop.r, 1 / shop.alpha), rng.beta(shop.a, shop.b)
        x, t_x = 0, 0.0
        while (next_at := t_x + rng.exponential(1 / rate)) <= age:
            x, t_x = x + 1, next_at
            if rng.random() < dropout:
                break
        states.append((x, t_x, age))
    frequency, recency, age = np.array(states).T
    x = frequency[frequency > 0]
    means = rng.gamma(shop.p * x) / (x * rng.gamma(shop.q, 1 / shop.k, x.size))
    # Squares are for what has no maximum likelihood, and these customers have one.
    spend = {"gamma_gamma": (x, means, np.ones_like(x), np.full_like(x, np.nan))}
    return CustomerStates((frequency, recency, age, np.ones(customers)), spend)


def together(parts: Iterable[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Rows of several groups of customers as those of one."""
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


@pytest.fixture(scope="module")
def tests_of_equal_segments() -> dict[str, list[dict]]:
    """Split customers into two segments that do not differ, many times; the rows all, by model."""
    shop = replace(PRESETS["shop"], alpha=8.0, b=3.0)
    tests = defaultdict(list)
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        states = {name: simulated(rng, shop, CUSTOMERS_PER_SEGMENT) for name in ("a", "b")}
        both = CustomerStates(
            together(part.purchases for part in states.values()),
            {"gamma_gamma": together(part.spend["gamma_gamma"] for part in states.values())},
        )
        parameters = defaultdict(dict)
        for name, part in (states | {"all": both}).items():
            for fit in fit_models(part, 50):
                if fit.is_converged and not fit.is_at_boundary:
                    parameters[fit.model][name] = fit.estimates
        for row in split_table(states, parameters).to_pylist():
            if row["segment"] == "all":
                tests[row["model"]].append(row)
    return tests


@pytest.mark.parametrize("model", ["bg_nbd", "gamma_gamma"])
@pytest.mark.parametrize("level", [0.05, 0.5])
def test_equal_segments_are_taken_for_different_no_more_often_than_chance(
    tests_of_equal_segments: dict[str, list[dict]], model: str, level: float
) -> None:
    """p is about uniform: the count below a level stays in the central 99.8 % of its binomial.

    So it is for the models that the customers are drawn from. A wrong one, like the NBD, which
    knows no dropout, takes too many differences for more than chance.
    """
    is_below = [row["p_value"] < level for row in tests_of_equal_segments[model]]
    least, most = binom.ppf([0.001, 0.999], SEEDS, level)
    assert len(is_below) == SEEDS
    assert least <= sum(is_below) <= most


@pytest.mark.parametrize("model", ["bg_nbd", "gamma_gamma"])
def test_equal_segments_are_not_worth_it(
    tests_of_equal_segments: dict[str, list[dict]], model: str
) -> None:
    assert max(row["bic_gain"] for row in tests_of_equal_segments[model]) < 0


# ---------------------------------------------------------------- what is refused


def sizes(**customers: int) -> dict[str, CustomerStates]:
    """Segments with so many customers."""
    return {
        name: CustomerStates((np.zeros(1), np.zeros(1), np.ones(1), np.array([count])), {})
        for name, count in customers.items()
    }


def test_fifty_segments_are_fitted_at_most() -> None:
    check_segments(sizes(**{f"s{n}": 50 + n for n in range(50)}, small=49), 50)
    with pytest.raises(ValueError, match=r"53 segments have at least 50 .* to 53 or more"):
        check_segments(sizes(**{f"s{n}": 50 + n for n in range(53)}), 50)


def test_what_is_said_to_set_is_enough() -> None:
    check_segments(sizes(**{f"s{n}": 50 + n for n in range(53)}), 53)


def test_a_column_of_a_thousand_values_is_no_segment() -> None:
    many = sizes(**{f"s{n}": 1 for n in range(1001)})
    with pytest.raises(ValueError, match="the column has 1001 values"):
        check_segments(many, 50)


def test_no_segment_is_called_like_all_customers() -> None:
    with pytest.raises(ValueError, match="give that value of the column another name"):
        check_segments(sizes(all=60, web=60), 50)


def test_segments_are_taken_apart_in_order() -> None:
    """Days become weeks, amounts means, squares those of one; who has no paid days has none."""
    purchases = pa.table(
        {
            "segment": ["a", "b", "b"],
            "repeat_purchases": [0, 0, 2],
            "recency_days": [0, 0, 7],
            "age_days": [70, 14, 21],
            "customers": [3, 4, 1],
        }
    )
    spend = pa.table(
        {
            "segment": ["b", "b", "b"],
            "spend_model": ["gamma_gamma_all_days", "gamma_gamma", "gamma_gamma"],
            "spend_days": [3, 2, 1],
            "spend_amount": [39.0, 30.0, 7.0],
            "spend_squares": [549.0, 500.0, 98.0],
            "customers": [1, 1, 2],
        }
    )
    parts = states_by_segment(purchases, spend)
    assert list(parts) == ["a", "b"]
    assert [column.tolist() for column in parts["a"].purchases] == [[0], [0], [10], [3]]
    assert list(parts["a"].spend) == ["gamma_gamma", "gamma_gamma_all_days"]
    for rows in parts["a"].spend.values():
        assert [column.tolist() for column in rows] == [[], [], [], []]
    assert [column.tolist() for column in parts["b"].purchases] == [[0, 2], [0, 1], [2, 3], [4, 1]]
    assert {
        name: [column.tolist() for column in rows] for name, rows in parts["b"].spend.items()
    } == {
        "gamma_gamma": [[1, 2], [7, 15], [2, 1], [49, 500]],
        "gamma_gamma_all_days": [[3], [13], [1], [549]],
    }
    assert [column.tolist() for column in parts["b"].seen_by("gamma_gamma")] == [
        [1, 2],
        [7, 15],
        [2, 1],
    ]
    assert parts["b"].customers("gamma_gamma_all_days") == 1
    assert parts["b"].customers("nbd") == 5


def test_a_small_segment_has_no_moments_of_its_own() -> None:
    """All customers together have: then there is no other fit."""
    spend = (np.array([2.0]), np.array([10.0]), np.array([30]), np.array([208.0]))
    states = replace(sizes(web=30)["web"], spend={"gamma_gamma": spend})
    everybody, segment, large = (
        fit_models(states, minimum, is_segment=is_segment)[-1]
        for minimum, is_segment in ((50, False), (50, True), (20, True))
    )
    assert everybody.serves_forecasts
    assert segment.not_fitted_reason == "too_few_customers"
    # Within a customer the variance is 8; between customers there is none.
    assert large.estimates == everybody.estimates
    assert large.estimates[0] == pytest.approx(100 / 8, rel=1e-12)
