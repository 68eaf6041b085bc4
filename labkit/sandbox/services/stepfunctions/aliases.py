"""Aliases of machines: what their routes may be; and pages of aliases, versions and machines.

Source: Step Functions API Reference, CreateStateMachineAlias, DeleteStateMachineVersion and the
lists; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import page_tokens
from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.services.stepfunctions import refusals, revisions
from labkit.sandbox.upstream.stepfunctions import stepfunctions

WHOLE = 100
"""The sum of an alias's weights."""

LONGEST_PAGE = 1000

TAKEN = (
    "Failed to create alias because an alias with the same name and a different routing "
    "configuration already exists."
)

Data = dict[str, Any]


def check_routing(routing: list[Data]) -> None:
    """Check which versions an alias leads to.

    Raises
    ------
    ValidationError
        If they are none, or the same, or have not all weight together.
    """
    arns = _versions(routing)
    received = f"Received: [{', '.join(arns)}]"
    if not all(arn.rpartition(":")[2].isdecimal() for arn in arns):
        text = f"Routing configuration must contain state machine version ARNs. {received}"
        raise ValidationError(text)
    if len(set(arns)) < len(arns):
        text = f"Routing configuration must contain distinct state machine version ARNs. {received}"
        raise ValidationError(text)
    weights = [one["weight"] for one in routing]
    if sum(weights) != WHOLE:
        text = f"Sum of routing configuration weights must equal {WHOLE}. Received: {weights}"
        raise ValidationError(text)


def _versions(routing: list[Data]) -> list[str]:
    return [one["stateMachineVersionArn"] for one in routing]


def same(given: Data) -> Data | None:
    """Return the answer for an alias that is there already; None if there is none.

    Raises
    ------
    AwsError
        `ConflictException` if it is another one.
    """
    routing = given["routingConfiguration"]
    machine = routing[0]["stateMachineVersionArn"].rpartition(":")[0]
    alias = stepfunctions._state_machine_aliases.get(f"{machine}:{given['name']}")
    if alias is None:
        return None
    described = alias.get("description", "") == given.get("description", "")
    if not described or alias["routingConfiguration"] != routing:
        raise AwsError(TAKEN, "ConflictException")
    return {name: alias[name] for name in ("stateMachineAliasArn", "creationDate")}


def check_unused(version_arn: str) -> None:
    """Refuse to delete a version that an alias leads to.

    Raises
    ------
    AwsError
        `ConflictException`.
    """
    every = stepfunctions._state_machine_aliases.values()
    names = [one["name"] for one in every if version_arn in _versions(one["routingConfiguration"])]
    if names:
        raise AwsError(
            "Version to be deleted must not be referenced by an alias. Current list of aliases "
            f"referencing this version: [{', '.join(names)}]",
            "ConflictException",
        )


def list_aliases(given: Data) -> Data:
    """Serve ListStateMachineAliases: the oldest first."""
    arn = given["stateMachineArn"]
    _check_machine(arn)
    found = [
        {name: alias[name] for name in ("stateMachineAliasArn", "creationDate")}
        for alias in stepfunctions._state_machine_aliases.values()
        if alias["stateMachineAliasArn"].rpartition(":")[0] == arn
    ]
    return _page("stateMachineAliases", found, given)


def list_versions(given: Data) -> Data:
    """Serve ListStateMachineVersions: the newest first."""
    arn = given["stateMachineArn"]
    _check_machine(arn)
    found = [
        {name: version[name] for name in ("stateMachineVersionArn", "creationDate")}
        for version in revisions.versions_of(arn)
    ]
    return _page("stateMachineVersions", found, given)


def _check_machine(arn: str) -> None:
    if arn not in stepfunctions._state_machines:
        raise refusals.no_machine(arn)


def _page(name: str, found: list[Data], given: Data) -> Data:
    token = given.get("nextToken")
    begin = page_tokens.read(token) if token else 0
    if begin is None:
        raise AwsError("Invalid Token: 'Invalid token'", "InvalidToken")
    end = begin + (given.get("maxResults") or LONGEST_PAGE)
    following = {"nextToken": page_tokens.write(end)} if end < len(found) else {}
    return {name: found[begin:end]} | following
