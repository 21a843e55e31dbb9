"""The runs that share one parse would be parsed the same each by itself."""

from pathlib import Path
from typing import Any

from dbt_project import COMPILE_TIME_VARS, lay_out, parse


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
        "lifecycle_amount_factor": {"orders": 0.01},
        "lifecycle_as_of_date": "2011-06-30",
        "lifecycle_columns": {"orders": {"amount": "total"}},
        "lifecycle_csv_delimiter": "^",
        "lifecycle_datetime_format": "%d.%m.%Y",
        "lifecycle_decimal_mark": ",",
        "lifecycle_excluded_statuses": ["cancelled"],
        "lifecycle_gross_margin": 0.4,
        "lifecycle_guest_ids": ["0"],
        "lifecycle_history_periods": 3,
        "lifecycle_holdout_start": "2011-05-01",
        "lifecycle_input_dir": str(tmp_path),
        "lifecycle_late_arrival_days": 7,
        "lifecycle_latest_valid_date": "2011-12-31",
        "lifecycle_purchase_model": "nbd",
        "lifecycle_repeated_orders": "reject",
        "lifecycle_threshold_rule": "quantile",
        "lifecycle_timezone": "Asia/Shanghai",
    }
    assert unusual.keys() == COMPILE_TIME_VARS
    usual = parsed(tmp_path / "usual", {})
    assert parsed(tmp_path / "unusual", unusual) == usual
    # What a parse does look at is seen by this comparison.
    without_models = parsed(tmp_path / "without_models", {"lifecycle_purchase_models": False})
    assert without_models != usual


def test_files_are_written_as_they_are_given(tmp_path: Path) -> None:
    """A file that was written otherwise than meant would prove nothing."""
    folder = lay_out(tmp_path, {"a/b.csv": "x\r\ny"})
    assert (folder / "a" / "b.csv").read_bytes() == b"x\r\ny"
