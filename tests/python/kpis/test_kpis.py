"""Key figures and cohorts of CDNOW, worked out again from the log in plain Python."""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from dbt_project import Run
from plain_python import AmountByDay, learn_thresholds

from customer_lifecycle.shops.cdnow import find_source_folder

CENTS = Decimal("0.0001")


def month(day: date) -> tuple[int, int]:
    return day.year, day.month


def month_before(year_month: tuple[int, int]) -> tuple[int, int]:
    year, number = year_month
    return (year, number - 1) if number > 1 else (year - 1, 12)


def test_key_figures_of_every_month(cdnow_run: Run, cdnow_days: dict[str, AmountByDay]) -> None:
    orders: Counter = Counter()
    lines = (find_source_folder() / "CDNOW_master.txt").read_text().splitlines()[1:]
    for line in lines:
        orders[month(datetime.strptime(line.split()[1], "%Y%m%d").date())] += 1

    rows = cdnow_run.records("from kpi_by_period order by period_end")
    assert len(rows) == 12
    for row in rows:
        this = month(row["period_end"])
        bought = {
            customer: [day for day in days if month(day) == this]
            for customer, days in cdnow_days.items()
        }
        active = {customer for customer, days in bought.items() if days}
        active_before = {
            customer
            for customer, days in cdnow_days.items()
            if any(month(day) == month_before(this) for day in days)
        }
        amount = {
            customer: sum(cdnow_days[customer][day] for day in bought[customer])
            for customer in active
        }
        total = sum(amount.values())
        is_new = {customer for customer in active if month(min(cdnow_days[customer])) == this}
        threshold = learn_thresholds(cdnow_days, row["period_end"])["dormant_after"]
        reactivated = {
            customer
            for customer in active
            if any(
                (later - earlier).days >= threshold and month(later) == this
                for earlier, later in pairwise(sorted(cdnow_days[customer]))
            )
        }
        assert row["active_customers"] == len(active)
        assert row["new_customers"] == len(is_new)
        assert row["reactivated_customers"] == len(reactivated)
        assert row["orders"] == orders[this]
        assert row["net_amount"] == total
        assert row["average_order_value"] == (total / orders[this]).quantize(CENTS, ROUND_HALF_UP)
        assert row["retention_rate"] == pytest.approx(
            len(active & active_before) / len(active_before), rel=1e-12
        )
        assert row["repurchase_rate"] == pytest.approx(
            sum(len(bought[customer]) >= 2 for customer in active) / len(active), rel=1e-12
        )
        assert row["repeat_amount_share"] == pytest.approx(
            float(sum(amount[customer] for customer in active - is_new) / total), rel=1e-12
        )


def test_churn_is_what_the_ledger_says(cdnow_run: Run) -> None:
    history = defaultdict(dict)
    for customer, end, stage in cdnow_run.rows(
        "select customer_id, period_end, lifecycle_stage from customer_lifecycle_history"
    ):
        history[end][customer] = stage
    rates = cdnow_run.by_key("select period_end, churned_customers, churn_rate from kpi_by_period")
    ends = sorted(history)
    assert rates[ends[0]] == [None, None]
    for before, end in pairwise(ends):
        could = [customer for customer, stage in history[before].items() if stage != "churned"]
        churned = sum(history[end][customer] == "churned" for customer in could)
        assert rates[end] == [churned, pytest.approx(churned / len(could), rel=1e-12)]


def test_cohorts_of_every_month(cdnow_run: Run, cdnow_days: dict[str, AmountByDay]) -> None:
    customers: Counter = Counter()
    retained: Counter = Counter()
    amounts: dict = defaultdict(Decimal)
    for days in cdnow_days.values():
        year, number = month(min(days))
        customers[year, number] += 1
        for since in {12 * (day.year - year) + day.month - number for day in days}:
            retained[year, number, since] += 1
        for day, amount in days.items():
            amounts[year, number, 12 * (day.year - year) + day.month - number] += amount
    rows = cdnow_run.records("from retention_cohorts order by cohort_period_end, periods_since")
    assert len(rows) == 18 + 17 + 16
    total = Decimal(0)
    for row in rows:
        cohort = month(row["cohort_period_end"])
        cell = (*cohort, row["periods_since"])
        total = amounts[cell] + (total if row["periods_since"] else 0)
        # The log ends with a month, so every cell is mature.
        assert row["is_mature"]
        assert (row["customers"], row["retained"]) == (customers[cohort], retained[cell])
        assert row["retention_rate"] == pytest.approx(retained[cell] / customers[cohort])
        assert row["net_amount"] == amounts[cell]
        assert row["cumulative_amount_per_customer"] == (total / customers[cohort]).quantize(
            CENTS, ROUND_HALF_UP
        )
    assert sum(row["net_amount"] for row in rows) == sum(
        sum(days.values()) for days in cdnow_days.values()
    )
