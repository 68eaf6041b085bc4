"""Handing a role to a service takes `iam:PassRole` on that role, whatever else the caller may do.

Asked where a lesson hands one over: to a function, an integration, a state machine, a rule's
target, a schedule.
Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.request import Request

ACTION = "iam:PassRole"

PASSED = {
    "apigateway": ("credentials",),
    "apigatewayv2": ("credentials",),
    "codebuild": ("serviceRole",),
    "codedeploy": ("serviceRoleArn",),
    "codepipeline": ("pipeline", "roleArn"),
    "events": ("Targets", "RoleArn"),
    "lambda": ("Role",),
    "scheduler": ("Target", "RoleArn"),
    "stepfunctions": ("roleArn",),
}
"""Each service, and the path of the field in which a caller hands it a role."""


def roles_in(request: Request) -> list[str]:
    """Return the roles that a request hands to its service."""
    field = PASSED.get(request.service)
    if field is None or b":role/" not in request.body:
        return []
    found: list[Any] = [request.decoded]
    for name in field:
        inner = [one.get(name) for one in found if isinstance(one, dict)]
        found = [part for one in inner for part in (one if isinstance(one, list) else [one])]
    return [one for one in found if isinstance(one, str) and ":role/" in one]
