"""What a teardown did, item by item, and what is left, for notebooks, terminals and logs."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from labkit.resources.rows import as_html, as_text

RemovalOutcome = Literal["gone", "pending", "blocked", "foreign", "failed"]
"""How a teardown left an item.

``gone``: AWS shows it no longer. ``pending``: its deletion is under way, or was interrupted.
``blocked``: something or someone does not let it go. ``foreign``: it is there, and not this run's.
``failed``: an error that labkit does not know.
"""

SIGNS = {"gone": "✓", "pending": "…", "blocked": "✗", "foreign": "≠", "failed": "✗"}
COLUMNS = ("kind", "name", "outcome", "why")


@dataclass(frozen=True)
class Removal:
    """What became of one item.

    Attributes
    ----------
    kind, name, id
        As in the journal.
    outcome
        See `RemovalOutcome`.
    why
        How that is known, or what stands in the way.
    """

    kind: str
    name: str
    id: str
    outcome: RemovalOutcome
    why: str


@dataclass(frozen=True)
class Left:
    """Something that the inventory after a teardown still shows, or could not look at.

    Attributes
    ----------
    kind, name, id
        What it is; `name` and `id` are empty when a whole kind could not be listed.
    why
        What is known about it.
    """

    kind: str
    name: str
    id: str
    why: str


@dataclass(frozen=True)
class TeardownReport:
    """The report of one run's teardown.

    Attributes
    ----------
    run_id, lesson
        Which run.
    items
        One outcome for each item that the journal did not know to be gone.
    left
        What the inventory afterwards shows; empty is what it should be.
    """

    run_id: str
    lesson: str
    items: Sequence[Removal]
    left: Sequence[Left]

    @property
    def clean(self) -> bool:
        """Whether every item is gone and the inventory shows nothing."""
        return not self.left and all(item.outcome == "gone" for item in self.items)

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        count = len(self.items)
        if self.clean:
            removed = f"{count} removed, " if count else ""
            return f"Run {self.run_id[:8]} of {self.lesson}: {removed}nothing left."
        stuck = sum(item.outcome != "gone" for item in self.items)
        return (
            f"Run {self.run_id[:8]} of {self.lesson}: {count - stuck} of {count} removed, "
            f"{len(self.left)} left. Run the teardown again once what stands in the way is "
            "resolved; it goes on where it stopped."
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report for ``json.dumps``."""
        return asdict(self) | {"clean": self.clean}

    def __repr__(self) -> str:
        return "\n".join([*as_text(COLUMNS, self._rows()), self.summary])

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.summary)}</p>{as_html(COLUMNS, self._rows())}"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        rows = [
            (item.kind, item.name or item.id, f"{SIGNS[item.outcome]} {item.outcome}", item.why)
            for item in self.items
        ]
        return rows + [(one.kind, one.name or one.id, "✗ left", one.why) for one in self.left]
