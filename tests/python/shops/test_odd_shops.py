"""Every shop builds: odd ones with all rooms, all data tests and vars at their edges.

The default run builds the few shops that fail most easily; LIFECYCLE_ODD_SHOPS=all builds all of
them (`make test-odd-shops`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbt_project import CAUTIONS, Run, build_inputs

from customer_lifecycle.shops.odd_shops import ODD_SHOPS, odd_orders, other_inputs

PAUSE_AT_THE_END = "last_order_day_is_not_more_than_a_year_after_the_one_before"
FAR_DATES = "no_day_is_before_or_far_from_all_others"
# All members of one campaign are in two arms.
REJECTS = "input_rejects_at_most_one_row_in_twenty"


@dataclass(frozen=True)
class Build:
    """A shop, what is built of it, and the warnings that it deserves."""

    shop: str
    lifecycle_vars: Mapping[str, Any] = field(default_factory=dict)
    has_other_inputs: bool = False
    warnings: frozenset[str] = frozenset()
    is_in_every_run: bool = False

    @property
    def name(self) -> str:
        """The name of the test."""
        parts = ["all_inputs"] if self.has_other_inputs else []
        parts += [
            f"{name.removeprefix('lifecycle_')}={value}"
            for name, value in self.lifecycle_vars.items()
        ]
        return "-".join([self.shop, *parts])


BUILDS = [
    Build("one_row"),
    Build("one_row", {"lifecycle_as_of_date": "2030-01-31"}, has_other_inputs=True),
    Build("one_refund"),
    Build("one_customer"),
    Build("one_day"),
    Build("one_day", {"lifecycle_as_of_date": "2022-03-05"}),
    Build("all_once"),
    Build("daily_buyers"),
    Build("weekly_clockwork", is_in_every_run=True),
    Build("subscriptions", {"lifecycle_annual_discount_rate": 0}),
    Build("one_giant", has_other_inputs=True),
    Build("loyal_customer_left", is_in_every_run=True),
    Build("free_orders", has_other_inputs=True),
    Build("all_refunds"),
    Build("all_refunds", has_other_inputs=True),
    Build("refunds_first"),
    Build("nets_to_nothing"),
    Build("thirty_days"),
    Build("newcomers_only"),
    Build("sentinel_dates", warnings=frozenset({FAR_DATES}), is_in_every_run=True),
    Build("few_orders_and_a_sentinel", warnings=frozenset({PAUSE_AT_THE_END})),
    Build("trillions", has_other_inputs=True, is_in_every_run=True),
    Build("largest_amounts"),
    Build("smallest_amounts"),
    Build("amounts_alike"),
    Build("two_worlds", {"lifecycle_as_of_date": "2041-11-30"}),
    Build("duplicates"),
    Build(
        "thirty_days",
        {
            "lifecycle_period": "week",
            "lifecycle_minimum_purchases": 2,
            "lifecycle_gross_margin": 0.0001,
            "lifecycle_holdout_share": 1,
            "lifecycle_value_horizon_periods": 0,
            "lifecycle_recency_cap": 1,
            "lifecycle_frequency_cap": 1,
            "lifecycle_amount_bucket_count": 1,
        },
        has_other_inputs=True,
    ),
]


def _build(folder: Path, build: Build) -> Run:
    orders = odd_orders(build.shop)
    inputs = {"orders": orders, **(other_inputs(orders) if build.has_other_inputs else {})}
    return build_inputs(
        folder,
        {f"{name}.parquet": table for name, table in inputs.items()},
        {"lifecycle_rooms": "all", "lifecycle_wake_up_wave": "period", **build.lifecycle_vars},
        select=(),
        leave_out=("unit_test",),
    )


@pytest.mark.parametrize(
    "build",
    [
        build
        for build in BUILDS
        if build.is_in_every_run or os.environ.get("LIFECYCLE_ODD_SHOPS") == "all"
    ],
    ids=lambda build: build.name,
)
def test_the_shop_builds(tmp_path: Path, build: Build) -> None:
    run = _build(tmp_path, build)
    assert run.succeeded, run.text
    assert set(run.troubles().values()) <= {"warn"}
    deserved = set(build.warnings) | ({REJECTS} if build.has_other_inputs else set())
    assert run.troubles().keys() - CAUTIONS == deserved - CAUTIONS
    # All the money that is kept and not after the as-of date is in the view of the customers.
    assert run.value("select sum(historic_amount) from customer_360") == run.value(
        "select sum(amount) from main_internal.stg_lifecycle__orders "
        "where ordered_on <= (select as_of_date from main_internal.lifecycle_as_of)"
    )


def test_every_odd_shop_is_built() -> None:
    assert {build.shop for build in BUILDS} == set(ODD_SHOPS)
