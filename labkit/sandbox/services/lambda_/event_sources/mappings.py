"""Creating, updating and deleting a mapping, with the rules and states of AWS.

Refused: a function or a queue that does not exist, a role that may not poll it, a visibility
timeout below the function's timeout, a second mapping of the same queue and function, more than 10
messages per batch without a batching window, a filter that is no pattern. MiniStack accepts them
all, and a filter that it cannot read drops every message.
Source: Lambda Developer Guide, "Using Lambda with Amazon SQS"; Lambda API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import ResourceConflict, refuse
from labkit.sandbox.services.lambda_.event_sources import filters
from labkit.sandbox.services.lambda_.event_sources.permissions import missing_permission
from labkit.sandbox.services.lambda_.event_sources.states import Mapping, begin, settle
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.sqs import sqs

INVALID = "InvalidParameterValueException"

UNWINDOWED_BATCH = 10
"""The largest batch without a batching window. Source: Lambda API Reference."""

Response = tuple[int, dict[str, Any], bytes]
Data = dict[str, Any]
Upstream = Callable[..., Response]


def create(upstream: Upstream, data: Data) -> Response:
    """Make a mapping.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS would not.
    """
    settle()
    if not data.get("EventSourceArn") and not data.get("SelfManagedEventSource"):
        refuse(INVALID, "Unrecognized event source.")
    check(data)
    response = upstream(data)
    if response[0] != 202:
        return response
    mapping = lambda_svc._esms[json.loads(response[2])["UUID"]]
    begin(mapping, "Creating", mapping["State"])
    return _shown(mapping)


def update(upstream: Upstream, esm_id: str, data: Data) -> Response:
    """Change a mapping.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS would not.
    """
    settle()
    mapping = lambda_svc._esms.get(esm_id)
    if mapping:
        _check_size(mapping | data)
        _check_filters(data)
    before = (mapping or {}).get("State")
    response = upstream(esm_id, data)
    if response[0] != 200 or mapping is None:
        return response
    final = mapping["State"]
    passing = {"Enabled": "Enabling", "Disabled": "Disabling"}[final]
    begin(mapping, "Updating" if final == before else passing, final)
    return _shown(mapping)


def delete(upstream: Upstream, esm_id: str) -> Response:
    """Begin to delete a mapping."""
    settle()
    mapping = lambda_svc._esms.get(esm_id)
    if mapping is None:
        return upstream(esm_id)
    begin(mapping, "Deleting", None)
    return _shown(mapping)


def settled(upstream: Upstream, asked: Any) -> Response:
    """Answer what is asked of one mapping or of all, in the states that they are in by now."""
    settle()
    return upstream(asked)


def check(data: Data) -> None:
    """Check a new mapping of a queue.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    arn = data.get("EventSourceArn", "")
    if ":sqs:" not in arn:
        return
    name, qualifier, missing = lambda_svc._resolve_existing_esm_function(
        data.get("FunctionName", "")
    )
    if missing is not None:
        refuse(INVALID, "Function does not exist")
    _, config = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    _check_size(data)
    _check_filters(data)
    _check_others(arn, name, qualifier)
    _check_queue(sqs._queue_by_arn(arn), config)


def _check_size(data: Data) -> None:
    size, window = data.get("BatchSize", 10), data.get("MaximumBatchingWindowInSeconds", 0)
    if ":sqs:" in data.get("EventSourceArn", "") and size > UNWINDOWED_BATCH and not window:
        refuse(
            INVALID,
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            f"greater than {UNWINDOWED_BATCH}",
        )


MOST_FILTERS = 10
"""Of a mapping: five, or as many as ten where AWS has raised the quota."""


def _check_filters(data: Data) -> None:
    if len(filters.filters(data)) > MOST_FILTERS:
        refuse(INVALID, f"A mapping has at most {MOST_FILTERS} filters.")
    if not all(filters.is_pattern(one.get("Pattern")) for one in filters.filters(data)):
        refuse(INVALID, "Invalid filter pattern definition.")


def _check_others(arn: str, name: str, qualifier: str | None) -> None:
    for other in lambda_svc._esms.values():
        same = (other["EventSourceArn"], other["FunctionName"], other.get("Qualifier"))
        if same == (arn, name, qualifier):
            raise ResourceConflict(
                f'An event source mapping with SQS arn (" {arn} ") and function (" {name} ") '
                "already exists. Please update or delete the existing mapping with UUID "
                f"{other['UUID']}"
            )


def _check_queue(queue: dict[str, Any] | None, config: dict[str, Any]) -> None:
    if queue is None:
        refuse(
            INVALID,
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does "
            "not exist.",
        )
    if denied := missing_permission(config["Role"], queue["attributes"]["QueueArn"]):
        refuse(INVALID, denied)
    visibility, timeout = int(queue["attributes"]["VisibilityTimeout"]), int(config["Timeout"])
    if visibility < timeout:
        refuse(
            INVALID,
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: "
            f"{timeout} seconds",
        )


def _shown(mapping: Mapping) -> Response:
    response: Response = lambda_svc.json_response(lambda_svc._esm_response(mapping), 202)
    return response
