"""What the Lambda API refuses: settings of a function, payloads, and operations out of turn.

Limits and texts: Lambda Developer Guide, "Lambda quotas" and "Using Lambda environment variables";
API reference of the operations.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import permissions, sizes
from labkit.sandbox.gateway.errors import AwsError, ResourceConflict, ValidationError, refuse
from labkit.sandbox.services.lambda_ import not_taught
from labkit.sandbox.services.lambda_.environments import runtimes

INVALID = "InvalidParameterValueException"

ENVIRONMENT_BYTES = 4096
RANGES = {"Timeout": ("timeout", 1, 900), "MemorySize": ("memorySize", 128, 10_240)}
"""Setting: the name in AWS's message, least and greatest value (seconds; MB)."""

STORAGE = ("ephemeralStorage.size", 512, 10_240)
"""The same of `/tmp`, in MB; botocore's model has the larger one of managed instances."""

RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)
"""Variables that Lambda sets itself (Lambda Developer Guide)."""


def check_settings(request: dict[str, Any]) -> None:
    """Check the settings that a create or update `request` names.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If Lambda refuses one.
    """
    for name, (label, least, greatest) in RANGES.items():
        value = request.get(name)
        if value is not None and not least <= value <= greatest:
            raise _out_of_range(label, value, least, greatest)
    size = (request.get("EphemeralStorage") or {}).get("Size")
    if size is not None and not STORAGE[1] <= size <= STORAGE[2]:
        raise _out_of_range(STORAGE[0], size, *STORAGE[1:])
    _check_levels(request.get("LoggingConfig") or {})
    runtime = request.get("Runtime")
    if runtime is not None and (reason := runtimes.refusal(runtime)):
        refuse(INVALID, reason)
    _check_variables((request.get("Environment") or {}).get("Variables") or {})
    role = request.get("Role")
    if role is not None and not permissions.role_trusts(role, permissions.LAMBDA):
        refuse(INVALID, "The role defined for the function cannot be assumed by Lambda.")
    not_taught.check(request)


def _check_levels(logging: dict[str, Any]) -> None:
    """Check that only JSON logs have levels (Lambda Developer Guide, "Log-level filtering")."""
    levels = {"ApplicationLogLevel", "SystemLogLevel"} & logging.keys()
    if levels and logging.get("LogFormat") == "Text":
        text = (
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your '
            'request or change the LogFormat to "JSON" and try again.'
        )
        refuse(INVALID, text)


def _out_of_range(label: str, value: int, least: int, greatest: int) -> ValidationError:
    bound = (
        f"less than or equal to {greatest}"
        if value > greatest
        else (f"greater than or equal to {least}")
    )
    text = (
        f"1 validation error detected: Value '{value}' at '{label}' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )
    return ValidationError(text)


def _check_variables(variables: dict[str, str]) -> None:
    prefix = (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided "
    )
    if reserved := sorted(RESERVED_VARIABLES & variables.keys()):
        text = (
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
        refuse(INVALID, prefix + text)
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_BYTES:
        text = f"exceeded the 4KB limit. String measured: {measured}"
        refuse(INVALID, prefix + text)


UPDATING = "Updating"
"""Why MiniStack calls a function Pending that is being updated; on AWS it stays Active."""


def check_in_turn(config: dict[str, Any], *, updating: bool) -> None:
    """Check that a function can be invoked, or updated, in the state that it is in.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceConflict
        If it cannot.
    """
    prefix = "The operation cannot be performed at this time. "
    if config.get("State") == "Pending" and config.get("StateReasonCode") != UPDATING:
        text = f"{prefix}The function is currently in the following state: Pending"
        raise ResourceConflict(text)
    if updating and config.get("LastUpdateStatus") == "InProgress":
        arn = config["FunctionArn"]
        raise ResourceConflict(f"{prefix}An update is in progress for resource: {arn}")


def check_payload(body: bytes, *, asynchronous: bool) -> None:
    """Check an invocation's payload: its size, and that it is JSON.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is too large, or none.
    """
    limit = sizes.of_invocation(asynchronous=asynchronous)
    if len(body) > limit.bytes:
        raise limit.refusal
    check_json(body)


def check_json(body: bytes) -> None:
    """Check that an invocation's payload is JSON, or nothing.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not.
    """
    try:
        json.loads(body or b"{}")
    except ValueError as error:
        text = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise AwsError(text, "InvalidRequestContentException") from None
