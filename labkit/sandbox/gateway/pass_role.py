"""Handing a role to a service takes `iam:PassRole` on that role, whatever else the caller may do.

Checked where a lesson hands one over: to a function, an integration, a state machine, a rule's
target, a schedule. MiniStack checks the call itself only; the seams are its service entries.
Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.iam_actions import access_denied_response
from ministack.core.responses import get_region, new_uuid
from ministack.core.router import extract_access_key_id

from labkit.sandbox.upstream import seams

PASSED = {
    "apigateway": ("credentials",),
    "events": ("Targets", "RoleArn"),
    "lambda": ("Role",),
    "scheduler": ("Target", "RoleArn"),
    "states": ("roleArn",),
}
"""Each service, and the path of the field in which a caller hands it a role."""

ACTION = "iam:PassRole"

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


def install() -> None:
    """Look at what comes into the services of `PASSED` before they do."""
    for service, path in PASSED.items():
        _guard(service, path)


def _guard(service: str, field: tuple[str, ...]) -> None:
    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        for role in _handed_over(body, field):
            if refusal := _refusal(service, role, headers, query):
                return refusal
        return await upstream(method, path, headers, body, query)

    upstream: Handler = seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, handle)


def _handed_over(body: bytes, field: tuple[str, ...]) -> list[str]:
    """Return the roles in a request's body."""
    if b":role/" not in body:
        return []
    try:
        found = [json.loads(body)]
    except ValueError:
        return []
    for name in field:
        inner = [one.get(name) for one in found if isinstance(one, dict)]
        found = [part for one in inner for part in (one if isinstance(one, list) else [one])]
    return [one for one in found if isinstance(one, str) and ":role/" in one]


def _refusal(
    service: str, role: str, headers: dict[str, str], query: dict[str, Any]
) -> Response | None:
    """Return the service's refusal if the caller may not pass `role` to it."""
    context = {"iam:PassedToService": f"{service}.amazonaws.com"}
    key = extract_access_key_id(headers, query)
    denied = iam.enforce(key, ACTION, "iam", get_region(), role, context)
    if denied is None or isinstance(denied, iam.AuthError):
        return None
    reason = (
        "with an explicit deny in an identity-based policy"
        if denied.decision == "Deny"
        else f"because no identity-based policy allows the {ACTION} action"
    )
    response: Response = access_denied_response(
        service,
        ACTION,
        denied.principal_arn,
        new_uuid(),
        headers=headers,
        message=f"User: {denied.principal_arn} is not authorized to perform: {ACTION} "
        f"on resource: {role} {reason}",
    )
    return response
