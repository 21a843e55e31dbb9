"""The calls of dbt that the command divides a build into hold each node once."""

from pathlib import Path

import pytest

from customer_lifecycle.fit.command import ROUNDS, main, selected_models, selections
from customer_lifecycle.fit.rounds import Manifest


def test_without_a_selection() -> None:
    calls = selections([], [])
    assert len(calls) == ROUNDS + 1
    assert calls[0] == [
        "--exclude",
        "tag:lifecycle_after_round_1+",
        "tag:lifecycle_after_round_2+",
        "tag:lifecycle_after_round_3+",
        "tag:lifecycle_after_round_4+",
    ]
    assert calls[3] == [
        "--select",
        "tag:lifecycle_after_round_3+",
        "--exclude",
        "tag:lifecycle_after_round_4+",
    ]
    assert calls[4] == ["--select", "tag:lifecycle_after_round_4+"]


def test_with_a_selection_each_part_of_it_is_divided() -> None:
    calls = selections(["customer_360+", "tag:mine,path:models"], ["old"])
    assert calls[0][:3] == ["--select", "customer_360+", "tag:mine,path:models"]
    assert calls[4] == [
        "--select",
        "customer_360+,tag:lifecycle_after_round_4+",
        "tag:mine,path:models,tag:lifecycle_after_round_4+",
        "--exclude",
        "old",
    ]


def test_fits_that_only_others_read_are_not_run(tmp_path: Path) -> None:
    dbt = tmp_path / "dbt"
    dbt.write_text('#!/bin/sh\necho "$@" > "$0.called"\necho forecasts\necho orders\n')
    dbt.chmod(0o755)
    selected = selected_models(str(dbt), ["forecasts+"], ["old"], ["--vars", "{a: b}"])
    assert selected == {"forecasts", "orders"}
    called = (tmp_path / "dbt.called").read_text()
    assert called.startswith("--quiet ls --resource-type model --output name ")
    assert called.endswith(" --select forecasts+ --exclude old --vars {a: b}\n")
    assert selected_models("no dbt is called", [], []) is None
    nodes = {
        "forecasts": {"tags": ["lifecycle_reads_round_1_model_fits", "mine"]},
        "certificates": {"tags": ["lifecycle_reads_round_1_certificate_fits"]},
        "later": {"tags": ["lifecycle_reads_round_2_later_fits"]},
    }
    manifest = Manifest(nodes, is_guest=False)
    assert manifest.models(1) == ["certificate_fits", "model_fits"]
    assert manifest.models(1, selected) == ["model_fits"]
    assert manifest.models(2, selected) == []


def test_what_the_files_lack_is_told(tmp_path, capsys) -> None:  # noqa: ANN001
    (tmp_path / "dbt_project.yml").write_text("profile: shop\n")
    places = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    assert main(["round", "1", *places]) == 2
    assert "there is no profiles.yml in" in capsys.readouterr().err
    (tmp_path / "profiles.yml").write_text(
        "shop:\n  target: \"{{ env_var('SHOP_TARGET', 'lake') }}\"\n"
        "  outputs:\n    lake: {type: snowflake}\n"
    )
    assert main(["round", "1", *places, "--target", "sea"]) == 2
    assert "write --target with one of: lake" in capsys.readouterr().err
    assert main(["round", "1", *places]) == 2
    assert (
        "the fits cannot reach snowflake, only duckdb, postgres, spark" in capsys.readouterr().err
    )


@pytest.mark.parametrize("number", ["0", "5"])
def test_there_are_no_other_rounds(number: str) -> None:
    with pytest.raises(SystemExit):
        main(["round", number])
