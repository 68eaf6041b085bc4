"""The delivery map's picture: parts and arrows as SVG, and the same in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from labkit.show.box_drawing import BAD, DARK, INK, LINE, LINK, PAPER, QUIET, arrow
from labkit.show.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

COLUMNS = {
    "customers": 0,
    "API": 1,
    "queue": 2,
    "dead letters": 2,
    "function": 3,
    "log": 3,
    "table": 4,
}
ICONS = {
    "customers": "☺",
    "API": "⇄",
    "queue": "≡",
    "dead letters": "✉",
    "function": "λ",
    "log": "¶",
    "table": "▤",
}
HUES = {
    "customers": GREY,
    "API": PURPLE,
    "queue": ORANGE,
    "dead letters": VERMILLION,
    "function": GREEN,
    "log": SKY,
    "table": BLUE,
}
"""The colour of each kind's edge; its title says the kind in words."""
BOX, HEIGHT, GAP, ROW_GAP, EDGE = 152, 104, 32, 30, 6
TOP = 22
"""Room above the first row, for an arrow that goes round a queue; in SVG units, as all of these."""
LEAST_COLUMNS = 4
"""A map has room for so many columns, also while it has fewer."""
LINES = 3
"""Facts that a box has room for."""
LONGEST_NAME = 12
"""Characters of a name that a box has room for, beside a count of one figure."""
_OF_A_STACK = re.compile(r"\w+-(\w+)-[0-9A-Z]{12,13}(?= |$)")
"""How CloudFormation names what a template leaves unnamed: stack, logical id, random characters."""


@dataclass(frozen=True)
class Part:
    """One part of the architecture.

    Attributes
    ----------
    key
        Tells it from all others.
    kind
        One of `COLUMNS`.
    name
        What the lesson calls it.
    facts
        What is known of it now, a few words each; at most `LINES` are shown.
    alarm
        Whether the facts are bad news.
    count
        A number to be read at a glance, such as a queue's depth.
    """

    key: str
    kind: str
    name: str
    facts: tuple[str, ...] = ()
    alarm: bool = False
    count: int | None = None


@dataclass(frozen=True)
class DeliveryArrow:
    """Something that goes from one part to another; `moving` while it does so now."""

    source: str
    target: str
    moving: bool = False


@dataclass(frozen=True)
class DeliveryMapState:
    """Everything that a map shows at one moment."""

    parts: tuple[Part, ...]
    arrows: tuple[DeliveryArrow, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a part is drawn: its box, in SVG units."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        """The height of the box's middle."""
        return self.y + HEIGHT / 2


def places(parts: Sequence[Part]) -> dict[str, Place]:
    """Give each part its place, by key: a column for its kind, and rows from the top."""
    filled = dict.fromkeys(COLUMNS.values(), 0)
    found = {}
    for part in sorted(parts, key=lambda part: list(COLUMNS).index(part.kind)):
        column = COLUMNS[part.kind]
        x, y = EDGE + column * (BOX + GAP), TOP + filled[column] * (HEIGHT + ROW_GAP)
        found[part.key] = Place(x, y)
        filled[column] += 1
    return found


def height(parts: Sequence[Part]) -> float:
    """Return the height of the whole picture, in SVG units."""
    lowest = max((place.y for place in places(parts).values()), default=TOP)
    return lowest + HEIGHT + EDGE


def width(parts: Sequence[Part]) -> float:
    """Return the width of the whole picture, in SVG units."""
    columns = max((COLUMNS[part.kind] + 1 for part in parts), default=LEAST_COLUMNS)
    columns = max(columns, LEAST_COLUMNS)
    return 2 * EDGE + columns * BOX + (columns - 1) * GAP


def draw(state: DeliveryMapState) -> str:
    """Draw a map as SVG; what it shows is in its label, too."""
    at, wide = places(state.parts), width(state.parts)
    boxes = "".join(_box(part, at[part.key]) for part in state.parts)
    lines = "".join(_arrow(one, at) for one in state.arrows)
    return (
        f'<svg class="labkit-drawing" role="img" aria-label="{escape(words(state))}" '
        'xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {wide} {height(state.parts):g}" font-family="sans-serif" '
        f'style="background: {PAPER}; display: block; width: 100%; max-width: {1.3 * wide:.0f}px">'
        f"{_STYLE}{lines}{boxes}</svg>"
    )


def words(state: DeliveryMapState) -> str:
    """Say what a map shows."""
    if not state.parts:
        return "Nothing of the delivery service exists yet."
    names = {part.key: part.name for part in state.parts}
    parts = [
        called(part) + (f" ({', '.join(part.facts)})" if part.facts else "") for part in state.parts
    ]
    arrows = [f"{names[one.source]} to {names[one.target]}" for one in state.arrows]
    ways = f" Ways: {'; '.join(arrows)}." if arrows else ""
    return f"The delivery service: {'; '.join(parts)}.{ways}"


def called(part: Part) -> str:
    """Say what a part is, and its name where that is another word."""
    return part.kind if part.kind == part.name else f"{part.kind} {part.name}"


_STYLE = (
    f"<style>{DARK}</style>"
    "<style>.labkit-move{stroke-dasharray:5 5;animation:labkit-move .6s linear infinite}"
    "@keyframes labkit-move{to{stroke-dashoffset:-10}}"
    "@media (prefers-reduced-motion:reduce){.labkit-move{animation:none}}</style>"
)


def _box(part: Part, place: Place) -> str:
    edge = BAD if part.alarm else LINE
    title = part.kind if part.kind != part.name else ""
    parts = [
        f'<rect x="{place.x}" y="{place.y}" width="{BOX}" height="{HEIGHT}" rx="6" '
        f'fill="{PAPER}" stroke="{edge}" stroke-width="{2.5 if part.alarm else 1.2}"/>',
        f'<rect x="{place.x}" y="{place.y}" width="7" height="{HEIGHT}" rx="3" '
        f'fill="{HUES[part.kind]}"/>',
        f"<title>{escape(part.name)}</title>",
        _text(place, 21, f"{ICONS[part.kind]} {_short(part)}", INK, 15, 'font-weight="600"'),
        _text(place, 39, title, QUIET, 13),
    ]
    if part.count is not None:
        parts.append(_count(place, part.count, BAD if part.alarm else INK))
    for line, fact in enumerate(part.facts[:LINES]):
        sign = "⚠ " if part.alarm and line == 0 else ""
        parts.append(_text(place, 60 + 17 * line, sign + fact, BAD if sign else INK, 13))
    return "".join(parts)


def _short(part: Part) -> str:
    """Return of a name what a box has room for; the map's words have the whole."""
    room = LONGEST_NAME - (len(f"{part.count:,}") - 1 if part.count is not None else -2)
    name = _OF_A_STACK.sub(r"\1", part.name)
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _text(place: Place, down: float, text: str, colour: str, size: int, more: str = "") -> str:
    return (
        f'<text x="{place.x + 15}" y="{place.y + down}" font-size="{size}" fill="{colour}" {more}>'
        f"{escape(text)}</text>"
    )


def _count(place: Place, number: int, colour: str) -> str:
    """Write a number large, at the right of the name."""
    x, y = place.x + BOX - 10, place.y + 33
    return (
        f'<text x="{x}" y="{y}" font-size="28" font-weight="700" text-anchor="end" '
        f'fill="{colour}" aria-hidden="true">{number:,}</text>'
    )


def _arrow(one: DeliveryArrow, at: dict[str, Place]) -> str:
    colour, more = (LINK, 'class="labkit-move"') if one.moving else (INK, "")
    return arrow(_way(at[one.source], at[one.target], at), colour, 2, more)


def _way(source: Place, target: Place, at: dict[str, Place]) -> str:
    """Return the path from one box to another, round a box that stands between them."""
    if source.x == target.x:
        return f"M{source.x + BOX / 2} {source.y + HEIGHT} V{target.y - 2}"
    between = any(
        source.x < place.x < target.x and place.middle == source.middle for place in at.values()
    )
    if between:
        return f"M{source.x + BOX / 2} {source.y} V{TOP / 2} H{target.x + BOX / 2} V{target.y - 2}"
    half = target.x - GAP / 2
    return f"M{source.x + BOX} {source.middle} H{half} V{target.middle} H{target.x - 2}"
