"""Tells whether a resource that AWS shows is the run's own, and so may be deleted."""

from __future__ import annotations

from collections.abc import Container

from labkit.resources.journal import Journal
from labkit.resources.kind import Found
from labkit.resources.run import RUN_TAG, Run

STACK = "CloudFormation stack"


class Implied(Container[str]):
    """The names of what AWS itself makes, without tags, alongside what a run created.

    A stack chooses its functions' names itself, and so those of their log groups: after a stack,
    every name with the run's marker counts.

    Parameters
    ----------
    journal
        The run's journal.
    """

    def __init__(self, journal: Journal) -> None:
        items = journal.items()
        self._names = {item.name for item in items if item.implied}
        self._marker = journal.run.marker if any(item.kind == STACK for item in items) else None

    def __contains__(self, name: object) -> bool:
        by_stack = self._marker is not None and self._marker in str(name)
        return by_stack or name in self._names


def is_own(found: Found, run: Run, implied: Container[str]) -> bool:
    """Return whether the resource bears the run's tag; failing tags, its exact name.

    Parameters
    ----------
    found
        The resource as AWS shows it now.
    run
        The run.
    implied
        Names of what AWS itself makes alongside the run's resources, without tags: each holds the
        run's marker, or the id of something that the run created. See `Implied`.
    """
    if found.tags is None:
        return run.marker in found.name
    if RUN_TAG in found.tags:
        return found.tags[RUN_TAG] == run.id
    return found.name in implied
