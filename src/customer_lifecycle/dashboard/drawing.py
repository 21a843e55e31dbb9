"""One function per kind of chart: rows in, HTML out.

Lengths are shares of the box they stand in, so that a chart fits any width; text is HTML beside the
SVG, which therefore may be stretched.
"""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from math import ceil, floor, log10
from typing import Any

from customer_lifecycle.dashboard.boards import Answer, Chart, Row
from customer_lifecycle.dashboard.formats import FORMATS, NOTHING, Palette, on_axis

NUMERIC = ("count", "number", "amount", "share", "p_value")
MOST_X_LABELS = 6
MOST_POINTS_WITH_TOOLTIP = 130


def bars(chart: Chart, rows: list[Row], palette: Palette, _marks: Answer) -> str:
    """Draw horizontal bars from zero, one group per category, one bar per series in it."""
    low, high = _span([row[chart.value] for row in rows], zero=True)
    zero = _share(0, low, high)
    body = []
    for label, group in _groups(rows, chart.label):
        for place, row in enumerate(group):
            value = row[chart.value]
            name = palette.label(label, chart.colours) if place == 0 else ""
            key = row[chart.series] if chart.series else label
            bar = ""
            if value is not None:
                end = _share(value, low, high)
                bar = (
                    f'<i style="left:{min(zero, end):.2f}%;width:{abs(end - zero):.2f}%;'
                    f'background:{palette.colour(chart.colours, key)}"></i>'
                )
            body.append(
                f'<div class="label">{escape(name)}</div><div class="track">'
                f'<b style="left:{zero:.2f}%"></b>{bar}</div>'
                f'<div class="value">{palette.shown(value, chart.format)}</div>'
            )
    legend = _legend(chart, rows, palette) if chart.series else ""
    return f'{legend}<div class="bars">{"".join(body)}</div>{_axis_title(chart.axis)}'


def dots(chart: Chart, rows: list[Row], palette: Palette, _marks: Answer) -> str:
    """Draw a dot per category with its interval."""
    names = (chart.value, chart.low, chart.high)
    low, high = _span([row[name] for row in rows for name in names if name])
    ticks = _ticks(low, high)
    body = []
    for row in rows:
        value = row[chart.value]
        colour = palette.colour(chart.colours, row[chart.label])
        drawn = ""
        if value is not None:
            interval = ""
            if chart.low and row[chart.low] is not None:
                start, end = (_share(row[name], low, high) for name in (chart.low, chart.high))
                place = f"left:{start:.2f}%;width:{end - start:.2f}%"
                drawn = f'<u style="{place};background:{colour}"></u>'
                ends = [palette.shown(row[name], chart.format) for name in (chart.low, chart.high)]
                interval = f" <small>{ends[0]} to {ends[1]}</small>"
            drawn += f'<s style="left:{_share(value, low, high):.2f}%;background:{colour}"></s>'
            shown = palette.shown(value, chart.format) + interval
        else:
            shown = NOTHING
        body.append(
            f'<div class="label">{escape(palette.label(row[chart.label], chart.colours))}</div>'
            f'<div class="track">{drawn}</div><div class="value">{shown}</div>'
        )
    scale = "".join(
        f'<span style="left:{_share(tick, low, high):.2f}%">{on_axis(tick, chart.format)}</span>'
        for tick in ticks
    )
    body.append(f'<div class="label"></div><div class="scale">{scale}</div><div></div>')
    return f'<div class="bars dots">{"".join(body)}</div>{_axis_title(chart.axis)}'


def columns(chart: Chart, rows: list[Row], palette: Palette, _marks: Answer) -> str:
    """Draw stacked columns along time; what is negative is stacked downwards."""
    slots = _groups(rows, chart.x)
    rows = [row for row in rows if row[chart.value]] or rows  # no legend for what never occurs
    order = _series(chart, rows, palette)
    totals = [
        sum(float(row[chart.value] or 0) for row in group if ((row[chart.value] or 0) < 0) == below)
        for _, group in slots
        for below in (False, True)
    ]
    low, high, ticks = _scale(totals)
    shapes = []
    for place, (x, group) in enumerate(slots):
        left, width = 1000 * (place + 0.12) / len(slots), 760 / len(slots)
        tops = {False: 0.0, True: 0.0}
        seen = [row for row in group if _key(chart, row) in order]
        for row in sorted(seen, key=lambda row: order.index(_key(chart, row))):
            value = float(row[chart.value] or 0)
            start, end = tops[value < 0], tops[value < 0] + value
            tops[value < 0] = end
            upper, lower = (
                1000 - 10 * _share(y, low, high) for y in (max(start, end), min(start, end))
            )
            key = _key(chart, row)
            name = palette.label(key, chart.colours)
            hint = f"{palette.label(x)}, {name}: {FORMATS[chart.format](value)}"
            shapes.append(
                f'<rect x="{left:.1f}" y="{upper:.1f}" '
                f'width="{width:.1f}" height="{lower - upper:.1f}" '
                f'fill="{palette.colour(chart.colours, key)}"><title>{escape(hint)}</title></rect>'
            )
    labels = [((place + 0.5) / len(slots), palette.label(x)) for place, (x, _) in enumerate(slots)]
    return _plot(chart, rows, palette, shapes, (low, high, ticks), _thinned(labels))


def lines(chart: Chart, rows: list[Row], palette: Palette, marks: Answer) -> str:
    """Draw lines, bands where there are intervals and vertical lines where there are marks."""
    order = _series(chart, rows, palette)
    names = [name for name in (chart.value, chart.low, chart.high) if name]
    low, high, ticks = _scale(
        [float(row[name]) for row in rows for name in names if row[name] is not None]
    )
    xs = sorted({row[chart.x] for row in rows})
    left, right = _position(xs[0]), _position(xs[-1])

    def across(x: Any) -> float:  # noqa: ANN401
        return 50.0 if right == left else 100 * (_position(x) - left) / (right - left)

    def point(row: Row, name: str) -> str:
        return f"{10 * across(row[chart.x]):.1f},{1000 - 10 * _share(row[name], low, high):.1f}"

    bands, curves = [], []
    for key in order:
        own = sorted(
            (row for row in rows if _key(chart, row) == key and row[chart.value] is not None),
            key=lambda row: row[chart.x],
        )
        colour = palette.colour(chart.colours, key)
        if chart.low:
            around = [row for row in own if row[chart.low] is not None]
            outline = [point(row, chart.high) for row in around]
            outline += [point(row, chart.low) for row in reversed(around)]
            bands.append(f'<polygon points="{" ".join(outline)}" fill="{colour}" opacity=".18"/>')
        points = [point(row, chart.value) for row in own]
        # A single point is drawn as one: the round ends of a line of no length.
        points += points if len(points) == 1 else []
        curves.append(f'<polyline points="{" ".join(points)}" stroke="{colour}"/>')
    drawn, mark_labels = [], []
    for row in marks.rows:
        if row["x"] is not None and left <= _position(row["x"]) <= right:
            place = across(row["x"])
            drawn.append(
                f'<line x1="{10 * place:.1f}" x2="{10 * place:.1f}" y1="0" y2="1000" class="mark"/>'
            )
            mark_labels.append((place, str(row["label"])))
    hints = []
    if len(xs) <= MOST_POINTS_WITH_TOOLTIP:
        for x, group in _groups(sorted(rows, key=lambda row: row[chart.x]), chart.x):
            text = [
                f"{palette.label(_key(chart, row), chart.colours)} "
                f"{FORMATS[chart.format](row[chart.value])}"
                for row in group
                if row[chart.value] is not None
            ]
            hint = f"{_x_text(x)}: " + "; ".join(text)
            middle = 10 * across(x)
            hints.append(
                f'<rect x="{middle - 500 / len(xs):.1f}" y="0" '
                f'width="{1000 / len(xs):.1f}" height="1000" '
                f'fill="transparent"><title>{escape(hint)}</title></rect>'
            )
    if isinstance(xs[0], date):
        labels = _thinned([(across(x) / 100, palette.label(x)) for x in xs])
    else:
        ticks_along = _ticks(left, right) if right > left else [left]
        labels = [(across(tick) / 100, f"{tick:,.0f}") for tick in ticks_along]
    shapes = bands + drawn + curves + hints
    return _plot(chart, rows, palette, shapes, (low, high, ticks), labels, mark_labels)


def heatmap(chart: Chart, rows: list[Row], palette: Palette, _marks: Answer) -> str:
    """Shade cells the darker, the larger their value; hatch what is not known."""
    across = palette.in_order(chart.colours, [row[chart.x] for row in rows])
    down = palette.in_order(chart.colours, [row[chart.label] for row in rows])
    cells = {(row[chart.label], row[chart.x]): row[chart.value] for row in rows}
    largest = max(float(value) for value in cells.values() if value is not None) or 1.0
    head = "".join(
        f'<th scope="col">{escape(palette.label(x, chart.colours))}</th>' for x in across
    )
    body = []
    for label in down:
        drawn = []
        for x in across:
            value = cells.get((label, x))
            if value is None:  # hatched when it is not known, blank when there is nobody
                drawn.append('<td class="none"></td>' if (label, x) in cells else "<td></td>")
                continue
            colour, ink = _shade(float(value) / largest)
            shown = palette.shown(value, chart.format)
            drawn.append(f'<td style="background:{colour};color:{ink}">{shown}</td>')
        name = escape(palette.label(label, chart.colours))
        body.append(f'<tr><th scope="row">{name}</th>{"".join(drawn)}</tr>')
    return (
        f'<p class="axis up">{escape(chart.x_axis)} →</p><div class="scroll" tabindex="0">'
        f'<table class="heat" style="--columns:{len(across)}">'
        f'<thead><tr><th class="corner">{escape(chart.axis)} ↓</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def table(chart: Chart, rows: list[Row], palette: Palette, _marks: Answer) -> str:
    """Show the rows as they are."""
    return rows_as_table(chart, rows, palette, "rows stack")


def rows_as_table(chart: Chart, rows: list[Row], palette: Palette, style: str = "rows") -> str:
    """Lay out all rows of a chart with the formats of their columns."""
    formats = {name: _format_of(chart, name, rows) for name in rows[0]}
    numeric = {name for name, form in formats.items() if form in NUMERIC}
    titles = {name: escape(name.replace("_", " ")) for name in formats}
    head = "".join(
        f'<th scope="col"{_right(name in numeric)}>{title}</th>' for name, title in titles.items()
    )
    body = []
    for row in rows:
        cells = [
            f'<td{_right(name in numeric)} data-label="{titles[name]}">'
            f"{palette.shown(row[name], form, chart.colours)}</td>"
            for name, form in formats.items()
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="scroll" tabindex="0"><table class="{style}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


DRAW: dict[str, Callable[[Chart, list[Row], Palette, Answer], str]] = {
    "bars": bars,
    "dots": dots,
    "columns": columns,
    "lines": lines,
    "heatmap": heatmap,
    "table": table,
}


def _plot(
    chart: Chart,
    rows: list[Row],
    palette: Palette,
    shapes: Sequence[str],
    scale: tuple[float, float, list[float]],
    x_labels: list[tuple[float, str]],
    mark_labels: Sequence[tuple[float, str]] = (),
) -> str:
    """Put a frame with axes around shapes that are drawn in a square of 1000."""
    low, high, ticks = scale
    grid = "".join(
        f'<line x1="0" x2="1000" y1="{y:.1f}" y2="{y:.1f}" '
        f'class="{"zero" if tick == 0 else "grid"}"/>'
        for tick in ticks
        for y in [1000 - 10 * _share(tick, low, high)]
    )
    y_axis = "".join(
        f'<span style="bottom:{_share(tick, low, high):.2f}%">{on_axis(tick, chart.format)}</span>'
        for tick in ticks
    )
    x_axis = "".join(
        f'<span style="left:{100 * x:.2f}%">{escape(text)}</span>' for x, text in x_labels
    )
    over = "".join(
        f'<span class="{"before" if place > 60 else "after"}" '
        f'style="left:{place:.2f}%;top:{1.2 * number}rem">{escape(text)}</span>'
        for number, (place, text) in enumerate(mark_labels)
    )
    legend = _legend(chart, rows, palette) if chart.series else ""
    return (
        f'{legend}<p class="axis up">{escape(chart.axis)}</p>'
        f'<div class="plot"><div class="y">{y_axis}</div><div class="area">'
        f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(chart.title)}">{grid}{"".join(shapes)}</svg>'
        f'<div class="over">{over}</div></div>'
        f'<div class="x">{x_axis}</div></div>{_axis_title(chart.x_axis)}'
    )


def _legend(chart: Chart, rows: list[Row], palette: Palette) -> str:
    keys = "".join(
        f'<li><i style="background:{palette.colour(chart.colours, key)}"></i>'
        f"{escape(palette.label(key, chart.colours))}</li>"
        for key in _series(chart, rows, palette)
    )
    return f'<ul class="legend">{keys}</ul>'


def _axis_title(text: str) -> str:
    return f'<p class="axis">{escape(text)}</p>' if text else ""


def _right(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _format_of(chart: Chart, name: str, rows: list[Row]) -> str:
    """Format of a column: as the chart says, else after its values."""
    known = dict(chart.columns)
    if name in known:
        return known[name]
    if name in (chart.value, chart.low, chart.high):
        return chart.format
    value = next((row[name] for row in rows if row[name] is not None), None)
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, date):
        return "date"
    if isinstance(value, str):
        return "name"
    return "count" if value is None or isinstance(value, int) else "number"


def _series(chart: Chart, rows: list[Row], palette: Palette) -> list[Any]:
    return palette.in_order(chart.colours, [_key(chart, row) for row in rows])


def _key(chart: Chart, row: Row) -> Any:  # noqa: ANN401
    return row[chart.series] if chart.series else chart.value


def _groups(rows: list[Row], name: str) -> list[tuple[Any, list[Row]]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return list(groups.items())


def _thinned(labels: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """At most so many labels that they do not touch, the last one among them."""
    step = ceil(len(labels) / MOST_X_LABELS)
    return labels[::-1][::step][::-1]


def _x_text(x: Any) -> str:  # noqa: ANN401
    return FORMATS["date"](x) if isinstance(x, date) else f"{x:,}"


def _position(x: Any) -> float:  # noqa: ANN401
    return float(x.toordinal() if isinstance(x, date) else x)


def _span(values: Sequence[Any], *, zero: bool = False) -> tuple[float, float]:
    known = [float(value) for value in values if value is not None] + ([0.0] if zero else [])
    low, high = min(known), max(known)
    return (low, high) if high > low else (low, low + 1)


def _scale(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """Return the ends of an axis that holds zero, and the ticks between them."""
    low, high = _span(values, zero=True)
    ticks = _ticks(low, high)
    return 1.04 * low, 1.04 * high, ticks


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers between two ends."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _share(value: Any, low: float, high: float) -> float:  # noqa: ANN401
    """Place between the ends of an axis, in per cent."""
    return 100 * (float(value) - low) / (high - low)


def _shade(share: float) -> tuple[str, str]:
    """Colour of a cell between white and dark blue, and of the text that can be read on it."""
    stops = ((247, 251, 255), (107, 174, 214), (8, 48, 107))
    share = min(max(share, 0.0), 1.0)
    start, end, part = (
        (stops[0], stops[1], 2 * share) if share < 0.5 else (stops[1], stops[2], 2 * share - 1)
    )
    mixed = [round(a + (b - a) * part) for a, b in zip(start, end, strict=True)]
    return "#" + "".join(f"{level:02x}" for level in mixed), "#111" if share < 0.6 else "#fff"
