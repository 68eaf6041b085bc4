"""Whose credentials a stack's operation uses: those of the caller who asked for it.

Source: CloudFormation User Guide, "CloudFormation service role": without a role, CloudFormation
"uses a temporary session that it generates from your user credentials". MiniStack forgets the
caller; the seam is its entry for CloudFormation's requests, whose context the operation inherits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.iam_actions import identity_denial_message
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id

from labkit.sandbox.gateway.condition_keys import keys_of_the_resource
from labkit.sandbox.upstream import seams

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]

_access_key: ContextVar[str] = ContextVar("access_key", default="")


def install() -> None:
    """Keep each caller's access key while the request, and what it starts, runs."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        token = _access_key.set(extract_access_key_id(headers, query))
        try:
            return await upstream(method, path, headers, body, query)
        finally:
            _access_key.reset(token)

    upstream: Handler = seams.replace_item(
        "ministack.app", "SERVICE_HANDLERS", "cloudformation", handle
    )


def require(action: str, resource_arn: str, keys: dict[str, Any]) -> None:
    """Ask whether the operation's caller may do `action`.

    Parameters
    ----------
    action
        For example ``sqs:CreateQueue``.
    resource_arn
        What it is about to be done to.
    keys
        Condition keys of the request.

    Raises
    ------
    ValueError
        With the reason, as CloudFormation words it, if the caller may not.
    """
    service = action.partition(":")[0]
    known = keys_of_the_resource(action, resource_arn) | keys
    denied = iam.enforce(_access_key.get(), action, service, get_region(), resource_arn, known)
    if denied is None or isinstance(denied, iam.AuthError):
        return
    message = identity_denial_message(
        action, denied.principal_arn, resource_arn, denied.decision == "Deny"
    )
    raise ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: AccessDenied)'
    )
