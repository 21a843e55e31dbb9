"""Random order logs through the whole project, against the definitions in plain Python.

Hypothesis makes the logs: few days and many, several orders on a day, refunds before and after what
they refund, free orders, registrations without an order, orders after the as-of date. All of them
are customers of one shop, so that one build judges them; what is said of a customer rests on that
customer's orders alone, but for the RFM cuts, which are worked out of all of them here.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from plain_python import AmountByDay, own_silence, quantile_between, seed, stage

LOGS = 1_200
MOST_CUSTOMERS = 12
AS_OF = date(2024, 6, 30)
PERIOD_ENDS = [date(2024, month, 1) - timedelta(1) for month in range(2, 7)] + [AS_OF]
MINIMUM_PURCHASES = 5
THRESHOLDS = {"at_risk_after": 60, "dormant_after": 120, "churned_after": 240}
FIFTHS = [Fraction(number, 5) for number in range(1, 5)]
CENTS = Decimal("0.0001")

Log = list[tuple[int | None, list[tuple[int, int]]]]


@dataclass
class Customer:
    """What the inputs say of a customer."""

    registered_on: date | None
    orders: list[tuple[date, Decimal]]

    def known_since(self) -> date:
        return min([day for day, _ in self.orders] + [self.registered_on or date.max])

    def orders_by(self, until: date) -> list[tuple[date, Decimal]]:
        return [(day, amount) for day, amount in self.orders if day <= until]

    def days_by(self, until: date) -> AmountByDay:
        """Purchase days: with an order, and not given back as a whole on the same day."""
        by_day: dict[date, list[Decimal]] = defaultdict(list)
        for day, amount in self.orders_by(until):
            by_day[day].append(amount)
        return {
            day: sum(amounts)
            for day, amounts in by_day.items()
            if max(amounts) >= 0 and (min(amounts) >= 0 or sum(amounts) > 0)
        }


def logs() -> list[Log]:
    """Return what Hypothesis makes: a log is up to twelve customers."""
    amounts = st.sampled_from([-2000, -1000, -1, 0, 1, 999, 1000, 2000, 12_345])
    # Days before the as-of date; bursts, long gaps, some after it.
    days = st.one_of(st.integers(-3, 30), st.integers(0, 300), st.integers(150, 160))
    orders = st.lists(st.tuples(days, amounts), max_size=14)
    customers = st.tuples(st.one_of(st.none(), st.integers(0, 320)), orders)
    found: list[Log] = []

    @settings(
        max_examples=LOGS,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(customers, min_size=1, max_size=MOST_CUSTOMERS))
    def collect(log: Log) -> None:
        found.append(log)

    collect()
    return found


@pytest.fixture(scope="module")
def customers() -> dict[str, Customer]:
    """All customers of all logs of whom something is known."""
    everybody = {
        f"log{number:03}-{place:02}": Customer(
            None if registered is None else AS_OF - timedelta(registered),
            [(AS_OF - timedelta(back), Decimal(cents) / 100) for back, cents in orders],
        )
        for number, log in enumerate(logs())
        for place, (registered, orders) in enumerate(log)
    }
    return {
        name: customer
        for name, customer in everybody.items()
        if customer.registered_on or customer.orders
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, customers: Mapping[str, Customer]) -> Run:
    """One build of them all."""
    lines = [(name, *order) for name, customer in customers.items() for order in customer.orders]
    orders = pa.table(
        {
            "order_id": pa.array([f"o{number}" for number in range(len(lines))]),
            "customer_id": pa.array([name for name, _, _ in lines]),
            "ordered_at": pa.array([day for _, day, _ in lines], pa.date32()),
            "amount": pa.array([amount for _, _, amount in lines], pa.decimal128(18, 2)),
        }
    )
    known = [(name, one.registered_on) for name, one in customers.items() if one.registered_on]
    registrations = pa.table(
        {
            "customer_id": pa.array([name for name, _ in known]),
            "registered_at": pa.array([day for _, day in known], pa.date32()),
        }
    )
    run = build_inputs(
        tmp_path_factory.mktemp("logs"),
        {"orders.parquet": orders, "customers.parquet": registrations},
        {
            "lifecycle_as_of_date": str(AS_OF),
            "lifecycle_purchase_models": False,
            "lifecycle_minimum_purchases": MINIMUM_PURCHASES,
            "lifecycle_history_periods": len(PERIOD_ENDS),
            **{f"lifecycle_{name}": days for name, days in THRESHOLDS.items()},
        },
        select=(),
    )
    assert run.succeeded, run.text
    return run


def silence_of(days: AmountByDay, as_of: date) -> dict[str, object]:
    """The columns that customer_silence and its history share."""
    own = own_silence(list(days), as_of)
    statuses = {
        row["silence_level"]: row["silence_status"] for row in seed("lifecycle_silence_levels")
    }
    is_eligible = len(days) >= MINIMUM_PURCHASES
    if is_eligible:
        status = statuses[str(own.level)]
    else:
        passed = (own.open_gap >= THRESHOLDS[name] for name in ("at_risk_after", "dormant_after"))
        status = ("active", "near_silent", "silent")[sum(passed)]
    return {
        "purchase_days": len(days),
        "days_since_last_purchase": own.open_gap,
        "max_gap_days": max(own.gaps, default=None),
        "rank_max": own.rank_max,
        "rank_min": own.rank_min,
        "rank_ratio": None if own.ratio is None else float(own.ratio),
        "rank_band": own.band,
        "silence_score": None if own.score is None else float(own.score),
        "silence_basis": "own_gaps" if is_eligible else "thresholds",
        "silence_level": own.level if is_eligible else None,
        "silence_status": status,
    }


def stage_of(customer: Customer, as_of: date) -> str:
    days = customer.days_by(as_of)
    if not days:
        return "potential"
    silence = silence_of(days, as_of)
    is_eligible = silence["silence_basis"] == "own_gaps"
    return stage(list(days), silence["silence_status"], is_eligible, THRESHOLDS, as_of)[0]


def net_amount(customer: Customer, as_of: date) -> Decimal:
    return sum((amount for _, amount in customer.orders_by(as_of)), Decimal(0))


def rfm_at(customers: Mapping[str, Customer], as_of: date) -> dict[str, dict[str, object]]:
    """Values and scores of all who have bought."""
    values = {
        name: ((as_of - max(days)).days, len(days), net_amount(customer, as_of))
        for name, customer in customers.items()
        if (days := customer.days_by(as_of))
    }
    cuts = [
        [quantile_between([Fraction(value) for value in measure], fifth) for fifth in FIFTHS]
        for measure in zip(*values.values(), strict=True)
    ]
    segments = {
        (row["r_score"], row["fm_score"]): row["rfm_segment"]
        for row in seed("lifecycle_rfm_segments")
    }
    scored = {}
    for name, measures in values.items():
        below = [
            sum(cut < value for cut in own_cuts)
            for value, own_cuts in zip(measures, cuts, strict=True)
        ]
        r, f, m = 5 - below[0], 1 + below[1], 1 + below[2]
        fm = (f + m + 1) // 2
        scored[name] = {
            "recency_days": measures[0],
            "frequency": measures[1],
            "monetary": measures[2],
            "r_score": r,
            "f_score": f,
            "m_score": m,
            "fm_score": fm,
            "rfm_segment": segments[str(r), str(fm)],
        }
    return scored


def by_customer(run: Run, columns: list[str], source: str) -> dict[str, dict[str, object]]:
    rows = run.rows(f"select customer_id, {', '.join(columns)} from {source}")
    found = {name: dict(zip(columns, values, strict=True)) for name, *values in rows}
    assert len(found) == len(rows)
    return found


def known_at(customers: Mapping[str, Customer], as_of: date) -> dict[str, Customer]:
    return {name: one for name, one in customers.items() if one.known_since() <= as_of}


def test_the_logs_are_many_and_of_many_kinds(customers: Mapping[str, Customer]) -> None:
    named = {name.split("-")[0] for name in customers}
    assert len(named) >= 500
    assert len(customers) >= 5_000
    orders_of = [customer.orders for customer in customers.values()]
    assert sum(map(len, orders_of)) > 10_000
    kinds = Counter()
    for customer in customers.values():
        days = customer.days_by(AS_OF)
        own = own_silence(list(days), AS_OF) if days else None
        kinds["only registered"] += not customer.orders
        kinds["only refunds"] += bool(customer.orders) and not days
        kinds["eligible"] += len(days) >= MINIMUM_PURCHASES
        kinds["ties"] += bool(own and own.rank_max > own.rank_min)
        kinds["later"] += any(day > AS_OF for day, _ in customer.orders)
        kinds["same day"] += len({day for day, _ in customer.orders}) < len(customer.orders)
    assert all(count >= 50 for count in kinds.values()), kinds


def test_today(run: Run, customers: Mapping[str, Customer]) -> None:
    """Silence, RFM and stage of everybody at the as-of date."""
    bought = {name: days for name, one in customers.items() if (days := one.days_by(AS_OF))}
    expected = {name: silence_of(days, AS_OF) for name, days in bought.items()}
    columns = list(next(iter(expected.values())))
    assert by_customer(run, columns, "customer_silence") == expected
    rfm = rfm_at(customers, AS_OF)
    assert by_customer(run, list(next(iter(rfm.values()))), "customer_rfm") == rfm
    known = known_at(customers, AS_OF)
    assert by_customer(run, ["lifecycle_stage"], "customer_lifecycle") == {
        name: {"lifecycle_stage": stage_of(customer, AS_OF)} for name, customer in known.items()
    }


@pytest.mark.parametrize("period_end", PERIOD_ENDS)
def test_history(run: Run, customers: Mapping[str, Customer], period_end: date) -> None:
    """The same at each period end."""
    bought = {name: days for name, one in customers.items() if (days := one.days_by(period_end))}
    of_then = f"where period_end = date '{period_end}'"
    expected = {name: silence_of(days, period_end) for name, days in bought.items()}
    columns = list(next(iter(expected.values())))
    assert by_customer(run, columns, f"customer_silence_history {of_then}") == expected
    rfm = rfm_at(customers, period_end)
    columns = list(next(iter(rfm.values())))
    assert by_customer(run, columns, f"customer_rfm_history {of_then}") == rfm
    columns = ["lifecycle_stage", "net_amount"]
    assert by_customer(run, columns, f"customer_lifecycle_history {of_then}") == {
        name: {
            "lifecycle_stage": stage_of(customer, period_end),
            "net_amount": net_amount(customer, period_end),
        }
        for name, customer in known_at(customers, period_end).items()
    }


def test_the_ledger_of_the_lifecycle(run: Run, customers: Mapping[str, Customer]) -> None:
    """Who entered, left and stayed, in customers and in money."""
    flows: dict[tuple[date, str], Counter] = defaultdict(Counter)
    for before, end in pairwise(PERIOD_ENDS):
        known_before = known_at(customers, before)
        for name, customer in known_at(customers, end).items():
            now, amount = stage_of(customer, end), net_amount(customer, end)
            then = stage_of(customer, before) if name in known_before else None
            closing = flows[end, now]
            closing["customers_closing"] += 1
            closing["amount_closing"] += amount
            if then != now:
                closing["customers_entered"] += 1
                closing["amount_entered"] += amount
            if then is None:
                continue
            amount_before = net_amount(customer, before)
            opening = flows[end, then]
            opening["customers_opening"] += 1
            opening["amount_opening"] += amount_before
            if then == now:
                opening["amount_earned"] += amount - amount_before
            else:
                opening["customers_left"] += 1
                opening["amount_left"] += amount_before
    rows = run.records("from lifecycle_flow")
    assert {row["period_end"] for row in rows} == set(PERIOD_ENDS[1:])
    for row in rows:
        expected = flows[row.pop("period_end"), row.pop("lifecycle_stage")]
        assert row == {name: expected[name] for name in row}


def test_what_each_customer_brought_in_each_month(
    run: Run, customers: Mapping[str, Customer]
) -> None:
    """The value ledger, without costs."""
    expected: dict[tuple[str, date], list] = defaultdict(lambda: [0, 0, Decimal(0)])
    for name, customer in customers.items():
        for day, amount in customer.orders_by(AS_OF):
            next_month = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            row = expected[name, next_month - timedelta(1)]
            row[0] += 1
            row[1] += amount >= 0
            row[2] += amount
    rows = run.rows(
        "select customer_id, period_end, orders, purchases, amount from customer_value_ledger"
    )
    assert {(name, end): row for name, end, *row in rows} == expected


@pytest.mark.parametrize("period_end", PERIOD_ENDS)
def test_key_figures(run: Run, customers: Mapping[str, Customer], period_end: date) -> None:
    """Of each month, by their descriptions."""
    first = period_end.replace(day=1)
    before = first - timedelta(1)
    first_before = before.replace(day=1)
    days_of = {name: customer.days_by(AS_OF) for name, customer in customers.items()}

    def active_in(begin: date, end: date) -> dict[str, int]:
        counts = {name: sum(begin <= day <= end for day in days) for name, days in days_of.items()}
        return {name: count for name, count in counts.items() if count}

    active, active_before = active_in(first, period_end), active_in(first_before, before)
    orders = [
        (name, amount)
        for name, customer in customers.items()
        for day, amount in customer.orders
        if first <= day <= period_end
    ]
    purchases = [(name, amount) for name, amount in orders if amount >= 0]
    total = sum((amount for _, amount in purchases), Decimal(0))
    repeat = sum(
        (amount for name, amount in purchases if min(days_of[name], default=first) < first),
        Decimal(0),
    )
    stages = {
        name: stage_of(customer, period_end)
        for name, customer in known_at(customers, period_end).items()
    }
    came_back = {
        name
        for name, days in days_of.items()
        if any(
            (later - earlier).days >= THRESHOLDS["dormant_after"] and first <= later <= period_end
            for earlier, later in pairwise(sorted(days))
        )
    }
    churned = churned_of_could = could = None
    if period_end != PERIOD_ENDS[0]:
        stages_before = {
            name: stage_of(customer, before)
            for name, customer in known_at(customers, before).items()
        }
        churned_now = {name for name, now in stages.items() if now == "churned"}
        were_churned = {name for name, then in stages_before.items() if then == "churned"}
        could_churn = {
            name for name, then in stages_before.items() if then not in ("churned", "potential")
        }
        churned = len(churned_now - were_churned)
        churned_of_could, could = len(churned_now & could_churn), len(could_churn)
    (row,) = run.records(f"from kpi_by_period where period_end = date '{period_end}'")
    assert row == {
        "period_end": period_end,
        "active_customers": len(active),
        "new_customers": sum(min(days_of[name]) >= first for name in active),
        "reactivated_customers": len(came_back),
        "churned_customers": churned,
        "orders": len(purchases),
        "net_amount": sum((amount for _, amount in orders), Decimal(0)),
        "average_order_value": (total / len(purchases)).quantize(CENTS, ROUND_HALF_UP),
        "retention_rate": pytest.approx(len(active.keys() & active_before) / len(active_before)),
        "repurchase_rate": pytest.approx(
            sum(count >= 2 for count in active.values()) / len(active)
        ),
        "churn_rate": None if not could else pytest.approx(churned_of_could / could),
        "repeat_amount_share": pytest.approx(float(repeat / total)),
    }
