"""The simulated world is what its docstring says, and a build of it looks like a shop."""

import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from dbt_project import PROJECT, Run

from customer_lifecycle.shops.simulate import PRESETS
from customer_lifecycle.shops.simulated_demo import (
    INPUTS,
    REFUND_NUMBERS,
    WORLD,
    ContactChannel,
    dbt_vars,
    main,
    simulate_world,
    write_world,
)

CONTACT_CHANNELS: dict[str, ContactChannel] = {
    name: getattr(WORLD, name) for name in ("email", "catalogue", "call")
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return simulate_world()


@pytest.fixture(scope="module")
def shop(tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """The tables, and the orders that nothing is wrong with as `kept`."""
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    connection.execute(
        "create table kept as select distinct * from orders "
        "where customer_id is not null and amount is not null"
    )
    return connection


def near(share: float, rows: int, expected: float) -> bool:
    """Whether a share is as stated, within four standard errors."""
    return abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / rows)


def check_share(shop: duckdb.DuckDBPyConnection, sql: str, expected: float) -> None:
    """Check a share of rows: the query has a boolean column."""
    share, rows = shop.execute(f"select avg(hit::int), count(*) from ({sql}) as t(hit)").fetchone()
    assert near(share, rows, expected), (sql, share, expected)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        written = write_world(tmp_path / name / "world")
        assert set(written.values()) == {True}
    one, two = (
        {
            str(path.relative_to(tmp_path / name)): path.read_bytes()
            for path in sorted((tmp_path / name).rglob("*"))
            if path.is_file() and path.suffix == ".parquet"
        }
        for name in ("one", "two")
    )
    beside = {"world.truth.parquet", "world.wave_truth.parquet"}
    assert set(one) == beside | {f"world/{name}.parquet" for name in INPUTS}
    assert one == two
    assert set(write_world(tmp_path / "one" / "world").values()) == {False}
    write_world(tmp_path / "one" / "world", seed=2)
    # The campaigns are what the shop planned.
    for name in set(INPUTS) - {"campaigns", "offers", "marketing_spend"}:
        assert (tmp_path / "one" / "world" / f"{name}.parquet").read_bytes() != one[
            f"world/{name}.parquet"
        ]


def test_the_vars_of_a_build_stand_beside_the_folder(tmp_path: Path) -> None:
    assert main(["--output", str(tmp_path / "world")]) == 0
    written = json.loads((tmp_path / "world.vars.yml").read_text())
    assert written == dbt_vars(tmp_path / "world")
    assert set(written["lifecycle_inputs"]) == set(INPUTS)


def test_a_change_of_one_part_leaves_the_others(tables: dict[str, pa.Table]) -> None:
    changed = simulate_world(replace(WORLD, more_lines_chance=0.9))
    assert changed["orders"].slice(0, 1000).equals(tables["orders"].slice(0, 1000))
    assert changed["customers"].equals(tables["customers"])
    assert changed["contact_costs"].equals(tables["contact_costs"])
    assert not changed["order_lines"].equals(tables["order_lines"])


def test_ids_repeat_only_where_planted(shop: duckdb.DuckDBPyConnection) -> None:
    for name, key, planted in (
        ("orders", "order_id", WORLD.repeated_orders),
        ("customers", "customer_id", WORLD.repeated_customers),
        ("order_lines", "(order_id, line_number)", 0),
    ):
        sql = f"select count(*) - count(distinct {key}) from {name}"
        assert shop.execute(sql).fetchone() == (planted,), name
    assert shop.execute(
        "select count(*) filter (customer_id is null), count(*) filter (amount is null) from orders"
    ).fetchone() == (WORLD.orders_without_customer, WORLD.orders_without_amount)
    assert shop.execute(
        "select count(*) filter (customer_id is null), count(*) filter (customer_id is not null) "
        "- count(distinct (customer_id, contacted_on, channel)) filter (customer_id is not null) "
        "from contact_costs"
    ).fetchone() == (WORLD.contacts_without_customer, 0)


def test_lines_add_up_to_their_orders(shop: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        with lines as (
            select order_id, sum(amount) as amount, sum(product_cost) as product_cost,
                count(*) as lines, max(line_number) as last_number
            from order_lines
            group by order_id
        )
        select count(*)
        from kept
        full join lines using (order_id)
        where kept.order_id is null or lines.order_id is null or kept.amount <> lines.amount
            or coalesce(kept.product_cost, lines.product_cost) <> lines.product_cost
            or lines <> last_number
    """
    assert shop.execute(wrong).fetchone() == (0,)
    odd_lines = """
        select count(*) from order_lines
        where sign(amount) <> sign(quantity) or sign(product_cost) <> sign(amount)
            or line_number > 1 + ?
    """
    assert shop.execute(odd_lines, [WORLD.more_lines]).fetchone() == (0,)
    check_share(
        shop, "select product_cost is null from kept where amount > 0", WORLD.cost_on_lines_share
    )


def test_refunds_are_of_a_purchase_or_its_first_line(shop: duckdb.DuckDBPyConnection) -> None:
    first, last = WORLD.refund_days
    matched = f"""
        select purchases.amount = -refunds.amount as is_whole,
            lines.amount = -refunds.amount as is_first_line,
            refunds.ordered_at - purchases.ordered_at between $first and $last as is_in_time,
            purchases.customer_id = refunds.customer_id and purchases.channel = refunds.channel
                and (purchases.product_cost is null) = (refunds.product_cost is null) as is_same,
            is_whole and purchases.product_cost <> -refunds.product_cost as has_other_cost
        from kept as refunds
        left join kept as purchases on refunds.order_id = purchases.order_id + {REFUND_NUMBERS}
        left join order_lines as lines
            on purchases.order_id = lines.order_id and lines.line_number = 1
        where refunds.amount < 0
    """
    refunds, right, other_costs = shop.execute(
        "select count(*), count(*) filter ((is_whole or is_first_line) and is_in_time and is_same),"
        f" count(*) filter (has_other_cost) from ({matched})",
        {"first": first, "last": last},
    ).fetchone()
    assert refunds == right > 1000
    assert other_costs == 0
    # Refunds that would come after the end do not; so only purchases well before it count.
    check_share(
        shop,
        "select exists (from kept as refunds "
        f"where refunds.order_id = kept.order_id + {REFUND_NUMBERS}) "
        f"from kept where amount > 0 and ordered_at <= date '{WORLD.shop.end}' - {last}",
        WORLD.refund_share,
    )


def period_margins(shop: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
    """Margin by customer and month, of customers without a refund, with what is true of them."""
    return shop.execute(
        """
        with order_costs as (
            select order_id, sum(product_cost) as product_cost from order_lines group by order_id
        ),
        periods as (
            select customer_id, date_diff('month', date '2000-01-01', ordered_at) as period,
                1 - (sum(order_costs.product_cost) / sum(amount))::double as margin,
                sum(amount)::double as amount
            from kept
            join order_costs using (order_id)
            group by all
        )
        select customer_id, period - min(period) over (partition by customer_id) as month, margin,
            margin_slope, base_margin, is_bargain_hunter, count(*) over (partition by customer_id) n
        from periods
        join truth using (customer_id)
        where customer_id not in (select customer_id from kept where amount < 0)
            and amount >= 5
        order by customer_id, period
        """
    ).fetchnumpy()


def test_margins_are_the_customers_lines(shop: duckdb.DuckDBPyConnection) -> None:
    data = period_margins(shop)
    surprise = data["margin"] - data["base_margin"] - data["margin_slope"] * data["month"]
    assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(surprise.size)
    # A month of several orders has less noise than one order.
    assert surprise.std() < WORLD.margin_noise
    assert np.abs(data["margin"]).max() < WORLD.margin_limit


def test_planted_slopes_are_found_again(shop: duckdb.DuckDBPyConnection) -> None:
    data = period_margins(shop)
    _, customer = np.unique(np.asarray(data["customer_id"], str), return_inverse=True)
    counts = np.bincount(customer)

    def centred(values: np.ndarray) -> np.ndarray:
        return values - (np.bincount(customer, values) / counts)[customer]

    month = centred(np.asarray(data["month"], float))
    squares = np.bincount(customer, month**2)
    fitted = np.bincount(customer, month * centred(data["margin"])) / np.where(
        counts > 1, squares, 1
    )
    slopes = np.bincount(customer, data["margin_slope"]) / counts
    errors = (fitted - slopes)[counts >= 6]
    assert errors.size > 2000
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(errors.size)
    # A slope from six months or more is worth having: most of what differs is true.
    assert errors.std() < WORLD.slope_sd
    drawn = shop.execute("select margin_slope from truth").fetchnumpy()["margin_slope"]
    assert abs(drawn.mean() - WORLD.slope_mean) < 4 * WORLD.slope_sd / np.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(WORLD.slope_sd, rel=0.03)


def test_base_margins(shop: duckdb.DuckDBPyConnection) -> None:
    margins, hunters = (
        shop.execute("select base_margin, is_bargain_hunter from truth").fetchnumpy().values()
    )
    hunters = np.asarray(hunters, bool)
    mean = WORLD.margin_a / (WORLD.margin_a + WORLD.margin_b)
    for values, expected in (
        (margins[~hunters], mean),
        (margins[hunters], mean - WORLD.bargain_margin_cut),
    ):
        assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(values.size)
    assert near(hunters.mean(), hunters.size, WORLD.bargain_share)
    assert (margins[~hunters] > 0).all()
    assert (margins[hunters] < 0).mean() > 0.3


def test_contacts_cost_their_rate_and_never_less_than_the_floor(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    """Recent purchases are worked out again, by a join over dates."""
    shop.execute(
        """
        create table costs as
        select contacts.channel, contacts.contacted_on, contacts.cost::double as cost,
            coalesce(sum(kept.amount), 0)::double as recent
        from contact_costs as contacts
        left join kept on contacts.customer_id = kept.customer_id and kept.amount > 0
            and kept.ordered_at < date_trunc('month', contacted_on)
            and kept.ordered_at >= date_trunc('month', contacted_on) - interval 3 month
        where contacts.customer_id is not null
        group by contacts.customer_id, contacts.channel, contacts.contacted_on, contacts.cost
        """
    )
    for name, channel in CONTACT_CHANNELS.items():
        cost, recent, day = (
            shop.execute(
                "select cost, recent, day(contacted_on) from costs where channel = ?", [name]
            )
            .fetchnumpy()
            .values()
        )
        expected = np.maximum(recent * channel.rate, channel.floor)
        assert np.abs(cost - expected).max() < 0.0051, name
        assert cost.min() == channel.floor, name
        assert (cost > channel.floor).mean() > 0.02, name
        assert set(day) == {channel.day_of_month}
    least_called = shop.execute("select min(recent) from costs where channel = 'call'").fetchone()
    assert least_called is not None
    assert least_called[0] >= WORLD.call_from


def test_who_is_contacted(shop: duckdb.DuckDBPyConnection) -> None:
    no_consent = """
        select count(*) from contact_costs
        join (select distinct * from customers) using (customer_id)
        where channel = 'email' and not marketing_consent
    """
    assert shop.execute(no_consent).fetchone() == (0,)
    # Months of silence at each e-mail: since the last purchase before it, else the registration.
    silent = """
        select contact_costs.customer_id, contacted_on, any_value(is_stopping) as is_stopping,
            count(ordered_at) = 0 as is_prospect,
            date_diff(
                'month', coalesce(max(ordered_at), any_value(registered_at)), contacted_on
            ) as months
        from contact_costs
        join (select distinct * from customers) using (customer_id)
        join truth using (customer_id)
        left join kept on contact_costs.customer_id = kept.customer_id and kept.amount > 0
            and kept.ordered_at < date_trunc('month', contacted_on)
        where contact_costs.channel = 'email'
        group by contact_costs.customer_id, contacted_on
    """
    longest = dict(
        shop.execute(f"select is_stopping, max(months) from ({silent}) group by 1").fetchall()
    )
    assert longest[True] == WORLD.stops_after_months
    assert longest[False] > 24
    prospects = shop.execute(f"select count(*) from ({silent}) where is_prospect").fetchone()
    assert prospects is not None
    assert prospects[0] > WORLD.prospects


def test_shares_are_as_stated(shop: duckdb.DuckDBPyConnection) -> None:
    buyers = "from truth where weekly_rate is not null"
    assert shop.execute(f"select count(*) {buyers}").fetchone() == (WORLD.buyers,)
    assert shop.execute("select count(*) from truth").fetchone() == (
        WORLD.buyers + WORLD.prospects,
    )
    people = "(select distinct * from customers)"
    check_share(shop, f"select marketing_consent from {people}", WORLD.consent_share)
    check_share(shop, "select is_on_catalogue_list from truth", WORLD.catalogue_list_share)
    check_share(shop, "select is_stopping from truth", WORLD.stopping_share)
    check_share(
        shop,
        "select registered_at < first_at from (select distinct * from customers) join "
        "(select customer_id, min(ordered_at) as first_at from kept group by 1) "
        "using (customer_id)",
        WORLD.early_share,
    )
    purchases = "from kept join truth using (customer_id) where amount > 0 and"
    for condition, share in (
        ("not is_bargain_hunter", WORLD.discount_share),
        ("is_bargain_hunter", WORLD.bargain_discount_share),
    ):
        check_share(shop, f"select discount_amount > 0 {purchases} {condition}", share)
    assert shop.execute(
        "select count(*) from kept where amount < 0 and discount_amount <> 0"
    ).fetchone() == (0,)


def test_purchases_are_the_simulators(shop: duckdb.DuckDBPyConnection) -> None:
    """The second demo adds to the shop and changes nothing about who buys when and for how much."""
    p, q, k = WORLD.shop.p, WORLD.shop.q, WORLD.shop.k
    first = shop.execute(
        "select arg_min(amount, ordered_at)::double as amount from kept where amount > 0 "
        "group by customer_id"
    ).fetchnumpy()["amount"]
    assert first.size == WORLD.buyers
    assert abs(first.mean() - p * k / (q - 1)) < 4 * first.std() / np.sqrt(first.size)
    assert shop.execute("select max(ordered_at) from kept").fetchone() == (WORLD.shop.end,)
    assert WORLD.shop != PRESETS["shop"]


@pytest.mark.parametrize("demo", ["cdnow", "simulated"])
def test_make_builds_the_demo_that_is_named(demo: str) -> None:
    steps = make_steps(demo)
    assert ("--vars-file" in steps.stdout) == (demo == "simulated")
    assert f"dev/build.py --demo {demo} --all-rooms" in steps.stdout


def test_make_names_the_demos() -> None:
    names = "write DEMO=cdnow, DEMO=simulated or DEMO=journey"
    assert f"there is no demo other: {names}" in make_steps("other").stderr


def make_steps(demo: str) -> subprocess.CompletedProcess:
    """What `make build` would do."""
    return subprocess.run(
        ["make", "--dry-run", "build", f"DEMO={demo}"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_build_of_it_ends_well(simulated_run: Run) -> None:
    assert simulated_run.troubles() == {}
    quality = simulated_run.by_key("select input, rows_rejected from input_quality")
    assert quality["orders"] == (
        WORLD.repeated_orders + WORLD.orders_without_customer + WORLD.orders_without_amount
    )
    assert quality["customers"] == WORLD.repeated_customers


def test_the_purchase_models_serve_and_know_the_law(simulated_run: Run) -> None:
    fits = simulated_run.records(
        "from purchase_model_fits where model in ('bg_nbd', 'gamma_gamma')"
    )
    for fit in fits:
        assert fit["is_converged"]
        assert not fit["is_at_boundary"]
        if fit["model"] == "bg_nbd":
            truth = getattr(WORLD.shop, fit["parameter"])
            assert abs(fit["estimate"] - truth) < 3 * fit["standard_error"], fit["parameter"]
    assert len(fits) == 7
    assert simulated_run.value("select model from purchase_model_comparison where is_chosen") == (
        "bg_nbd"
    )
    assert (
        simulated_run.value(
            "select count(*) from customer_purchase_forecast where withheld_reason is not null"
        )
        == 0
    )


def test_it_looks_like_a_shop(simulated_run: Run) -> None:
    months = simulated_run.records("from kpi_by_period order by period_end")
    assert months[0]["period_end"] == date(2024, 1, 31)
    for month in months:
        assert 35 < month["average_order_value"] < 55
        assert 0.3 < month["retention_rate"] < 0.5
    assert months[-1]["net_amount"] > months[0]["net_amount"]
    silent = simulated_run.by_key(
        "select silence_status, count(*) / sum(count(*)) over () from customer_silence group by 1"
    )
    assert all(share > 0.1 for share in silent.values())


@pytest.fixture(scope="module")
def waves(shop: duckdb.DuckDBPyConnection) -> list[dict]:
    """Members of each wave by arm: how many, and the share that bought within 30 days."""
    result = shop.execute(
        """
        with members as (
            select distinct campaign_id, customer_id, arm, campaigns.starts_on as day
            from campaign_members
            inner join campaigns using (campaign_id)
            where arm is not null and (assigned_on = campaigns.starts_on)
        ), outcomes as (
            select members.campaign_id, members.arm, members.customer_id,
                count(*) filter (kept.ordered_at between day and day + 29) > 0 as has_bought,
                count(*) filter (kept.ordered_at < day) as purchases_before,
                coalesce(sum(kept.amount) filter (kept.ordered_at < day), 0)::double
                    as amount_before
            from members
            left join kept on kept.customer_id = members.customer_id and kept.amount > 0
            group by all
        )
        select campaign_id, arm, count(*) as members, avg(has_bought::int) as rate,
            avg(purchases_before) as purchases, var_samp(purchases_before) as purchases_variance,
            avg(amount_before) as amount, var_samp(amount_before) as amount_variance
        from outcomes group by all
        """
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_arms_buy_as_is_true_of_them(waves: list[dict], shop: duckdb.DuckDBPyConnection) -> None:
    truth = {row[0]: row[1:] for row in shop.execute(
        "select campaign_id, treated_rate, control_rate from wave_truth"
    ).fetchall()}  # fmt: skip
    for row in waves:
        if row["campaign_id"] not in {"W05"}:  # replies were lost there
            treated, control = truth[row["campaign_id"]]
            expected = treated if row["arm"] == "letter" else control
            assert near(row["rate"], row["members"], expected), row


def test_arms_are_independent_of_all_that_was_before(waves: list[dict]) -> None:
    arms = {(row["campaign_id"], row["arm"]): row for row in waves}
    for campaign in {row["campaign_id"] for row in waves} - {"W05", "W08"}:
        letter, control = arms[campaign, "letter"], arms[campaign, "control"]
        for name in ("purchases", "amount"):
            error = np.sqrt(
                sum(arm[f"{name}_variance"] / arm["members"] for arm in (letter, control))
            )
            assert abs(letter[name] - control[name]) < 4 * error, (campaign, name)
    # The one that was aimed is not.
    assert arms["W08", "letter"]["amount"] > 1.5 * arms["W08", "control"]["amount"]


def test_letters_go_to_the_treated_and_leak_where_planted(shop: duckdb.DuckDBPyConnection) -> None:
    by_arm = """
        select members.campaign_id, arm, avg((contacts.campaign_id is not null)::int), count(*)
        from (select distinct campaign_id, customer_id, arm from campaign_members
            where arm is not null and campaign_id in (select campaign_id from campaigns)) as members
        left join contact_costs as contacts
            on contacts.customer_id = members.customer_id
            and contacts.campaign_id = members.campaign_id
        group by all
    """
    for campaign, arm, share, members in shop.execute(by_arm).fetchall():
        if campaign == "W01":  # somebody is in both arms there
            assert (share > 0.99) if arm == "letter" else (share < 0.01)
        elif campaign == "W07" and arm == "control":
            assert near(share, members, 0.2)
        else:
            assert share == (1 if arm == "letter" else 0), (campaign, arm)
