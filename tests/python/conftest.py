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

# Its assertions are to say by how much they fail, as those of a test do.
pytest.register_assert_rewrite("purchase_world")


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
    """The 1/10 sample through dbt, as of the day that the papers calibrate to."""
    run = run_dbt(
        tmp_path_factory.mktemp("published"),
        {
            "lifecycle_input_dir": str(cdnow_sample_file.parent),
            "lifecycle_as_of_date": "1997-09-30",
            "lifecycle_purchase_model": "bg_nbd",
        },
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="session")
def cdnow_run(tmp_path_factory: pytest.TempPathFactory, demo_files: dict[str, Path]) -> Run:
    """The whole log through dbt."""
    run = run_dbt(
        tmp_path_factory.mktemp("cdnow"), {"lifecycle_input_dir": str(demo_files["cdnow"].parent)}
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="session")
def simulated_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The simulated world, which has every input, through dbt with all its tests."""
    folder = tmp_path_factory.mktemp("simulated")
    simulated_demo.write_world(folder / "world")
    run = run_dbt(
        folder, simulated_demo.dbt_vars(folder / "world"), leave_out=(), with_unit_tests=True
    )
    assert run.succeeded, run.text
    return run


@pytest.fixture(scope="session")
def cdnow_days() -> dict[str, AmountByDay]:
    """Purchase days of the whole log with their amounts, read without the project."""
    return cdnow_purchases()


@pytest.fixture(scope="session")
def cdnow_thresholds(cdnow_days: dict[str, AmountByDay]) -> dict[str, int]:
    """The days after which CDNOW's customers count as at risk, dormant, churned."""
    return learn_thresholds(cdnow_days, AS_OF)
