"""Trends and profiles through dbt: a shop in which it is known who has changed.

Three kinds of customers whose gaps keep their distribution (in bursts, at random, regular), and
customers each of whose gaps is 15 % longer than the one before it. Amounts change for nobody.
"""

from bisect import bisect
from datetime import date, timedelta
from types import SimpleNamespace

import duckdb
import jinja2
import numpy as np
import pyarrow as pa
import pytest
from dbt_project import PROJECT, Run, build_inputs
from scipy.stats import binom, false_discovery_control, kstest, linregress, norm, t, ttest_ind

END = date(2023, 12, 31)
DAYS = 1500
SHAPES = {"B": 0.5, "R": 1.0, "K": 4.0}
UNCHANGED = 700
# Gaps of those whose gaps grow.
SLOWER_GAPS = (12, 20, 30)
SLOWER = 150
LEAST_GAPS = 12
LEAST_CUSTOMERS = 20
FALSE_RATE = 0.05
CLASSES = (1, 2, 3, 4, 6, 9, 14, 21, 31, 46)
FLAGS = ("has_refund", "has_discount", "is_rising", "is_eroding")

# Days before the end and amounts of a customer, the first purchase first.
Shop = dict[str, tuple[np.ndarray, np.ndarray]]


def make_shop(seed: int) -> Shop:
    """Purchase days of all customers."""
    rng = np.random.default_rng(seed)
    shop = {}
    for kind, shape in SHAPES.items():
        for number in range(UNCHANGED):
            mean = rng.uniform(20, 80)
            times = DAYS * rng.uniform(0.5, 1) - np.cumsum(rng.gamma(shape, mean / shape, 500))
            shop[f"{kind}{number:04d}"] = np.unique(np.floor(times[times >= 0]))[::-1]
    for gaps in SLOWER_GAPS:
        growth = 1.15 ** np.arange(gaps)
        for number in range(SLOWER):
            drawn = np.ceil(rng.exponential(size=gaps) * growth * 1000 / growth.sum())
            back = rng.integers(0, 40) + np.concatenate([np.cumsum(drawn[::-1])[::-1], [0]])
            shop[f"S{gaps}-{number:04d}"] = back
    return {
        customer: (days, np.round(np.exp(rng.normal(3, 0.7, len(days))), 2))
        for customer, days in shop.items()
        if len(days)
    }


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop(11)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> Run:
    rng = np.random.default_rng(12)
    rows = []
    for customer, (days, amounts) in shop.items():
        for back, amount in zip(days, amounts, strict=True):
            discount = round(amount * 0.1, 2) if rng.random() < 0.1 else 0.0
            rows.append((customer, END - timedelta(int(back)), amount, discount))
        if rng.random() < 0.2:
            rows.append((customer, END - timedelta(int(days[-1])) + timedelta(1), -5.0, None))
    rows = [row for row in rows if row[1] <= END]
    owners, ordered, amounts, discounts = zip(*rows, strict=True)
    orders = pa.table(
        {
            "order_id": range(len(rows)),
            "customer_id": owners,
            "ordered_at": pa.array(ordered, pa.date32()),
            "amount": amounts,
            "discount_amount": discounts,
        }
    )
    run = build_inputs(
        tmp_path_factory.mktemp("trends"),
        {"orders.parquet": orders},
        {"lifecycle_as_of_date": str(END)},
        select=("+silence_profile",),
        leave_out=("unit_test",),
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="module")
def trends(run: Run) -> dict[str, dict]:
    return {row["customer_id"]: row for row in run.records("from customer_trends")}


def trend(values: np.ndarray) -> tuple[float, float]:
    """Change from one value to the next, and its p, by least squares of the logarithms."""
    line = linregress(np.arange(len(values)), np.log(values))
    return np.expm1(line.slope), line.pvalue


def test_trends_and_regularity_worked_out_again(shop: Shop, trends: dict[str, dict]) -> None:
    assert trends.keys() == shop.keys()
    tested, found, expected = [], [], []
    for customer, (days, amounts) in shop.items():
        row, gaps = trends[customer], -np.diff(days)
        assert row["gaps"] == len(gaps)
        assert row["open_gap_days"] == days[-1]
        if not len(gaps):
            assert row["longest_gap_days"] is row["wake_on"] is row["gap_class"] is None
            continue
        assert row["longest_gap_days"] == gaps.max()
        assert row["days_to_silence"] == gaps.max() - days[-1]
        assert row["wake_on"] == END + timedelta(int(gaps.max() - days[-1]))
        if len(gaps) < LEAST_GAPS:
            assert row["gap_trend"] is row["amount_trend"] is row["regularity_k"] is None
            assert row["is_rising"] is row["is_eroding"] is None
            assert row["trend"] == "too few purchases to tell"
            continue
        tested.append(customer)
        found.append(
            [row[f"{kind}_{what}"] for kind in ("gap", "amount") for what in ("trend", "p_value")]
        )
        expected.append([*trend(gaps), *trend(amounts)])
        if np.median(gaps) < 7:
            assert row["regularity_k"] is None
        else:
            # The covariance of a gamma variable and its logarithm is its scale.
            short = gaps - 0.5
            shape = short.mean() / np.cov(short, np.log(short), ddof=0)[0, 1]
            bias = 3 * shape - 2 / 3 * shape / (1 + shape) - 4 / 5 * shape / (1 + shape) ** 2
            assert row["regularity_k"] == pytest.approx(shape - bias / len(gaps), rel=1e-9)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=3e-7)
    assert len(found) > 2_000
    for column, kind in ((1, "gap"), (3, "amount")):
        q_values = [trends[customer][f"{kind}_q_value"] for customer in tested]
        np.testing.assert_allclose(
            q_values, false_discovery_control(np.array(expected)[:, column]), rtol=1e-4, atol=1e-6
        )


def is_by_chance(hits: int, tries: int, share: float) -> bool:
    """Whether so many hits are among the 99.9 % in the middle."""
    return binom.cdf(hits, tries, share) > 0.0005 and binom.sf(hits - 1, tries, share) > 0.0005


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("what", ["gap", "amount"])
def test_p_of_those_who_have_not_changed_is_uniform(
    trends: dict[str, dict], kind: str, what: str
) -> None:
    p_values = np.array(
        [
            row[f"{what}_p_value"]
            for customer, row in trends.items()
            if customer[0] == kind and row["gap_trend"] is not None
        ]
    )
    assert len(p_values) > 400
    assert is_by_chance((p_values <= 0.05).sum(), len(p_values), 0.05)
    assert is_by_chance((p_values <= 0.3).sum(), len(p_values), 0.3)
    assert kstest(p_values, "uniform").pvalue > 0.001


def test_those_who_buy_less_often_are_found_and_hardly_any_other(trends: dict[str, dict]) -> None:
    of_gaps = {
        gaps: [row for customer, row in trends.items() if customer.startswith(f"S{gaps}-")]
        for gaps in SLOWER_GAPS
    }
    power = {
        gaps: np.mean([row["gap_p_value"] <= 0.05 for row in rows])
        for gaps, rows in of_gaps.items()
    }
    assert 0.15 < power[12] < 0.4
    assert 0.65 < power[20] < 0.9
    assert power[30] > 0.95
    assert np.mean([row["is_eroding"] for row in of_gaps[30]]) > 0.9
    # The first gaps are shorter than a day, and come out as one.
    assert 0.11 < np.median([row["gap_trend"] for row in of_gaps[30]]) < 0.16
    found = [
        customer
        for customer, row in trends.items()
        if row["gap_q_value"] is not None and row["gap_q_value"] <= FALSE_RATE
    ]
    assert sum(customer[0] != "S" for customer in found) <= 0.1 * len(found)
    # Amounts change for nobody.
    assert sum((row["amount_q_value"] or 1) <= FALSE_RATE for row in trends.values()) <= 1
    for row in trends.values():
        if row["gap_q_value"] is not None and row["amount_q_value"] > FALSE_RATE:
            expected = "no sign of a change"
            if row["gap_q_value"] <= FALSE_RATE:
                expected = f"buys {'less' if row['gap_trend'] > 0 else 'more'} often"
            assert row["trend"] == expected
            assert row["is_rising"] == (expected == "buys more often")
            assert row["is_eroding"] == (expected == "buys less often")


def test_regularity_is_that_of_the_kind(trends: dict[str, dict]) -> None:
    means = {
        kind: np.mean(
            [
                row["regularity_k"]
                for customer, row in trends.items()
                if customer[0] == kind and row["regularity_k"] is not None
            ]
        )
        for kind in SHAPES
    }
    # Bursts within a day are one purchase day.
    assert 0.5 < means["B"] < 0.65
    assert means["R"] == pytest.approx(1, abs=0.06)
    assert means["K"] == pytest.approx(4, rel=0.06)


def test_nobody_is_found_where_nobody_changes(simulated_run: Run) -> None:
    (row,) = simulated_run.records(
        "select count(gap_p_value) as tested, count(*) filter (gap_p_value <= .05) as gap, "
        "count(*) filter (amount_p_value <= .05) as amount, "
        "count(*) filter (is_rising or is_eroding) as found from customer_trends"
    )
    assert row["tested"] > 1_000
    assert row["found"] == 0
    assert is_by_chance(row["gap"], row["tested"], 0.05)
    assert is_by_chance(row["amount"], row["tested"], 0.05)
    alike = "from silence_profile where q_value_alike <= 0.05 and not has_built_in_difference"
    assert simulated_run.rows(alike) == []


def test_student_p_is_scipys() -> None:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    macros = (PROJECT / "macros" / "history" / "trends.sql").read_text()
    sql = environment.from_string(macros + "{{ with_student_p('grid') }}").render(
        customer_lifecycle=SimpleNamespace(double=lambda number: f"cast({number} as double)")
    )
    # How far off it may be.
    degrees = {2: 5e-4, 2.5: 1e-4, 3: 3e-5, 5: 5e-7, 10.5: 1.5e-7, 1e3: 1.5e-7, 1e7: 1e-6}
    values = [*np.linspace(0, 12, 241), 40, 1e3, 1e9]
    grid = pa.table(  # noqa: F841
        {
            "degrees": [float(d) for d in degrees for _ in values],
            "t": values * len(degrees),
            "log_term": [float(np.log1p(value * value / d)) for d in degrees for value in values],
        }
    )
    with duckdb.connect() as connection:
        rows = connection.execute(f"select degrees, t, p_value from ({sql})").fetchall()
    assert len(rows) == len(degrees) * len(values)
    for number, value, p_value in rows:
        assert 0 <= p_value <= 1
        assert p_value == pytest.approx(2 * t.sf(value, number), rel=0, abs=degrees[number])


def compare(own: np.ndarray, others: np.ndarray, *, is_flag: bool) -> tuple[float, float] | None:
    """Standard error and p of the difference, or nothing where it cannot be tested."""
    if not is_flag:
        error = np.sqrt(own.var(ddof=1) / len(own) + others.var(ddof=1) / len(others))
        return (error, ttest_ind(own, others, equal_var=False).pvalue) if error else None
    share = np.concatenate([own, others]).mean()
    error = np.sqrt(share * (1 - share) * (1 / len(own) + 1 / len(others)))
    if min(len(own), len(others)) * min(share, 1 - share) < 5:
        return None
    return error, 2 * norm.sf(abs(own.mean() - others.mean()) / error)


def test_profile_is_scipys(run: Run) -> None:
    features = run.records("from main_internal.int_lifecycle__silence_features")
    names = [
        name for (name,) in run.rows("select feature from main_internal.lifecycle_profile_features")
    ]
    rows = {
        (row["grouped_by"], row["group_name"], row["feature"]): row
        for row in run.records("from silence_profile")
    }
    tested = alike_tested = 0
    for grouped_by in ("silence_status", "rank_band", "score_group"):
        groups = {row[grouped_by] for row in features} - {None}
        for group in groups:
            for name in names:
                known = [row for row in features if row[grouped_by] and row[name] is not None]
                values = np.array([row[name] for row in known])
                is_own = np.array([row[grouped_by] == group for row in known])
                place = np.array([bisect(CLASSES, row["purchase_days"]) for row in known])
                row = rows.pop((grouped_by, group, name))
                own, others = values[is_own], values[~is_own]
                is_flag = name in FLAGS
                assert row["is_flag"] == is_flag
                assert row["customers"] == len(own)
                assert row["other_customers"] == len(others)
                assert row["share" if is_flag else "mean"] == pytest.approx(own.mean(), rel=1e-9)
                if not is_flag:
                    assert row["median"] == pytest.approx(np.median(own), rel=1e-12)
                difference = own.mean() - others.mean()
                assert row["difference"] == pytest.approx(difference, rel=1e-9, abs=1e-9)
                if min(len(own), len(others)) >= LEAST_CUSTOMERS:
                    result = compare(own, others, is_flag=is_flag)
                    if result is None:
                        assert row["p_value"] is None
                    else:
                        tested += 1
                        assert row["standard_error"] == pytest.approx(result[0], rel=1e-9)
                        limit = 2e-4 if is_flag else 3e-7
                        assert row["p_value"] == pytest.approx(result[1], rel=0, abs=limit)
                # At equal purchase counts: classes with enough of both, weighed by the group.
                parts = [
                    (values[is_own & (place == number)], values[~is_own & (place == number)])
                    for number in set(place)
                ]
                parts = [part for part in parts if min(map(len, part)) >= LEAST_CUSTOMERS]
                size = sum(len(part[0]) for part in parts)
                assert row["customers_compared"] == size
                if not parts:
                    assert row["difference_alike"] is row["p_value_alike"] is None
                    continue
                weights = [len(part[0]) / size for part in parts]
                means = [part[0].mean() - part[1].mean() for part in parts]
                assert row["difference_alike"] == pytest.approx(
                    np.dot(weights, means), rel=1e-9, abs=1e-9
                )
                if row["p_value_alike"] is not None and not is_flag:
                    alike_tested += 1
                    variances = (
                        np.array(
                            [[side.var(ddof=1) / len(side) for side in part] for part in parts]
                        )
                        * np.square(weights)[:, None]
                    )
                    sizes = np.array([[len(side) for side in part] for part in parts])
                    freedom = variances.sum() ** 2 / (variances**2 / (sizes - 1)).sum()
                    error = np.sqrt(variances.sum())
                    assert row["standard_error_alike"] == pytest.approx(error, rel=1e-9)
                    p_value = 2 * t.sf(abs(np.dot(weights, means)) / error, freedom)
                    assert row["p_value_alike"] == pytest.approx(p_value, rel=0, abs=3e-7)
    assert rows == {}
    assert tested > 60
    assert alike_tested > 40
    q_rows = run.rows(
        "select p_value_alike, q_value_alike from silence_profile "
        "where not has_built_in_difference and p_value_alike is not null"
    )
    p_values, q_values = np.array(q_rows).T
    np.testing.assert_allclose(q_values, false_discovery_control(p_values), rtol=1e-9, atol=1e-12)
