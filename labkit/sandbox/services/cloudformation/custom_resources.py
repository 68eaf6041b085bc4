"""Custom resources: the function is called, and answers at the address that it is given.

MiniStack calls the function once and waits an hour for an answer, whatever became of the call. As
on AWS the call is an asynchronous one, tried three times, and a function that did not fail may
answer later; but one that failed each time cannot any more, so that its resource fails at once.
Source: CloudFormation User Guide, "Custom resource reference"; Lambda Developer Guide, "How Lambda
handles errors and retries with asynchronous invocation".
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.lambda_.invocation import the_invoker
from labkit.sandbox.upstream.cloudformation import custom_resource
from labkit.sandbox.upstream.lambda_ import lambda_svc

Properties = dict[str, Any]

TRIES = 3
"""How often an asynchronous call is tried."""

PAUSE_SECONDS = 1.0
"""The pause between two tries, as of every asynchronous call here; AWS waits a minute or two."""

OURS = "the embedded sandbox"
"""Stands in the error of a function that needs what there is on AWS alone."""

LONGEST_SECONDS = 3600
"""How long an answer may take if the template says nothing else (`ServiceTimeout`)."""


def invoke(
    request_type: str, logical_id: str, props: Properties, stack_name: str, stack_id: str,
    resource_type: str, physical_id: str | None = None, old_props: Properties | None = None,
) -> tuple[str, Properties]:  # fmt: skip
    """Call a custom resource's function and wait for its answer, on a thread that may wait.

    Returns
    -------
    tuple of str and dict
        The resource's physical id, and its attributes.

    Raises
    ------
    ValueError
        With the reason of the function, or of CloudFormation.
    """
    request_id, secret = str(uuid.uuid4()), str(uuid.uuid4())
    event = {
        "RequestType": request_type,
        "ServiceToken": props.get("ServiceToken", ""),
        "ResponseURL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
        f"/_ministack/cfn-response/{secret}",
        "StackId": stack_id,
        "RequestId": request_id,
        "LogicalResourceId": logical_id,
        "ResourceType": resource_type,
        "ResourceProperties": custom_resource._normalise_resource_properties(props),
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    if old_props is not None:
        event["OldResourceProperties"] = custom_resource._normalise_resource_properties(old_props)
    answered = custom_resource.register_token(secret)
    try:
        _call(_function(event["ServiceToken"]), event, answered)
        seconds = float(props.get("ServiceTimeout") or LONGEST_SECONDS)
        if not answered.wait(seconds):
            raise ValueError(_unanswered(request_id))
        answer = custom_resource._pending[secret]["result"] or {}
    finally:
        custom_resource._pending.pop(secret, None)
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason") or "the function answered without a Status of SUCCESS"
        raise ValueError(
            f"Received response status [FAILED] from custom resource. "
            f"Message returned: {reason} (RequestId: {request_id})"
        )
    return answer.get("PhysicalResourceId") or physical_id or request_id, answer.get("Data") or {}


def _function(token: str) -> dict[str, Any]:
    record, config, _ = lambda_svc._get_func_record_for_ref(token)
    if record is None or config is None:
        raise ValueError(
            "Service token that is no function of this account: the embedded sandbox calls "
            f"functions of the stack's own account and Region only, and {token} is none."
        )
    found: dict[str, Any] = lambda_svc._execution_record_for_config(record, config)
    return found


def _call(record: dict[str, Any], event: dict[str, Any], answered: threading.Event) -> None:
    """Call the function until it does not fail, or has answered."""
    result: dict[str, Any] = {}
    for _ in _tries():
        result = the_invoker().execute(record, event)
        if not (result.get("error") or result.get("throttle")) or answered.is_set():
            return
    raise ValueError(_unanswered(event["RequestId"]) + _lacking(result))


def _lacking(result: dict[str, Any]) -> str:
    """Return why a call failed if the sandbox lacks what it needed; empty otherwise."""
    body = result.get("body")
    reason = str(body.get("errorMessage", "")) if isinstance(body, dict) else ""
    return f" {reason}" if OURS in reason else ""


def _tries() -> Iterator[int]:
    yield 1
    for number in range(2, TRIES + 1):
        threading.Event().wait(PAUSE_SECONDS)
        yield number


def _unanswered(request_id: str) -> str:
    return (
        "CloudFormation did not receive a response from your Custom Resource. Please check your "
        f"logs for requestId [{request_id}]. If you are using the Python cfn-response module, you "
        "may need to update your Lambda function code so that CloudFormation can attach the "
        "updated version."
    )
