"""Whose rights a stack's operation uses: its role's, or those of the caller who asked for it.

Source: CloudFormation User Guide, "CloudFormation service role": without a role, CloudFormation
"uses a temporary session that it generates from your user credentials". A stack's operation runs in
the context of the request that asked for it, so its caller is that request's.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.authorise import Check, decide
from labkit.sandbox.gateway.request import current
from labkit.sandbox.services.cloudformation import service_roles
from labkit.sandbox.upstream.iam import actions

SESSION = "AWSCloudFormation"
"""The name of CloudFormation's session of a stack's role."""


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
    if role := service_roles.operating.get():
        _require_of(role, action, resource_arn, keys)
        return
    request = current.get()
    if request is None or request.caller is None or request.caller.policies is None:
        return  # the account's root, or the sandbox itself
    decision = decide(request.caller, Check(action, resource_arn, keys), request)
    if decision.decision == "Allow":
        return
    message = actions.identity_denial_message(
        action, decision.principal_arn, resource_arn, decision.decision == "Deny"
    )
    raise _denied(message)


def _require_of(role: str, action: str, resource_arn: str, keys: dict[str, Any]) -> None:
    if permissions.role_allows(role, action, resource_arn, SESSION, keys):
        return
    account, name = role.split(":")[4], role.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{SESSION}"
    raise _denied(actions.identity_denial_message(action, session, resource_arn, False))


def _denied(message: str) -> ValueError:
    return ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: AccessDenied)'
    )
