from math import log

import numpy as np
import pyarrow as pa
import pytest
from purchase_world import PARAMETERS as PARAMETERS_OF
from purchase_world import every_model, simulate_lost_purchases

from customer_lifecycle.forecasts.by_state import FORECAST_SCHEMA, forecast_table
from customer_lifecycle.forecasts.calibration import FACTORS, corrected
from customer_lifecycle.forecasts.intervals import predictive_interval
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

PARAMETERS = PARAMETERS_OF["bg_nbd"]
DAYS = pa.table(
    {
        "repeat_purchases": [0, 2, 2, 2, 130],
        "recency_days": [0, 213, 10, 213, 500],
        "age_days": [0, 272, 272, 300, 510],
    }
)


def with_factors(
    states: pa.Table,
    odds: float | None = None,
    rest: float | None = None,
    rate: float | None = None,
) -> pa.Table:
    """States with the same correction for all; none unless given."""
    size = states.num_rows
    states = states.append_column("gap_class", pa.array(np.arange(size) % 5 - 1))
    for name, factor in zip(FACTORS, (odds, rest, rate), strict=True):
        states = states.append_column(name, pa.array([factor] * size, pa.float64()))
    return states


STATES = with_factors(DAYS)


def test_forecasts_are_those_of_the_model_one_state_at_a_time() -> None:
    table = forecast_table(STATES, "bg_nbd", PARAMETERS, 0.15)
    assert table.schema == FORECAST_SCHEMA
    handed_on = [*DAYS.column_names, "gap_class"]
    assert table.select(handed_on) == STATES.select(handed_on)
    for row in table.to_pylist():
        state = (row["repeat_purchases"], row["recency_days"] / 7, row["age_days"] / 7)
        assert row["probability_alive"] == pytest.approx(
            BG_NBD.probability_alive(PARAMETERS, *state), rel=1e-13
        )
        for days in (30, 90, 365):
            assert row[f"expected_purchases_{days}d"] == pytest.approx(
                BG_NBD.expected_purchases(PARAMETERS, days / 7, *state), rel=1e-13
            )


def test_the_interval_is_that_of_the_model() -> None:
    table = forecast_table(STATES, "bg_nbd", PARAMETERS, 0.15)
    days = [DAYS[name].to_numpy() for name in DAYS.column_names]
    low, high = predictive_interval(BG_NBD, PARAMETERS, 365 / 7, days[0], days[1] / 7, days[2] / 7)
    assert table["purchases_365d_low"].to_pylist() == low.tolist()
    assert table["purchases_365d_high"].to_pylist() == high.tolist()
    assert low[-1] < table["expected_purchases_365d"][-1].as_py() < high[-1]


def test_discounted_purchases_by_hand() -> None:
    # NBD, r = 1, alpha = 73: one purchase in 73 weeks, so 5 / 84 in each twelfth of a year, and at
    # 100 % a year the discount factors are 2^(-t/12), a geometric series that sums to
    # 0.5 / (2^(1/12) - 1).
    states = STATES.slice(0, 1)
    row = forecast_table(states, "nbd", (1.0, 73.0), 1.0).to_pylist()[0]
    assert row["expected_purchases_365d"] == pytest.approx(5 / 7)
    assert row["discounted_purchases_365d"] == pytest.approx(5 / 84 * 0.5 / (2 ** (1 / 12) - 1))


def test_lifetime_no_dropout_and_90_days_by_hand() -> None:
    # As above; 50 years at ln 2 a year; in the NBD nobody drops out. Nobody buys in 90 days with
    # probability 73 / (73 + 90 / 7) = 511 / 601.
    row = forecast_table(STATES.slice(0, 1), "nbd", (1.0, 73.0), 1.0).to_pylist()[0]
    assert row["discounted_purchases_lifetime"] == pytest.approx(5 / 7 / log(2) * (1 - 2**-50))
    assert row["purchases_365d_if_no_dropout"] == pytest.approx(5 / 7)
    for name in ("expected_purchases_365d", "discounted_purchases_365d"):
        no_dropout = name.replace("expected_", "") + "_if_no_dropout"
        assert row[no_dropout] == pytest.approx(row[name])
    assert row["probability_purchase_90d"] == pytest.approx(90 / 601)
    assert row["lost_purchases_365d_variance"] == 0


@every_model
def test_lifetime_without_discount_is_what_is_expected_in_50_years(model: PurchaseModel) -> None:
    table = forecast_table(STATES, model.NAME, PARAMETERS_OF[model.NAME], 0.0)
    states = [DAYS[name].to_numpy() for name in DAYS.column_names]
    expected = model.expected_purchases(
        PARAMETERS_OF[model.NAME], 50 * 365 / 7, states[0], states[1] / 7, states[2] / 7
    )
    assert table["discounted_purchases_lifetime"].to_pylist() == pytest.approx(expected, rel=1e-10)


@every_model
def test_lifetime_is_for_ever_but_for_what_comes_after_50_years(model: PurchaseModel) -> None:
    parameters, rate = PARAMETERS_OF[model.NAME], np.log(1.15) * 7 / 365
    row = forecast_table(STATES, model.NAME, parameters, 0.15)
    states = [DAYS[name].to_numpy() for name in DAYS.column_names]
    weeks = (states[0], states[1] / 7, states[2] / 7)
    for_ever = model.discounted_expected_residual_transactions(parameters, rate, *weeks)
    lifetime = row["discounted_purchases_lifetime"].to_numpy()
    later = model.probability_alive(parameters, *weeks) * model.expected_rate_if_alive(
        parameters, 50 * 365 / 7, weeks[0], weeks[2]
    )
    assert (for_ever * (1 - 1e-9) <= lifetime + later * 1.15**-50 / rate).all()
    assert (lifetime <= for_ever * (1 + 1e-12)).all()
    assert (lifetime > row["discounted_purchases_365d"].to_numpy()).all()


@every_model
def test_loss_to_dropout(model: PurchaseModel) -> None:
    # Mean and variance over being alive or not of a customer who may be gone.
    parameters, x, recency, age = PARAMETERS_OF[model.NAME], 2.0, 10 / 7, 272 / 7
    row = forecast_table(STATES.slice(2, 1), model.NAME, parameters, 0.15).to_pylist()[0]
    alive = float(model.probability_alive(parameters, x, recency, age))
    if_alive = simulate_lost_purchases(model.NAME, x, age, 365 / 7, customers=400_000, seed=12)
    lost = row["purchases_365d_if_no_dropout"] - row["expected_purchases_365d"]
    assert lost == pytest.approx(alive * if_alive.mean(), rel=0.01)
    assert row["lost_purchases_365d_variance"] == pytest.approx(
        alive * np.mean(if_alive**2) - (alive * if_alive.mean()) ** 2, rel=0.02
    )


def test_without_discount_nothing_is_lost() -> None:
    table = forecast_table(STATES, "bg_nbd", PARAMETERS, 0.0)
    assert table["discounted_purchases_365d"].to_pylist() == pytest.approx(
        table["expected_purchases_365d"].to_pylist()
    )
    discounted = forecast_table(STATES, "bg_nbd", PARAMETERS, 0.15)["discounted_purchases_365d"]
    ratio = discounted.to_numpy() / table["expected_purchases_365d"].to_numpy()
    assert (ratio > 1.15**-1).all()
    assert (ratio < 1.15 ** (-1 / 12)).all()


@pytest.mark.parametrize(("model", "parameters"), [("nbd", (0.4, 12.0)), ("bg_nbd", PARAMETERS)])
def test_no_states_give_an_empty_table_of_the_same_columns(model: str, parameters: tuple) -> None:
    table = forecast_table(STATES.slice(0, 0), model, parameters, 0.15)
    assert table.num_rows == 0
    assert table.schema == FORECAST_SCHEMA


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(KeyError):
        forecast_table(STATES, "crystal_ball", (), 0.15)


def test_every_forecast_is_finite() -> None:
    age = np.repeat(np.arange(0, 1000, 20), 8)
    x = np.minimum(np.tile([0, 1, 2, 5, 20, 100, 400, 900], 50), age)
    states = pa.table(
        {"repeat_purchases": x, "recency_days": np.where(x > 0, age, 0), "age_days": age}
    )
    table = forecast_table(with_factors(states), "bg_nbd", PARAMETERS, 0.15)
    for name in FORECAST_SCHEMA.names[4:]:
        values = table[name].to_numpy()
        assert np.isfinite(values).all()
        assert (values >= 0 if name.endswith(("low", "high")) else values > 0).all()


@every_model
@pytest.mark.parametrize("discount_rate", [0, 1e-12])
def test_what_follows_from_the_definitions_holds_to_the_last_bit(
    model: PurchaseModel, discount_rate: float
) -> None:
    """At no discount, of customers long gone and of those who come daily, for a century."""
    states = pa.Table.from_pylist(
        [
            {"repeat_purchases": purchases, "recency_days": recency, "age_days": age}
            for age in (0, 30, 3650, 36500)
            for recency in sorted({0, age // 2, age})
            for purchases in sorted({0, min(1, recency), min(1000, recency)})
        ]
    )
    for factor in (1e-6, 1):
        parameters = tuple(factor * value for value in PARAMETERS_OF[model.NAME])
        rows = forecast_table(
            with_factors(states), model.NAME, parameters, discount_rate
        ).to_pylist()
        for row in rows:
            horizons = [row[f"expected_purchases_{days}d"] for days in (30, 90, 365)]
            assert (
                0
                <= horizons[0]
                <= horizons[1]
                <= horizons[2]
                <= row["purchases_365d_if_no_dropout"]
            )
            assert 0 <= row["probability_purchase_90d"] <= row["probability_alive"] <= 1
            assert row["probability_purchase_90d"] <= horizons[1]
            assert row["discounted_purchases_365d"] <= horizons[2]
            for no_less in (
                "discounted_purchases_lifetime",
                "discounted_purchases_365d_if_no_dropout",
            ):
                assert row["discounted_purchases_365d"] <= row[no_less]
            assert row["lost_purchases_365d_variance"] >= 0


# ---------------------------------------------------------------- corrected


@every_model
def test_corrections_scale_what_is_expected_by_who_is_alive_and_how_fast(
    model: PurchaseModel,
) -> None:
    parameters = PARAMETERS_OF[model.NAME]
    plain = forecast_table(STATES, model.NAME, parameters, 0.15)
    alive = plain["probability_alive"].to_numpy()
    for odds, rest, rate in ((0.3, 0.5, 1.25), (1.7, 1.5, 0.8), (1.0, 1.0, 1.0)):
        table = forecast_table(with_factors(DAYS, odds, rest, rate), model.NAME, parameters, 0.15)
        now_alive = min(rest, 1) * odds * alive / (1 - alive + odds * alive)
        assert table["probability_alive"].to_numpy() == pytest.approx(now_alive, rel=1e-12)
        times = now_alive / alive * rate * max(rest, 1)
        for name in FORECAST_SCHEMA.names[5:11]:
            assert table[name].to_numpy() == pytest.approx(
                plain[name].to_numpy() * times, rel=1e-12
            ), name


@every_model
@pytest.mark.parametrize("factors", [(0.4, 0.5, 1.5), (1.6, 1.25, 0.9)])
def test_corrected_chances_bounds_and_loss_are_those_of_a_quicker_customer(
    model: PurchaseModel, factors: tuple[float, float, float]
) -> None:
    parameters = PARAMETERS_OF[model.NAME]
    rows = forecast_table(with_factors(DAYS, *factors), model.NAME, parameters, 0.15).to_pylist()
    counts = np.arange(2000)
    for row in rows:
        x, recency, age = row["repeat_purchases"], row["recency_days"] / 7, row["age_days"] / 7
        plain = model.probability_alive(parameters, [x], [recency], [age])
        (alive,), (speed,) = corrected(plain, *factors)
        none = model.probability_of_purchases_if_alive(parameters, 0, speed * 90 / 7, x, age)
        assert row["probability_purchase_90d"] == pytest.approx(alive * (1 - none), rel=1e-10)
        chances = alive * model.probability_of_purchases_if_alive(
            parameters, counts, speed * 365 / 7, x, age
        )
        chances[0] += 1 - alive
        up_to = np.cumsum(chances)
        low, high = row["purchases_365d_low"], row["purchases_365d_high"]
        assert low == np.searchsorted(up_to, 0.05, side="right")
        assert high == np.searchsorted(up_to, 0.95)
        # Each purchase that is lost stands for as many as the speed says, Poisson around that.
        lost, lost_squared = model.lost_purchases_if_alive(parameters, 365 / 7, x, age)
        mean_square = speed**2 * (lost_squared - lost) + speed * lost
        assert row["lost_purchases_365d_variance"] == pytest.approx(
            float(alive * mean_square - (alive * speed * lost) ** 2), rel=1e-10, abs=1e-15
        )


def test_states_without_a_correction_are_those_of_the_model() -> None:
    without = forecast_table(STATES, "bg_nbd", PARAMETERS, 0.15)
    assert forecast_table(with_factors(DAYS, 1.0, 1.0, 1.0), "bg_nbd", PARAMETERS, 0.15) == without
    some = with_factors(DAYS.slice(0, 2)), with_factors(DAYS.slice(2), 1.0, 0.5, 2.0)
    mixed = forecast_table(pa.concat_tables(some), "bg_nbd", PARAMETERS, 0.15)
    assert mixed["probability_alive"].to_numpy() == pytest.approx(
        without["probability_alive"].to_numpy() * [1, 1, 0.5, 0.5, 0.5], rel=1e-12
    )
