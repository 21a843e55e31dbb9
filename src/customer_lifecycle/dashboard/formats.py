"""Numbers, dates and names as people read them, and colours by what they mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Any

import yaml

NOTHING = "–"


def count(value: Any) -> str:  # noqa: ANN401
    """Write a whole number with thousands separators."""
    return f"{value:,.0f}"


def number(value: Any) -> str:  # noqa: ANN401
    """Write three significant digits, and never fewer than all of the whole part."""
    value = float(value)
    if value == 0:
        return "0"
    decimals = max(0, 2 - floor(log10(abs(value))))
    return f"{value:,.{min(decimals, 6)}f}"


def amount(value: Any) -> str:  # noqa: ANN401
    """Write money: three digits when small, whole units, then thousands (k) and millions (M)."""
    size = abs(value := float(value))
    for limit, unit in ((999.5e6, 1e9), (999.5e3, 1e6), (99_999.5, 1e3)):
        if size >= limit:
            return f"{number(value / unit)} {({1e9: 'bn', 1e6: 'M', 1e3: 'k'})[unit]}"
    return count(value) if size >= 99.95 else number(value)


def share(value: Any) -> str:  # noqa: ANN401
    """Write a share in per cent: one decimal near 0 and 100 %, else none."""
    percent = 100 * float(value)
    near_an_end = 0 < abs(percent) < 9.95 or 99.5 <= abs(percent) < 100
    return f"{percent:.1f} %" if near_an_end else f"{percent:.0f} %"


def p_value(value: Any) -> str:  # noqa: ANN401
    """Write a p-value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


FORMATS: dict[str, Callable[[Any], str]] = {
    "count": count,
    "number": number,
    "amount": amount,
    "share": share,
    "p_value": p_value,
    "month": lambda day: f"{day:%b %Y}",
    "date": lambda day: f"{day:%Y-%m-%d}",
    "yes": lambda value: "yes" if value else "no",
    "text": str,
    "name": str,  # a value of the marts' vocabulary: shown with its label
}


@dataclass(frozen=True)
class Palette:
    """Colours and labels by the meaning of values: `palette.yml`."""

    colours: dict[str, dict[str, str]]
    labels: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Palette":
        """Read it from a file."""
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(labels=text.pop("labels"), colours=text)

    def colour(self, meaning: str, value: Any) -> str:  # noqa: ANN401
        """Colour of a value; the plain one where its meaning has none."""
        return self.colours.get(meaning, {}).get(str(value), self.colours["plain"]["plain"])

    def label(self, value: Any) -> str:  # noqa: ANN401
        """Name of a value for people."""
        if value is None:
            return NOTHING
        if isinstance(value, date):
            return FORMATS["month"](value)
        return self.labels.get(str(value), str(value).replace("_", " "))

    def in_order(self, meaning: str, values: Iterable[Any]) -> list[Any]:
        """Distinct values in the palette's order, numbers by size, others as they come."""
        distinct = list(dict.fromkeys(values))
        known = list(self.colours.get(meaning, {}))
        if known:
            places = {value: place for place, value in enumerate(known)}
            return sorted(distinct, key=lambda value: places.get(str(value), len(known)))
        if all(isinstance(value, int | float | Decimal) for value in distinct):
            return sorted(distinct)
        return distinct

    def shown(self, value: Any, form: str) -> str:  # noqa: ANN401
        """HTML of a value: numbers carry their exact value along."""
        if value is None:
            return NOTHING
        if form == "name":
            return escape(self.label(value))
        text = escape(FORMATS[form](value))
        if isinstance(value, bool | str | date | datetime):
            return text
        exact = f"{value:.12g}" if isinstance(value, float) else str(value)
        return f'<data value="{exact}">{text}</data>'
