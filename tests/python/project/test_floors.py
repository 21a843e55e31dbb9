"""The package has floors: a room knows those below it, never one beside or above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_project import PROJECT

PACKAGE = "customer_lifecycle"
SOURCE = PROJECT / "src" / PACKAGE

# From the bottom. Rooms of one floor do not know each other.
FLOORS = (
    ("shops", "statistics"),
    ("purchase_models",),
    ("markov", "forecasts"),
    ("certificates",),
)
# These read what dbt has built, and know nothing of how it came about.
READERS = ("dashboard", "fit", "summary")
# Statistics see arrays and Arrow tables.
NOT_IN_STATISTICS = {"duckdb", "dbt", "pandas"}

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules (or what is in them) that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    names = [name.split(".") for name in imported(path)]
    return {name[1] for name in names if name[0] == PACKAGE}


MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if path != SOURCE / "__init__.py"]
by_path = pytest.mark.parametrize(
    "path", MODULES, ids=[str(path.relative_to(SOURCE)) for path in MODULES]
)


def test_every_room_has_its_floor() -> None:
    assert {room_of(path) for path in MODULES} == {*FLOOR_OF, *READERS}


@by_path
def test_imports_go_down(path: Path) -> None:
    room = room_of(path)
    below = {other for other, floor in FLOOR_OF.items() if floor < FLOOR_OF.get(room, 0)}
    assert rooms_imported(path) <= {room, *below}


@by_path
def test_statistics_see_no_warehouse(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)}
    assert room_of(path) in READERS or not tops & NOT_IN_STATISTICS


def test_python_models_are_on_top() -> None:
    models = sorted((PROJECT / "python_models").rglob("*.py"))
    assert models
    for path in models:
        assert rooms_imported(path) <= set(FLOOR_OF) - {"shops"}, path
