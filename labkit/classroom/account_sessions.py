"""`labkit class accounts`: the shared account of a class, from its check to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.policies import STUDENT
from labkit.aws.targets import Target
from labkit.classroom.folder import ClassFolder, write_private
from labkit.classroom.shared_account import (
    DAY_S,
    LearnersRole,
    hand_out,
    prepare,
    remove,
    revoke,
)
from labkit.errors import LabkitError
from labkit.resources.account.prepare import as_owner

CONCURRENCY_EACH = 2
"""Lesson 09 reserves so much of the account's concurrent executions for one learner."""
UNRESERVED = 100
"""What Lambda keeps unreserved. Source: Lambda Developer Guide, "Reserved concurrency"."""
POLICIES_EACH = len(STUDENT) + 1
"""Those that a learner's role has, and the boundary of the roles that the learner makes."""
POLICIES_QUOTA = 1500
ROLES_QUOTA = 1000
"""Of an account. Source: IAM User Guide, "IAM and AWS STS quotas"."""
ROLES_EACH = 12
"""A learner's own, and those that lessons of one day make."""


@dataclass(frozen=True)
class AccountSessions:
    """A class's account, as its instructor works on it."""

    folder: ClassFolder
    target: Target
    clients: Clients

    @classmethod
    def open(cls, folder: ClassFolder, target: Target) -> AccountSessions:
        """Look at the account, and go on only where labkit may work.

        Raises
        ------
        Refused
            It may not; the message says why.
        """
        owned = as_owner(target)
        return cls(folder, owned, Clients(owned, guard.admit(owned)))

    def check(self, who: str | None = None) -> Iterator[str]:
        """Compare the account's quotas with what so many learners take."""
        learners = len(self._roles(who))
        limits = self.clients("lambda").get_account_settings()["AccountLimit"]
        there, wanted = limits["ConcurrentExecutions"], UNRESERVED + learners * CONCURRENCY_EACH
        verdict = "enough" if there >= wanted else "ask AWS for more, days ahead"
        yield f"Lambda, concurrent executions: {there}, {wanted} for {learners}: {verdict}."
        policies = f"IAM, managed policies: {learners * POLICIES_EACH} of {POLICIES_QUOTA}."
        yield policies + f" Roles: {learners * ROLES_EACH} of {ROLES_QUOTA}."
        waits = f"after lesson 08 {learners} learners wait up to {learners / 2:.0f} minutes."
        yield f"API Gateway deletes one REST API in 30 s for the whole account: {waits}"

    def prepare(self, who: str | None = None) -> Iterator[str]:
        """Make everybody's role and policies, or bring them up to date."""
        return self._each(who, prepare, "role and policies are there")

    def hand_out(self, who: str | None = None) -> Iterator[str]:
        """Write each learner's session into a file that only its owner can read."""
        for role in self._roles(who):
            with _in_words(role):
                keys = hand_out(self.clients("sts"), role, self._seconds())
            file = self.folder.private / f"{role.who}.env"
            write_private(file, _exports(role, keys))
            yield f"{role.who}: {file}, until {keys['Expiration']:%d %B, %H:%M} UTC"

    def revoke(self, who: str | None = None) -> Iterator[str]:
        """End every session until now."""
        return self._each(who, revoke, "no session of theirs works any more")

    def remove(self, who: str | None = None) -> Iterator[str]:
        """Take roles and policies away; `labkit sweep --expired` deletes what lessons left."""
        return self._each(who, remove, "the role is gone, and its policies that nothing uses")

    def _each(
        self, who: str | None, what: Callable[[Any, LearnersRole], None], said: str
    ) -> Iterator[str]:
        for role in self._roles(who):
            with _in_words(role):
                what(self.clients("iam"), role)
            yield f"{role.who}: {said}"

    def _roles(self, who: str | None) -> list[LearnersRole]:
        chosen = [self.folder.learner(who)] if who else self.folder.learners
        return [LearnersRole.of(self.folder, one, self.target.account) for one in chosen]

    def _seconds(self) -> int:
        """Return how long a session may last: with a role's own keys AWS gives an hour."""
        caller = self.clients("sts").get_caller_identity()["Arn"]
        return 3600 if ":assumed-role/" in caller else DAY_S


@contextmanager
def _in_words(role: LearnersRole) -> Iterator[None]:
    """Say of whom AWS refused what, and what to do.

    Raises
    ------
    LabkitError
        It refused.
    """
    try:
        yield
    except ClientError as error:
        raise LabkitError(
            f"{role.who}: {error.response['Error'].get('Message', error)} Those named above are "
            "done, the others not. `labkit class accounts FOLDER prepare` makes missing roles; "
            "sessions of a day need the keys of an IAM user."
        ) from error


def _exports(role: LearnersRole, keys: dict[str, Any]) -> str:
    """Return the lines that a shell takes to work as a learner."""
    variables = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "LABKIT_TARGET": "aws",
        **role.environment(),
    }
    return "".join(f"export {name}={value}\n" for name, value in variables.items())
