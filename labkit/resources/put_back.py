"""Puts back what was changed since its creation, so that a lesson run again begins as it began."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from labkit.polling import wait_until

Send = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Sends an operation with its parameters, and returns AWS's answer."""

READY_S = 300
"""As long as botocore's waiter `function_updated_v2`, in seconds."""

FUNCTION = MappingProxyType({"Description": "", "MemorySize": 128, "Timeout": 3})
"""What a function has that is created without them (Lambda API reference, CreateFunction)."""

MAPPING = MappingProxyType(
    {
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
    }
)
"""Likewise an event source mapping of a standard queue (CreateEventSourceMapping)."""


QUEUE = MappingProxyType({"Policy": "", "RedrivePolicy": "", "VisibilityTimeout": "30"})
"""Likewise a queue (Amazon SQS API reference, CreateQueue); set to nothing, a policy goes."""


def put_back(send: Send, operation: str, params: Mapping[str, Any], answer: Any) -> None:
    """Give a function, a mapping, a queue or a role the settings of its creation again.

    Parameters
    ----------
    send
        Sends operations of the service that created it.
    operation, params, answer
        The call that created it, and what AWS answered.

    Raises
    ------
    botocore.exceptions.ClientError
        AWS refused.
    """
    if operation == "CreateFunction":
        _function(send, params)
    elif operation == "CreateEventSourceMapping":
        _mapping(send, params, answer["UUID"])
    elif operation == "CreateQueue":
        _queue(send, params, answer["QueueUrl"])
    elif operation == "CreateRole":
        _role(send, params["RoleName"])


def _function(send: Send, params: Mapping[str, Any]) -> None:
    which = {"FunctionName": params["FunctionName"]}

    def settled() -> dict[str, Any] | None:
        now = send("GetFunctionConfiguration", dict(which))
        return now if now.get("LastUpdateStatus") != "InProgress" else None

    def ready() -> dict[str, Any]:
        found = wait_until(settled, READY_S, what=f"{params['FunctionName']} to be updated")
        assert found is not None
        return found

    now, archive = ready(), params["Code"].get("ZipFile")
    if archive is not None and now["CodeSha256"] != _sha256(archive):
        send("UpdateFunctionCode", which | {"ZipFile": archive})
        now = ready()
    if changes := _differing(now, FUNCTION | _only(params, (*FUNCTION, "Handler", "Runtime"))):
        send("UpdateFunctionConfiguration", which | changes)
        ready()


def _mapping(send: Send, params: Mapping[str, Any], uuid: str) -> None:
    now = send("GetEventSourceMapping", {"UUID": uuid})
    if changes := _differing(now, MAPPING | _only(params, MAPPING)):
        send("UpdateEventSourceMapping", {"UUID": uuid} | changes)


def _queue(send: Send, params: Mapping[str, Any], url: str) -> None:
    now = send("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": list(QUEUE)})
    wanted = QUEUE | _only(params.get("Attributes", {}), QUEUE)
    if changes := _differing(now.get("Attributes", {}), wanted):
        send("SetQueueAttributes", {"QueueUrl": url, "Attributes": changes})


def _role(send: Send, name: str) -> None:
    for policy in send("ListRolePolicies", {"RoleName": name})["PolicyNames"]:
        send("DeleteRolePolicy", {"RoleName": name, "PolicyName": policy})


def _only(params: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: params[name] for name in names if name in params}


def _differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted otherwise than it is; AWS leaves out what is empty."""
    return {
        name: value for name, value in wanted.items() if (now.get(name) or None) != (value or None)
    }


def _sha256(archive: bytes) -> str:
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()
