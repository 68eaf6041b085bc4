"""Permissions between services: what a role lets its service do, what a resource lets a service do.

AWS evaluates both at every call from one service to another: the role's trust policy (may this
service assume it?), the role's own policies within its boundary, and the policy of the resource.
MiniStack has the evaluation for callers of its API only; this module asks it for services too and
takes no seam.
Source: IAM User Guide, "Policy evaluation logic"; Lambda Developer Guide, "Using resource-based
policies for Lambda".
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.services import iam as roles

API_GATEWAY = "apigateway.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"


def role_trusts(role_arn: str, service: str) -> bool:
    """Tell whether `role_arn` exists and its trust policy lets `service` assume it."""
    role = _role(role_arn)
    if role is None:
        return False
    source = {"aws:sourceaccount": _account(role_arn)}
    context = _context("*", "Service", "", "sts:AssumeRole", "*", source)
    decision = iam.evaluate_resource_policy(
        role["AssumeRolePolicyDocument"], context, service=service
    )
    return bool(decision.decision == "Allow")


def role_allows(role_arn: str, action: str, resource_arn: str, session: str = "session") -> bool:
    """Tell whether a session of `role_arn` may do `action` on `resource_arn`.

    Counts the role's inline and attached policies, its permissions boundary, and the policy of the
    resource, where an Allow of either side suffices within one account and a Deny always wins.

    Parameters
    ----------
    role_arn
        The role; one that does not exist allows nothing.
    action
        For example `sqs:SendMessage`; its prefix names the service that keeps the policy.
    resource_arn
        The full ARN of the resource.
    session
        The session's name, for policies that name a session.
    """
    if _role(role_arn) is None:
        return False
    account, name = _account(role_arn), _name(role_arn)
    principal = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    context = _context(principal, "AssumedRole", account, action, resource_arn)
    limits = iam._permissions_boundary(roles._roles, name, account)
    decision = iam.evaluate(context, iam._gather_role_policies(name, account), *limits)
    if policy := iam._resource_policy(action.partition(":")[0], resource_arn):
        decision = iam.combine_resource_policy(decision, context, *policy, limits=limits)
    return bool(decision.decision == "Allow")


def service_allowed(
    policy: Any, service: str, action: str, resource_arn: str, source_arn: str
) -> bool:
    """Tell whether a resource's `policy` lets `service` do `action` on behalf of `source_arn`.

    Parameters
    ----------
    policy
        The resource-based policy, as JSON text or decoded; None and an empty one allow nothing.
    service
        The service principal, for example `apigateway.amazonaws.com`.
    action, resource_arn
        What the service is about to do, and on which resource (qualifier included).
    source_arn
        What the service acts for; conditions meet it as `aws:SourceArn`, its account as
        `aws:SourceAccount`.
    """
    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": _account(source_arn)}
    context = _context("*", "Service", "", action, resource_arn, source)
    decision = iam.evaluate_resource_policy(policy or {}, context, service=service)
    return bool(decision.decision == "Allow")


def public_allowed(policy: Any, action: str, resource_arn: str, keys: dict[str, str]) -> bool:
    """Tell whether a resource's `policy` lets everybody do `action`.

    Parameters
    ----------
    policy
        The resource-based policy, as JSON text or decoded; None and an empty one allow nothing.
    action, resource_arn
        What somebody is about to do, and on which resource (qualifier included).
    keys
        What the request is known by to the policy's conditions, by their keys.
    """
    lower = {key.lower(): value for key, value in keys.items()}
    context = _context("*", "Anonymous", "", action, resource_arn, lower)
    return bool(iam.evaluate_resource_policy(policy or {}, context).decision == "Allow")


def _context(
    principal: str,
    kind: str,
    account: str,
    action: str,
    resource_arn: str,
    keys: dict[str, str] | None = None,
) -> Any:
    region = resource_arn.split(":")[3] if resource_arn.count(":") > 3 else ""
    return iam.EvalContext(
        principal_arn=principal,
        principal_type=kind,
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=region,
        service_context=keys or {},
    )


def _role(role_arn: str) -> dict[str, Any] | None:
    if ":role/" not in role_arn:
        return None
    role = roles._roles.get_scoped(_account(role_arn), None, _name(role_arn))
    return role if role is not None and role.get("Arn") == role_arn else None


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") > 4 else ""


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]
