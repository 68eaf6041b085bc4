"""Boxes and arrows as SVG, which fits any width and either theme, with the same in words."""

from __future__ import annotations

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

TIP = "labkit-tip"
"""Name of the arrow head in a page; it is the same in every drawing."""


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
        f"{_HEAD}{parts}</svg>"
    )
    return Drawing(svg, alt)


_HEAD = (
    f'<style>{DARK}</style><defs><marker id="{TIP}" viewBox="0 0 8 8" refX="7" refY="4" '
    'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    f'<path d="M0 0 8 4 0 8z" fill="{INK}"/></marker></defs>'
)


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


def arrow(path: str, dashed: bool = False) -> str:
    """Draw an arrow along an SVG path."""
    dashes = 'stroke-dasharray="5 4" ' if dashed else ""
    return (
        f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.6" {dashes}'
        f'marker-end="url(#{TIP})"/>'
    )
