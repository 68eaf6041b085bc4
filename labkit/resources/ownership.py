"""Tells whether a resource that AWS shows is the run's own, and so may be deleted."""

from __future__ import annotations

from collections.abc import Collection

from labkit.resources.kind import Found
from labkit.resources.run import RUN_TAG, Run


def is_own(found: Found, run: Run, implied: Collection[str]) -> bool:
    """Return whether the resource bears the run's tag; failing tags, its exact name.

    Parameters
    ----------
    found
        The resource as AWS shows it now.
    run
        The run.
    implied
        Names of what AWS itself makes alongside the run's resources, without tags: each holds the
        run's marker, or the id of something that the run created.
    """
    if found.tags is None:
        return run.marker in found.name
    if RUN_TAG in found.tags:
        return found.tags[RUN_TAG] == run.id
    return found.name in implied
