"""The IAM policies that labkit publishes: what learners, their roles and instructors may do.

The files are managed policies as IAM takes them, without account numbers. The embedded sandbox runs
every lesson under the learners', so they are known to suffice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

STUDENT = ("student", "student-network", "student-pipelines")
"""What a learner gets: one managed policy would pass IAM's 6,144 characters."""

BOUNDARY = "student-boundary"
"""The permissions boundary that `student` demands on every role a learner makes."""

INSTRUCTOR = ("instructor", "sweep")
"""What an instructor gets; the account's reaper gets the second."""

BOUNDARY_POLICY = f"labkit-{BOUNDARY}"
"""The boundary's name in an account."""


def file(name: str) -> Path:
    """Return the file of the policy `name`."""
    return FOLDER / f"{name}.json"


def load(name: str) -> dict[str, Any]:
    """Return the policy `name`, decoded.

    Raises
    ------
    FileNotFoundError
        There is no such policy.
    """
    document: dict[str, Any] = json.loads(file(name).read_text(encoding="utf-8"))
    return document


def sandbox_arguments() -> list[str]:
    """Return the options with which a sandbox's learner gets these policies."""
    learner = [word for name in STUDENT for word in ("--learner-policy", str(file(name)))]
    return [*learner, "--role-boundary", str(file(BOUNDARY))]
