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

NOTHING = "\N{EN DASH}"


def count(value: Any) -> str:  # noqa: ANN401
    """Write a whole number with thousands separators."""
    return _signed(f"{value:,.0f}")


def number(value: Any) -> str:  # noqa: ANN401
    """Write three significant digits, and never fewer than all of the whole part."""
    value = float(value)
    size = floor(log10(abs(float(f"{value:.3g}")))) if value else 2  # 0.9996 is written 1.00
    return _signed(f"{value:,.{max(0, 3 if size in (-1, -2, -3) else 2 - size)}f}")


def amount(value: Any) -> str:  # noqa: ANN401
    """Write money: three digits when small, whole units, then thousands (k), millions (M)."""
    size = abs(value := float(value))
    for least, unit, letter in ((999.5e6, 1e9, "bn"), (999.5e3, 1e6, "M"), (9999.5, 1e3, "k")):
        if size >= least:
            return f"{number(value / unit)} {letter}"
    return count(value) if size >= 99.95 else number(value)


def share(value: Any) -> str:  # noqa: ANN401
    """Write a share in per cent: one decimal near 0 and 100 %, else none."""
    percent = 100 * float(value)
    if 0 < percent < 0.05:
        return "< 0.1 %"
    near_an_end = 0 < abs(percent) < 9.95 or 99.5 <= abs(percent) < 99.95
    return _signed(f"{percent:.1f} %" if near_an_end else f"{percent:.0f} %")


def p_value(value: Any) -> str:  # noqa: ANN401
    """Write a p-value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def on_axis(value: float, form: str) -> str:
    """Write a tick: round numbers need no zeros behind the point."""
    digits, space, unit = FORMATS[form](value).partition(" ")
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + space + unit


def _signed(digits: str) -> str:
    return digits.replace("-", "\N{MINUS SIGN}")


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

    meanings: dict[str, dict[str, str | list[str]]]
    """A colour, or a colour and a label, by meaning and value."""
    labels: dict[str, str]
    """Labels of values whatever their meaning."""

    @classmethod
    def read(cls, path: Path) -> "Palette":
        """Read it from a file."""
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(labels=text.pop("labels"), meanings=text)

    def colour(self, meaning: str, value: Any) -> str:  # noqa: ANN401
        """Colour of a value; the plain one where its meaning has none."""
        found = self.meanings.get(meaning, {}).get(str(value), self.meanings["plain"]["plain"])
        return found if isinstance(found, str) else found[0]

    def label(self, value: Any, meaning: str = "") -> str:  # noqa: ANN401
        """Name of a value for people."""
        if value is None:
            return NOTHING
        if isinstance(value, date):
            return FORMATS["month"](value)
        found = self.meanings.get(meaning, {}).get(str(value))
        if isinstance(found, list):
            return found[1]
        return self.labels.get(str(value), str(value).replace("_", " "))

    def in_order(self, meaning: str, values: Iterable[Any]) -> list[Any]:
        """Distinct values in the palette's order, numbers by size, others as they come."""
        distinct = list(dict.fromkeys(values))
        known = list(self.meanings.get(meaning, {}))
        if known:
            places = {value: place for place, value in enumerate(known)}
            return sorted(distinct, key=lambda value: places.get(str(value), len(known)))
        if all(isinstance(value, int | float | Decimal) for value in distinct):
            return sorted(distinct)
        return distinct

    def shown(self, value: Any, form: str, meaning: str = "") -> str:  # noqa: ANN401
        """HTML of a value: numbers carry their exact value along."""
        if value is None:
            return NOTHING
        if form == "name":
            return escape(self.label(value, meaning))
        text = escape(FORMATS[form](value))
        if isinstance(value, bool | str | date | datetime):
            return text
        exact = f"{value:.12g}" if isinstance(value, float) else str(value)
        return f'<data value="{exact}">{text}</data>'
