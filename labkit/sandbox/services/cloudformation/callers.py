"""Whose rights a stack's operation uses: those of the caller who asked for it.

Source: CloudFormation User Guide, "CloudFormation service role": without a role, CloudFormation
"uses a temporary session that it generates from your user credentials". A stack's operation runs in
the context of the request that asked for it, so its caller is that request's.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.authorise import Check, decide
from labkit.sandbox.gateway.request import current
from labkit.sandbox.upstream.iam import actions


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
    request = current.get()
    if request is None or request.caller is None or request.caller.policies is None:
        return  # the account's root, or the sandbox itself
    decision = decide(request.caller, Check(action, resource_arn, keys), request)
    if decision.decision == "Allow":
        return
    message = actions.identity_denial_message(
        action, decision.principal_arn, resource_arn, decision.decision == "Deny"
    )
    raise ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: AccessDenied)'
    )
