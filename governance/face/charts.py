"""Geometry of the charts: plain functions from numbers to coordinates in a drawing 400 units wide.

Templates write the coordinates as SVG attributes (the content policy forbids style attributes) and a table
with the same numbers beside them. Areas differ by pattern, never by colour alone: `FILLS` gives them in
their order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 400.0
FILLS = ("solid", "hatch", "dots", "pale")
_LABEL_WIDTH = 48.0
_ROW = 32.0
_GAP = 2.0


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar: its label and one value for each series."""

    label: str
    values: tuple[float, ...]

    @property
    def total(self) -> float:
        """The whole bar."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar."""

    x: float
    y: float
    width: float
    value: float
    fill: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A drawn bar: its label's base line, its pieces and its end."""

    label: str
    baseline: float
    end: float
    total: float
    segments: tuple[Segment, ...]
    values: tuple[float, ...]

    @property
    def first(self) -> Segment | None:
        """The first piece, when it is wide enough to hold its number."""
        segment = self.segments[0] if self.segments else None
        return segment if segment and segment.fill == "solid" and segment.width >= 24 else None


@dataclass(frozen=True, slots=True)
class StackedBars:
    """A chart of stacked bars; `single` when one bar without label fills the width."""

    height: float
    bars: tuple[Bar, ...]
    key: tuple[tuple[str, str, float], ...]
    series: tuple[str, ...]
    single: bool


def stacked_bars(rows: Sequence[BarRow], series: Sequence[str]) -> StackedBars:
    """Lay out one bar for each row, all on one scale. Fills follow the order of `series`, four at most."""
    single = len(rows) == 1 and not rows[0].label
    start = 0.0 if single else _LABEL_WIDTH
    room = WIDTH - start - (0.0 if single else 30.0) - _GAP * len(series)
    longest = max((row.total for row in rows), default=0) or 1
    bars = []
    for index, row in enumerate(rows):
        top = 2.0 if single else 6.0 + _ROW * index
        x, segments = start, []
        for position, value in enumerate(row.values):
            if value <= 0:
                continue
            width = max(room * value / longest, 1.0)
            segments.append(Segment(round(x, 1), top, round(width, 1), value, FILLS[position % len(FILLS)]))
            x += width + _GAP
        bars.append(Bar(row.label, top + 15, round(x + 4, 1), row.total, tuple(segments), row.values))
    sums = [sum(row.values[i] for row in rows) for i in range(len(series))]
    key = tuple((name, FILLS[i % len(FILLS)], sums[i]) for i, name in enumerate(series))
    return StackedBars(26.0 if single else 6.0 + _ROW * len(rows) + 4, tuple(bars), key, tuple(series), single)


@dataclass(frozen=True, slots=True)
class Column:
    """A drawn column."""

    label: str
    value: float
    x: float
    middle: float
    y: float
    width: float
    height: float
    over: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of columns; `border` is where time runs out, None without a limit."""

    columns: tuple[Column, ...]
    border: float | None


def columns(values: Sequence[tuple[str, float]], limit: int | None = None) -> Columns:
    """Lay out upright columns; those from index `limit` on are drawn as over time."""
    base, tallest = 146.0, 120.0
    step = WIDTH / max(len(values), 1)
    width = round(min(step * 0.72, 64.0), 1)
    most = max((value for _label, value in values), default=0) or 1
    drawn = []
    for index, (label, value) in enumerate(values):
        height = round(tallest * value / most, 1)
        middle = round(step * (index + 0.5), 1)
        over = limit is not None and index >= limit
        drawn.append(Column(label, value, round(middle - width / 2, 1), middle, base - height, width, height, over))
    return Columns(tuple(drawn), None if limit is None else round(step * limit, 1))


@dataclass(frozen=True, slots=True)
class FallingLine:
    """A falling step line: shares (0 to 1) that hold from each x on; `band` is an uncertainty around them,
    where known.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    band: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class StepLine:
    """A drawn step line."""

    label: str
    path: str
    band: str
    style: str
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Steps:
    """A chart of step lines with its ticks."""

    lines: tuple[StepLine, ...]
    ticks: tuple[tuple[float, str], ...]


def steps(lines: Sequence[FallingLine], longest: float) -> Steps:
    """Lay out shares between 0 and 1 over 0 to `longest`, as stairs that go down."""
    left, right, top, bottom = 40.0, 364.0, 16.0, 150.0

    def at_x(value: float) -> float:
        return round(left + (right - left) * min(value, longest) / (longest or 1), 1)

    def at_y(share: float) -> float:
        return round(bottom - (bottom - top) * share, 1)

    drawn = []
    for index, line in enumerate(lines):
        stairs = "".join(f"H{at_x(x)}V{at_y(y)}" for x, y in line.points)
        band = ""
        if line.band:
            upper = "".join(f"H{at_x(x)}V{at_y(high)}" for x, _low, high in line.band)
            lower = "".join(f"V{at_y(low)}H{at_x(x)}" for x, low, _high in reversed(line.band))
            band = f"M{left} {at_y(1)}{upper}H{right}{lower}V{at_y(1)}z"
        middle = line.points[len(line.points) // 2] if line.points else (0.0, 1.0)
        drawn.append(
            StepLine(
                line.label,
                f"M{left} {at_y(1)}{stairs}H{right}",
                band,
                "s1" if index % 2 == 0 else "s2",
                at_x(middle[0]) + (6 if index % 2 else -6),
                at_y(middle[1]) + (-5 if index % 2 else 16),
                "start" if index % 2 else "end",
            )
        )
    ticks = tuple((at_x(longest * i / 3), f"{longest * i / 3:g}") for i in range(4))
    return Steps(tuple(drawn), ticks)


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A length of time that was promised and, when known, the one that came true; both in seconds."""

    label: str
    took: float | None
    promised: float


@dataclass(frozen=True, slots=True)
class Span:
    """A drawn length of time."""

    row: SpanRow
    y: float
    took_x: float | None
    promised_x: float


@dataclass(frozen=True, slots=True)
class Spans:
    """A chart of lengths of time with its ticks, on a logarithmic scale."""

    height: float
    spans: tuple[Span, ...]
    ticks: tuple[tuple[float, str], ...]


def spans(rows: Sequence[SpanRow]) -> Spans:
    """Lay out lengths of time from under a second to a week on a logarithmic scale."""
    left, right = 90.0, 380.0
    most = math.log10(1 + max((max(row.promised, row.took or 0) for row in rows), default=1))

    def at(seconds: float) -> float:
        return round(left + (right - left) * math.log10(1 + seconds) / (most or 1), 1)

    known = (
        (1, "1 s"),
        (10, "10 s"),
        (60, "1 min"),
        (600, "10 min"),
        (3600, "1 h"),
        (86400, "1 d"),
        (604800, "7 d"),
    )
    ticks = tuple((at(seconds), words) for seconds, words in known if math.log10(1 + seconds) <= most + 1e-9)
    drawn = tuple(
        Span(row, 34.0 + 30 * i, None if row.took is None else at(row.took), at(row.promised))
        for i, row in enumerate(rows)
    )
    return Spans(48.0 + 30 * len(rows), drawn, ticks)


@dataclass(frozen=True, slots=True)
class Ring:
    """The clock's arc: how much of its circle is drawn."""

    drawn: float
    whole: float


def ring(used: float, limit: float) -> Ring:
    """The share of the working days used, as an arc; a clock over time is a full circle."""
    whole = 2 * math.pi * 27
    share = min(max(used / limit, 0), 1) if limit else 0
    return Ring(round(whole * share, 1), round(whole, 1))


@dataclass(frozen=True, slots=True)
class AgeBar:
    """The small bar of a case's age: its length, the limit's mark, and whether it is past it. 120 units wide."""

    length: float
    mark: float
    over: bool


def age_bar(used: float, limit: float) -> AgeBar:
    """Lay out an age against its limit; the limit stands at 72 per cent of the width, so that lateness is seen."""
    mark = 86.0
    return AgeBar(round(min(max(used, 0) / (limit or 1) * mark, 120), 1), mark, used > limit)
