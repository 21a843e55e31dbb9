"""The vars of a call of dbt, put together from a file and what is added."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from dbt_vars import as_text, merged_vars

OWN = "lifecycle_input_files: {orders: /data/ordérs.csv}\nlifecycle_as_of_date: 2024-06-30\n"


def given(folder: Path, text: str) -> Path:
    file = folder / "own.vars.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("text", [OWN, "vars:\n  " + OWN.replace("\n", "\n  ")])
def test_what_the_file_says_arrives_as_one_line(tmp_path: Path, text: str) -> None:
    line = as_text(merged_vars(given(tmp_path, text), all_rooms=False))
    assert "\n" not in line
    assert yaml.safe_load(line) == {
        "lifecycle_input_files": {"orders": "/data/ordérs.csv"},
        "lifecycle_as_of_date": date(2024, 6, 30),
    }


def test_all_rooms_are_added_unless_the_file_says_which(tmp_path: Path) -> None:
    assert merged_vars(None, all_rooms=True) == {"lifecycle_rooms": "all"}
    assert merged_vars(given(tmp_path, OWN), all_rooms=True)["lifecycle_rooms"] == "all"
    own_rooms = given(tmp_path, OWN + "lifecycle_rooms: [value]")
    assert merged_vars(own_rooms, all_rooms=True)["lifecycle_rooms"] == ["value"]
    assert "lifecycle_rooms" not in merged_vars(given(tmp_path, OWN), all_rooms=False)
    assert merged_vars(None, all_rooms=False) == {}


@pytest.mark.parametrize("text", ["", "vars:", "order_id,customer_id", "a: [", "- a"])
def test_a_file_without_vars_is_no_vars(tmp_path: Path, text: str) -> None:
    with pytest.raises(SystemExit, match=r"own\.vars\.yml"):
        merged_vars(given(tmp_path, text), all_rooms=True)
