"""The regularity of simulated customers' gaps is found again, and with it what chance does."""

from datetime import date
from math import sqrt

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs

AS_OF = date(2020, 6, 30)
CUSTOMERS = 1500
PURCHASE_DAYS = 41
MEAN_GAP_DAYS = 40
SEED = 20240229

# Gamma shapes of the gaps: 1 is random (exponential), 3 regular (Erlang), 0.5 bursty.
SHAPES = (0.5, 1.0, 3.0)


def orders_of_unchanged_customers(shape: float) -> pa.Table:
    """Seen on any day: the gap around it is a long one, and it has got that far by chance."""
    rng = np.random.default_rng(SEED)
    scale = MEAN_GAP_DAYS / shape
    open_gaps = rng.random(CUSTOMERS) * rng.gamma(shape + 1, scale, CUSTOMERS)
    gaps = rng.gamma(shape, scale, (CUSTOMERS, PURCHASE_DAYS - 1))
    whole_days = np.column_stack([np.floor(open_gaps), np.ceil(gaps)]).astype("timedelta64[D]")
    days = np.datetime64(AS_OF) - np.cumsum(whole_days, axis=1)
    return pa.table(
        {
            "order_id": np.arange(days.size),
            "customer_id": np.repeat(np.arange(CUSTOMERS), PURCHASE_DAYS),
            "ordered_at": days.ravel(),
            "amount": np.ones(days.size),
        }
    )


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest) -> float:
    return request.param


@pytest.fixture(scope="module")
def run(shape: float, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = build_inputs(
        tmp_path_factory.mktemp("regularity"),
        {"orders.parquet": orders_of_unchanged_customers(shape)},
        {"lifecycle_as_of_date": str(AS_OF)},
        select=("+silence_bands",),
    )
    assert run.succeeded, run.text
    return run


def error_of_k(shape: float, pairs: int) -> float:
    """Standard error of k; the first gap's share of a pair is Beta(k, k)."""
    return (shape + 0.5) * sqrt(4 * shape / (2 * shape + 3) / pairs)


def test_the_shape_of_the_gaps_is_found_again(shape: float, run: Run) -> None:
    bands = run.records("from silence_bands order by rank_band")
    assert [band["rank_band"] for band in bands] == ["a", "b", "c", "d", "e", "ratio_1"]
    for band in bands:
        # Whoever stands in a band has gaps that are a little more alike, or a little less, than
        # those of all: by 1/n or so.
        error = error_of_k(shape, band["gap_pairs"])
        assert abs(band["regularity_k"] - shape) < 3 * error + 0.1 * shape, band

    pairs = sum(band["gap_pairs"] for band in bands[:5])
    assert pairs == CUSTOMERS * (PURCHASE_DAYS // 2)
    # From k to the variance of the share and back again.
    variance = sum(band["gap_pairs"] / (8 * band["regularity_k"] + 4) for band in bands[:5]) / pairs
    k = (1 - 4 * variance) / (8 * variance)
    # Whole days hide how short the shortest gaps of the bursty are.
    rounding = 0.05 if shape < 1 else 0
    assert abs(k - shape) < 3 * error_of_k(shape, pairs) + rounding


def test_bursty_gaps_are_not_regular_and_random_ones_are(shape: float, run: Run) -> None:
    """In every band; but k = 1 is where the verdict turns, so of random ones the silent count."""
    is_regular = run.by_key("select rank_band, is_regular from silence_bands")
    silent = ("e", "ratio_1")
    expected = dict.fromkeys(silent if shape == 1 else is_regular, shape >= 1)
    assert {band: is_regular[band] for band in expected} == expected


def test_chance_does_to_random_customers_what_is_expected(shape: float, run: Run) -> None:
    """Less to regular ones, more to bursty ones."""
    alarms = run.by_key("select rank_band, customers, expected_false_alarms from silence_bands")
    assert sum(expected for band, (_, expected) in alarms.items() if band != "ratio_1") == (
        pytest.approx(CUSTOMERS)
    )
    if shape == 1:
        for customers, expected in alarms.values():
            assert abs(customers - expected) < 3 * sqrt(expected * (1 - expected / CUSTOMERS))
    else:
        customers, expected = alarms["ratio_1"]
        assert (customers < expected) == (shape > 1)
        assert abs(customers - expected) > 2 * sqrt(expected)
