"""Rooms are switched and not patched: in a guest's project whatever is left out is not there."""

from pathlib import Path

import pytest
from dbt_project import CAUTIONS
from guest import RECEIPT_COLUMNS, RECEIPTS, Outcome, call, lay_out_guest, rows, start_anew

# As macros/vars/rooms.sql has it.
CORE = {"orders", "silence", "customers", "monitoring"}
NEEDS = {
    "segments": set(),
    "lifecycle": set(),
    "purchase_models": set(),
    "value": {"purchase_models"},
    "activation": set(),
    "history": {"segments", "lifecycle"},
    "kpis": {"history"},
    "markov": {"history", "purchase_models", "value"},
    "certificates": set(),
}
DEFAULT = ["segments", "lifecycle", "purchase_models", "value", "activation"]
# There with any choice of rooms.
ALWAYS = {
    "customer_360", "customer_value", "wake_up_list", "int_lifecycle__contact_candidates",
    "int_lifecycle__contact_list",
}  # fmt: skip


# None is the default. Whatever a room reads of another one that it does not need is missing in one
# of them.
CHOICES = (
    [],
    None,
    ["segments"],
    ["purchase_models", "value"],
    ["lifecycle", "activation"],
    ["purchase_models", "activation", "certificates"],
    ["segments", "lifecycle", "history", "kpis"],
    ["segments", "lifecycle", "history", "kpis", "certificates"],
    ["segments", "lifecycle", "purchase_models", "value", "history", "markov"],
)


def room_of(node: object) -> str:
    """Room of a model or seed, by its folder."""
    layer, *folders = Path(node.original_file_path).parts
    return folders[0] if layer in ("seeds", "python_models") else folders[1]


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out_guest(tmp_path_factory.mktemp("guest"))


def test_each_room_is_built_without_each_that_it_does_not_need() -> None:
    choices = [set(DEFAULT if choice is None else choice) for choice in CHOICES]
    for choice in choices:
        assert all(NEEDS[room] <= choice for room in choice)
    for room in NEEDS:
        behind = {room, *NEEDS[room], *(far for near in NEEDS[room] for far in NEEDS[near])}
        for other in NEEDS.keys() - behind:
            assert any(room in choice and other not in choice for choice in choices), (room, other)


@pytest.fixture(params=CHOICES, ids=lambda p: str(p))
def built(request: pytest.FixtureRequest, guest: Path) -> tuple[list[str], Outcome]:
    start_anew(guest)
    chosen = DEFAULT if request.param is None else request.param
    return chosen, call(guest, "build", rooms=request.param)


def test_any_choice_builds_and_holds_what_was_chosen(
    built: tuple[list[str], Outcome], guest: Path
) -> None:
    chosen, outcome = built
    assert outcome.succeeded, outcome.text
    assert outcome.troubles.keys() <= CAUTIONS

    resources = [n for n in outcome.nodes.values() if n.resource_type in ("model", "seed")]
    rooms_by_name = {node.name: room_of(node) for node in resources}
    left_out = set(NEEDS) - set(chosen)
    assert {name for name, room in rooms_by_name.items() if room in left_out} <= ALWAYS
    assert set(rooms_by_name.values()) >= CORE | set(chosen)
    assert rooms_by_name.keys() >= ALWAYS

    # Everybody is in the view and what the orders alone say is there; what is off is null, with a
    # reason where somebody would miss it.
    customers, ours, staged, stages, values = rows(
        guest,
        """
        select
            count(*),
            count(orders) filter (where orders > 0),
            (select count(distinct customer_id) from main_lifecycle_internal.stg_lifecycle__orders),
            count(lifecycle_stage),
            count(clv_365d) + count(value_withheld_reason)
        from main_lifecycle.customer_360
        """,
    )[0]
    assert customers == staged == values
    assert ours > 0
    assert stages == (customers if "lifecycle" in chosen else 0)
    assert rows(guest, "select count(*) > 0 from main_lifecycle.wake_up_list") == [(True,)]


def test_the_guests_own_model_of_the_same_name_is_left_alone(guest: Path) -> None:
    start_anew(guest)
    outcome = call(guest, "build", rooms=[])
    assert outcome.succeeded, outcome.text
    assert rows(guest, "from main.customer_360") == [("of the guest",)]


@pytest.mark.parametrize(
    ("rooms", "message"),
    [
        (
            ["kpis"],
            "lifecycle_rooms has kpis, which needs history, segments, lifecycle; write "
            "lifecycle_rooms: [kpis, history, segments, lifecycle], or leave kpis out.",
        ),
        (["silence", "stores"], 'lifecycle_rooms has "stores", which is no room; write some of: '),
        ("markov", 'lifecycle_rooms is "markov"; write a list of some of: '),
        ({"markov": True}, 'lifecycle_rooms is {"markov": true}; write a list of some of: '),
    ],
)
def test_a_list_that_cannot_be_says_what_to_write(
    guest: Path, rooms: list[str] | str, message: str
) -> None:
    outcome = call(guest, "parse", rooms=rooms)
    assert not outcome.succeeded
    assert message in outcome.text


@pytest.mark.parametrize("room", [*sorted(CORE), *NEEDS])
def test_a_room_is_selected_by_its_tag_in_a_fresh_warehouse(guest: Path, room: str) -> None:
    """With its parents; tests that also look at models which are not built say nothing."""
    start_anew(guest)
    outcome = call(guest, "build", "--select", f"+tag:lifecycle_{room}", rooms="all")
    assert outcome.succeeded, outcome.text
    assert outcome.troubles.keys() <= CAUTIONS
    models = [node for node in outcome.nodes.values() if node.resource_type == "model"]
    assert room in {room_of(node) for node in models}


def test_there_is_a_graph_before_there_are_rows(guest: Path) -> None:
    start_anew(guest)
    outcome = call(guest, "build", "--empty", rooms="all")
    assert outcome.succeeded, outcome.text


def test_nothing_of_a_source_is_asked_of_a_guest_who_has_none(guest: Path) -> None:
    outcome = call(guest, "source", "freshness")
    assert outcome.succeeded, outcome.text


def test_an_input_that_a_var_says_where_to_find_is_on(tmp_path: Path) -> None:
    """And reaches the customer view, though lifecycle_inputs does not name it."""
    guest = lay_out_guest(
        tmp_path,
        {
            "lifecycle_input_models": {"orders": "stg_orders", "customers": "stg_members"},
            "lifecycle_columns": {"orders": RECEIPT_COLUMNS},
        },
    )
    (guest / "models" / "stg_members.sql").write_text(
        "select distinct member as customer_id, date '2020-01-31' as registered_at, "
        "'north' as region, 'open' as status, date '1970-12-31' as birth_date, "
        f"true as marketing_consent from read_csv('{RECEIPTS}')"
    )
    outcome = call(guest, "build", rooms=[])
    assert outcome.succeeded, outcome.text
    assert rows(
        guest,
        "select distinct region, status, birth_year, marketing_consent, registered_on::varchar "
        "from main_lifecycle.customer_360",
    ) == [("north", "open", 1970, True, "2020-01-31")]
    assert rows(guest, "select input from main_lifecycle.input_quality order by input") == [
        *(("customers",), ("orders",)),
    ]
