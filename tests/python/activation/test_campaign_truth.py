"""Campaigns through dbt: against the package's own statistics, and against what was planted."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from dbt_project import Run, build_inputs
from scipy.stats import binomtest, false_discovery_control, t

from customer_lifecycle.statistics import (
    covariates,
    early_looks,
    many_waves,
    power,
    proportions,
    sample_ratio,
    welch,
)

START = date(2024, 3, 1)
WINDOW = 30
SELECT = tuple(
    f"+{mart}"
    for mart in (
        "campaign_arms", "campaign_days", "campaign_lift", "campaign_checks", "campaign_ledger",
        "campaign_power", "campaign_portfolio", "return_tracking",
    )
)  # fmt: skip
METRICS = ("conversion", "orders_per_member", "spend", "margin", "value", "amount_per_order")


class World:
    """Campaigns of customers who are in one campaign each, with what they buy."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.campaigns: list[dict] = []
        self.members: list[tuple[str, str, str, float | None, float]] = []
        self.strata: dict[str, str] = {}
        self.orders: list[tuple[str, date, float]] = []
        self.contacts: list[tuple[str, date, str]] = []
        self.assigned: dict[str, date] = {}

    def add(
        self,
        name: str,
        treated: int,
        controls: int,
        rates: tuple[float, float],
        *,
        kind: str = "planted",
        is_randomised: bool | None = None,
        planned: float | None = None,
        leaked: float = 0.0,
        rates_before: tuple[float, float] = (0.2, 0.2),
        stratum: str | None = None,
    ) -> None:
        """Add a campaign: treated and controls, and their chances to buy within the window.

        A buyer also bought before with a chance of `rates_before`; whoever bought is half as likely
        again to have been forecast to. A share of the controls is treated all the same. A campaign
        with strata is added once for each.
        """
        rng = self.rng
        campaign = {"campaign_id": name, "kind": kind, "is_randomised": is_randomised}
        if campaign not in self.campaigns:
            self.campaigns.append(campaign)
        share = treated / (treated + controls) if planned is None else planned
        for arm, size in (("letter", treated), ("control", controls)):
            is_treated = arm == "letter"
            reached = np.full(size, is_treated) | (rng.random(size) < leaked)
            chance = np.where(reached, rates[0], rates[1])
            first_days = rng.integers(0, WINDOW, size)
            buys = rng.random(size) < chance
            bought_before = rng.random(size) < rates_before[0 if is_treated else 1]
            again = rng.random(size) < 0.25
            amounts = np.round(np.exp(rng.normal(3, 0.7, (size, 3))), 2)
            forecast = np.round(np.clip(rates[1] * (0.5 + rng.random(size) + 0.5 * buys), 0, 1), 4)
            for number in range(size):
                customer = f"{name}-{stratum or ''}{arm[0]}{number:05d}"
                if stratum:
                    self.strata[customer] = stratum
                planned_share = (share if is_treated else 1 - share) if share else None
                self.members.append((name, customer, arm, planned_share, float(forecast[number])))
                day = START + timedelta(days=int(first_days[number]))
                if buys[number]:
                    self.orders.append((customer, day, amounts[number, 0]))
                    if again[number]:
                        self.orders.append(
                            (customer, START + timedelta(days=WINDOW - 1), amounts[number, 1])
                        )
                if bought_before[number]:
                    self.orders.append((customer, START - timedelta(days=40), amounts[number, 2]))
                if reached[number]:
                    self.contacts.append((customer, START, name))

    def build(self, folder: Path, **lifecycle_vars: object) -> Run:
        """Build the marts of the campaigns."""
        orders = [*self.orders, ("nobody", START - timedelta(days=400), 5.0)]
        orders += [("nobody", START + timedelta(days=day), 5.0) for day in range(0, 100, 7)]
        customers, days, amounts = zip(*orders, strict=True)
        campaign_ids, members, arms, shares, forecasts = zip(*self.members, strict=True)
        contacted, contact_days, contact_campaigns = zip(*self.contacts, strict=True)
        size = len(self.campaigns)
        return build_inputs(
            folder,
            {
                "orders.parquet": pa.table(
                    {
                        "order_id": pa.array(range(len(orders))),
                        "customer_id": customers,
                        "ordered_at": pa.array(days, pa.date32()),
                        "amount": amounts,
                    }
                ),
                "campaigns.parquet": pa.table(
                    {
                        "campaign_id": [row["campaign_id"] for row in self.campaigns],
                        "name": ["a wave"] * size,
                        "starts_on": pa.array([START] * size, pa.date32()),
                        "kind": [row["kind"] for row in self.campaigns],
                        "fixed_cost": [10.0] * size,
                        "is_randomised": pa.array(
                            [row["is_randomised"] for row in self.campaigns], pa.bool_()
                        ),
                    }
                ),
                "campaign_members.parquet": pa.table(
                    {
                        "campaign_id": campaign_ids,
                        "customer_id": members,
                        "arm": arms,
                        "assigned_on": pa.array(
                            [self.assigned.get(member) for member in members], pa.date32()
                        ),
                        "planned_share": pa.array(shares, pa.float64()),
                        "stratum": pa.array(
                            [self.strata.get(member) for member in members], pa.string()
                        ),
                        "probability_purchase": forecasts,
                    }
                ),
                "contact_costs.parquet": pa.table(
                    {
                        "customer_id": contacted,
                        "contacted_on": pa.array(contact_days, pa.date32()),
                        "channel": ["mail"] * len(contacted),
                        "cost": [0.25] * len(contacted),
                        "campaign_id": contact_campaigns,
                    }
                ),
            },
            {
                "lifecycle_rooms": ["activation"],
                "lifecycle_campaign_window": WINDOW,
                "lifecycle_gross_margin": 0.4,
                **lifecycle_vars,
            },
            select=SELECT,
        )


# Small arms, a large one, one without buyers, one without controls.
@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run:
    world = World(31)
    for number in range(6):
        world.add(f"P{number}", 600 + 100 * number, 300, (0.12 + 0.01 * number, 0.08))
    world.add("few", 40, 12, (0.1, 0.08))
    world.add("quiet", 30, 30, (0.0, 0.0))
    world.add("one", 1, 1, (1.0, 1.0))
    world.add("alone", 50, 0, (0.2, 0.2))
    world.add("idle", 0, 50, (0.2, 0.2))
    world.add("skewed", 2000, 150, (0.1, 0.1))
    world.add("strata", 300, 200, (0.4, 0.3), stratum="best")
    world.add("strata", 900, 100, (0.1, 0.05), stratum="rest")
    world.add("without", 300, 200, (0.4, 0.3), stratum="best")
    world.add("without", 900, 1, (0.1, 0.05), stratum="rest")
    run = world.build(tmp_path_factory.mktemp("small"))
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="module")
def members(small: Run) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """What each member of each arm did, straight from the inputs."""
    rows = small.rows(
        f"""
        with members as (
            from main_internal.stg_lifecycle__campaign_members
        ), orders as (
            from main_internal.stg_lifecycle__orders
        )
        select campaign_id, arm,
            min(ordered_on) filter (ordered_on >= '{START}') as first_on,
            count(*) filter (ordered_on >= '{START}'),
            coalesce(sum(amount) filter (ordered_on >= '{START}'), 0),
            coalesce(sum(amount) filter (ordered_on < '{START}'), 0),
            any_value(probability_purchase)
        from members
        left join orders on orders.customer_id = members.customer_id
        group by campaign_id, arm, members.customer_id
        """
    )
    arms: dict[tuple[str, str], list] = {}
    for campaign, arm, *values in rows:
        arms.setdefault((campaign, arm), []).append(values)
    found = {}
    for key, values in arms.items():
        first, orders, amounts, before, chance = zip(*values, strict=True)
        day = np.array([-1 if on is None else (on - START).days for on in first])
        amount = np.array(amounts, dtype=float)
        contact = 0.25 if key[1] == "letter" else 0.0
        # decimals times 0.6, rounded to four places as they are in the project
        cost = np.array([float(round(value * 6, 4)) / 10 for value in amounts])
        found[key] = {
            "day": day,
            "conversion": (day >= 0).astype(float),
            "orders_per_member": np.array(orders, dtype=float),
            "spend": amount,
            "margin": amount - cost,
            "value": amount - cost - contact,
            "before": np.array(before, dtype=float),
            "chance": np.array(chance, dtype=float),
        }
    return found


def both(
    members: dict[tuple[str, str], dict[str, np.ndarray]], campaign: str
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    return members[campaign, "letter"], members[campaign, "control"]


def covariate(arm: dict[str, np.ndarray], metric: str) -> np.ndarray:
    return arm["chance"] if metric in ("conversion", "orders_per_member") else arm["before"]


def sums(y: np.ndarray, x: np.ndarray) -> covariates.Sums:
    return covariates.Sums(y.size, y.sum(), x.sum(), y @ y, x @ x, x @ y)


def lift_row(run: Run, campaign: str, metric: str) -> dict:
    (row,) = run.records(
        f"from campaign_lift where campaign_id = '{campaign}' and metric = '{metric}'"
    )
    return row


TRIED = ("P0", "P3", "few", "skewed")
close = {"rel": 1e-9, "abs": 1e-12}


@pytest.mark.parametrize("campaign", TRIED)
def test_shares_are_compared_as_newcombe_does(small: Run, members: dict, campaign: str) -> None:
    treated, controls = both(members, campaign)
    counts = [
        number
        for arm in (treated, controls)
        for number in (arm["conversion"].sum(), arm["conversion"].size)
    ]
    low, high = proportions.newcombe_interval(*counts)
    row = lift_row(small, campaign, "conversion")
    assert row["lift"] == pytest.approx(
        treated["conversion"].mean() - controls["conversion"].mean(), **close
    )
    assert (row["lift_low"], row["lift_high"]) == pytest.approx((low, high), **close)
    (p,) = proportions.p_values(*([count] for count in counts))
    assert row["p_value"] == pytest.approx(p, **close)


@pytest.mark.parametrize("campaign", TRIED)
@pytest.mark.parametrize("metric", ["orders_per_member", "spend", "margin", "value"])
def test_means_are_compared_as_welch_does(
    small: Run, members: dict, campaign: str, metric: str
) -> None:
    arms = both(members, campaign)
    numbers = [
        number
        for arm in arms
        for y in [arm[metric]]
        for number in (y.mean(), y.var(ddof=1), y.size)
    ]
    row = lift_row(small, campaign, metric)
    assert row["control_mean"] == pytest.approx(arms[1][metric].mean(), abs=1e-4)
    # Student's quantile is expanded: 4e-6 of itself from ten degrees of freedom on.
    assert (row["lift_low"], row["lift_high"]) == pytest.approx(
        welch.intervals(*numbers), rel=1e-4, abs=1e-4
    )
    (p,) = welch.p_values(*([number] for number in numbers))
    assert row["p_value"] == pytest.approx(p, rel=2e-3)
    within = np.concatenate([arm[metric] - arm[metric].mean() for arm in arms])
    variance = (within**2).sum() / (within.size - 2)
    moments = (variance, (within**3).mean())
    tail = welch.tail_errors(*moments, numbers[2], *moments, numbers[5])
    assert row["tail_error"] == pytest.approx(float(tail), rel=1e-3)


@pytest.mark.parametrize("campaign", TRIED)
@pytest.mark.parametrize("metric", ["conversion", "orders_per_member", "spend"])
def test_lifts_are_adjusted_by_what_was_known(
    small: Run, members: dict, campaign: str, metric: str
) -> None:
    treated, controls = (
        sums(arm[metric], covariate(arm, metric)) for arm in both(members, campaign)
    )
    one, other = covariates.adjusted(treated, controls), covariates.adjusted(controls, treated)
    row = lift_row(small, campaign, metric)
    assert row["adjusted_lift"] == pytest.approx(one.mean - other.mean, **close)
    low, high = welch.intervals(
        one.mean, one.variance, one.members, other.mean, other.variance, other.members
    )
    assert (row["adjusted_low"], row["adjusted_high"]) == pytest.approx((low, high), rel=1e-4)
    removed = 1 - (one.variance / one.members + other.variance / other.members) / (
        treated.variances[0] / treated.members + controls.variances[0] / controls.members
    )
    assert row["variance_removed"] == pytest.approx(max(removed, 0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("campaign", ["P0", "P3", "skewed"])
def test_ratios_and_relative_lifts(small: Run, members: dict, campaign: str) -> None:
    treated, controls = (
        covariates.ratio(sums(arm["spend"], arm["orders_per_member"]))
        for arm in both(members, campaign)
    )
    row = lift_row(small, campaign, "amount_per_order")
    assert row["lift"] == pytest.approx(treated.mean - controls.mean, **close)
    low, high = welch.intervals(
        *(treated.mean, treated.variance, treated.members),
        *(controls.mean, controls.variance, controls.members),
    )
    assert (row["lift_low"], row["lift_high"]) == pytest.approx((low, high), rel=1e-4)
    share, error = covariates.relative_lift(treated, controls)
    assert row["relative_lift"] == pytest.approx(share, **close)
    half = (row["relative_high"] - row["relative_low"]) / 2
    assert half / error == pytest.approx((row["lift_high"] - row["lift_low"]) / 2 / np.sqrt(
        treated.variance / treated.members + controls.variance / controls.members
    ), rel=1e-6)  # fmt: skip


@pytest.mark.parametrize("campaign", [*TRIED, "quiet"])
def test_evidence_is_that_of_the_day_table(small: Run, members: dict, campaign: str) -> None:
    columns = []
    for arm in both(members, campaign):
        buyers = np.bincount(arm["day"][arm["day"] >= 0], minlength=WINDOW)
        columns += [buyers, arm["day"].size - np.cumsum(buyers) + buyers]
    days = small.rows(
        f"select first_purchases, waiting from campaign_days "
        f"where campaign_id = '{campaign}' and arm = 'letter' order by days_since"
    )
    assert [tuple(map(int, day)) for day in zip(*columns[:2], strict=True)] == days
    row = lift_row(small, campaign, "conversion")
    if campaign == "quiet":
        assert row["e_value"] is None
    else:
        assert row["e_value"] == pytest.approx(
            max(early_looks.e_values(*columns).max(), 1), rel=1e-9
        )


@pytest.fixture(scope="module")
def staggered(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Members who come in day by day, and the day table of certificate 46."""
    world = World(33)
    rng = world.rng
    for number in range(3000):
        arm, day = ("letter", "control")[number % 3 == 0], int(rng.integers(0, 40))
        customer = f"later-{number:05d}"
        world.members.append(("later", customer, arm, (1 / 3, 2 / 3)[arm == "letter"], 0.1))
        world.assigned[customer] = START + timedelta(days=day)
        if rng.random() < (0.3 if arm == "letter" else 0.2):
            bought = START + timedelta(days=day + int(rng.integers(0, WINDOW)))
            world.orders.append((customer, bought, 5.0))
    world.campaigns.append({"campaign_id": "later", "kind": "planted", "is_randomised": None})
    for arm, size, buyers in (("letter", 4500, (30, 25, 28)), ("control", 500, (1, 2, 0))):
        days = np.repeat(np.arange(3), buyers)
        for number in range(size):
            customer = f"three-{arm[0]}{number:05d}"
            world.members.append(("three", customer, arm, (0.1, 0.9)[arm == "letter"], 0.1))
            if number < days.size:
                world.orders.append((customer, START + timedelta(days=int(days[number])), 5.0))
    world.campaigns.append({"campaign_id": "three", "kind": "planted", "is_randomised": None})
    world.contacts.append(("nobody", START, "later"))
    run = world.build(tmp_path_factory.mktemp("staggered"))
    assert run.succeeded, run.text
    return run


def test_evidence_of_three_days_is_that_of_the_certificate(staggered: Run) -> None:
    e_value = lift_row(staggered, "three", "conversion")["e_value"]
    assert e_value == pytest.approx(2.43957, abs=1e-4)


def test_evidence_is_by_day_of_assignment(staggered: Run) -> None:
    rows = staggered.rows(
        "select arm, (assigned_on - date '2024-03-01')::int, first_purchase_day "
        "from main_internal.int_lifecycle__member_results where campaign_id = 'later'"
    )
    cells = np.zeros((4, 40, WINDOW))
    for arm, entry, day in rows:
        side = 2 * (arm == "control")
        last = WINDOW - 1 if day is None else day
        cells[side, entry, last] += day is not None
        cells[side + 1, entry, : last + 1] += 1
    days = np.add.outer(np.arange(40), np.arange(WINDOW)).ravel()
    values = early_looks.staggered_e_values(days, *(cell.ravel() for cell in cells))
    row = lift_row(staggered, "later", "conversion")
    assert row["e_value"] == pytest.approx(values.max(), rel=1e-9)
    assert row["e_value"] > 20


def test_false_discoveries_and_pools_are_those_of_the_package(small: Run) -> None:
    for metric in METRICS:
        rows = small.records(
            f"from campaign_lift where metric = '{metric}' order by campaign_id, arm"
        )
        counted = [row for row in rows if row["q_value"] is not None]
        q = false_discovery_control([row["p_value"] for row in counted])
        assert [row["q_value"] for row in counted] == pytest.approx(list(q), rel=1e-9)
    rows = small.records(
        "select lift, lift_variance, shrunken_lift "
        "from main_internal.int_lifecycle__arm_differences "
        "inner join campaign_lift using (campaign_id, arm, metric, lift) "
        "where metric = 'spend' and shrunken_lift is not null"
    )
    effects, variances = (
        np.array([row[name] for row in rows]) for name in ("lift", "lift_variance")
    )
    common = many_waves.random_effects(effects, variances)
    (found,) = small.records("from campaign_portfolio where metric = 'spend'")
    assert found["campaigns"] == common.effects >= 7
    assert found["mean_lift"] == pytest.approx(common.mean, rel=1e-9)
    assert found["tau"] == pytest.approx(np.sqrt(common.between_variance), rel=1e-6, abs=1e-9)
    assert found["heterogeneity"] == pytest.approx(common.heterogeneity, rel=1e-9)
    # Student's quantile is expanded.
    assert (found["low"], found["high"]) == pytest.approx(common.interval(), rel=1e-3)
    assert (found["next_campaign_low"], found["next_campaign_high"]) == pytest.approx(
        common.next_interval(), rel=1e-3
    )
    assert [row["shrunken_lift"] for row in rows] == pytest.approx(
        list(many_waves.shrunken(effects, variances, common)), rel=1e-6
    )


def test_power_is_that_of_the_package(small: Run, members: dict) -> None:
    for campaign in TRIED:
        treated, controls = both(members, campaign)
        (row,) = small.records(f"from campaign_power where name = '{campaign}'")
        sizes = treated["day"].size, controls["day"].size
        rate = controls["conversion"].mean()
        assert row["smallest_lift_seen"] == pytest.approx(
            float(power.smallest_lift_seen(rate, *sizes)), rel=1e-9
        )
        needed = power.control_share_needed(0.02, rate, sum(sizes))
        found = row["control_share_for_worthwhile"]
        assert found == (None if np.isnan(needed) else pytest.approx(needed))


def test_sample_ratios_are_pearsons(small: Run, members: dict) -> None:
    for campaign in ("P0", "few", "skewed"):
        sizes = [arm["day"].size for arm in both(members, campaign)]
        statistic, p = sample_ratio.chi_square(sizes, np.round(np.array(sizes) / sum(sizes), 4))
        (row,) = small.records(
            f"from campaign_checks where campaign_id = '{campaign}' and check_name = 'sample_ratio'"
        )
        assert (row["statistic"], row["p_value"]) == pytest.approx((statistic, p), abs=1e-9)
    # Of one treated and one control nothing can be said.
    (row,) = small.records(
        "from campaign_checks where campaign_id = 'one' and check_name = 'sample_ratio'"
    )
    assert (row["verdict"], row["statistic"], row["p_value"]) == ("unknown", None, None)


def test_small_and_empty_arms_say_nothing_and_break_nothing(small: Run) -> None:
    verdicts = small.by_key(
        "select campaign_id, verdict, lift from campaign_lift where metric = 'conversion'"
    )
    assert verdicts["alone"] == ["not_randomised", None]
    assert "idle" not in verdicts
    assert verdicts["one"] == ["too_small_to_tell", 0]
    assert verdicts["quiet"][0] in ("too_small_to_tell", "unclear")
    spend = lift_row(small, "quiet", "spend")
    assert (spend["lift"], spend["p_value"], spend["tail_error"]) == (0, None, None)
    assert lift_row(small, "quiet", "amount_per_order")["lift"] is None


def test_the_ledger_is_the_lift_in_money(small: Run) -> None:
    for row in small.records("from campaign_ledger where campaign_id in ('P0', 'P3', 'skewed')"):
        (arm,) = small.records(
            f"from campaign_arms where campaign_id = '{row['campaign_id']}' and not is_control"
        )
        value = lift_row(small, row["campaign_id"], "value")
        assert row["incremental_value"] == pytest.approx(arm["members"] * value["lift"] - 10)
        assert row["attributed_orders"] == arm["orders"]
        assert row["contact_cost"] == arm["contact_cost"] == arm["members"] * Decimal("0.25")


def test_strata_are_weighed_by_their_treated(small: Run) -> None:
    """The controls of each stratum count as much as it has treated."""
    rows = small.rows(
        f"""
        select stratum, arm, coalesce(sum(amount) filter (ordered_on >= '{START}'), 0) as spent
        from main_internal.stg_lifecycle__campaign_members as members
        left join main_internal.stg_lifecycle__orders using (customer_id)
        where campaign_id = 'strata'
        group by stratum, arm, members.customer_id
        """
    )
    values = {
        key: np.array([float(spent) for *of, spent in rows if tuple(of) == key])
        for key in ((stratum, arm) for stratum in ("best", "rest") for arm in ("letter", "control"))
    }
    for metric, measure in {
        "spend": lambda spent: spent,
        "conversion": lambda spent: (spent > 0).astype(float),
    }.items():
        lift, terms = 0.0, []
        below, above = np.zeros(2), np.zeros(2)
        for stratum, weight in (("best", 0.25), ("rest", 0.75)):
            treated, controls = (measure(values[stratum, arm]) for arm in ("letter", "control"))
            lift += weight * (treated.mean() - controls.mean())
            limits = [
                binomtest(int((arm > 0).sum()), arm.size).proportion_ci(method="wilson")
                for arm in (treated, controls)
            ]
            below += weight**2 * np.array(
                [(treated.mean() - limits[0].low) ** 2, (limits[1].high - controls.mean()) ** 2]
            )
            above += weight**2 * np.array(
                [(limits[0].high - treated.mean()) ** 2, (controls.mean() - limits[1].low) ** 2]
            )
            terms += [
                (weight**2 * arm.var(ddof=1) / arm.size, arm.size - 1)
                for arm in (treated, controls)
            ]
        error = np.sqrt(sum(term for term, _ in terms))
        degrees = error**4 / sum(term**2 / less_one for term, less_one in terms)
        row = lift_row(small, "strata", metric)
        assert row["strata"] == 2
        assert row["lift"] == pytest.approx(lift, **close)
        assert row["p_value"] == pytest.approx(2 * t.sf(abs(lift) / error, degrees), rel=2e-3)
        if metric == "spend":
            half = t.ppf(0.975, degrees) * error
            expected = pytest.approx((lift - half, lift + half), rel=1e-4)
        else:
            expected = pytest.approx(
                (lift - np.sqrt(below.sum()), lift + np.sqrt(above.sum())), rel=1e-9
            )
        assert (row["lift_low"], row["lift_high"]) == expected
    (ledger,) = small.records("from campaign_ledger where campaign_id = 'strata'")
    assert ledger["incremental_buyers"] == pytest.approx(1200 * lift)
    # Whole arms would say that the controls, of whom two in three are of the best, buy more.
    arms = small.by_key("select arm, conversion from campaign_arms where campaign_id = 'strata'")
    assert arms["letter"] == pytest.approx(
        lift_row(small, "strata", "conversion")["treatment_mean"]
    )
    assert arms["letter"] - arms["control"] < 0 < lift


def test_a_stratum_without_controls_has_no_lift(small: Run) -> None:
    row = lift_row(small, "without", "conversion")
    assert (row["verdict"], row["lift"], row["p_value"]) == ("stratified", None, None)


def test_without_python_all_but_probabilities_is_there(
    small: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = World(31)
    for number in range(6):
        world.add(f"P{number}", 600 + 100 * number, 300, (0.12 + 0.01 * number, 0.08))
    run = world.build(tmp_path_factory.mktemp("plain"), lifecycle_purchase_models=False)
    assert run.succeeded, run.text
    for row in run.records("from campaign_lift order by campaign_id, metric"):
        other = lift_row(small, row["campaign_id"], row["metric"])
        assert row["p_value"] is None
        assert row["q_value"] is None
        for name in ("lift", "lift_low", "lift_high", "adjusted_lift", "tail_error", "e_value"):
            if other[name] is None:
                assert row[name] is None
            else:
                assert row[name] == pytest.approx(other[name], **close), name
        assert row["verdict"] in (other["verdict"], "works_alone", "hurts_alone")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Many campaigns of which the truth is known."""
    world = World(32)
    for number in range(400):
        world.add(f"A{number:03d}", 450, 50, (0.1, 0.1), kind=f"same {number // 20}")
    for number in range(200):
        world.add(f"E{number:03d}", 600, 600, (0.15, 0.1), kind="effect")
    for number in range(12):
        world.add(f"L{number:02d}", 4000, 4000, (0.3, 0.1), kind="leak", leaked=0.2)
        world.add(
            f"G{number:02d}", 500, 500, (0.3, 0.1), kind="aimed", is_randomised=False,
            rates_before=(0.6, 0.1),
        )  # fmt: skip
        world.add(f"R{number:02d}", 1000 * 8 // 10, 1000, (0.1, 0.1), kind="lost", planned=0.5)
    for number in range(200):
        for stratum, sizes, rate in (("b", (200, 200), 0.3), ("r", (450, 50), 0.06)):
            world.add(f"S{number:03d}", *sizes, (rate, rate), kind="strata", stratum=stratum)
    run = world.build(tmp_path_factory.mktemp("planted"))
    assert run.succeeded, run.text
    return run


def lifts(run: Run, first: str, metric: str = "conversion") -> list[dict]:
    return run.records(
        f"from campaign_lift where metric = '{metric}' and campaign_id like '{first}%' "
        "order by campaign_id, arm"
    )


def test_without_effect_few_campaigns_have_one(planted: Run) -> None:
    """1. A/A with one control in ten: p at most .05 in 5 % of them, with four standard errors."""
    rows = lifts(planted, "A")
    assert len(rows) == 400
    bound = 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(rows))
    assert np.mean([row["p_value"] <= 0.05 for row in rows]) <= bound
    assert np.mean([row["lift_low"] > 0 or row["lift_high"] < 0 for row in rows]) <= bound
    # 3. Nor does looking every day find one: 20 is reached in at most one of twenty.
    assert np.mean([row["e_value"] >= 20 for row in rows]) <= bound
    assert not any(row["verdict"] in ("works", "hurts") and row["q_value"] > 0.05 for row in rows)


def test_an_interval_of_spend_that_misses_is_withheld(planted: Run) -> None:
    """6. With one control in ten it lies above 0 too often, and does not count then."""
    rows = lifts(planted, "A", "spend")
    missed = [row for row in rows if row["lift_low"] > 0]
    assert len(missed) > 0.05 * len(rows)
    assert {row["verdict"] for row in missed} == {"withheld"}
    # In equal arms it may be believed, and finds what is there.
    rows = lifts(planted, "E", "spend")
    assert np.mean([row["tail_error"] for row in rows]) == pytest.approx(0.025, abs=0.005)
    assert "withheld" not in {row["verdict"] for row in rows}


def test_an_interval_covers_the_effect(planted: Run) -> None:
    """2. Five points: 95 % of the intervals hold them, within four standard errors."""
    rows = lifts(planted, "E")
    covered = np.mean([row["lift_low"] <= 0.05 <= row["lift_high"] for row in rows])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / len(rows)))
    # Drawn together they are nearer to the truth, which is the same for all.
    raw = np.mean([(row["lift"] - 0.05) ** 2 for row in rows])
    assert np.mean([(row["shrunken_lift"] - 0.05) ** 2 for row in rows]) < 0.3 * raw


def test_strata_with_shares_of_their_own_do_not_mislead(planted: Run) -> None:
    """Half of the best, a tenth of the others left alone, no effect: whole arms would say harm."""
    rows = lifts(planted, "S")
    assert {row["strata"] for row in rows} == {2}
    bound = 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(rows))
    assert np.mean([row["p_value"] <= 0.05 for row in rows]) <= bound
    assert np.mean([row["lift_low"] > 0 or row["lift_high"] < 0 for row in rows]) <= bound
    assert np.mean([row["e_value"] >= 20 for row in rows]) <= bound
    error = np.std([row["lift"] for row in rows]) / np.sqrt(len(rows))
    assert np.mean([row["lift"] for row in rows]) == pytest.approx(0, abs=4 * error)
    whole = planted.rows(
        "select avg(conversion) filter (arm = 'letter') - avg(conversion) filter (arm = 'control') "
        "from campaign_arms where campaign_id like 'S%'"
    )
    assert whole[0][0] < -0.1


def test_a_leak_makes_the_effect_smaller_and_is_seen(planted: Run) -> None:
    """5. One control in five is treated: a fifth of twenty points is missing."""
    rows = lifts(planted, "L")
    error = np.sqrt((0.3 * 0.7 + 0.14 * 0.86) / 4000 / len(rows))
    assert np.mean([row["lift"] for row in rows]) == pytest.approx(0.16, abs=4 * error)
    assert {row["verdict"] for row in rows} == {"leaked"}
    shares = planted.rows(
        "select statistic from campaign_checks where check_name = 'leak' and campaign_id like 'L%'"
    )
    assert np.mean(shares) == pytest.approx(0.2, abs=0.01)


def test_an_aimed_campaign_has_no_lift(planted: Run) -> None:
    """7. The treated buy three times as often, and had before: two means, and no lift."""
    for metric in METRICS:
        for row in lifts(planted, "G", metric):
            assert row["verdict"] == "not_randomised"
            assert row["treatment_mean"] is not None
            for name in (
                "lift", "lift_low", "lift_high", "relative_lift", "adjusted_lift", "shrunken_lift",
                "p_value", "q_value", "e_value",
            ):  # fmt: skip
                assert row[name] is None
    checks = planted.by_key(
        "select campaign_id, verdict from campaign_checks "
        "where check_name = 'before' and campaign_id like 'G%'"
    )
    assert set(checks.values()) == {"alarm"}


def test_lost_members_are_seen(planted: Run) -> None:
    """4. A fifth of the treated lost of 1,000: broken, and in no pool."""
    assert {row["verdict"] for row in lifts(planted, "R")} == {"broken"}
    assert planted.rows("from campaign_portfolio where kind = 'lost'") == []
    sound = planted.value(
        "select count(*) from campaign_checks where check_name = 'sample_ratio' "
        "and verdict = 'alarm' and campaign_id not like 'R%'"
    )
    assert sound == 0


def test_pools_without_effect_seldom_say_that_there_is_one(planted: Run) -> None:
    """1. Twenty kinds of twenty campaigns without effect: the mean of a kind."""
    rows = planted.records(
        "from campaign_portfolio where metric = 'conversion' and kind like 'same%'"
    )
    assert len(rows) == 20
    assert sum(row["low"] > 0 or row["high"] < 0 for row in rows) <= 4
