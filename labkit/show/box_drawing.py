"""Boxes and arrows as SVG, which fits any width and either theme, with the same in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from labkit.show.panels import look

INK, PAPER, QUIET, LINE, SHADE, GOOD, LINK, BAD = (
    f"var(--labkit-{name}, {getattr(look, name.upper())})"
    for name in ("ink", "paper", "quiet", "line", "shade", "good", "link", "bad")
)
"""Colours as the theme of JupyterLab has them; a page without one gets those of the light theme."""

DARK = (
    '[data-jp-theme-light="false"] .labkit-drawing { --labkit-ink: #E8E8E8; --labkit-paper: #111; '
    "--labkit-quiet: #B3B3B3; --labkit-line: #8C8C8C; --labkit-shade: #1F2A24; "
    "--labkit-good: #6FD08C; --labkit-link: #7FBFFF; --labkit-bad: #FF8A80; }"
)
"""The same colours in JupyterLab's dark theme, each with a contrast of 4.5 to what is behind it."""

_STEP = re.compile(r"([MHV])(-?[\d.]+) ?(-?[\d.]+)?")


@dataclass(frozen=True)
class Drawing:
    """A drawing with its text alternative; the last value of a cell shows itself.

    Attributes
    ----------
    svg, alt
        The drawing, and what it shows in words.
    """

    svg: str
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Give Jupyter the drawing, else the words."""
        return {"text/html": self.svg, "text/plain": self.alt}


def drawing(parts: str, width: int, height: int, alt: str) -> Drawing:
    """Make a drawing of its parts; it shrinks with the page, and grows to its own width.

    Parameters
    ----------
    parts
        SVG elements, from back to front.
    width, height
        In SVG units, which are CSS pixels at full width.
    alt
        What it shows, in words.
    """
    svg = (
        f'<svg class="labkit-drawing" role="img" aria-label="{escape(alt)}" '
        'xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'style="background: {PAPER}; display: block; width: 100%; max-width: {width}px">'
        f"<style>{DARK}</style>{parts}</svg>"
    )
    return Drawing(svg, alt)


def box(
    x: float, y: float, size: tuple[int, int], name: str, under: str = "", marked: bool = False
) -> str:
    """Draw a box with a name in it and, smaller, a line under that.

    Parameters
    ----------
    x, y
        Its upper left corner.
    size
        Width and height.
    marked
        Whether it stands out.
    """
    edge, thick = (GOOD, 3) if marked else (LINE, 1.2)
    down = size[1] / 2 + (-4 if under else 5)
    return (
        f'<rect x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" rx="6" '
        f'fill="{SHADE if marked else PAPER}" stroke="{edge}" stroke-width="{thick}"/>'
        + text(x + 9, y + down, name, INK, 14, 'font-weight="600"')
        + (text(x + 9, y + down + 19, under, QUIET, 12) if under else "")
    )


def text(x: float, y: float, words: str, colour: str, size: int, more: str = "") -> str:
    """Write words that begin at a place; `more` is what else the element has."""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" {more}>{escape(words)}</text>'


def arrow(path: str, colour: str = INK, thick: float = 1.6, more: str = "") -> str:
    """Draw an arrow.

    Its head is a shape of its own. A marker has an id, which belongs to the whole page: browsers
    take the first that has it, and draw nothing where that is in a notebook behind another.

    Parameters
    ----------
    path
        Upright and level steps of an SVG path: ``M0 10 H40 V60``.
    colour, thick
        Of its line.
    more
        What else the line has.
    """
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}" {more}/>'
        f'<path class="labkit-head" d="{_head(path)}" fill="{colour}"/>'
    )


def _head(path: str) -> str:
    """Return the path of a triangle at the end of a path, in the direction of its last step."""
    at = {"x": 0.0, "y": 0.0}
    along, forwards = "x", True
    for step, first, second in _STEP.findall(path):
        along = "y" if step == "V" else "x"
        forwards = float(first) >= at[along]
        at[along] = float(first)
        if step == "M":
            at["y"] = float(second)
    back = -8 if forwards else 8
    tip = at[along] - back / 8
    if along == "x":
        up, down = at["y"] - 4, at["y"] + 4
        return f"M{tip + back:g} {up:g} L{tip:g} {at['y']:g} {tip + back:g} {down:g}z"
    left, right = at["x"] - 4, at["x"] + 4
    return f"M{left:g} {tip + back:g} L{at['x']:g} {tip:g} {right:g} {tip + back:g}z"
