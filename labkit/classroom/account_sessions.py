"""`labkit class accounts`: the accounts of a class, from their check to their end.

All share one account, or `accounts.csv` names one for each. Either way a learner has a role of
their own, and a session of it; only where the role is differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.targets import Target
from labkit.classroom import quotas
from labkit.classroom.account_list import ACCOUNTS, ListedAccount, read_accounts
from labkit.classroom.console import console_link
from labkit.classroom.entering import assuming, enter
from labkit.classroom.folder import ClassFolder, Learner, write_private
from labkit.classroom.learners_role import (
    DAY_S,
    LearnersRole,
    hand_out,
    prepare,
    remove,
    revoke,
)
from labkit.course.doctor.findings import Finding, fine, problem
from labkit.errors import LabkitError
from labkit.resources.account.prepare import as_owner
from labkit.resources.account.prepare import prepare as prepare_account
from labkit.resources.sweep import search, sweep_own


@dataclass(frozen=True)
class AccountSessions:
    """A class's accounts, as its instructor works on them.

    Attributes
    ----------
    target
        The instructor's account, which all share unless others are listed.
    clients
        Of the account that all share; None where others are listed.
    listed
        Each learner's account.
    """

    folder: ClassFolder
    target: Target
    clients: Clients | None
    listed: Mapping[str, ListedAccount] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: ClassFolder, target: Target) -> AccountSessions:
        """Look at the account, and go on only where labkit may work.

        Raises
        ------
        Refused
            It may not; the message says why.
        LabkitError
            The class names another account.
        """
        owned = as_owner(target)
        if listed := read_accounts(folder):
            return cls(folder, owned, None, listed)
        if folder.settings.account not in ("", owned.account):
            raise LabkitError(
                f"These credentials are of account {owned.account}, and class.toml names "
                f"{folder.settings.account}; nothing was done."
            )
        return cls(folder, owned, Clients(owned, guard.admit(owned), bounded=False))

    def check(self, who: str | None = None) -> Iterator[Finding]:
        """Compare quotas with what learners take, and see whether each account can be entered."""
        roles = self._roles(who)
        if self.clients is not None:
            yield from quotas.shared(self.clients, len(roles))
            return
        for role in roles:
            about = f"{role.who}, {role.account}"
            try:
                clients = self._within(role)
                yield fine(about, f"can be entered as {self.listed[role.who].role}")
                for one in quotas.own(clients):
                    yield Finding(f"{about}: {one.about}", one.verdict, one.found, one.remedy)
            except (BotoCoreError, ClientError, LabkitError) as error:
                yield problem(about, str(error), "docs/aws.md says how an account is made ready.")

    def prepare(self, who: str | None = None, email: str | None = None) -> Iterator[str]:
        """Make everybody's role and policies, or bring them up to date.

        Parameters
        ----------
        email
            Who is told when a listed account nears its budget; its first time needs one.
        """
        for role in self._roles(who):
            with _in_words(role):
                if role.who in self.listed:
                    prepare_account(enter(self.target, self.listed[role.who]), email)
                prepare(self._within(role)("iam"), role)
            yield f"{role.who}: role and policies are there"

    def hand_out(self, who: str | None = None) -> Iterator[str]:
        """Write each learner's session into a file that only its owner can read."""
        for role in self._roles(who):
            keys = self.session(role.who)
            file = self.folder.private / f"{role.who}.env"
            write_private(file, _exports(role, keys, self.target.region))
            yield f"{role.who}: {file}, until {keys['Expiration']:%d %B, %H:%M} UTC"

    def session(self, who: str) -> dict[str, Any]:
        """Return new credentials of one learner.

        Raises
        ------
        LabkitError
            AWS gives none; the message says what to do.
        """
        [role] = self._roles(who)
        with _in_words(role):
            return hand_out(self._assuming, role, self.seconds)

    def console(self, who: str | None = None) -> Iterator[str]:
        """Return a link for each learner that opens AWS's console in their session.

        Raises
        ------
        LabkitError
            It is the sandbox, which has no console; or AWS gives no link.
        """
        if self.target.name != "aws":
            raise LabkitError(
                "The embedded sandbox has no console to sign in to; nothing was done. "
                "`--target aws` gives links for an account."
            )
        for role in self._roles(who):
            keys = self.session(role.who)
            yield f"{role.who}: {console_link(keys, self.target.region, self.seconds)}"

    def revoke(self, who: str | None = None) -> Iterator[str]:
        """End every session until now."""
        return self._each(who, revoke, "no session of theirs works any more")

    def sweep(self, who: str | None = None) -> Iterator[str]:
        """Delete what lessons left, each learner's by name and tag."""
        for role in self._roles(who):
            with _in_words(role):
                swept = sweep_own(self._within(role), role.owner, progress=False)
            yield f"{role.who}: {swept.verdict}. {swept}"

    def report(self, who: str | None = None) -> Iterator[str]:
        """Count what each learner has there now."""
        for role in self._roles(who):
            with _in_words(role):
                strays, unknown = search(self._within(role), role.owner)
            counts = Counter(one.kind for one in strays)
            said = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))
            yield f"{role.who}, account {role.account}: {said or 'nothing'}"
            yield from (f"{role.who}: unknown: {why}" for why in unknown)

    def remove(self, who: str | None = None) -> Iterator[str]:
        """Take roles and policies away; `sweep` deletes what lessons left."""
        return self._each(who, remove, "the role is gone, and its policies that nothing uses")

    @cached_property
    def seconds(self) -> int | None:
        """How long a session lasts; None for the hour that AWS gives to a role's own keys."""
        caller = self._assuming.get_caller_identity()["Arn"]
        return None if ":assumed-role/" in caller else DAY_S

    @cached_property
    def _assuming(self) -> Any:
        return self.clients("sts") if self.clients else assuming(self.target)

    def _each(
        self, who: str | None, what: Callable[[Any, LearnersRole], None], said: str
    ) -> Iterator[str]:
        for role in self._roles(who):
            with _in_words(role):
                what(self._within(role)("iam"), role)
            yield f"{role.who}: {said}"

    def _within(self, role: LearnersRole) -> Clients:
        """Return clients of the account in which a role is."""
        if self.clients is not None:
            return self.clients
        entered = enter(self.target, self.listed[role.who])
        return Clients(entered, guard.admit(entered), bounded=False)

    def _roles(self, who: str | None) -> list[LearnersRole]:
        chosen = [self.folder.learner(who)] if who else self.folder.learners
        return [self._role(one) for one in chosen]

    def _role(self, learner: Learner) -> LearnersRole:
        if not self.listed:
            return LearnersRole.of(self.folder, learner, self.target.account)
        if learner.who not in self.listed:
            raise LabkitError(f"{ACCOUNTS} names no account for {learner.who}; nothing was done.")
        account = self.listed[learner.who].account
        return LearnersRole.of(self.folder, learner, account, self.target.account)


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


def _exports(role: LearnersRole, keys: dict[str, Any], region: str) -> str:
    """Return the lines that a shell takes to work as a learner."""
    variables = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_DEFAULT_REGION": region,
        "LABKIT_TARGET": "aws",
        **role.environment(),
    }
    return "".join(f"export {name}={value}\n" for name, value in variables.items())
