"""One style for every figure: colours that all can tell apart, text that all can read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
"""The palette of Okabe and Ito (2008), Color Universal Design."""
GREY = "#767676"
"""The lightest grey with a contrast of 4.5 to white (WCAG 2.2, 1.4.3)."""

LINES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (BLACK, ":"))
"""Up to four lines of one chart: colour and dashes."""
FILLS = (BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE, YELLOW)
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "++", "oo")
"""Up to seven areas of one chart, to be taken together."""

WIDTH_IN = 7.0
"""Fits a notebook in a window of 600 px and wider."""
SHOWN_DPI = 100
DRAWN_DPI = 200
"""Twice what is shown: sharp on dense screens."""

CJK_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Apple SD Gothic Neo",
    "NanumGothic",
    "Malgun Gothic",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
)


@contextmanager
def style() -> Iterator[None]:
    """Draw in labkit's style inside this block; settings outside it stay as they are.

    Characters that no font of this machine has are drawn as boxes, without a warning each.
    """
    with rc_context(_settings()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        yield


def _settings() -> dict[Any, Any]:
    return {
        "font.family": ["DejaVu Sans", *_installed(CJK_FONTS)],
        "font.size": 10,
        "axes.titlesize": 10.5,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.labelsize": 10,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5,
        "legend.fontsize": 9.5,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.8,
        "lines.linewidth": 1.8,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.constrained_layout.w_pad": 0.1,
        "figure.constrained_layout.h_pad": 0.06,
        "hatch.linewidth": 0.8,
    }


def _installed(wanted: tuple[str, ...]) -> list[str]:
    """The first of these fonts that this machine has, if any."""
    names = set(font_manager.get_font_names())
    return [font for font in wanted if font in names][:1]


def panels(count: int, height_in: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Make a figure of small multiples that share their axes.

    The figure is not known to pyplot: nothing shows it a second time, and nothing has to close it.

    Parameters
    ----------
    count : int
        Number of panels.
    height_in : float
        Height of the whole figure, in inches.
    columns : int
        Panels side by side.
    """
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DRAWN_DPI, layout="constrained")
    rows = -(-count // columns)
    grid = figure.subplots(rows, columns, sharex=True, sharey=columns > 1, squeeze=False)
    return figure, list(grid.flat)[:count]
