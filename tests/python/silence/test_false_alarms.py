"""How often chance alone makes a customer look silent: simulated customers whose truth is known.

The table in docs/false_alarms.md is the one that is worked out here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import product
from math import log, sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import PROJECT, Run, build_inputs

from customer_lifecycle.shops.simulate import SimulatedShop, simulate_customers, simulate_orders

CUSTOMERS = 20_000
SEED = 20240229

# ------------------------------------------------------------------ one customer's p-value

AS_OF = date(2020, 6, 30)
PURCHASE_DAYS = 15
# So long that two gaps of a customer are hardly ever the same number of days.
MEAN_GAP_DAYS = 400
WEEKLY_CUSTOMERS = 50

LAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "exponential": lambda rng, size: rng.exponential(MEAN_GAP_DAYS, size),
    "erlang": lambda rng, size: rng.gamma(3, MEAN_GAP_DAYS / 3, size),
    "lognormal": lambda rng, size: rng.lognormal(log(MEAN_GAP_DAYS) - 0.5, 1, size),
}


def orders_of(law: str, gaps: np.ndarray) -> pa.Table:
    """Orders of customers, one a row; the first gap is the open one."""
    days = np.datetime64(AS_OF) - np.cumsum(np.ceil(gaps).astype("timedelta64[D]"), axis=1)
    customers = [f"{law}-{number}" for number in range(len(gaps))]
    return pa.table(
        {
            "order_id": [f"{law}-{number}" for number in range(days.size)],
            "customer_id": np.repeat(customers, PURCHASE_DAYS),
            "ordered_at": days.ravel(),
            "amount": np.ones(days.size),
        }
    )


@pytest.fixture(scope="module")
def exchangeable(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Customers whose open gap is drawn as their gaps are, and some who buy every week."""
    rng = np.random.default_rng(SEED)
    gaps = {law: draw(rng, (CUSTOMERS, PURCHASE_DAYS)) for law, draw in LAWS.items()}
    gaps["weekly"] = np.full((WEEKLY_CUSTOMERS, PURCHASE_DAYS), 7)
    run = build_inputs(
        tmp_path_factory.mktemp("exchangeable"),
        {"orders.parquet": pa.concat_tables(orders_of(law, gaps[law]) for law in gaps)},
        {
            "lifecycle_as_of_date": str(AS_OF),
            "lifecycle_purchase_models": False,
            # Some gaps are longer than any shop's.
            "lifecycle_longest_pause_days": None,
            "lifecycle_earliest_valid_date": None,
        },
        select=("+customer_silence",),
    )
    assert run.succeeded, run.text
    return run


@pytest.mark.parametrize("law", LAWS)
def test_one_unchanged_customer_in_n_looks_silent_whatever_the_law(
    exchangeable: Run, law: str
) -> None:
    # p is a whole number of n-ths: below one and a half of them is one of them.
    alarms, customers = exchangeable.rows(
        "select count(*) filter (conformal_p < 1.5 / purchase_days), count(*) "
        f"from customer_silence where is_eligible and starts_with(customer_id, '{law}-')"
    )[0]
    assert customers == CUSTOMERS
    chance = 1 / PURCHASE_DAYS
    assert abs(alarms / CUSTOMERS - chance) < 3 * sqrt(chance * (1 - chance) / CUSTOMERS)


def test_ties_raise_the_ratio_but_no_alarm(exchangeable: Run) -> None:
    """Every week, and the week is over: nobody was ever away for longer, and nothing happened."""
    assert exchangeable.rows(
        "select rank_ratio, conformal_p, count(*) from customer_silence "
        "where starts_with(customer_id, 'weekly-') group by all"
    ) == [(1, 1, WEEKLY_CUSTOMERS)]


# ------------------------------------------------------------------ the false-discovery rate

# Gamma shapes of the gaps: exponential, Erlang-3, and bursty ones.
GAP_SHAPES = {"random": 1.0, "regular": 3.0, "bursty": 0.5}
CHURN_SHARES = (0.1, 0.4)

# Seen on a calendar day, a year after some have stopped. Who buys at random and has n purchase days
# has n - 1 of them on any days after the first. So gaps and open gap are exchangeable, whatever the
# rate, and given n; but for the as-of date itself, a day that the open gap lacks and that is little
# beside gaps of ten weeks. Regular and bursty gaps are not, when the day is any day.
shop_with = partial(
    SimulatedShop,
    start=date(2019, 1, 1),
    end=date(2024, 12, 31),
    model="nbd",
    r=4,
    alpha=42,
    churn_date=date(2023, 12, 31),
    times="exact",
    integer_ids=True,
)


@dataclass(frozen=True)
class Band:
    """What silence_bands says of a band, and the truth."""

    gaps: str
    churn_share: float
    rank_band: str
    customers: int
    regularity_k: float
    estimated: float
    """The mart's false-discovery rate, for which every eligible customer may be a false alarm."""
    of_unchanged: float
    """The same when only those are expected who have not churned."""
    true: float
    """Share of the band's customers who have not churned."""
    error: float
    """Standard error of the truth, from the number of those who got there by chance."""

    def cells(self) -> list[str]:
        rates = (self.regularity_k, self.estimated, self.of_unchanged, self.true)
        return [
            *(self.gaps, f"{self.churn_share:.0%}".replace("%", " %"), self.rank_band),
            *(f"{self.customers:,}", *(f"{rate:.2f}" for rate in rates)),
        ]


def bands_of(folder: Path, gaps: str, churn_share: float) -> Iterator[Band]:
    shop = shop_with(gap_shape=GAP_SHAPES[gaps], churn_share=churn_share)
    people = pa.Table.from_batches(simulate_customers(shop, CUSTOMERS, SEED))
    is_there = people["x_churned_on"].is_null().to_numpy()
    run = build_inputs(
        folder,
        {"orders.parquet": pa.Table.from_batches(simulate_orders(shop, CUSTOMERS, SEED))},
        {"lifecycle_as_of_date": str(shop.end)},
        select=("+silence_bands",),
    )
    assert run.succeeded, run.text
    marts = run.by_key(
        "select rank_band, customers, regularity_k, expected_false_alarms, "
        "estimated_false_discovery_rate from silence_bands"
    )
    numbers, n, rank = np.array(
        run.rows(
            "select customer_id::integer, purchase_days, rank_max "
            "from main_internal.int_lifecycle__purchase_history where purchase_days >= 15"
        )
    ).T
    is_there = is_there[numbers - 1]
    # Band e begins at rank .95 n, rounded up.
    for rank_band, lowest_rank in (("e", -(-19 * n // 20)), ("ratio_1", n)):
        customers, regularity_k, expected, estimated = marts[rank_band]
        is_in = rank >= lowest_rank
        chances = (n - lowest_rank + 1) / n
        assert (is_in.sum(), chances.sum()) == (customers, pytest.approx(expected))
        yield Band(
            gaps=gaps,
            churn_share=churn_share,
            rank_band=rank_band,
            customers=customers,
            regularity_k=regularity_k,
            estimated=estimated,
            of_unchanged=estimated * chances[is_there].sum() / expected,
            true=np.mean(is_there[is_in]),
            error=sqrt(np.sum((chances * (1 - chances))[is_there])) / customers,
        )


@pytest.fixture(scope="module")
def bands(tmp_path_factory: pytest.TempPathFactory) -> list[Band]:
    return [
        band
        for gaps, churn_share in product(GAP_SHAPES, CHURN_SHARES)
        for band in bands_of(tmp_path_factory.mktemp(gaps), gaps, churn_share)
    ]


def test_no_more_false_alarms_than_estimated_unless_gaps_are_bursty(bands: list[Band]) -> None:
    for band in bands:
        if band.gaps != "bursty":
            assert band.true < band.estimated + 3 * band.error, band


def test_the_estimate_errs_by_the_churned_and_by_the_regularity(bands: list[Band]) -> None:
    for band in bands:
        too_high = (band.of_unchanged - band.true) / band.error
        if band.gaps == "random":
            assert abs(too_high) < 3, band
        else:
            assert (too_high if band.gaps == "regular" else -too_high) > 3, band


def test_the_docs_show_these_numbers(bands: list[Band]) -> None:
    lines = (PROJECT / "docs" / "false_alarms.md").read_text().splitlines()
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    assert table[2:] == [band.cells() for band in bands]
    # As the page says.
    assert max(band.error for band in bands) < 0.016
