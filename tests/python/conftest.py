import fcntl
import os
import pickle
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from dbt_project import PROJECT, Run, run_dbt
from plain_python import AS_OF, AmountByDay, cdnow_purchases, learn_thresholds

from customer_lifecycle.shops import simulated_demo
from customer_lifecycle.shops.cdnow import load_demo

# Files that take longest. `make test` gives each file to one of two processes: these in this
# order, then those that build with dbt at all, then the others, so that neither process is left
# with a long file at the end.
LONGEST = (
    "test_odd_shops.py",
    "test_rooms.py",
    "test_simulated_demo.py",
    "test_history.py",
    "test_journey.py",
    "test_dashboard.py",
    "test_same_result.py",
    "test_layouts.py",
)

# Its assertions are to say by how much they fail, as those of a test do.
pytest.register_assert_rewrite("purchase_world")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and those without dbt last."""

    def place(item: pytest.Item) -> tuple[int, bool]:
        is_long = item.path.name in LONGEST
        uses_dbt = not {"Run", "run_dbt", "build_inputs", "call"}.isdisjoint(vars(item.module))
        return (LONGEST.index(item.path.name) if is_long else len(LONGEST)), not uses_dbt

    items.sort(key=place)


def built_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Run]
) -> Run:
    """Build a world for all processes of this session: the first one builds, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shared / f"{name}.pickle"
        if not kept.exists():
            folder = shared / name
            folder.mkdir()
            kept.write_bytes(pickle.dumps(build(folder)))
        run = pickle.loads(kept.read_bytes())
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="session")
def cdnow() -> SimpleNamespace:
    """The CDNOW 1/10 sample in weeks, calibrated to 1997-09-30, with 39 weeks of holdout."""
    package = find_spec("lifetimes")  # its data are wanted, and importing it needs old setuptools
    if package is None:
        pytest.fail("the CDNOW sample is missing: pip install --no-deps Lifetimes==0.11.3")
    path = Path(package.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    amounts = defaultdict(lambda: defaultdict(float))
    for line in path.read_text().splitlines():
        _, customer, day, _, amount = line.split()
        amounts[customer][datetime.strptime(day, "%Y%m%d").date()] += float(amount)

    end = datetime(1997, 9, 30).date()
    rows = []
    for by_day in amounts.values():
        days = sorted(day for day in by_day if day <= end)
        repeats = [by_day[day] for day in days[1:] if by_day[day] > 0]
        rows.append(
            (
                len(days) - 1,
                (days[-1] - days[0]).days / 7,
                (end - days[0]).days / 7,
                sum(day > end for day in by_day),
                len(repeats),
                sum(repeats) / max(len(repeats), 1),
            )
        )
    names = ("frequency", "recency", "age", "holdout", "spend_frequency", "mean_amount")
    return SimpleNamespace(
        **dict(zip(names, np.array(rows).T, strict=True)), weights=np.ones(len(rows), dtype=int)
    )


@pytest.fixture(scope="session")
def printed() -> Callable:
    """Compare with a printed number: equal when it rounds to the digits given."""

    def approximation(number: str) -> object:
        half_a_digit = 0.5 * 10.0 ** Decimal(number).as_tuple().exponent
        return pytest.approx(float(number), rel=0, abs=half_a_digit * (1 + 1e-9))

    return approximation


@pytest.fixture(scope="session")
def demo_files() -> dict[str, Path]:
    """The demo's input files by name of the data set, written if they are not there yet."""
    files = load_demo(PROJECT / "data" / "demo")
    return {path.parent.name: path for path in files}


@pytest.fixture(scope="session")
def cdnow_sample_file(demo_files: dict[str, Path]) -> Path:
    """Orders of the 1/10 sample."""
    return demo_files["cdnow_sample"]


@pytest.fixture(scope="session")
def published_run(tmp_path_factory: pytest.TempPathFactory, cdnow_sample_file: Path) -> Run:
    """The 1/10 sample through dbt, as of the day and in the way that the papers calibrate to."""
    lifecycle_vars = {
        "lifecycle_input_dir": str(cdnow_sample_file.parent),
        "lifecycle_as_of_date": "1997-09-30",
        "lifecycle_purchase_model": "bg_nbd",
        "lifecycle_correct_forecasts": False,
        "lifecycle_first_amount": "leave_out",
    }
    return built_once(tmp_path_factory, "published", lambda folder: run_dbt(folder, lifecycle_vars))


@pytest.fixture(scope="session")
def cdnow_run(tmp_path_factory: pytest.TempPathFactory, demo_files: dict[str, Path]) -> Run:
    """The whole log through dbt, with the waves on record as in the demo."""
    lifecycle_vars = {
        "lifecycle_input_dir": str(demo_files["cdnow"].parent),
        "lifecycle_wake_up_wave": "period",
    }
    return built_once(tmp_path_factory, "cdnow", lambda folder: run_dbt(folder, lifecycle_vars))


@pytest.fixture(scope="session")
def simulated_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The simulated world, which has every input, through dbt with all its tests."""

    def build(folder: Path) -> Run:
        simulated_demo.write_world(folder / "world")
        lifecycle_vars = simulated_demo.dbt_vars(folder / "world")
        return run_dbt(folder, lifecycle_vars, leave_out=(), with_unit_tests=True)

    return built_once(tmp_path_factory, "simulated", build)


@pytest.fixture(scope="session")
def cdnow_days() -> dict[str, AmountByDay]:
    """Purchase days of the whole log with their amounts, read without the project."""
    return cdnow_purchases()


@pytest.fixture(scope="session")
def cdnow_thresholds(cdnow_days: dict[str, AmountByDay]) -> dict[str, int]:
    """The days after which CDNOW's customers count as at risk, dormant, churned."""
    return learn_thresholds(cdnow_days, AS_OF)
