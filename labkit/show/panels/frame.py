"""What all panels share: a frame with a title, in HTML for a notebook and as text elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from html import escape

from labkit.show.panels.look import PANEL_CSS, SIGNS


class Panel(ABC):
    """A titled frame; as the last value of a notebook cell it shows itself."""

    title: str

    @abstractmethod
    def html(self) -> str:
        """Return what stands below the title, as HTML."""

    @abstractmethod
    def text(self) -> str:
        """Return the same as plain text."""

    def __repr__(self) -> str:
        return f"{self.title}\n{self.text()}"

    def _repr_html_(self) -> str:
        return framed(self.title, self.html())


def framed(title: str, body: str) -> str:
    """Return HTML of one framed panel, with its style."""
    return (
        f'<style>{PANEL_CSS}</style><section class="labkit-panel" aria-label="{escape(title)}">'
        f'<p class="labkit-title">{escape(title)}</p>{body}</section>'
    )


def sign(mood: str, words: str) -> str:
    """Return words in a colour with an icon before them: never a colour alone.

    Parameters
    ----------
    mood
        ``good``, ``warn``, ``bad`` or ``none``.
    words
        Plain text.
    """
    return f'<span class="labkit-{mood}">{SIGNS[mood]} {escape(words)}</span>'


def rows(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; the cells of `lines` are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in lines
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
