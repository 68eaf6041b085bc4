"""Functions and event source mappings of a stack, held to the rules of Lambda's own API.

MiniStack's stacks write both straight into its stores, past every rule and state, take a package
that does not exist for an empty one, and pass over reserved concurrency and a mapping's tags.
Source: CloudFormation Template Reference, AWS::Lambda::Function and
AWS::Lambda::EventSourceMapping; Lambda API Reference.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.cloudformation import buckets, deployments
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties, failed
from labkit.sandbox.services.cloudformation.stabilizing import wait_until
from labkit.sandbox.services.lambda_ import concurrency, reach, rules, stored_code, updates
from labkit.sandbox.services.lambda_.environments import runtimes
from labkit.sandbox.services.lambda_.event_sources import mappings, states
from labkit.sandbox.upstream.lambda_ import lambda_svc

MAPPING = "AWS::Lambda::EventSourceMapping"
FUNCTION = "AWS::Lambda::Function"

NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "Timeout",
)
"""Properties that a template may hold as text and the API holds as numbers."""


def check_function(name: str, properties: Properties) -> None:
    """Check a function's settings, and that its package can be read.

    Raises
    ------
    ValueError
        With Lambda's reason.
    """
    request = _as_request(properties)
    try:
        rules.check_settings(request)
        reach.check(request, str(request.get("Role") or ""))
    except AwsError as error:
        raise failed(error.message) from error
    reserved = request.get("ReservedConcurrentExecutions")
    if reserved is not None and (text := concurrency.over_reservation(name, reserved)):
        raise failed(text)
    if reason := stored_code.missing(properties.get("Code") or {}):
        raise failed(reason)


def check_mapping(name: str, properties: Properties) -> None:
    """Check a new mapping as CreateEventSourceMapping does.

    Raises
    ------
    ValueError
        With Lambda's reason.
    """
    try:
        mappings.check(_as_request(properties))
    except AwsError as error:
        raise failed(error.message) from error


def finish_function(name: str, properties: Properties, new: bool) -> None:
    """Reserve concurrency, and wait until the function is Active, or its update done."""
    record = lambda_svc._functions[name]
    config = record["config"]
    record["concurrency"] = _as_request(properties).get("ReservedConcurrentExecutions")
    if not (properties.get("Environment") or {}).get("Variables"):
        config.pop("Environment", None)
    region = config["FunctionArn"].split(":")[3]
    _, _, arn = runtimes.version_text(config["Runtime"], region).partition("\t")
    config["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    if letters := properties.get("DeadLetterConfig"):
        config["DeadLetterConfig"] = letters
    config["State"] = "Pending" if new else "Active"  # MiniStack: Pending while an update runs
    if new:
        lambda_svc._schedule_state_transition(name, lambda_svc._LAMBDA_STATE_TRANSITION_DELAY)
    done = {"State": "Active", "LastUpdateStatus": "Successful"}
    wait_until(lambda: done.items() <= config.items(), name)


def finish_mapping(identifier: str, properties: Properties, new: bool) -> None:
    """Let the mapping pass through its states, and give it its tags."""
    mapping = lambda_svc._esms[identifier]
    if ":sqs:" in mapping["EventSourceArn"]:
        mapping.pop("StartingPosition", None)
    mapping["Tags"] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
    final = mapping["State"]
    states.begin(mapping, "Creating" if new else "Updating", final)
    wait_until(lambda: _state(identifier) == final, identifier)


def updated_while_it_serves(upstream: Handlers) -> Handlers:
    """Return the handlers of functions whose calls meet what was there until an update is done."""

    def update(name: str, *more: Any) -> Any:
        if (record := lambda_svc._functions.get(name)) is not None:
            updates.remember(record)
        return upstream["update"](name, *more)

    return upstream | {"update": update}


def with_states(upstream: Handlers) -> Handlers:
    """Return the handlers of mappings that see a mapping's deletion through its states."""

    def delete(identifier: str, *more: Any) -> None:
        if (mapping := lambda_svc._esms.get(identifier)) is not None:
            states.begin(mapping, "Deleting", None)
            wait_until(lambda: _state(identifier) is None, identifier)
        upstream["delete"](identifier, *more)

    return upstream | {"delete": delete}


def tagged(upstream: dict[str, Any]) -> dict[str, Any]:
    """Have a stack's tags put on mappings, on buckets, and on what CodeDeploy has, too."""
    for resource_type in (MAPPING, buckets.BUCKET, deployments.APPLICATION, deployments.GROUP):
        upstream[resource_type] = ("Tags", "list")
    return upstream


def _state(identifier: str) -> str | None:
    states.settle()
    return (lambda_svc._esms.get(identifier) or {}).get("State")


def _as_request(properties: Properties) -> dict[str, Any]:
    numbers = {name: int(properties[name]) for name in NUMBERS if name in properties}
    return properties | numbers
