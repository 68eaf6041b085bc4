"""The one look of panels and pages: colours with enough contrast, and the style sheet."""

from __future__ import annotations

import re

INK = "#1F2328"
PAPER = "#FFFFFF"
QUIET = "#595959"
LINK = "#005A9C"
LINE = "#767676"
SHADE = "#F3F4F6"
GOOD = "#1B6E3C"
WARN = "#8A4B00"
BAD = "#B3261E"

DARK = {
    INK: "#E6E6E6",
    PAPER: "#111111",
    QUIET: "#ABABAB",
    LINK: "#6CB6FF",
    LINE: "#8A8A8A",
    SHADE: "#2A2A2A",
    GOOD: "#6FCF97",
    WARN: "#F2B366",
    BAD: "#FF8A80",
}
"""What each colour of a panel is in JupyterLab's dark theme."""

PAIRS = (
    (INK, PAPER),
    (QUIET, PAPER),
    (LINK, PAPER),
    (GOOD, PAPER),
    (WARN, PAPER),
    (BAD, PAPER),
    (INK, SHADE),
    (QUIET, SHADE),
    (LINK, SHADE),
    (GOOD, SHADE),
    (WARN, SHADE),
    (BAD, SHADE),
)
"""Every text colour with every colour that it stands on."""

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, level AA."""

_PANEL_CSS = f"""
.labkit-panel {{ color: {INK}; background: {PAPER}; border: 1px solid {LINE}; border-radius: 4px;
  padding: 8px 12px; margin: 4px 0; line-height: 1.4; font-size: 13px; }}
.labkit-panel .labkit-title {{ font-weight: 600; font-size: 14px; margin: 0 0 4px; }}
.labkit-panel p {{ margin: 4px 0; }}
.labkit-panel .labkit-quiet {{ color: {QUIET}; }}
.labkit-panel .labkit-good {{ color: {GOOD}; }}
.labkit-panel .labkit-warn {{ color: {WARN}; }}
.labkit-panel .labkit-bad {{ color: {BAD}; }}
.labkit-panel table {{ border-collapse: collapse; width: 100%; margin: 4px 0; font-size: 13px; }}
.labkit-panel th, .labkit-panel td {{ text-align: left; padding: 2px 8px 2px 0;
  vertical-align: top; border: none; border-bottom: 1px solid {SHADE}; color: {INK};
  background: {PAPER}; white-space: normal; }}
.labkit-panel td {{ overflow-wrap: anywhere; }}
.labkit-panel th {{ font-weight: 600; white-space: nowrap; }}
.labkit-panel summary {{ cursor: pointer; }}
"""


def _in_the_dark(css: str) -> str:
    """Return a panel's rules with the colours of the dark theme, which a page has at its top."""
    rules = css.replace(".labkit-panel", '[data-jp-theme-light="false"] .labkit-panel')
    return re.sub("#[0-9A-F]{6}", lambda colour: DARK[colour[0]], rules)


PANEL_CSS = _PANEL_CSS + _in_the_dark(_PANEL_CSS)
"""A panel's style, light and dark."""

PAGE_CSS = f"""
body {{ color: {INK}; background: {PAPER}; font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 60rem; padding: 1rem; }}
a {{ color: {LINK}; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
caption {{ text-align: left; color: {QUIET}; padding-bottom: 0.3rem; }}
th, td {{ text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0;
  border-bottom: 1px solid {LINE}; }}
pre {{ background: {SHADE}; padding: 0.6rem; overflow-x: auto; font-size: 14px; }}
code {{ background: {SHADE}; }}
blockquote {{ border-left: 4px solid {LINE}; margin-left: 0; padding-left: 1rem; }}
"""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    Parameters
    ----------
    one, other
        As ``#RRGGBB``.

    Notes
    -----
    WCAG 2.2, definitions of *contrast ratio* and *relative luminance*.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
