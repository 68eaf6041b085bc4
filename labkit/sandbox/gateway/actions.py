"""How IAM calls what a request asks for.

Source: Service Authorization Reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

from labkit.sandbox.gateway import registry
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.iam import actions

OTHERWISE_NAMED = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
}
"""Operations whose action has another name."""

VERBS = ("DELETE", "GET", "PATCH", "POST", "PUT")
"""The actions of API Gateway, which has them instead of its operations' names."""


def action_of(request: Request) -> str | None:
    """Return the action that a request asks for, for example ``sqs:SendMessage``.

    None if its operation is not known, so that there is nothing to ask IAM about.
    """
    service = registry.by_name(request.service).upstream
    if service == "apigateway":
        return f"apigateway:{request.method}" if request.method in VERBS else None
    if not request.operation:
        return None
    namespace = actions._IAM_NAMESPACE_BY_OPERATION.get((service, request.operation))
    namespace = namespace or actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)
    name = OTHERWISE_NAMED.get((request.service, request.operation), request.operation)
    return f"{namespace}:{name}"
