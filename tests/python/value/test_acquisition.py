"""What customers cost in the simulated world, against what was planted and what a log says."""

from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from dbt_project import Run

from customer_lifecycle.shops.simulated_demo import WORLD

COSTS = {channel: Decimal(str(cost)) for channel, cost in WORLD.acquisition_costs}
MONTHS = 30


def month(day: date) -> int:
    return 12 * day.year + day.month


@pytest.fixture(scope="module")
def people(simulated_run: Run) -> list[dict[str, Any]]:
    """The customers as they were written, with the months of their orders and contacts."""
    folder = simulated_run.warehouse.parent / "world"
    with duckdb.connect() as connection:
        result = connection.execute(
            f"""
            with orders as (
                select distinct * from '{folder}/orders.parquet'
                where customer_id is not null and amount is not null
            ),
            line_costs as (
                select order_id, sum(product_cost) as product_cost
                from '{folder}/order_lines.parquet' group by order_id
            ),
            flows as (
                select customer_id, cast(ordered_at as date) as day,
                    amount - coalesce(orders.product_cost, line_costs.product_cost) as value
                from orders
                left join line_costs using (order_id)
                union all
                select customer_id, contacted_on, -cost
                from '{folder}/contact_costs.parquet'
            ),
            flows_of as (
                select customer_id, list((day, value)) as flows from flows group by customer_id
            ),
            bought as (
                select customer_id, min(ordered_at) as first_on from orders
                where amount >= 0 group by customer_id
            )
            select distinct on (customer_id) customer_id, acquisition_channel as channel,
                cast(registered_at as date) as registered_on, cast(first_on as date) as first_on,
                coalesce(flows, []) as flows
            from '{folder}/customers.parquet'
            left join flows_of using (customer_id)
            left join bought using (customer_id)
            """
        )
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_a_buyer_costs_what_was_planted(simulated_run: Run, people: list[dict[str, Any]]) -> None:
    """Those who never bought cost as much as the others, and the others bear it."""
    registered = Counter(person["channel"] for person in people)
    bought = Counter(person["channel"] for person in people if person["first_on"])
    rows = simulated_run.records(
        "select channel, sum(cost) as cost, sum(bought) as bought, sum(registered) as registered, "
        "sum(spend_set_aside) as set_aside from acquisition_channels where scope = 'cohort' "
        "group by channel"
    )
    found = {row["channel"]: row for row in rows}
    assert found.keys() == {*COSTS, "unknown"}
    for channel, planted in COSTS.items():
        assert found[channel]["registered"] == registered[channel]
        assert found[channel]["bought"] == bought[channel]
        assert found[channel]["cost"] == planted * registered[channel]
        assert found[channel]["set_aside"] == 0
    # The brand budget has no customers of its own.
    assert found["unknown"]["cost"] == WORLD.brand_cost * MONTHS
    assert found["unknown"]["bought"] == 0


def test_clv_by_cac_goes_as_the_planted_costs(simulated_run: Run) -> None:
    """Channels differ in nothing else, so the cheapest is the best by as much as it is cheaper."""
    ratios = simulated_run.by_key(
        "select channel, clv_to_cac from acquisition_channels "
        "where scope = 'mature_cohorts' and channel <> 'unknown'"
    )
    products = [ratios[channel] * float(planted) for channel, planted in COSTS.items()]
    assert max(products) < 1.1 * min(products)
    assert sorted(ratios, key=ratios.get) == sorted(COSTS, key=COSTS.get, reverse=True)


def test_payback_of_every_cohort_of_a_channel(
    simulated_run: Run, people: list[dict[str, Any]]
) -> None:
    """Those who registered before the shop opened have paid back months later."""
    rows = simulated_run.records(
        "from acquisition_channels where channel = 'search' and scope = 'cohort'"
    )
    cohorts = defaultdict(list)
    for person in people:
        if person["channel"] == "search":
            cohorts[month(person["registered_on"])].append(person)
    assert {month(row["cohort_period_end"]) for row in rows} == cohorts.keys()
    last = month(WORLD.shop.end)
    paybacks = set()
    for row in rows:
        cohort = month(row["cohort_period_end"])
        members = cohorts[cohort]
        by_month: defaultdict = defaultdict(Decimal)
        for member in members:
            for day, value in member["flows"]:
                by_month[max(month(day), cohort)] += value
        cost = COSTS["search"] * len(members)
        value, payback = Decimal(0), None
        for age in range(last - cohort + 1):
            value += by_month[cohort + age]
            if payback is None and value >= cost:
                payback = age
        buyers = [member for member in members if member["first_on"]]
        waits = [(member["first_on"] - member["registered_on"]).days for member in buyers]
        assert row["value_so_far"] == value
        assert row["payback_periods"] == payback
        assert row["cac"] == (cost / len(buyers)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert row["mean_days_to_first_purchase"] == pytest.approx(sum(waits) / len(waits))
        assert row["is_mature"] == (row["cohort_period_end"] <= date(2024, 7, 4))
        paybacks.add(payback)
    assert len(paybacks) > 2


def test_who_came_on_top_costs_what_was_planted(simulated_run: Run) -> None:
    """Bill, contacts, vouchers and fixed cost by the buyers whom each wave has truly brought."""
    truth = simulated_run.warehouse.parent / "world.wave_truth.parquet"
    rows = simulated_run.records(
        f"""
        select
            costs.*,
            arms.members * (truth.treated_rate - truth.control_rate) as true_extra,
            (
                select sum(contact_cost + coalesce(offer_cost, 0) + fixed_cost) from campaign_ledger
                where campaign_ledger.campaign_id = spend.campaign_id
            ) as campaign_cost
        from unit_costs as costs
        inner join main_internal.stg_lifecycle__marketing_spend as spend
            on spend.goal = 'win_back'
            and last_day(spend.period_start) = costs.period_end
        inner join campaign_arms as arms
            on spend.campaign_id = arms.campaign_id and not arms.is_control
        inner join '{truth}' as truth on spend.campaign_id = truth.campaign_id
        where costs.goal = 'win_back' and costs.measured_campaigns = 1
        """
    )
    assert len(rows) == 7
    hits = 0
    for row in rows:
        cost = WORLD.wave_cost + row["campaign_cost"]
        assert row["measured_cost"] == cost > WORLD.wave_cost
        hits += row["extra_customers_low"] <= row["true_extra"] <= row["extra_customers_high"]
        if row["true_extra"] > 20:
            assert row["cost_per_extra_low"] <= float(cost) / row["true_extra"]
    assert hits >= 6
    # Nothing was measured of the club, nor of what got customers.
    beyond = "goal <> 'win_back' and cost_per_extra is not null"
    assert simulated_run.value(f"select count(*) from unit_costs where {beyond}") == 0
    spent = simulated_run.by_key("select goal, sum(cost) from unit_costs group by goal")
    assert spent["retain"] == WORLD.club_cost * MONTHS + WORLD.wave_cost
    assert spent["win_back"] == WORLD.wave_cost * 10
