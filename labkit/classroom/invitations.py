"""Invitation links: who may come in as whom, until when; signed, so that none can be made up."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labkit.classroom.folder import INSTRUCTOR, ClassFolder
from labkit.errors import LabkitError

INSTRUCTORS_LINK_LASTS = timedelta(minutes=15)
"""Short, since it opens everything: `labkit class instructor` prints another."""

_TOKEN = re.compile(r"([a-z0-9-]{1,30})\.([0-9]{1,12})\.([0-9]{1,6})\.([A-Za-z0-9_-]{43})")


class NotInvited(LabkitError):
    """A link lets nobody in; the message says why, and what to do."""


@dataclass(frozen=True)
class Invitation:
    """What a link says.

    Attributes
    ----------
    who
        A learner's pseudonym, or `INSTRUCTOR`.
    expires
        Seconds since 1970.
    generation
        Which of the learner's links it is; a renewed one ends those before.
    """

    who: str
    expires: int
    generation: int

    @property
    def instructor(self) -> bool:
        """Whether it lets an instructor in."""
        return self.who == INSTRUCTOR

    @property
    def ends(self) -> datetime:
        """When it expires, in UTC."""
        return datetime.fromtimestamp(self.expires, UTC)


def links(folder: ClassFolder) -> dict[str, str]:
    """Return each learner's link, by pseudonym."""
    until = int(folder.settings.expires.timestamp())
    invitations = (Invitation(one.who, until, one.generation) for one in folder.learners)
    return {one.who: link(folder, one) for one in invitations}


def instructors_link(folder: ClassFolder) -> str:
    """Return a fresh link for the instructor."""
    until = int(time.time() + INSTRUCTORS_LINK_LASTS.total_seconds())
    return link(folder, Invitation(INSTRUCTOR, until, 0))


def link(folder: ClassFolder, invitation: Invitation) -> str:
    """Return the address that lets somebody in."""
    return f"{folder.settings.url.rstrip('/')}/hub/join?token={signed(folder, invitation)}"


def signed(folder: ClassFolder, invitation: Invitation) -> str:
    """Return the token of an invitation."""
    said = f"{invitation.who}.{invitation.expires}.{invitation.generation}"
    return f"{said}.{_signature(folder, said)}"


def accept(folder: ClassFolder, token: str, now: float | None = None) -> Invitation:
    """Return what a token says, if it is one of this class and still holds.

    Raises
    ------
    NotInvited
        It is forged or of another class, has expired, was renewed, or its learner has left.
    """
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(
        match[4], _signature(folder, f"{match[1]}.{match[2]}.{match[3]}")
    ):
        raise NotInvited(
            "This is no invitation to this class. Copy the whole link once more, or ask your "
            "instructor for it."
        )
    found = Invitation(match[1], int(match[2]), int(match[3]))
    if (time.time() if now is None else now) >= found.expires:
        raise NotInvited(
            f"This invitation ended on {found.ends:%d %B %Y at %H:%M} UTC. Ask your instructor for "
            "a new one; what you did is still there."
        )
    if not found.instructor:
        _expect_current(folder, found)
    return found


def _expect_current(folder: ClassFolder, found: Invitation) -> None:
    """Raise NotInvited unless the roster still has this very link."""
    for one in folder.learners:
        if one.who == found.who and one.generation == found.generation:
            return
    raise NotInvited(
        "This invitation was replaced by a newer one, or taken back. Ask your instructor for yours."
    )


def _signature(folder: ClassFolder, said: str) -> str:
    """Return the HMAC-SHA256 of what a token says to this class, in 43 URL-safe characters."""
    message = f"labkit class invitation|{folder.settings.id}|{said}".encode()
    return (
        urlsafe_b64encode(hmac.digest(folder.secret, message, hashlib.sha256)).decode().rstrip("=")
    )
