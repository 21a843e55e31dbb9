"""What macros/purchase_models/fits.sql says of the Python models is what they and the graph say."""

import re

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt_project import PROJECT, parse

# With all that a Python model needs.
VARS = {
    "lifecycle_model_segment": "first_purchase_quarter",
    "lifecycle_inputs": ["orders", "campaigns", "campaign_members"],
}
READS = re.compile(r"lifecycle_reads_round_(\d)_(\w+)")
FILES = {path.stem: path for path in (PROJECT / "python_models").rglob("*.py")}
SETTINGS = "int_lifecycle__fit_settings"


@pytest.fixture(scope="module")
def by_dbt(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return parse(tmp_path_factory.mktemp("by_dbt"), VARS)


@pytest.fixture(scope="module")
def by_command(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return parse(tmp_path_factory.mktemp("by_command"), {**VARS, "lifecycle_fits": "command"})


def read_of_round(manifest: Manifest) -> dict[str, int]:
    found = (READS.fullmatch(tag) for node in manifest.nodes.values() for tag in node.tags)
    return {match[2]: int(match[1]) for match in found if match}


def test_each_python_model_has_the_round_that_the_graph_gives(
    by_dbt: Manifest, by_command: Manifest
) -> None:
    rounds: dict[str, int] = {}

    def round_of(name: str) -> int:
        if name not in rounds:
            node = by_dbt.nodes[name]
            before = [n for n in node.depends_on_nodes if n in by_dbt.nodes]
            rounds[name] = max(map(round_of, before), default=0) + (node.language == "python")
        return rounds[name]

    models = [n for n in by_dbt.nodes.values() if n.resource_type == "model"]
    expected = {n.name: round_of(n.unique_id) for n in models if n.language == "python"}
    assert expected.keys() == FILES.keys()
    assert read_of_round(by_command) == expected


def test_whoever_reads_its_rows_waits_for_what_a_python_model_reads(by_command: Manifest) -> None:
    for node in by_command.nodes.values():
        for tag in node.tags:
            if match := READS.fullmatch(tag):
                text = FILES[match[2]].read_text(encoding="utf-8")
                reads = {*re.findall(r'dbt\.ref\("(\w+)"\)', text), SETTINGS}
                assert reads <= {name.split(".")[-1] for name in node.depends_on_nodes}, node.name


def test_no_python_model_is_in_the_graph_of_the_command(by_command: Manifest) -> None:
    assert not [n for n in by_command.nodes.values() if getattr(n, "language", "") == "python"]
