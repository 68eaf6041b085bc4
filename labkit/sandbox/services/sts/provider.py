"""STS: whose token is good gets a role's session, and none lasts longer than the role allows.

A chained session lasts an hour at most.
Source: STS API Reference, AssumeRole; IAM User Guide, "Roles terms and concepts" (role chaining).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.gateway import constraints, internal
from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Output, Provider, operation
from labkit.sandbox.services.sts import web_identity
from labkit.sandbox.upstream.iam import iam

CHAINED_SECONDS = 3600
"""How long a session may last that was assumed with another one's keys."""

DEFAULT_SECONDS = 3600
"""What a role allows unless it says otherwise, and what a session lasts unless it asks."""


class Sts(Provider):
    """STS."""

    async def answer(self, request: Request) -> Output:
        """Answer a request whose parameters keep to the lengths and patterns of STS's model."""
        if broken := constraints.problems(request):
            raise ValidationError(constraints.sentence(broken))
        return await super().answer(request)

    @operation("AssumeRole")
    def assume_role(self, request: Request) -> Awaitable[Response]:
        """Assume a role for as long as it allows."""
        _check_duration(request)
        _check_tags(request.parameters)
        return request.forward()

    @operation("AssumeRoleWithWebIdentity")
    async def assume_role_with_web_identity(self, request: Request) -> dict[str, Any] | Response:
        """Assume a role with a token that it trusts, for as long as it allows."""
        given = request.parameters
        token = web_identity.verified(given["WebIdentityToken"], given["RoleArn"])
        _check_duration(request)
        response = await request.forward()
        if response.status != 200:
            return response
        told = {
            "SubjectFromWebIdentityToken": str(token.claims.get("sub", "")),
            "Audience": token.audience,
            "Provider": token.provider,
        }
        return internal.read(request, response) | told

    @operation("AssumeRoleWithSAML")
    def assume_role_with_saml(self, request: Request) -> Awaitable[Response]:
        """Assume a role with an assertion for as long as it allows."""
        _check_duration(request)
        return request.forward()


def _check_tags(given: dict[str, Any]) -> None:
    """Refuse tags of a session that nobody can give.

    Raises
    ------
    ValidationError
        If a key is AWS's own, or one that is to be handed on is not among them.
    """
    keys = {str(tag.get("Key", "")).lower() for tag in given.get("Tags") or []}
    if any(key.startswith("aws:") for key in keys):
        raise ValidationError("Tag keys that begin with aws: are AWS's own.")
    if {key.lower() for key in given.get("TransitiveTagKeys") or []} - keys:
        raise ValidationError(
            "The specified transitive tag key must be included in the requested tags."
        )


def _check_duration(request: Request) -> None:
    """Refuse a session that would last too long.

    Raises
    ------
    ValidationError
        If it would.
    """
    seconds = request.parameters.get("DurationSeconds") or DEFAULT_SECONDS
    caller = request.caller
    if seconds > CHAINED_SECONDS and caller is not None and caller.type == "AssumedRole":
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    arn = request.parameters["RoleArn"]
    account = arn.split(":")[4] if arn.count(":") > 4 else ""
    role = iam._roles.get_scoped(account, None, arn.rpartition("/")[2]) or {}
    if seconds > role.get("MaxSessionDuration", DEFAULT_SECONDS):
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


PROVIDER = Sts()
