"""A figure that is ready to be shown, together with the words that say what it shows."""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass, field
from html import escape
from typing import Any

from matplotlib.figure import Figure

from labkit.show.style import DRAWN_DPI, SHOWN_DPI, style

DARK = '[data-jp-theme-light="false"] .labkit-picture { filter: invert(0.93) hue-rotate(180deg); }'
"""In JupyterLab's dark theme a figure is light on dark, and each colour keeps its hue."""


@dataclass(frozen=True)
class Picture:
    """A picture with a text alternative that stays with it, in a notebook and in its exports.

    As the last value of a notebook cell it shows itself.

    Attributes
    ----------
    png : bytes
    alt : str
        Says what the figure shows, with its numbers.
    """

    png: bytes = field(repr=False)
    alt: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at which it is shown, in CSS pixels."""
        width, height = struct.unpack(">II", self.png[16:24])
        return width * SHOWN_DPI // DRAWN_DPI, height * SHOWN_DPI // DRAWN_DPI

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Give Jupyter the picture: as HTML with alt text, else as PNG, else as words."""
        encoded = base64.b64encode(self.png).decode()
        width, height = self.size
        html = (
            f"<style>{DARK}</style>"
            f'<img class="labkit-picture" src="data:image/png;base64,{encoded}" '
            f'alt="{escape(self.alt)}" width="{width}" style="max-width: 100%; height: auto;">'
        )
        data = {"text/html": html, "image/png": encoded, "text/plain": self.alt}
        return data, {"image/png": {"width": width, "height": height, "alt": self.alt}}


def picture(figure: Figure, alt: str, crop: bool = False) -> Picture:
    """Draw a matplotlib figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        Its text alternative: a sentence or two with the numbers that matter.
    crop : bool
        Whether to leave out the empty rest of the canvas, where what is drawn has its own width.

    Returns
    -------
    Picture
    """
    buffer = io.BytesIO()
    with style():
        edges: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.04} if crop else {}
        figure.savefig(buffer, format="png", dpi=DRAWN_DPI, **edges)
    return Picture(buffer.getvalue(), alt)
