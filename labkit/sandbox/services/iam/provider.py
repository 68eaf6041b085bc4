"""IAM: how policies are read, and what is asked of the services that MiniStack asks by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.decisions import Decisions
from labkit.sandbox.services.provider import Hook, Provider, around
from labkit.sandbox.upstream.iam import actions, evaluator


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
        around(evaluator, "_resolve_condition_key", secure),
        around(actions, "extract_iam_action", action),
        around(actions, "access_denied_response", denial),
    )


PROVIDER = Iam()
