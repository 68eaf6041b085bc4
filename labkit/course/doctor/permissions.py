"""Asks IAM's simulator whether learners may do what the student policy allows."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from labkit.aws import policies
from labkit.aws.clients import Clients
from labkit.aws.targets import AccountTarget
from labkit.course.doctor.findings import Finding, fine, problem, some
from labkit.resources.kinds import KINDS
from labkit.resources.run import RUN_TAG

AT_A_TIME = 50
"""Actions in one simulation."""

MADE_UP = "doctor"
"""Stands for whatever a policy's wildcard leaves open."""

Statement = dict[str, Any]


def examine_permissions(clients: Clients, target: AccountTarget) -> Iterator[Finding]:
    """Yield what the simulator says of each action of the student policy; nothing is changed.

    It takes actions by their full names only: of ``sqs:*`` those are asked that make and delete
    what labkit knows.

    Raises
    ------
    botocore.exceptions.ClientError
        Whoever asks may not simulate.
    """
    asked, denied = 0, []
    for name in policies.STUDENT:
        for statement in policies.load(name)["Statement"]:
            actions = actions_of(statement)
            for start in range(0, len(actions), AT_A_TIME):
                part = actions[start : start + AT_A_TIME]
                asked += len(part)
                denied += _denied(clients("iam"), target, statement, part)
    if denied:
        yield problem(
            "permissions",
            f"{len(denied)} of {asked} actions are not allowed: {some(denied)}",
            "Attach the policies of labkit/aws/policies to the learner's role or user.",
        )
    else:
        yield fine("permissions", f"all {asked} actions of the student policy are allowed")


def actions_of(statement: Statement) -> list[str]:
    """Return the actions that a statement allows, by their full names."""
    if statement["Effect"] != "Allow":
        return []
    patterns = _listed(statement["Action"])
    plain = [pattern for pattern in patterns if "*" not in pattern]
    open_ended = [pattern for pattern in patterns if "*" in pattern]
    known = sorted(
        action
        for kind in KINDS.values()
        for operation in (*(one.operation for one in kind.creates), *kind.deletes)
        for action in [f"{kind.in_arns or kind.service}:{operation}"]
        if any(fnmatchcase(action, pattern) for pattern in open_ended)
    )
    return plain + list(dict.fromkeys(known))


def context_of(statement: Statement, target: AccountTarget) -> dict[str, str]:
    """Return values with which a statement's conditions hold, by their keys."""
    tags = {f"aws:{kind}/{RUN_TAG}": MADE_UP for kind in ("RequestTag", "ResourceTag")}
    wanted = {
        key: _filled(_listed(values)[0], target)
        for operator, keys in statement.get("Condition", {}).items()
        if operator != "Null"
        for key, values in keys.items()
    }
    return tags | wanted


def resource_of(statement: Statement, service: str, target: AccountTarget) -> str:
    """Return a resource that a statement covers, one of that service where there is any."""
    patterns = _listed(statement.get("Resource", "*"))
    own = [pattern for pattern in patterns if pattern.split(":")[2:3] == [service]]
    return _filled((own or patterns)[0], target)


def _denied(iam: Any, target: AccountTarget, statement: Statement, actions: list[str]) -> list[str]:
    entries = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in context_of(statement, target).items()
    ]
    denied = []
    for service in sorted({action.partition(":")[0] for action in actions}):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=_principal(target.identity),
            ActionNames=[action for action in actions if action.partition(":")[0] == service],
            ResourceArns=[resource_of(statement, service, target)],
            ContextEntries=entries,
        )
        denied += [
            result["EvalActionName"]
            for result in answer["EvaluationResults"]
            if result["EvalDecision"] != "allowed"
        ]
    return denied


def _filled(pattern: str, target: AccountTarget) -> str:
    """Put this account, this region and a made-up name where a pattern has wildcards."""
    parts = pattern.split(":", 5)
    if len(parts) == 6:
        region = target.region if parts[3] == "*" else parts[3]
        account = target.account if parts[4] == "*" else parts[4]
        parts = [*parts[:3], region, account, parts[5].replace("*", MADE_UP)]
    return ":".join(parts)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _principal(identity: str) -> str:
    """Return the role behind an assumed role: IAM simulates users and roles, not sessions."""
    head, found, session = identity.partition(":assumed-role/")
    if not found:
        return identity
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}"
