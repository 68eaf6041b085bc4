"""Permissions between services: what a role lets its service do, what a resource lets a service do.

Every call from one service to another is decided here, in one of two ways. Either the caller
assumes a role (`role_may`): the role has to trust it and to allow the call, within its boundary. Or
the caller comes as itself (`resource_allows`): the policy of what it calls has to name it.
MiniStack has the evaluation for callers of its API only; this module asks it for services too and
takes no seam.
Source: IAM User Guide, "Policy evaluation logic"; Lambda Developer Guide, "Using resource-based
policies for Lambda".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import condition_keys
from labkit.sandbox.gateway.condition_keys import keys_of_the_resource
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.events import eventbridge
from labkit.sandbox.upstream.iam import actions
from labkit.sandbox.upstream.iam import evaluator as iam
from labkit.sandbox.upstream.iam import iam as roles
from labkit.sandbox.upstream.logs import cloudwatch_logs

ALARMS_TO_FUNCTIONS = "lambda.alarms.cloudwatch.amazonaws.com"
API_GATEWAY = "apigateway.amazonaws.com"
CLOUDFORMATION = "cloudformation.amazonaws.com"
CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
LOGS = "logs.amazonaws.com"
PIPES = "pipes.amazonaws.com"
S3 = "s3.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
SNS = "sns.amazonaws.com"
STATES = "states.amazonaws.com"

REGIONAL = ("codedeploy.amazonaws.com", LOGS, STATES)
"""Services that a role may trust by their name in a Region, too: `states.eu-west-1.amazonaws.com`.
Source: CodeDeploy User Guide, "Create a service role"; CloudWatch Logs User Guide, "Real-time
processing of log data with subscriptions"; Step Functions' refusal of a role, which names both."""

INVOKE = "lambda:InvokeFunction"


def role_may(
    role_arn: str, service: str, action: str, resource_arn: str, session: str = "session"
) -> bool:
    """Tell whether `service` may do `action` on `resource_arn` with the role `role_arn`.

    Parameters
    ----------
    role_arn
        The role; one that does not exist, or does not trust `service`, allows nothing.
    service
        The service principal that assumes it, for example `scheduler.amazonaws.com`.
    action, resource_arn
        What the service is about to do, and on which resource.
    session
        The session's name, for policies that name a session.
    """
    trusted = role_trusts(role_arn, service)
    return trusted and role_allows(role_arn, action, resource_arn, session)


def resource_allows(
    service: str, action: str, resource_arn: str, source_arn: str, **keys: str
) -> bool:
    """Tell whether a resource's own policy lets `service` do `action` on behalf of `source_arn`.

    Parameters
    ----------
    service
        The service principal, for example `sns.amazonaws.com`.
    action, resource_arn
        What the service is about to do, and on which queue, topic, function, bus or log group; what
        does not exist, or has no policy, allows nothing.
    source_arn
        What the service acts for; conditions meet it as `aws:SourceArn`, its account as
        `aws:SourceAccount`.
    keys
        More of what conditions may ask, by their names without `aws:`.
    """
    return service_allowed(
        _policy_of(resource_arn), service, action, resource_arn, source_arn, **keys
    )


def caller_denied(action: str, resource_arn: str, keys: dict[str, Any] | None = None) -> str | None:
    """Return why the caller of the request in hand may not do `action` as well; None if it may.

    Parameters
    ----------
    action, resource_arn
        What a service is about to do with the caller's own rights, and on what.
    keys
        Condition keys, by their full names.
    """
    service = action.partition(":")[0]
    key = iam._verified_key.get()
    known = keys_of_the_resource(action, resource_arn) | (keys or {})
    denied = iam.enforce(key, action, service, responses.get_region(), resource_arn, known)
    if denied is None or isinstance(denied, iam.AuthError):
        return None
    explicit = denied.decision == "Deny"
    message: str = actions.identity_denial_message(
        action, denied.principal_arn, resource_arn, explicit
    )
    return message


def role_trusts(role_arn: str, service: str) -> bool:
    """Tell whether `role_arn` exists and its trust policy lets `service` assume it."""
    role = _role(role_arn)
    if role is None:
        return False
    source = {"aws:sourceaccount": _account(role_arn)}
    context = _context("*", "Service", "", "sts:AssumeRole", "*", source)
    trust = role["AssumeRolePolicyDocument"]
    return any(
        iam.evaluate_resource_policy(trust, context, service=name).decision == "Allow"
        for name in _principals(service)
    )


def _principals(service: str) -> tuple[str, ...]:
    """Return the names by which a role may trust a service: its own, and that of this Region."""
    if service not in REGIONAL:
        return (service,)
    name, _, domain = service.partition(".")
    return (service, f"{name}.{responses.get_region()}.{domain}")


def role_allows(
    role_arn: str,
    action: str,
    resource_arn: str,
    session: str = "session",
    keys: dict[str, Any] | None = None,
) -> bool:
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
    keys
        Condition keys of the call, by their full names; those of the resource are added.
    """
    if _role(role_arn) is None:
        return False
    account, name = _account(role_arn), _name(role_arn)
    principal = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    policies = iam._gather_role_policies(name, account)
    limits = iam._permissions_boundary(roles._roles, name, account)
    known = condition_keys.known(action, resource_arn, keys or {}, policies, limits)
    context = _context(principal, "AssumedRole", account, action, resource_arn, known)
    decision = iam.evaluate(context, policies, *limits)
    if policy := iam._resource_policy(action.partition(":")[0], resource_arn):
        decision = iam.combine_resource_policy(decision, context, *policy, limits=limits)
    return bool(decision.decision == "Allow")


def service_allowed(
    policy: Any, service: str, action: str, resource_arn: str, source_arn: str, **keys: str
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
    keys
        More of what conditions may ask, by their names without `aws:`.
    """
    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": _account(source_arn)}
    source |= {f"aws:{name.lower()}": value for name, value in keys.items()}
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


def _policy_of(resource_arn: str) -> Any:
    """Return the policy of a resource, from its own account and region; None without one."""
    if resource_arn.count(":") < 5:
        return None
    _, _, service, region, account, name = resource_arn.split(":", 5)
    with responses.request_scope(account, region):
        if service == "logs":
            return _policy_of_logs()
        if service == "events":
            return _policy_of_bus(name.removeprefix("event-bus/"))
        return (iam._resource_policy(service, resource_arn) or (None,))[0]


def _policy_of_logs() -> dict[str, Any]:
    """Return the statements of all resource policies of an account's logs as one policy."""
    documents = [
        json.loads(policy["policyDocument"])
        for store in (cloudwatch_logs._resource_policies, cloudwatch_logs._log_group_policies)
        for policy in store.values()
    ]
    statements = [
        one
        for document in documents
        for part in [document.get("Statement") or []]
        for one in (part if isinstance(part, list) else [part])
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _policy_of_bus(bus: str) -> Any:
    return eventbridge._event_bus_policies.get(bus)


def _context(
    principal: str,
    kind: str,
    account: str,
    action: str,
    resource_arn: str,
    keys: dict[str, Any] | None = None,
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
