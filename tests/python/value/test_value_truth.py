"""The value room on the simulated world, against what was planted in it and what the docs say."""

import duckdb
import numpy as np
import pytest
from dbt_project import PROJECT, Run

from customer_lifecycle.forecasts.calibration import FACTORS, corrected
from customer_lifecycle.markov.gamma_gamma_period import truncated_mean_amount
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.shops.simulated_demo import WORLD

TRUTH = "world.truth.parquet"


def table_of_docs(heading: str) -> list[dict[str, str]]:
    """The first table under a heading of docs/value.md."""
    section = (PROJECT / "docs" / "value.md").read_text().split(f"## {heading}\n")[1]
    lines = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("|")]
    names, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_the_planted_slope_of_the_margin_is_found(simulated_run: Run) -> None:
    """Refunds of another month move margins out of bounds, so those customers are left out."""
    truth = simulated_run.warehouse.parent / TRUTH
    assert truth.exists()
    with duckdb.connect(simulated_run.warehouse, read_only=True) as connection:
        bias, error, customers = connection.execute(
            f"""
            with refunded as (
                select distinct customer_id from main.customer_value_ledger
                where orders > purchases
            )
            select avg(found.margin_slope - truth.margin_slope),
                stddev(found.margin_slope - truth.margin_slope) / sqrt(count(*)), count(*)
            from main_internal.int_lifecycle__customer_costs as found
            inner join '{truth}' as truth using (customer_id)
            anti join refunded using (customer_id)
            where found.margin_slope <> 0
            """
        ).fetchone()
    assert customers > 5_000
    assert abs(bias) < 3 * error
    # Without a slope it would be seen: the planted mean is many errors away from 0.
    assert abs(WORLD.slope_mean) > 20 * error


def test_the_planted_floor_of_contact_cost_is_found(simulated_run: Run) -> None:
    smallest = simulated_run.by_key(
        """
        select channel, min(costs.smallest_contact_cost)
        from main_internal.int_lifecycle__customer_costs as costs
        inner join (
            select customer_id, min(channel) as channel
            from main_internal.stg_lifecycle__contact_costs
            group by customer_id
            having count(distinct channel) = 1
        ) using (customer_id)
        where costs.smallest_contact_cost is not null
        group by channel
        """
    )
    assert smallest
    for channel, cost in smallest.items():
        assert float(cost) == pytest.approx(getattr(WORLD, channel).floor)


def test_the_ten_customers_of_the_docs(simulated_run: Run) -> None:
    rows = table_of_docs("Ten customers of the simulated demo")
    assert len(rows) == 10
    names = {"tier": "value_tier", "rank": "value_rank", "branch": "contact_cost_branch"} | {
        end: f"clv_365d_{end}" for end in ("low", "high")
    }
    for row in rows:
        customer = row.pop("Customer")
        (found,) = simulated_run.records(
            f"select * from main.customer_value where customer_id = '{customer}'"
        )
        for name, cell in row.items():
            value = found[names.get(name, name)]
            if value is None or isinstance(value, str):
                assert cell == (value or ""), (customer, name)
            else:
                digits = len(cell.partition(".")[2])
                assert cell == f"{value:.{digits}f}", (customer, name)


def test_the_totals_of_the_docs(simulated_run: Run) -> None:
    totals = simulated_run.rows(
        "select sum(historic_amount), sum(historic_product_cost), sum(historic_contact_cost),"
        " sum(historic_value) from main.customer_value"
    )[0]
    amount, product_cost, contact_cost, value = (f"{total:,.2f}" for total in totals)
    text = " ".join((PROJECT / "docs" / "value.md").read_text().split())
    text = text.replace("\N{MINUS SIGN}", "-")
    assert f"{amount} - {product_cost} - {contact_cost} = {value}" in text


def test_the_wake_up_list_of_the_docs(cdnow_run: Run) -> None:
    rows = table_of_docs("Whom to wake first: CDNOW")
    found = cdnow_run.rows(
        """
        select list.priority, list.customer_id, list.value_at_risk, list.clv_365d,
            list.probability_purchase_90d, list.reason
        from main.wake_up_list as list
        where list.priority <= 10
        order by list.priority
        """
    )
    assert [tuple(row.values()) for row in rows] == [
        (f"{priority}", customer, f"{at_risk:.2f}", f"{value:.2f}", f"{chance:.2f}", reason)
        for priority, customer, at_risk, value, chance, reason in found
    ]


def test_no_correction_makes_anybody_certain_to_be_alive(cdnow_run: Run) -> None:
    """Pareto/NBD is certain of those who have bought today, and nothing makes it so of others."""
    ((certain, certain_today, longest_away),) = cdnow_run.rows(
        """
        select
            count(*) filter (probability_alive >= 1),
            count(*) filter (probability_alive >= 1 and days_since_last_purchase = 0),
            max(probability_alive) filter (days_since_last_purchase >= 2 * max_gap_days)
        from customer_purchase_forecast
        inner join customer_silence using (customer_id)
        """
    )
    assert certain == certain_today
    assert 0.5 < longest_away < 0.95


def test_who_gets_to_twice_their_longest_gap_is_not_certain_to_be_alive(cdnow_run: Run) -> None:
    """Four purchases, 100 days apart at most, and away for 199 days and then for 200."""
    parameters = cdnow_run.by_key(
        "select parameter, estimate from purchase_model_fits"
        " where model = 'pareto_nbd' and segment = 'all'"
    )
    factors = cdnow_run.by_key(
        f"select gap_class, [{', '.join(FACTORS)}] from forecast_corrections"
        " where repeat_purchases_from = 2"
    )
    estimates = [parameters[name] for name in PARETO_NBD.PARAMETERS]
    model, chances = [], []
    for away, gap_class in ((199, 7), (200, 8)):
        alive = PARETO_NBD.probability_alive(estimates, [3], [240 / 7], [(240 + away) / 7])
        model.append(alive[0])
        chances.append(corrected(alive, *factors[gap_class])[0][0])
    assert model[0] > model[1] > 0.5
    # Of the class more come back than expected, so a step up is right, but not one to 1.
    assert chances[0] == pytest.approx(0.7, abs=0.05)
    assert chances[0] < chances[1] < 0.92


def test_the_assumptions_of_the_docs(cdnow_run: Run) -> None:
    section = (PROJECT / "docs" / "value.md").read_text().split("## What the states take")[1]
    verdicts = cdnow_run.rows(
        "select verdict from main.rfm_assumption_checks order by assumption_number"
    )
    for number, (verdict,) in enumerate(verdicts, start=1):
        paragraph = section.split(f"\n{number}. ")[1].split(f"\n{number + 1}. ")[0]
        assert f"): {verdict}" in " ".join(paragraph.split())


def test_the_curve_in_sql_is_the_truncated_mean(cdnow_run: Run) -> None:
    """The literal amount, interpolated by cells of .2 %, against the integral itself."""
    parameters = cdnow_run.by_key(
        "select parameter, estimate from purchase_model_fits"
        " where model = 'gamma_gamma_period' and segment = 'all'"
    )
    low, high, found = np.array(
        cdnow_run.rows(
            """
            select average_amount::double, max_average_amount::double, next_average_amount_literal
            from main_internal.int_lifecycle__markov_customers
            inner join main_internal.int_lifecycle__literal_purchases using (customer_id)
            where average_amount > 0 and max_average_amount > average_amount
            order by customer_id
            """
        )
    ).T
    assert found.size > 5_000
    exact = truncated_mean_amount([parameters[name] for name in ("p", "q", "k")], low, high)
    np.testing.assert_allclose(found, exact, rtol=0.002)
