"""What a learner sees of an exercise: cards with an icon and a word, and a plain form for logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class CheckOutcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    NOT_YET = "not yet"
    NOT_ATTEMPTED = "not attempted"
    ERROR = "error"


_ICONS = {
    CheckOutcome.PASSED: "✔",
    CheckOutcome.NOT_YET: "…",
    CheckOutcome.NOT_ATTEMPTED: "○",
    CheckOutcome.ERROR: "⚠",
}

# JupyterLab's own colours, so that a card fits the light and the dark theme; never the only sign.
_COLOURS = {
    CheckOutcome.PASSED: "var(--jp-success-color1, #2e7d32)",
    CheckOutcome.NOT_YET: "var(--jp-warn-color1, #b35900)",
    CheckOutcome.NOT_ATTEMPTED: "var(--jp-border-color1, #757575)",
    CheckOutcome.ERROR: "var(--jp-error-color1, #c62828)",
}

_CELL = "text-align: left; vertical-align: top"


@dataclass(frozen=True)
class Result:
    """The outcome of one check; a notebook shows it as a card, a log as lines of text.

    Attributes
    ----------
    exercise, title
        Id and title of the exercise.
    outcome
        ``passed``, ``not yet``, ``not attempted`` or ``error``.
    expected, found, next_step
        What the check looked for, what there was, and what to do; empty where there is nothing.
    note
        What the check adds to "passed".
    effort
        Tries and time so far, once there is more than a first try.
    """

    exercise: str
    title: str
    outcome: CheckOutcome
    expected: str = ""
    found: str = ""
    next_step: str = ""
    note: str = ""
    effort: str = ""

    @property
    def passed(self) -> bool:
        """Whether the exercise is solved."""
        return self.outcome is CheckOutcome.PASSED

    @property
    def heading(self) -> str:
        """Icon, outcome and title."""
        return f"{_ICONS[self.outcome]} {self.outcome} · {self.title}"

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Label and text of each line that has something to say."""
        lines = [
            ("expected", self.expected),
            ("found", self.found),
            ("next", self.next_step),
            ("note", self.note),
            ("so far", self.effort),
        ]
        return [(label, text) for label, text in lines if text]

    def __repr__(self) -> str:
        width = max((len(label) for label, _ in self.rows), default=0)
        lines = [f"  {label:{width}}  {text}" for label, text in self.rows]
        return "\n".join([self.heading, *lines])

    def __str__(self) -> str:
        parts = [f"{label}: {text}" for label, text in self.rows]
        return " | ".join([self.heading, *parts])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="{_CELL}; white-space: nowrap">{escape(label)}</th>'
            f'<td style="{_CELL}">{_in_code(text)}</td></tr>'
            for label, text in self.rows
        )
        table = f"<table>{rows}</table>" if rows else ""
        return (
            '<div role="status" style="padding: 0.3em 1em; '
            f'border-left: 5px solid {_COLOURS[self.outcome]}">'
            f"<strong>{escape(self.heading)}</strong>{table}</div>"
        )


def _in_code(text: str) -> str:
    """Return a check's words as HTML: code stands in backticks, as in the hints that they quote."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


@dataclass(frozen=True)
class Hint:
    """One hint, the ``number``-th of ``total``; ``text`` is Markdown."""

    exercise: str
    text: str
    number: int
    total: int

    def __repr__(self) -> str:
        if not self.total:
            return f'This exercise has no hints; lab.solution("{self.exercise}") shows the answer.'
        more = (
            ""
            if self.number < self.total
            else (f' That was the last one: lab.solution("{self.exercise}") shows the answer.')
        )
        return f"hint {self.number} of {self.total}: {self.text}{more}"

    def _repr_markdown_(self) -> str:
        return repr(self)


@dataclass(frozen=True)
class Solution:
    """A solution's code, to read; ``lab.solve`` runs it."""

    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"


@dataclass(frozen=True)
class Withheld:
    """Stands for a solution that the learner has not earned yet, and says how to see it now."""

    exercise: str
    tries: int
    tries_needed: int

    def __repr__(self) -> str:
        return (
            f"The solution shows once you have passed, or checked {self.tries_needed} times "
            f'(so far: {self.tries}). lab.hint("{self.exercise}") helps. To see it now: '
            f'lab.solution("{self.exercise}", anyway=True).'
        )
