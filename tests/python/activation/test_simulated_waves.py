"""The planted waves of the simulated demo get the verdicts that they were planted for."""

import pyarrow.parquet as pq
import pytest
from dbt_project import Run

VERDICTS = {
    "W02": "works",
    "W03": "works",
    "W04": "hurts",
    "W05": "broken",
    "W06": "works",
    "W07": "leaked",
    "W08": "not_randomised",
    "W09": "too_small_to_tell",
    "W10": "works",
    "W11": "early_works",
}


@pytest.fixture(scope="module")
def conversions(simulated_run: Run) -> dict[str, dict]:
    rows = simulated_run.records("from campaign_lift where metric = 'conversion'")
    return {row["campaign_id"]: row for row in rows}


def test_each_wave_gets_its_verdict(conversions: dict[str, dict]) -> None:
    found = {campaign: row["verdict"] for campaign, row in conversions.items()}
    assert found.pop("W01") in ("no_sign", "unclear")
    assert found == VERDICTS


def test_the_truth_lies_in_the_intervals(simulated_run: Run, conversions: dict[str, dict]) -> None:
    truth = pq.read_table(simulated_run.warehouse.parent / "world.wave_truth.parquet").to_pylist()
    sound = [row for row in truth if row["campaign_id"] not in ("W05", "W08")]
    assert len(sound) == 9
    for row in sound:
        found = conversions[row["campaign_id"]]
        effect = row["treated_rate"] - row["control_rate"]
        assert found["lift_low"] <= effect <= found["lift_high"], row


def test_forecasts_are_right_of_those_who_were_left_alone(simulated_run: Run) -> None:
    """Without the letter they buy as the forecast said, with that of W10 more often."""
    observed, expected = simulated_run.rows(
        "select sum(buyers), sum(expected_buyers) from campaign_arms "
        "where is_control and campaign_id not in ('W07', 'W11')"
    )[0]
    assert observed / expected == pytest.approx(1, abs=0.06)
    (row,) = simulated_run.records("from campaign_ledger where campaign_id = 'W10'")
    assert row["observed_over_expected"] == pytest.approx(1.4, abs=0.15)


def test_the_ledger_names_what_attribution_claims_too_much(simulated_run: Run) -> None:
    ledger = {row["campaign_id"]: row for row in simulated_run.records("from campaign_ledger")}
    assert ledger["W01"]["attributed_amount"] > 9_000
    assert abs(ledger["W01"]["incremental_amount"]) < 4_000
    assert ledger["W02"]["incremental_buyers_low"] > 0 > ledger["W02"]["incremental_value"]
    bases = {wave: row["basis"] for wave, row in ledger.items() if row["basis"] != "measured"}
    assert bases == {"W05": "broken", "W07": "leaked", "W08": "model", "W11": "open"}
    assert ledger["W05"]["incremental_value"] is None
    assert ledger["W08"]["incremental_amount"] is None
