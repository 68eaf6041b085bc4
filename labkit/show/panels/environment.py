"""The environment panel: what the lessons run on, each fact with whether it is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from labkit.show.panels.frame import Panel, rows, sign
from labkit.show.words import count


@dataclass(frozen=True)
class Fact:
    """One thing about the environment.

    Attributes
    ----------
    what, found
        What was looked at, and what there is.
    mood
        ``good``, ``warn``, ``bad`` or ``none``.
    advice
        What to do about it; empty where there is nothing to do.
    """

    what: str
    found: str
    mood: str = "good"
    advice: str = ""


class EnvironmentPanel(Panel):
    """Shows facts about the environment."""

    title = "Environment"

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts

    def html(self) -> str:
        """Return a table of what needs a look, and below it, folded, one of what is fine."""
        fine = [fact for fact in self._facts if fact.mood == "good"]
        others = [fact for fact in self._facts if fact.mood != "good"]
        parts = [_table(others)] if others else []
        if fine:
            summary = sign("good", count(len(fine), "fact that is fine", "facts that are fine"))
            parts.append(f"<details><summary>{summary}</summary>{_table(fine)}</details>")
        return "".join(parts)

    def text(self) -> str:
        """Return a line for each fact."""
        width = max((len(fact.what) for fact in self._facts), default=0)
        return "\n".join(
            f"{fact.what:{width}}  {fact.found}" + (f" ({fact.advice})" if fact.advice else "")
            for fact in self._facts
        )


def _table(facts: Sequence[Fact]) -> str:
    return rows(
        ("What", "Found"),
        ((escape(fact.what), sign(fact.mood, fact.found) + _advice(fact)) for fact in facts),
    )


def _advice(fact: Fact) -> str:
    return f'<br><span class="labkit-quiet">{escape(fact.advice)}</span>' if fact.advice else ""
