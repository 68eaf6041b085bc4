"""What IAM is asked before a call: Lambda's actions, and condition keys that policies name.

MiniStack takes a few of Lambda's operations for others and asks nothing for some (changing a
mapping, say), asks for actions of Budgets that IAM has not, and leaves out the keys of single
services. Here each operation of Lambda asks for the action of its own name, and these keys are
known: `ec2:InstanceType`, `iam:PermissionsBoundary`, `iam:PolicyARN`, `lambda:FunctionArn`, and the
tags of API Gateway's, CloudWatch's, EC2's and Step Functions' requests.
Source: Service Authorization Reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, lambda_svc

from labkit.sandbox.upstream import seams

ACTIONS = iam_actions.__name__

INVOCATIONS = "/invocations"

OTHERWISE_NAMED = {
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
"""Operations of Lambda whose action has another name."""

BOTOCORES_NAME = {"monitoring": "cloudwatch", "states": "stepfunctions"}
"""Of services that MiniStack calls otherwise, and so finds no model of."""

ENFORCE = "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"

BOUNDARY_OF_THE_REQUEST = {"iam:CreateRole", "iam:PutRolePermissionsBoundary"}
BOUNDARY_OF_THE_ROLE = {
    "iam:AttachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
}

DENIED = (
    "(service, action, principal_arn, request_id, *, error_code='', message='', headers=None, "
    "resource_arn='*', explicit_deny=False, resource_policy_arn='')"
)

Keys = dict[str, Any]


def install() -> None:
    """Take the naming of Lambda's actions, and add to the keys of every request."""
    seams.replace(ACTIONS, "_lambda_action", lambda_action, like="(method, path)")
    _name_actions_of_budgets()
    _know_more_tags()
    _know_what_is_asked()
    _know_what_is_there()
    _name_the_resource()
    _read_policies_once()


def lambda_action(method: str, path: str) -> str | None:
    """Return the action that a request to Lambda asks for, as IAM names it; None if unknown."""
    if method == "POST" and path.endswith(INVOCATIONS):
        return "InvokeFunction"
    path = path.rstrip("/")
    for route_method, pattern, operation in _routes():
        if route_method == method and pattern.match(path):
            return OTHERWISE_NAMED.get(operation, operation)
    return None


def _name_actions_of_budgets() -> None:
    """Ask for the two actions that Budgets has for its dozen operations."""

    def action(service: str, *request: Any) -> str | None:
        found: str | None = upstream(service, *request)
        if found is None or service != "budgets":
            return found
        return "budgets:ViewBudget" if ":Describe" in found else "budgets:ModifyBudget"

    upstream = seams.replace(
        ACTIONS,
        "extract_iam_action",
        action,
        like="(service, method, path, headers, body, query_params)",
    )


@functools.cache
def _routes() -> list[tuple[str, Any, str]]:
    load = seams.use(ACTIONS, "_load_botocore_routes", like="(botocore_service)")
    return [
        (method, pattern, operation)
        for method, pattern, operation, _, required_query in load("lambda")
        if not required_query  # told apart by their query, which the seam does not give
    ]


def _know_more_tags() -> None:
    """Read the tags of API Gateway's requests, whose actions are verbs, of EC2's, and of those of
    services that botocore calls otherwise.
    """
    load = seams.use(ACTIONS, "_load_botocore_model", like="(botocore_service)")

    @functools.cache
    def operations(service: str) -> frozenset[str]:
        found: frozenset[str] = upstream(BOTOCORES_NAME.get(service, service))
        if service == "apigateway":
            return found | {"POST", "PUT"}
        if service == "ec2":
            model = load(service)
            return found | {
                name
                for name, operation in model["operations"].items()
                if "TagSpecifications"
                in model["shapes"][operation["input"]["shape"]].get("members", {})
            }
        return found

    upstream = seams.replace(ACTIONS, "_tag_operations", operations, like="(service)")


def _know_what_is_asked() -> None:
    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> Keys:
        keys: Keys = upstream(service, action, body, params)
        return keys | _keys_of_the_request(action, body, params)

    upstream = seams.replace(
        ACTIONS, "request_tag_context", context, like="(service, iam_action, body, params)"
    )


def _keys_of_the_request(action: str, body: bytes, params: dict[str, Any]) -> Keys:
    if action in BOUNDARY_OF_THE_REQUEST:
        return _present("iam:PermissionsBoundary", _parameter(params, "PermissionsBoundary"))
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        return _present("iam:PolicyARN", _parameter(params, "PolicyArn"))
    if action == "ec2:RunInstances":
        return _present("ec2:InstanceType", _parameter(params, "InstanceType"))
    if action == "lambda:CreateEventSourceMapping":
        return _present("lambda:FunctionArn", _function_arn(body))
    return {}


def _know_what_is_there() -> None:
    def enforce(
        key: str, action: str, service: str, region: str, resource_arn: str = "*",
        service_context: Keys | None = None,
    ) -> Any:  # fmt: skip
        known = _keys_of_the_resource(action, resource_arn)
        return upstream(key, action, service, region, resource_arn, known | (service_context or {}))

    upstream: Callable[..., Any] = seams.replace(
        iam_evaluator.__name__, "enforce", enforce, like=ENFORCE
    )


def _keys_of_the_resource(action: str, resource_arn: str) -> Keys:
    name = resource_arn.rpartition("/")[2]
    if action in BOUNDARY_OF_THE_ROLE:
        role = iam._roles.get(name) or {}
        return _present("iam:PermissionsBoundary", role.get("PermissionsBoundary"))
    if action in ("lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"):
        mapping = lambda_svc._esms.get(resource_arn.rpartition(":")[2]) or {}
        return _present("lambda:FunctionArn", mapping.get("FunctionArn"))
    return {}


def _name_the_resource() -> None:
    """Let a denial say on which resource, as AWS does where an action takes one."""

    def response(service: str, action: str, principal: str, request: str, **more: Any) -> Any:
        resource = more.get("resource_arn", "*")
        told = more.get("message") or more.get("error_code") or more.get("resource_policy_arn")
        if resource != "*" and not told:
            denied = more.get("explicit_deny", False)
            more["message"] = message(action, principal, resource, denied)
        return upstream(service, action, principal, request, **more)

    message = seams.use(
        ACTIONS, "identity_denial_message", like="(action, principal_arn, resource, explicit_deny)"
    )
    upstream = seams.replace(ACTIONS, "access_denied_response", response, like=DENIED)


def _read_policies_once() -> None:
    """Keep policies as they were read: each request of a learner meets the same long texts."""

    @functools.lru_cache(maxsize=1024)
    def read(text: str) -> Any:
        return upstream(text)

    def parse(document: Any) -> Any:
        return read(document) if isinstance(document, str) else upstream(document)

    upstream = seams.replace(iam_evaluator.__name__, "parse_policy_document", parse, like="(doc)")


def _present(key: str, value: str | None) -> Keys:
    return {key: value} if value else {}


def _parameter(params: dict[str, Any], name: str) -> str:
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value or "")


def _function_arn(body: bytes) -> str | None:
    try:
        function = json.loads(body).get("FunctionName")
    except (ValueError, AttributeError):
        return None
    if not isinstance(function, str):
        return None
    if function.startswith("arn:"):
        return function
    name = function.rpartition("function:")[2]
    return f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}"
