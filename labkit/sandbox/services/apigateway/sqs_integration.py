"""SQS as an integration: a form post (or a JSON call) to the queue, made with a role.

`arn:aws:apigateway:{region}:sqs:path/{account}/{queue}` posts the mapped body to the queue. SQS
reads it as a form only when the Content-Type says so, and a form ends a field at every `&`: a body
that was not encoded loses the rest. Without that Content-Type, or without an Action, SQS knows no
operation (404); without sqs:SendMessage it answers 403. Both reach the client through the
integration's responses. MiniStack does the call without asking for a role or a Content-Type.
Source: AWS re:Post, "How do I integrate an API Gateway REST API with Amazon SQS and resolve common
errors?"; SQS Developer Guide, "Making Query API requests". What SQS answers to a stray `&` is not
documented (one report has a 403 instead of the truncated message).
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from labkit.sandbox.gateway import models, permissions
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.integration_mapping import (
    BackendAnswer,
    BackendRequest,
    map_request,
    map_response,
    unsupported_media_type,
    with_stage_variables,
)
from labkit.sandbox.services.apigateway.roles import unusable_role
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.sqs import sqs

FORM = "application/x-www-form-urlencoded"
SESSION = "BackplaneAssumeRoleSession"
"""The session name under which API Gateway uses an integration's role."""


@dataclass(frozen=True)
class Queue:
    """The queue that an integration's URI names."""

    region: str
    account: str
    name: str

    @property
    def arn(self) -> str:
        """The queue's ARN."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"

    @property
    def address(self) -> str:
        """The queue's URL on AWS, as SQS's messages name it."""
        return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{self.name}"


async def send(call: Call, integration: dict[str, Any], declared: dict[str, Any]) -> Any:
    """Post the mapped request to the queue and map what SQS answers."""
    queue = _queue(with_stage_variables(integration["uri"], call), call)
    role = with_stage_variables(integration.get("credentials") or "", call)
    request = map_request(call, integration)
    if request is None:
        return unsupported_media_type()
    call.note(f"Endpoint request URI: {queue.address}")
    call.note(f"Endpoint request body after transformations: {request.body}")
    if (refusal := unusable_role(call, role)) is not None:
        return refusal
    call.note(f"Sending request to {queue.address}")
    answer = await _ask(queue, role, request)
    call.note(f"Received response. Status: {answer.status}")
    call.note(f"Endpoint response body before transformations: {answer.body}")
    return map_response(call, integration, declared, answer)


def _queue(uri: str, call: Call) -> Queue:
    region, _, _, path = apigateway_v1._parse_service_integration_uri(uri)
    account, _, name = path.strip("/").rpartition("/")
    return Queue(region or call.region, account or call.account, name)


async def _ask(queue: Queue, role: str, request: BackendRequest) -> BackendAnswer:
    action, data = _operation(request)
    if not models.has_operation("sqs", action):
        return _answer(404, "<UnknownOperationException/>\n")
    if not permissions.role_allows(role, f"sqs:{action}", queue.arn, SESSION):
        return _refused(403, "AccessDenied", f"Access to the resource {queue.address} is denied.")
    with responses.request_scope(queue.account, queue.region):
        url = sqs._queue_url_for_account(queue.account, queue.name)
        try:
            result = await sqs._dispatch(action, {**data, "QueueUrl": url}, url)
        except AwsError as error:
            return _refused(error.status, error.code("query"), error.message)
    if "x-amz-target" in request.headers:
        return _answer(200, json.dumps(result))
    return _answer(200, json.dumps(_query_result(action, result)))


def _operation(request: BackendRequest) -> tuple[str, dict[str, Any]]:
    """Read the operation and its parameters out of what SQS is sent."""
    target = request.headers.get("x-amz-target", "")
    if target.startswith("AmazonSQS."):
        return target.removeprefix("AmazonSQS."), json.loads(request.body or "{}")
    form = dict(request.query)
    if request.headers["content-type"].startswith(FORM):
        form |= dict(parse_qsl(request.body, keep_blank_values=True))
    action = form.get("Action", "")
    return action, sqs._normalise(action, form)


def _query_result(action: str, result: dict[str, Any]) -> dict[str, Any]:
    """Wrap a result as the Query API writes it in JSON, which API Gateway asks for."""
    if action == "SendMessage":
        absent = dict.fromkeys(
            ("MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber")
        )
        result = absent | result
    metadata = {"RequestId": str(uuid.uuid4())}
    return {f"{action}Response": {"ResponseMetadata": metadata, f"{action}Result": result}}


def _refused(status: int, code: str, message: str) -> BackendAnswer:
    error = {"Code": code, "Message": message, "Type": "Sender"}
    return _answer(status, json.dumps({"Error": error, "RequestId": str(uuid.uuid4())}))


def _answer(status: int, body: str) -> BackendAnswer:
    return BackendAnswer(status, body, str(status), {"content-type": "application/json"})
