"""Prepares an account: the template goes in through a change set, which can be read before."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.consent import CONSENT
from labkit.aws.policies import BOUNDARY_POLICY
from labkit.aws.targets import EmbeddedTarget, Target
from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.polling import wait_until
from labkit.resources.account.template import ACCOUNT, LEARNERS, template

STACKS = {ACCOUNT: "labkit-account", LEARNERS: "labkit-learners"}
"""Template → name of its stack."""

CONSENT_FOR = timedelta(days=90)
"""How long a consent lasts unless its end is given: a term."""

DEPLOYED_WITHIN_S = 600.0
"""Bound for CloudFormation, in seconds; a function, three roles and a budget take one minute."""

UNFINISHED = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
"""States of a stack that was never there: only a change set, or a creation that was undone."""


@dataclass(frozen=True)
class Change:
    """One change of a change set.

    Attributes
    ----------
    action
        ``Add``, ``Modify`` or ``Remove``.
    kind
        CloudFormation's type.
    name
        The resource's name in the template.
    """

    action: str
    kind: str
    name: str


@dataclass(frozen=True)
class Preparation:
    """What `prepare` did, or would do.

    Attributes
    ----------
    account, region
        Where.
    changes
        What the change set held; empty if all was there already.
    executed
        Whether it was carried out.
    """

    account: str
    region: str
    changes: Sequence[Change]
    executed: bool

    def as_json(self) -> dict[str, Any]:
        """Return it for ``json.dumps``."""
        return asdict(self)

    def __repr__(self) -> str:
        where = f"account {self.account}, {self.region}"
        if not self.changes:
            return f"Nothing to change: {where} is prepared as this labkit does it."
        lines = [f"{one.action:8}{one.kind}  {one.name}" for one in self.changes]
        done = "Done in" if self.executed else "Nothing was changed; this is what would be in"
        return "\n".join([*lines, f"{done} {where}."])


def as_owner(target: Target) -> Target:
    """Return a target as the account's owner sees it: in the sandbox that is its root user."""
    if not isinstance(target, EmbeddedTarget):
        return target
    return replace(target, sandbox=target.sandbox.as_root(), session_token=None)


def prepare(
    target: Target,
    email: str | None = None,
    budget_usd: float | None = None,
    until: date | None = None,
    look: bool = False,
) -> Preparation:
    """Put consent, policies, budget alarm and reaper into an account, or bring them up to date.

    Parameters
    ----------
    target
        The account.
    email
        Who is told when the account nears its budget; the first time it has to be given.
    budget_usd
        What the account may cost in a month, in USD.
    until
        When the consent ends.
    look
        Only return what would change.

    Raises
    ------
    Refused
        When the account is not one that labkit may work in.
    LabkitError
        When something is missing, or CloudFormation failed.
    """
    target = as_owner(target)
    clients = Clients(target, guard.admit(target, preparing=True))
    given = {
        "AlertEmail": email,
        "BudgetUsd": budget_usd,
        "Until": until and until.isoformat(),
    }
    account, learners = _Stack(clients, ACCOUNT), _Stack(clients, LEARNERS)
    if not account.exists:
        given = _first_parameters(given)
    changes: list[Change] = []
    if learners.exists or not _has_policies(clients):
        changes += learners.change({}, look)
    first = None if account.exists else partial(_make_way, clients)
    changes += account.change(given, look, first)
    return Preparation(target.account, target.region, changes, bool(changes) and not look)


def _first_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["AlertEmail"] is None:
        raise LabkitError(
            "Nothing was changed: say who is told when the account nears its budget, with "
            "--email you@example.com."
        )
    until = (clock().now() + CONSENT_FOR).date().isoformat()
    return {**given, "Until": given["Until"] or until}


def _has_policies(clients: Clients) -> bool:
    """Tell whether the account has the learners' policies, from another Region or by hand."""
    iam = clients("iam")
    arn = f"arn:aws:iam::{clients.target.account}:policy/{BOUNDARY_POLICY}"
    try:
        iam.get_policy(PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _make_way(clients: Clients) -> None:
    """Delete a consent that was put in by hand: CloudFormation makes only what is not there."""
    ssm = clients("ssm")
    with suppress(ssm.exceptions.ParameterNotFound):
        ssm.delete_parameter(Name=CONSENT)


class _Stack:
    """One stack, and the one change set that is made for it."""

    def __init__(self, clients: Clients, template_name: str) -> None:
        self._client = clients("cloudformation")
        self._template = template_name
        self._name = STACKS[template_name]
        self._change_set = {
            "StackName": self._name,
            "ChangeSetName": f"labkit-{uuid.uuid4().hex[:8]}",
        }
        described = self._describe()
        self._parameters = {one["ParameterKey"] for one in (described or {}).get("Parameters", [])}
        self._status = described["StackStatus"] if described else ""

    @property
    def exists(self) -> bool:
        """Whether there is something to be updated."""
        return bool(self._status) and self._status not in UNFINISHED

    def change(
        self, given: Mapping[str, Any], look: bool, first: Callable[[], None] | None = None
    ) -> list[Change]:
        """Bring the stack up to the template, or only look; return what changes.

        Parameters
        ----------
        given
            Parameters; None for one that stays as it is, or has a default.
        look
            Whether to leave it at the change set, and delete that.
        first
            Called before the change set is carried out.
        """
        changes = self._propose({name: str(text) for name, text in given.items() if text})
        if changes and not look:
            if first is not None:
                first()
            self._execute()
        elif self.exists:
            self._client.delete_change_set(**self._change_set)
        else:
            self._delete()
        return changes

    def _propose(self, parameters: Mapping[str, str]) -> list[Change]:
        if self._status == "ROLLBACK_COMPLETE":
            self._delete()
        kept = self._parameters - set(parameters) if self.exists else set()
        self._client.create_change_set(
            **self._change_set,
            ChangeSetType="UPDATE" if self.exists else "CREATE",
            TemplateBody=template(self._template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                *({"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()),
                *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
            ],
        )
        [described] = wait_until(self._proposed, DEPLOYED_WITHIN_S, "CloudFormation's change set")
        if described["Status"] == "FAILED" and not _nothing_to_change(described):
            raise LabkitError(
                f"Nothing was changed: CloudFormation refused it. {described['StatusReason']}"
            )
        return list(_changes(described))

    def _execute(self) -> None:
        self._client.execute_change_set(**self._change_set)
        status = wait_until(self._settled, DEPLOYED_WITHIN_S, f"the stack {self._name}")
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            reasons = "; ".join(self._failures())
            raise LabkitError(
                f"The account was not prepared: CloudFormation undid it ({status}). {reasons}"
            )

    def _proposed(self) -> list[dict[str, Any]]:
        described: dict[str, Any] = self._client.describe_change_set(**self._change_set)
        return [] if described["Status"].endswith(("PENDING", "IN_PROGRESS")) else [described]

    def _settled(self) -> str | None:
        described = self._describe()
        status = described["StackStatus"] if described else "DELETE_COMPLETE"
        return None if status.endswith("_IN_PROGRESS") else status

    def _describe(self) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            [stack] = self._client.describe_stacks(StackName=self._name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return dict(stack)

    def _delete(self) -> None:
        self._client.delete_stack(StackName=self._name)
        wait_until(
            lambda: self._describe() is None, DEPLOYED_WITHIN_S, f"the stack {self._name} to go"
        )

    def _failures(self) -> Iterator[str]:
        for event in self._client.describe_stack_events(StackName=self._name)["StackEvents"]:
            if event["ResourceStatus"].endswith("_FAILED"):
                why = event.get("ResourceStatusReason", "no reason given")
                yield f"{event['LogicalResourceId']}: {why}"


def _nothing_to_change(change_set: Mapping[str, Any]) -> bool:
    """Tell CloudFormation's two ways to say so (CloudFormation user guide, troubleshooting)."""
    reason = change_set.get("StatusReason", "")
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def _changes(change_set: Mapping[str, Any]) -> Iterator[Change]:
    for one in change_set.get("Changes", []):
        change = one["ResourceChange"]
        yield Change(change["Action"], change["ResourceType"], change["LogicalResourceId"])
