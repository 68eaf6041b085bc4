"""The Lambda API's own rules, put before MiniStack's answers to operations on functions."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import (
    api_request,
    concurrency,
    existence,
    layers,
    publishing,
    reach,
    rules,
    stored_code,
    tags,
    updates,
)
from labkit.sandbox.services.xray import functions as traced
from labkit.sandbox.upstream.lambda_ import lambda_svc

FUNCTIONS = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/(?P<name>[^/]+)(?:/(?P<part>[^/]+))?)?/?")
"""Paths of operations on functions; `part` is for example `invocations`."""

SYNCHRONOUS = "RequestResponse"
"""The type of a call that is waited for."""

NO_IMAGE = "Please don't provide ImageUri when updating a function with packageType Zip."

EXECUTED = "X-Amz-Executed-Version"
"""The header of the version that ran: only the answer to a synchronous call has it."""


async def create(request: Request) -> Response:
    """Create a function whose settings AWS takes.

    Raises
    ------
    AwsError
        If it does not take them.
    """
    settings = _decode(request.body)
    rules.check_settings(settings)
    layers.check(settings)
    _refuse_traces(settings, settings.get("Role", ""))
    reach.check(settings, settings.get("Role", ""))
    stored_code.check(settings.get("Code") or {})
    tags.check(request)
    answer = await request.forward()
    if answer.status < 400 and settings.get("Publish"):
        publishing.complete(settings["FunctionName"])
    return answer


async def invoke(request: Request) -> Response:
    """Run a call, under the request's own id, or begin one.

    Raises
    ------
    AwsError
        If the function is not in a state to be called, or the payload is not one.
    """
    record = _record(request)
    kind = request.headers.get("x-amz-invocation-type") or SYNCHRONOUS
    if record is not None:
        rules.check_in_turn(record["config"], updating=False)
        rules.check_payload(request.body, asynchronous=kind == "Event")
    begun = api_request.begin(request)
    status, headers, body = await request.forward()
    if kind != SYNCHRONOUS:
        headers = {name: value for name, value in headers.items() if name != EXECUTED}
    elif begun.executed_version:
        headers = headers | {EXECUTED: begun.executed_version}
    if begun.answer and status == 200 and json.loads(body) == json.loads(begun.answer):
        body = begun.answer  # as the function wrote it
    return Response(status, headers, body)


async def update(request: Request) -> Response:
    """Update a function's code or settings; until that is done, calls meet what was there before.

    Raises
    ------
    AwsError
        If AWS does not take the settings, or another update is under way.
    """
    record = _record(request)
    if record is None:
        return await request.forward()
    is_code = request.operation == "UpdateFunctionCode"
    given = _decode(request.body)
    settings = {} if is_code else given
    if is_code:
        if given.get("ImageUri"):
            raise AwsError(NO_IMAGE, "InvalidParameterValueException")
        stored_code.check(given)
    rules.check_settings(settings)
    layers.check(settings)
    role = settings.get("Role") or record["config"]["Role"]
    _refuse_traces(settings, role)
    reach.check(settings, role)
    rules.check_in_turn(record["config"], updating=True)
    updates.remember(record)
    status, headers, body = await request.forward()
    if status == 200:
        updates.settle(record)
        answer = json.loads(body) | {"State": "Active", "StateReason": "", "StateReasonCode": ""}
        body = json.dumps(answer).encode()
    return Response(status, headers, body)


async def reserve(request: Request) -> Response:
    """Reserve concurrency, as far as the account has it.

    Raises
    ------
    AwsError
        If too little would be left for the others, or for what is provisioned.
    """
    if request.parameters.get("FunctionName", "").count(":"):
        raise AwsError(
            "This operation is permitted on Lambda functions only. Aliases and versions do not "
            "support this operation. Please specify either a function name or an unqualified "
            "function ARN.",
            "InvalidParameterValueException",
        )
    record = _record(request)
    if record is None:
        raise ResourceNotFound(f"Function not found: {existence.arn(request, existence.LATEST)}")
    requested = int(_decode(request.body).get("ReservedConcurrentExecutions", 0))
    if text := concurrency.over_reservation(record["config"]["FunctionName"], requested):
        raise AwsError(text, "InvalidParameterValueException")
    provisioned = concurrency.provisioned(record)
    if requested < provisioned:
        raise AwsError(
            f" ReservedConcurrentExecutions  {requested} should not be lower than function's "
            f"total provisioned concurrency [{provisioned}].",
            "InvalidParameterValueException",
        )
    return await request.forward()


def _refuse_traces(settings: dict[str, Any], role: str) -> None:
    if traced.lacks_right(settings, role):
        raise AwsError(traced.MISSING_RIGHT, "InvalidParameterValueException")


def _record(request: Request) -> dict[str, Any] | None:
    """Return the record of the function that a request names; None if there is none."""
    match = FUNCTIONS.fullmatch(unquote(request.path))
    if match is None or match["name"] is None:
        return None
    name = lambda_svc._resolve_request_scoped_name(match["name"])
    record: dict[str, Any] | None = lambda_svc._functions.get(name)
    return record


def _decode(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body or b"{}")
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
