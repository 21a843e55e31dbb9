from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest


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
