"""What a state machine may do: what its role allows, if Step Functions may assume it.

MiniStack checks neither. What an optimized integration takes is in a table here; what an AWS SDK
integration takes is found in the request that it sends, as for a request from outside.
Source: Step Functions Developer Guide, "How Step Functions generates IAM policies for integrated
services" and "Handling errors in Step Functions workflows". The errors of Lambda, SQS and SNS are
AWS's; the others are made like them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import AccessDenied
from labkit.sandbox.services.stepfunctions import revisions
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.states.walker import Walker
from labkit.sandbox.upstream.app import app, responses
from labkit.sandbox.upstream.iam import actions
from labkit.sandbox.upstream.stepfunctions import stepfunctions

SDK = "arn:aws:states:::aws-sdk:"

REFUSED = {
    "dynamodb": ("DynamoDB.AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "ecs": ("ECS.AmazonECSException", "AmazonECS"),
    "events": ("EventBridge.AmazonEventBridgeException", "EventBridge"),
    "lambda": ("Lambda.AWSLambdaException", "Lambda"),
    "sns": ("SNS.AmazonSNSException", "Sns"),
    "sqs": ("SQS.AmazonSQSException", "Sqs"),
    "states": ("StepFunctions.AWSStepFunctionsException", "AWSStepFunctions"),
}
"""By service: the error of a state that may not call it, and its name in the cause."""

Given = dict[str, Any]
Need = tuple[str, str]
"""An action, and what it is done on."""

_calling: ContextVar[tuple[Walker, str] | None] = ContextVar("calling", default=None)
"""The run that calls by an AWS SDK integration, and the service's name in errors."""


def create(upstream: Any, data: dict[str, Any]) -> Any:
    """Make a machine.

    Raises
    ------
    labkit.sandbox.gateway.errors.AccessDenied
        If Step Functions may not assume its role.
    """
    role = data.get("roleArn", "")
    if ":role/" in role and not permissions.role_trusts(role, permissions.STATES):
        raise AccessDenied(
            f"Neither the global service principal {permissions.STATES}, nor the regional one "
            "is authorized to assume the provided role.",
            status=400,
        )
    existed = revisions.exists(data)
    answer = upstream(data)
    revisions.created(data, existed)
    return answer


@contextmanager
def checked(walker: Walker, resource: str, given: Any) -> Iterator[None]:
    """Let a run call a resource, if the machine's role allows what that takes.

    Raises
    ------
    StateError
        With the service's error, as AWS words it.
    """
    for action, target in _needed(resource, given):
        _check(walker, (action, target), *REFUSED[action.partition(":")[0]])
    sdk = resource.removeprefix(SDK).partition(":")[0].lower() if resource.startswith(SDK) else ""
    token = _calling.set(
        (walker, stepfunctions._AWS_SDK_ERROR_PREFIX.get(sdk, sdk)) if sdk else None
    )
    try:
        yield
    finally:
        _calling.reset(token)


def _needed(resource: str, given: Any) -> Iterator[Need]:
    """Yield what a call takes; AWS SDK integrations are looked at when they call."""
    if resource.startswith("arn:aws:lambda:"):
        yield permissions.INVOKE, resource
    service, _, action = resource.partition(":states:::")[2].partition(":")
    needs = OPTIMIZED.get(f"{service}:{action.partition('.')[0]}")
    if needs is not None and isinstance(given, dict):
        yield from needs(given)


def _invoke(given: Given) -> Iterator[Need]:
    yield permissions.INVOKE, _arn("lambda", "function:", given.get("FunctionName"))


def _send(given: Given) -> Iterator[Need]:
    yield "sqs:SendMessage", _arn("sqs", "", str(given.get("QueueUrl", "")).rpartition("/")[2])


def _publish(given: Given) -> Iterator[Need]:
    yield "sns:Publish", str(given.get("TopicArn") or given.get("TargetArn") or "*")


def _put_events(given: Given) -> Iterator[Need]:
    for entry in given.get("Entries") or []:
        yield "events:PutEvents", _arn("events", "event-bus/", entry.get("EventBusName", "default"))


def _start(given: Given) -> Iterator[Need]:
    yield "states:StartExecution", str(given.get("StateMachineArn", ""))


def _run_task(given: Given) -> Iterator[Need]:
    yield "ecs:RunTask", _arn("ecs", "task-definition/", given.get("TaskDefinition"))


def _on_table(action: str) -> Callable[[Given], Iterator[Need]]:
    def needs(given: Given) -> Iterator[Need]:
        yield f"dynamodb:{action}", _arn("dynamodb", "table/", given.get("TableName"))

    return needs


OPTIMIZED: dict[str, Callable[[Given], Iterator[Need]]] = {
    "dynamodb:deleteItem": _on_table("DeleteItem"),
    "dynamodb:getItem": _on_table("GetItem"),
    "dynamodb:putItem": _on_table("PutItem"),
    "dynamodb:updateItem": _on_table("UpdateItem"),
    "ecs:runTask": _run_task,
    "events:putEvents": _put_events,
    "lambda:invoke": _invoke,
    "sns:publish": _publish,
    "sqs:sendMessage": _send,
    "states:startExecution": _start,
}
"""The optimized integrations, and what each takes."""


def call(
    upstream: Any,
    handler: Any,
    method: str,
    path: str,
    headers: Any,
    body: Any,
    query: Any,
    timeout: Any = None,
) -> Any:
    """Check a call of an AWS SDK integration on its way."""
    if calling := _calling.get():
        content = body if isinstance(body, bytes) else str(body).encode()
        _check_request(*calling, handler, (method, path, headers, content, query))
    return upstream(handler, method, path, headers, body, query, timeout)


def _check_request(walker: Walker, sdk_name: str, handler: Any, request: tuple[Any, ...]) -> None:
    """Check what a request of an AWS SDK integration takes, as it is checked at the door."""
    method, path, headers, body, query = request
    service = next(name for name, one in app.SERVICE_HANDLERS.items() if one is handler)
    parameters = app._routing_params(method, path, headers, body, query)
    read = (service, method, path, headers, body, parameters)
    action = actions.extract_iam_action(*read) or f"{service}:*"
    target = actions.extract_resource_arn(*read, responses.get_region(), responses.get_account_id())
    _check(walker, (action, target), f"{sdk_name}.{sdk_name}Exception", sdk_name)


def _arn(service: str, prefix: str, name: Any) -> str:
    if str(name).startswith("arn:"):
        return str(name)
    region, account = responses.get_region(), responses.get_account_id()
    return f"arn:aws:{service}:{region}:{account}:{prefix}{name or ''}"


def _check(walker: Walker, need: Need, error: str, service: str) -> None:
    action, target = need
    role, session = walker.role_arn, walker.line.execution.get("name", "session")
    if permissions.role_may(role, permissions.STATES, action, target, session):
        return
    account, name = role.split(":")[4], role.rpartition("/")[2]
    raise StateError(
        error,
        f"User: arn:aws:sts::{account}:assumed-role/{name}/{session} is not authorized to perform: "
        f"{action} on resource: {target} because no identity-based policy allows the {action} "
        f"action (Service: {service}, Status Code: 403)",
    )
