"""A function's policies: one of its own, and one for each of its versions and aliases.

MiniStack keeps all statements together, so that a name is taken once for all of them, and what is
removed from the function goes from its aliases, too.
Source: Lambda API Reference, AddPermission, RemovePermission and GetPolicy; the texts as AWS
answers them.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceConflict, ResourceNotFound
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import existence, revisions

Members = dict[str, Any]

PRINCIPAL = re.compile(r"\*|\d{12}|arn:.+|.*\.amazonaws\.com(\.cn)?|.*@amazonaws\.com")
"""Who may be given a right: everybody, an account, who has an ARN, or a service of AWS."""

NO_POLICY = "The resource you requested does not exist."


async def add(request: Request) -> Response:
    """Add a statement to a policy.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    given = request.parameters
    if _qualifier(request) == existence.LATEST:
        text = f"We currently do not support adding policies for {existence.LATEST}."
        raise AwsError(text, existence.INVALID)
    if not PRINCIPAL.fullmatch(str(given["Principal"])):
        text = "The provided principal was invalid. Please check the principal and try again."
        raise AwsError(text, existence.INVALID)
    _check_qualifier(request)
    _check_revision(request)
    name = given["StatementId"]
    if any(one["Sid"] == name for one in _statements(request)):
        raise ResourceConflict(
            f"The statement id ({name}) provided already exists. Please provide a new statement "
            "id, or remove the existing statement."
        )
    if all(one["Sid"] != name for one in _all(request)):
        answer = await request.forward()
    else:
        answer = await _under_another_name(request, name)
    if answer.status < 400 and (record := existence.function(request)) is not None:
        revisions.renew(record, _qualifier(request))
    return answer


def remove(request: Request) -> None:
    """Remove a statement from a policy.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it is not there.
    """
    record = existence.function(request)
    if record is None:
        raise ResourceNotFound(f"No policy found for: {existence.arn(request)}")
    _check_qualifier(request)
    statements, name = _statements(request), request.parameters["StatementId"]
    if not statements:
        raise ResourceNotFound("No policy is associated with the given resource.")
    _check_revision(request)
    found = next((one for one in statements if one["Sid"] == name), None)
    if found is None:
        raise ResourceNotFound(f"Statement {name} is not found in resource policy.")
    _all(request).remove(found)
    revisions.renew(record, _qualifier(request))


def get(request: Request) -> Members:
    """Return a policy.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is none.
    """
    record, statements = existence.function(request), _statements(request)
    if record is None or not statements:
        raise ResourceNotFound(NO_POLICY)
    policy = record["policy"] | {"Statement": statements}
    revision = revisions.holder(record, _qualifier(request))["RevisionId"]
    return {"Policy": json.dumps(policy), "RevisionId": revision}


async def _under_another_name(request: Request, name: str) -> Response:
    """Add a statement whose name another policy of the function has, too."""
    passing = uuid.uuid4().hex
    answer = await request.forward(StatementId=passing)
    if answer.status >= 400:
        return answer
    added = next(one for one in _all(request) if one["Sid"] == passing)
    added["Sid"] = name
    return answer._replace(body=json.dumps({"Statement": json.dumps(added)}).encode())


def _check_revision(request: Request) -> None:
    if (record := existence.function(request)) is not None:
        latest = revisions.holder(record, _qualifier(request))["RevisionId"]
        revisions.check(request.parameters.get("RevisionId"), latest, revisions.POLICY)


def _check_qualifier(request: Request) -> None:
    """Check that the version or the alias that a policy is of is there."""
    qualifier = _qualifier(request)
    if not qualifier or existence.has(existence.function(request), qualifier):
        return
    whole = existence.arn(request, qualifier)
    missing = qualifier.isdecimal() or "$" in qualifier
    raise ResourceNotFound(
        f"Function not found: {whole}" if missing else f"Cannot find alias arn: {whole}"
    )


def _statements(request: Request) -> list[Members]:
    """Return the statements of the policy that a request is about."""
    arn = existence.arn(request, _qualifier(request))
    return [one for one in _all(request) if one["Resource"] == arn]


def _all(request: Request) -> list[Members]:
    record = existence.function(request) or {}
    found: list[Members] = record.get("policy", {}).get("Statement", [])
    return found


def _qualifier(request: Request) -> str:
    return str(request.parameters.get("Qualifier") or "")
