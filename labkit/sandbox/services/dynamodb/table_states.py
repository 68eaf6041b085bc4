"""The states of tables and indexes: nothing is there at once, and nothing is gone at once.

AWS takes seconds to create or delete a table, and minutes to fill an index; here each takes half a
second, so that code which does not wait fails here too.
Source: DynamoDB API Reference, CreateTable, UpdateTable and DeleteTable; texts as in `expressions`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CHANGE_S = 0.5
"""How long a table is being created, updated or deleted."""

IN_USE = "Attempt to change a resource which is still in use: Table is being {}: {}"
BACKFILLING = "Cannot read from backfilling global secondary index: {}"

Scope = tuple[str, str, str]
Description = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What is going on with a table.

    Attributes
    ----------
    status
        "CREATING", "UPDATING" or "DELETING".
    until
        When it will be done, on the clock of `TableStates`, in seconds.
    indexes
        The indexes that are being created.
    description, tags
        Of a table that is being deleted: the last ones that it had.
    """

    status: str
    until: float
    indexes: frozenset[str] = frozenset()
    description: Description = field(default_factory=dict)
    tags: list[Description] = field(default_factory=list)


class TableStates:
    """Remembers which tables are being changed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changes: dict[Scope, Change] = {}

    def begin(
        self,
        scope: Scope,
        status: str,
        indexes: frozenset[str] = frozenset(),
        description: Description | None = None,
        tags: list[Description] | None = None,
    ) -> None:
        """Let a change begin."""
        until = self._clock() + CHANGE_S
        self._changes[scope] = Change(status, until, indexes, description or {}, tags or [])

    def current(self, scope: Scope) -> Change | None:
        """Return the change that a table is in; None if there is none."""
        change = self._changes.get(scope)
        if change is None or change.until > self._clock():
            return change
        self._changes.pop(scope, None)
        return None

    def deleting(self, account: str, region: str) -> list[str]:
        """Return the names of the tables that are being deleted."""
        there = [scope for scope in list(self._changes) if scope[:2] == (account, region)]
        return [scope[2] for scope in there if self._is(scope, "DELETING")]

    def unreadable(self, scope: Scope) -> bool:
        """Say whether a table's items cannot be reached yet, or no more."""
        return self._is(scope, "CREATING") or self._is(scope, "DELETING")

    def filling(self, scope: Scope, index: str | None) -> bool:
        """Say whether an index is still being created."""
        change = self.current(scope)
        return change is not None and index in change.indexes

    def in_use(self, scope: Scope) -> str | None:
        """Return why a table cannot be changed now; None if it can."""
        change = self.current(scope)
        return (
            IN_USE.format(change.status.lower().replace("ing", "ed"), scope[2]) if change else None
        )

    def shown(self, scope: Scope, description: Description) -> Description:
        """Return a table's description with the state that it is in."""
        change = self.current(scope)
        if change is None:
            return description
        shown = description | {"TableStatus": change.status}
        if indexes := description.get("GlobalSecondaryIndexes"):
            creating = change.status == "CREATING"
            shown["GlobalSecondaryIndexes"] = [
                _filling(one, backfills=not creating)
                if creating or one["IndexName"] in change.indexes
                else one
                for one in indexes
            ]
        return shown

    def _is(self, scope: Scope, status: str) -> bool:
        change = self.current(scope)
        return change is not None and change.status == status


def _filling(index: Description, *, backfills: bool) -> Description:
    return index | {"IndexStatus": "CREATING"} | ({"Backfilling": True} if backfills else {})
