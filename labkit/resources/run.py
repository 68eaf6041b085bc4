"""One run of a lesson: its number, and the names and tags by which its resources are known."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.errors import LabkitError
from labkit.state import state_dir

TAG_PREFIX = "labkit:"
RUN_TAG = "labkit:run"
OWNER_TAG = "labkit:owner"
OWNER = "LABKIT_OWNER"
"""Environment variable: the owner's 6 digits, where a class has drawn them."""
LESSON_TAG = "labkit:lesson"
OP_TAG = "labkit:op"
EXPIRES_TAG = "labkit:expires"

LONGEST_NAME = 64
"""Characters that IAM takes for a role and Lambda for a function: the tightest limit so far."""

LOGICAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.fifo)?")
"""What every service takes in a name; ``.fifo`` ends the name of a FIFO queue or topic."""


@dataclass(frozen=True)
class Run:
    """One run of a lesson.

    Attributes
    ----------
    id
        32 hexadecimal digits: 128 random bits.
    owner
        6 hexadecimal digits, the same for every run of this user on this machine.
    lesson
        The lesson's slug.
    target, account, region
        Where it runs.
    started_at
        UTC.
    sandbox
        For a local run, what ``Sandbox.as_json`` gave.
    expires_at
        From when on anybody may take away what is left of it, UTC; None for never.
    edition
        ``solutions`` for a run of the solved edition, which is not the learner's; None for theirs.
    """

    id: str
    owner: str
    lesson: str
    target: str
    account: str
    region: str
    started_at: datetime
    sandbox: Mapping[str, Any] | None = None
    expires_at: datetime | None = None
    edition: str | None = None

    @property
    def marker(self) -> str:
        """The part of a name that only this run's resources have."""
        return f"{self.owner}-{self.id[:8]}"

    def name(self, logical: str) -> str:
        """Return the full name of what a lesson calls `logical`.

        Raises
        ------
        LabkitError
            When the name would be too long, or hold a character that a service does not take.
        """
        prefix = f"lk-{shorten(self.lesson)}-{self.marker}-"
        if not LOGICAL.fullmatch(logical):
            raise LabkitError(
                f"lab.name({logical!r}): use letters, digits, - and _ (a FIFO queue's name ends in "
                ".fifo)."
            )
        if len(prefix) + len(logical) > LONGEST_NAME:
            raise LabkitError(
                f"lab.name({logical!r}): AWS takes names of {LONGEST_NAME} characters and labkit's "
                f"part has {len(prefix)}, so yours can have {LONGEST_NAME - len(prefix)}."
            )
        return prefix + logical

    def tags(self, op: str) -> dict[str, str]:
        """Return the tags of what the operation numbered `op` creates."""
        expires = self.expires_at and {EXPIRES_TAG: self.expires_at.isoformat(timespec="seconds")}
        return {
            RUN_TAG: self.id,
            OWNER_TAG: self.owner,
            LESSON_TAG: self.lesson,
            OP_TAG: op,
            **(expires or {}),
        }


def shorten(lesson: str) -> str:
    """Return a lesson's few letters in names: ``doa`` for ``delivery-order-api``."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", lesson.lower()) if word]
    return "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:8]


def new_id() -> str:
    """Return the id of a new run, or of an operation: 128 random bits."""
    return secrets.token_hex(16)


def owner() -> str:
    """Return this user's 6 digits; the first call on a machine draws them.

    In a class that shares an account the class has drawn them, and learners' policies name them.
    """
    if given := os.environ.get(OWNER):
        return given
    file = state_dir() / "owner"
    file.parent.mkdir(parents=True, exist_ok=True)
    drawn = file.with_name(f"owner.{os.getpid()}")
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        drawn.write_text(secrets.token_hex(3))
    try:
        os.link(drawn, file)
    except FileExistsError:
        pass
    finally:
        drawn.unlink()
    return file.read_text().strip()
