"""IAM: how policies are read, and what is asked of the services that MiniStack asks by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import policy_variables
from labkit.sandbox.gateway.decisions import Decisions
from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.iam import answers, rules, wildcards
from labkit.sandbox.services.provider import Hook, Output, Provider, around, instead, operation
from labkit.sandbox.upstream.iam import actions, evaluator, iam


def reading_once(upstream: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep policies as they were read: each request of a learner meets the same long texts."""

    @functools.lru_cache(maxsize=1024)
    def read(text: str) -> Any:
        return upstream(text)

    def parse(document: Any) -> Any:
        return read(document) if isinstance(document, str) else upstream(document)

    return parse


def action(upstream: Any, service: str, *request: Any) -> str | None:
    """Ask for the two actions that Budgets has for its dozen operations."""
    found: str | None = upstream(service, *request)
    if found is None or service != "budgets":
        return found
    return "budgets:ViewBudget" if ":Describe" in found else "budgets:ModifyBudget"


def denial(
    upstream: Any, service: str, action: str, principal: str, request: str, **more: Any
) -> Any:
    """Let a denial say on which resource, as AWS does where an action takes one."""
    resource = more.get("resource_arn", "*")
    told = more.get("message") or more.get("error_code") or more.get("resource_policy_arn")
    if resource != "*" and not told:
        denied = more.get("explicit_deny", False)
        more["message"] = actions.identity_denial_message(action, principal, resource, denied)
    return upstream(service, action, principal, request, **more)


def secure(upstream: Any, key: str, ctx: Any) -> Any:
    """Tell policies that every request came by TLS.

    The sandbox answers on the loopback address alone, where nobody can listen in; AWS's services
    reach one another by TLS. A policy that denies what is not secure means neither.
    """
    return "true" if key.lower() == "aws:securetransport" else upstream(key, ctx)


class Iam(Provider):
    """IAM."""

    hooks = (
        Hook(evaluator, "parse_policy_document", reading_once),
        Hook(evaluator, "evaluate", Decisions),
        instead(evaluator, "_fnmatch_compile", wildcards.compiled),
        around(evaluator, "_resolve_condition_key", secure),
        around(actions, "extract_iam_action", action),
        around(actions, "access_denied_response", denial),
        around(evaluator, "_first_match", policy_variables.first_match),
    )

    def resource(self, request: Request) -> str | None:
        """Return the ARN of the OIDC provider that a request is about."""
        given = request.parameters if "OpenIDConnectProvider" in request.operation else {}
        if arn := given.get("OpenIDConnectProviderArn"):
            return str(arn)
        host = str(given.get("Url", "")).partition("://")[2].rstrip("/")
        return f"arn:aws:iam::{request.account}:oidc-provider/{host}" if host else None

    @operation("CreateRole")
    async def create_role(self, request: Request) -> Output:
        """Create a role whose trust policy can be read."""
        rules.check_trust(request.parameters["AssumeRolePolicyDocument"])
        return await _described(request, "Role", iam._roles, answers.created)

    @operation("UpdateAssumeRolePolicy")
    async def update_assume_role_policy(self, request: Request) -> Output:
        """Change a role's trust policy to one that can be read."""
        rules.check_trust(request.parameters["PolicyDocument"])
        return await request.forward()

    @operation("GetRole")
    async def get_role(self, request: Request) -> Output:
        """Show a role."""
        return await _described(request, "Role", iam._roles, answers.role)

    @operation("ListRoles")
    async def list_roles(self, request: Request) -> Output:
        """List roles."""
        prefix = request.parameters.get("PathPrefix") or "/"
        found = [one for one in iam._roles.values() if one["Path"].startswith(prefix)]
        return {"Roles": list(map(answers.listed, found)), "IsTruncated": False}

    @operation("CreateUser")
    async def create_user(self, request: Request) -> Output:
        """Create a user."""
        return await _described(request, "User", iam._users, answers.user)

    @operation("GetUser")
    async def get_user(self, request: Request) -> Output:
        """Show a user: the one that asks, if none is named."""
        name = request.parameters.get("UserName")
        caller = request.caller
        if name or caller is None or caller.type == "Root":
            return await _described(request, "User", iam._users, answers.user)
        if caller.type != "User":
            raise ValidationError("Must specify userName when calling with non-User credentials")
        return {"User": answers.user(iam._users[caller.arn.rpartition("/")[2]])}

    @operation("AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy")
    async def attach(self, request: Request) -> Output:
        """Attach a policy that is there."""
        rules.check_attached(request.parameters["PolicyArn"])
        return await request.forward()

    @operation("DeletePolicy")
    async def delete_policy(self, request: Request) -> Output:
        """Delete a policy."""
        arn = request.parameters["PolicyArn"]
        if arn not in iam._policies:
            raise AwsError(f"Policy {arn} was not found.", "NoSuchEntity", status=404)
        return await request.forward()


async def _described(
    request: Request, what: str, store: Any, answer: Callable[[Any], Any]
) -> Output:
    """Have upstream do what is asked, and describe the user or role as AWS does."""
    response: Response = await request.forward()
    record = store.get(request.parameters.get(f"{what}Name") or "")
    if response.status != 200 or record is None:
        return response
    return {what: answer(record)}


PROVIDER = Iam()
