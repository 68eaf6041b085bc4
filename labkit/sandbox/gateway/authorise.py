"""Whether a request's caller may do what it asks for, by IAM's policies and the resource's own.

Most requests are one action on one resource. Some take more: a role that is handed to a service,
each table of a transaction, each bus that events go to.
Source: IAM User Guide, "Policy evaluation logic"; Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from labkit.sandbox.gateway import condition_keys, pass_role, registry
from labkit.sandbox.gateway.actions import action_of
from labkit.sandbox.gateway.condition_keys import keys_of_the_request
from labkit.sandbox.gateway.errors import AccessDenied
from labkit.sandbox.gateway.parse import CBOR
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.resources import resource_of
from labkit.sandbox.upstream.iam import actions, evaluator

STATUS_400 = ("logs", "ssm")
"""Services that deny with HTTP 400."""


class Check(NamedTuple):
    """One question to IAM: may the caller do this action to this resource?"""

    action: str
    resource: str
    keys: dict[str, Any]
    """The condition keys of the request."""


def authorise(request: Request) -> None:
    """Ask IAM whether the caller may.

    Raises
    ------
    labkit.sandbox.gateway.errors.AccessDenied
        If they may not; the message is AWS's.
    """
    if request.caller is None or request.caller.policies is None:
        return  # the account's root, which may do everything
    for check in checks(request):
        decision = decide(request.caller, check, request)
        if decision.decision != "Allow":
            raise _denial(request, check, decision)


def checks(request: Request) -> Iterator[Check]:
    """Yield what a request asks for."""
    if request.protocol == CBOR:  # MiniStack looks for names in JSON
        request = request.in_json()
    action = action_of(request)
    if action is None or action in evaluator._ALWAYS_ALLOWED_ACTIONS:
        return
    keys = keys_of_the_request(request)
    if more := _of_transaction(request, action):
        inside = keys | {"dynamodb:EnclosingOperation": [request.operation]}
        yield from (Check(item, resource, inside) for item, resource in more)
        return
    yield Check(action, resource_of(request), keys)
    yield from (Check(action, resource, keys) for resource in _further(request))
    for role in pass_role.roles_in(request):
        service = f"{registry.by_name(request.service).upstream}.amazonaws.com"
        yield Check(pass_role.ACTION, role, {"iam:PassedToService": service})


def decide(caller: Any, check: Check, request: Request) -> Any:
    """Return the evaluator's decision on one check."""
    service = check.action.partition(":")[0]
    context = evaluator.EvalContext(
        principal_arn=caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action=check.action,
        resource_arn=check.resource,
        region=request.region,
        service_context=condition_keys.known(*check, caller.policies, caller.limits),
        principal_keys=caller.keys,
    )
    decision = evaluator.evaluate(context, caller.policies, *caller.limits)
    if policy := evaluator._resource_policy(service, check.resource):
        required = service in evaluator._POLICY_REQUIRED
        decision = evaluator.combine_resource_policy(
            decision, context, *policy, required=required, limits=caller.limits
        )
    decision.principal_arn = caller.arn
    return decision


def _of_transaction(request: Request, action: str) -> list[tuple[str, str]]:
    if request.service != "dynamodb":
        return []
    found: list[tuple[str, str]] = actions.dynamodb_transaction_checks(
        action, request.body, request.region, request.account
    )
    return found


def _further(request: Request) -> list[str]:
    """Return the resources beside the first that a request is about."""
    given = request.body, request.region, request.account
    if request.service == "dynamodb":
        return list(actions.dynamodb_resource_arns(*given)[1:])
    return (
        list(actions.eventbridge_resource_arns(*given)[1:]) if request.service == "events" else []
    )


def _denial(request: Request, check: Check, decision: Any) -> AccessDenied:
    explicit = decision.decision == "Deny"
    service = registry.by_name(request.service).upstream
    if explicit and decision.resource_policy_arn:
        message = actions._resource_policy_denial(
            service, check.action, decision.principal_arn, decision.resource_policy_arn
        )
    else:
        message = _message(check, decision.principal_arn, explicit=explicit)
    code = "AuthorizationError" if request.service == "sns" else ""
    status = 400 if request.service in STATUS_400 else 403
    return AccessDenied(message, code, status=status)


def _message(check: Check, principal: str, *, explicit: bool) -> str:
    """Return AWS's sentence, which names the resource where the action takes one."""
    reason = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {check.action} action"
    )
    on = "" if check.resource == "*" else f" on resource: {check.resource}"
    return f"User: {principal} is not authorized to perform: {check.action}{on} {reason}"
