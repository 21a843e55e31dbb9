"""The runs that share one parse would be parsed the same each by itself."""

from pathlib import Path
from typing import Any

from dbt_project import COMPILE_TIME_VARS, lay_out, parse, parse_time_vars


def parsed(folder: Path, lifecycle_vars: dict[str, Any]) -> dict[str, dict]:
    """All that dbt learns by parsing, less the time at which it did."""
    folder.mkdir()
    manifest = parse(folder, lifecycle_vars)
    resources = {
        **manifest.nodes,
        **manifest.sources,
        **manifest.macros,
        **manifest.unit_tests,
        **{f"disabled {name}": nodes[0] for name, nodes in manifest.disabled.items()},
    }
    return {
        name: {key: value for key, value in resource.to_dict().items() if key != "created_at"}
        for name, resource in resources.items()
    }


def test_vars_that_are_looked_at_later_change_nothing_in_a_parse(tmp_path: Path) -> None:
    unusual = {
        "lifecycle_acquired_days": 30,
        "lifecycle_reactivated_days": 60,
        "lifecycle_alike_purchase_days": [1, 10],
        "lifecycle_driver_columns": ["x_plan"],
        "lifecycle_amount_factor": {"orders": 0.01},
        "lifecycle_annual_discount_rate": 0,
        "lifecycle_arm_salt": "other",
        "lifecycle_as_of_date": "2011-06-30",
        "lifecycle_at_risk_after": 10,
        "lifecycle_backtest_horizon": 400,
        "lifecycle_campaign_before_days": 90,
        "lifecycle_campaign_window": 14,
        "lifecycle_churned_after": 30,
        "lifecycle_columns": {"orders": {"amount": "total"}},
        "lifecycle_contact_effect": 0.1,
        "lifecycle_control_arms": ["holdout"],
        "lifecycle_csv_delimiter": "^",
        "lifecycle_datetime_format": "%d.%m.%Y",
        "lifecycle_decimal_mark": ",",
        "lifecycle_dormant_after": 20,
        "lifecycle_earliest_valid_date": None,
        "lifecycle_early_evidence": 100,
        "lifecycle_excluded_statuses": ["cancelled"],
        "lifecycle_false_discovery_rate": 0.2,
        "lifecycle_first_amount": "leave_out",
        "lifecycle_frequency_cap": 1,
        "lifecycle_gross_margin": 0.4,
        "lifecycle_guest_ids": ["0"],
        "lifecycle_history_periods": 3,
        "lifecycle_holdout_share": 1,
        "lifecycle_holdout_start": "2011-05-01",
        "lifecycle_input_dir": str(tmp_path),
        "lifecycle_lasting_control_share": 0,
        "lifecycle_late_arrival_days": 7,
        "lifecycle_latest_valid_date": "2011-12-31",
        "lifecycle_loyal_purchases": 3,
        "lifecycle_mature_cohort_days": 30,
        "lifecycle_minimum_buyers": 9,
        "lifecycle_minimum_fit_customers": 10,
        "lifecycle_minimum_longer_gaps": 100,
        "lifecycle_minimum_purchase_amount": 5,
        "lifecycle_minimum_profile_customers": 3,
        "lifecycle_minimum_purchases": 5,
        "lifecycle_minimum_trend_gaps": 20,
        "lifecycle_near_loss_share": 0,
        "lifecycle_period": "quarter",
        "lifecycle_portfolio_campaigns": 2,
        "lifecycle_power_shares": [0.5],
        "lifecycle_purchase_model": "nbd",
        "lifecycle_recency_cap": 1,
        "lifecycle_repeated_orders": "reject",
        "lifecycle_return_days": [7],
        "lifecycle_threshold_rule": "quantile",
        "lifecycle_timezone": "Asia/Shanghai",
        "lifecycle_unknown_consent": "not_allowed",
        "lifecycle_value_horizon_periods": 0,
        "lifecycle_wake_up_minimum_value": 5,
        "lifecycle_wake_up_value_share": 0.5,
        "lifecycle_worthwhile_lift": 0.01,
    }
    assert unusual.keys() == COMPILE_TIME_VARS
    usual = parsed(tmp_path / "usual", {})
    # Inputs that are on stay so when it is said where they are.
    unusual["lifecycle_input_files"] = {"orders": "/data/export.csv"}
    assert parse_time_vars(unusual) == {}
    assert parsed(tmp_path / "unusual", unusual) == usual
    two = {"lifecycle_input_files": {"orders": "o.csv", "customers": "c.csv"}}
    assert parse_time_vars(two) == two
    both_on = {"lifecycle_inputs": ["orders", "customers"]}
    assert parse_time_vars(both_on | two) == both_on
    assert parsed(tmp_path / "two", both_on | two) == parsed(tmp_path / "both_on", both_on)
    # What a parse does look at is seen by this comparison.
    without_models = parsed(tmp_path / "without_models", {"lifecycle_purchase_models": False})
    assert without_models != usual


def test_files_are_written_as_they_are_given(tmp_path: Path) -> None:
    """A file that was written otherwise than meant would prove nothing."""
    folder = lay_out(tmp_path, {"a/b.csv": "x\r\ny"})
    assert (folder / "a" / "b.csv").read_bytes() == b"x\r\ny"
