"""The numbers in print come out of dbt: CDNOW's 1/10 sample, calibrated to 1997-09-30."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from dbt_project import Run
from scipy.special import hyp2f1

PUBLISHED = {
    "nbd": ({"r": ".38477", "alpha": "12.0720"}, "-9763.658", 2357),
    "bg_nbd": (
        {"r": ".24259", "alpha": "4.41360", "a": ".79292", "b": "2.42591"},
        "-9582.429",
        2357,
    ),
    "mbg_nbd": (
        {"r": ".525", "alpha": "6.183", "a": ".891", "b": "1.614"},
        "-9582.136",
        2357,
    ),
    "pareto_nbd": (
        {"r": ".55328", "alpha": "10.5777", "s": ".60624", "beta": "11.6687"},
        "-9594.976",
        2357,
    ),
    "gamma_gamma": ({"p": "6.2496", "q": "3.7442", "k": "15.4435"}, "-4055.918", 946),
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_fits_are_the_published_ones_to_the_digits_printed(
    published_run: Run, printed: Callable, model: str
) -> None:
    estimates, log_likelihood, customers = PUBLISHED[model]
    rows = published_run.records(f"from purchase_model_fits where model = '{model}'")
    assert {row["parameter"]: row["estimate"] for row in rows} == {
        name: printed(number) for name, number in estimates.items()
    }
    for row in rows:
        assert row["log_likelihood"] == printed(log_likelihood)
        assert row["customers"] == customers
        assert row["aic"] == pytest.approx(2 * len(rows) - 2 * row["log_likelihood"], rel=1e-12)
        assert row["bic"] == pytest.approx(
            len(rows) * np.log(customers) - 2 * row["log_likelihood"], rel=1e-12
        )
        assert row["standard_error"] > 0
        assert [row[name] for name in ("is_converged", "is_at_boundary", "not_fitted_reason")] == [
            True,
            False,
            None,
        ]
        assert str(row["fitted_on"]) == "1997-09-30"


def test_standard_errors_are_the_published_ones(published_run: Run) -> None:
    """Those in print come from a numerical second derivative, and differ in the last digit."""
    assert published_run.by_key(
        "select parameter, standard_error from purchase_model_fits where model = 'pareto_nbd'"
    ) == pytest.approx({"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.2107}, rel=1e-3)


def bg_nbd_alive(
    parameters: tuple[float, ...], x: np.ndarray, t_x: np.ndarray, age: np.ndarray
) -> np.ndarray:
    """P(alive) of Fader & Hardie's note on BG/NBD."""
    r, alpha, a, b = parameters
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    return 1 / (1 + np.where(x > 0, odds, 0))


def bg_nbd_purchases(
    parameters: tuple[float, ...],
    weeks: float,
    x: np.ndarray,
    t_x: np.ndarray,
    age: np.ndarray,
) -> np.ndarray:
    """E[Y(t) | x, t_x, T] as printed in Fader, Hardie & Lee 2005, equation 10."""
    r, alpha, a, b = parameters
    shrinkage = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
    if_alive = (a + b + x - 1) / (a - 1) * (1 - shrinkage * series)
    return if_alive * bg_nbd_alive(parameters, x, t_x, age)


def test_the_formula_below_is_the_published_one(printed: Callable) -> None:
    parameters = (0.24259, 4.41360, 0.79292, 2.42591)
    customer = (np.array(2.0), np.array(30.43), np.array(38.86))
    assert float(bg_nbd_purchases(parameters, 39, *customer)) == printed("1.226")


@pytest.fixture(scope="module")
def forecasts(published_run: Run) -> SimpleNamespace:
    """Forecasts of every customer, with the state that the mart says and the parameters."""
    rows = published_run.records(
        "select f.*, v.clv_365d from customer_purchase_forecast as f "
        "join customer_value as v using (customer_id) order by customer_id"
    )
    columns = {
        name: np.array([row[name] for row in rows])
        for name in rows[0]
        if isinstance(rows[0][name], int | float)
    }
    money = {
        name: np.array([float(row[name]) for row in rows])
        for name in ("expected_average_amount", "clv_365d")
    }
    parameters = {
        model: tuple(
            published_run.by_key(
                f"select parameter, estimate from purchase_model_fits where model = '{model}'"
            )[name]
            for name in names
        )
        for model, (names, _, _) in PUBLISHED.items()
    }
    return SimpleNamespace(
        **columns,
        **money,
        customer_ids=[row["customer_id"] for row in rows],
        reasons={row["withheld_reason"] for row in rows},
        parameters=parameters,
    )


def test_every_customer_is_in_the_state_of_the_sample(
    forecasts: SimpleNamespace, cdnow: SimpleNamespace
) -> None:
    """The states read by another route, straight from the text file."""
    found = zip(
        forecasts.repeat_purchases, forecasts.recency_weeks, forecasts.age_weeks, strict=True
    )
    expected = zip(cdnow.frequency, cdnow.recency, cdnow.age, strict=True)
    assert sorted(found) == pytest.approx(np.array(sorted(expected)), rel=1e-12)


def test_forecasts_of_every_customer_are_those_of_the_formulas(forecasts: SimpleNamespace) -> None:
    assert forecasts.reasons == {None}
    x = forecasts.repeat_purchases.astype(float)
    states = (x, forecasts.recency_weeks, forecasts.age_weeks)
    parameters = forecasts.parameters["bg_nbd"]
    # Of those who have bought once BG/NBD says 1, whoever they are: it is not shown.
    has_repeated = x > 0
    alive = bg_nbd_alive(parameters, *states)
    assert forecasts.probability_alive[has_repeated].astype(float) == pytest.approx(
        alive[has_repeated], rel=1e-9
    )
    assert set(forecasts.probability_alive[~has_repeated]) == {None}
    assert set(alive[~has_repeated]) == {1.0}
    for days in (30, 90, 365):
        found = getattr(forecasts, f"expected_purchases_{days}d")
        assert found == pytest.approx(bg_nbd_purchases(parameters, days / 7, *states), rel=1e-6)


def test_the_customer_in_print_has_the_forecast_of_the_printed_parameters(
    forecasts: SimpleNamespace,
) -> None:
    """x = 2, t_x = 30.43, T = 38.86 with the parameters as they stand in the table."""
    is_in_print = (
        (forecasts.repeat_purchases == 2)
        & (np.abs(forecasts.recency_weeks - 30.43) < 0.005)
        & (np.abs(forecasts.age_weeks - 38.86) < 0.005)
    )
    assert is_in_print.any()
    parameters = [float(number) for number in PUBLISHED["bg_nbd"][0].values()]
    customer = (np.array(2.0), np.array(213 / 7), np.array(272 / 7))
    expected = float(bg_nbd_purchases(tuple(parameters), 365 / 7, *customer))
    found = forecasts.expected_purchases_365d[is_in_print]
    assert found.tolist() == pytest.approx([expected] * is_in_print.sum(), rel=1e-4)


def test_expected_amounts_and_value_are_those_of_the_formulas(
    forecasts: SimpleNamespace, cdnow: SimpleNamespace, published_run: Run
) -> None:
    """E[M] = p (k + x m) / (p x + q - 1), and twelve discounted months of purchases times it."""
    p, q, k = forecasts.parameters["gamma_gamma"]
    spent = published_run.by_key(
        """
        with days as (
            select customer_id, ordered_at, sum(amount) as amount
            from main_internal.stg_lifecycle__orders_read
            where ordered_at <= date '1997-09-30'
            group by all
        ),
        repeats as (
            select *, row_number() over (partition by customer_id order by ordered_at) > 1 as again
            from days
        )
        select customer_id, count(*) filter (again and amount > 0)::double,
            coalesce(sum(amount) filter (again), 0)::double
        from repeats
        group by customer_id
        """
    )
    assert sorted(days for days, _ in spent.values()) == sorted(cdnow.spend_frequency)
    paid_days, amount = np.array([spent[customer] for customer in forecasts.customer_ids]).T
    expected_amount = p * (k + amount) / (p * paid_days + q - 1)
    half_a_digit = 0.00005 * (1 + 1e-6)
    assert forecasts.expected_average_amount == pytest.approx(
        expected_amount, rel=0, abs=half_a_digit
    )

    states = (
        forecasts.repeat_purchases.astype(float),
        forecasts.recency_weeks,
        forecasts.age_weeks,
    )
    value, purchases_before = 0.0, 0.0
    for month in range(1, 13):
        purchases = bg_nbd_purchases(forecasts.parameters["bg_nbd"], month * 365 / 12 / 7, *states)
        value += (purchases - purchases_before) * expected_amount / 1.15 ** (month / 12)
        purchases_before = purchases
    # Some days are free, so a little less is kept (int_lifecycle__kept_shares).
    kept = published_run.by_key(
        "select customer_id, expected_paid_share * (1 - expected_refund_share) from customer_value"
    )
    share = np.array([kept[customer] for customer in forecasts.customer_ids])
    assert share.min() > 0.9
    assert forecasts.clv_365d == pytest.approx(share * value, rel=1e-5, abs=1e-3)
