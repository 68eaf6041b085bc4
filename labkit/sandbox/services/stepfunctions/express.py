"""Express machines: executions that cannot be described, and synchronous ones with what is billed.

MiniStack runs any machine as a Standard one; the seams are the operations that tell them apart.
Source: Step Functions API Reference, StartSyncExecution; Developer Guide, "Choosing workflow type";
AWS Step Functions Pricing (Express: steps of 100 ms, chunks of 64 MB).
"""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.upstream import seams

MODULE = stepfunctions.__name__

BILLED_STEP_MS = 100
BILLED_CHUNK_MB = 64

NOT_FOR_THE_TYPE = "This operation is not supported by this type of state machine"

Response = tuple[int, dict[str, Any], bytes]


def install() -> None:
    """Take the operations."""
    _start_synchronously()
    _name_what_was_started()
    _refuse("_list_executions", _lists_express, "StateMachineTypeNotSupported", NOT_FOR_THE_TYPE)
    for name in ("_describe_execution", "_get_execution_history", "_stop_execution"):
        _refuse(
            name, _names_express, "InvalidArn", "Resource type not valid in this context: express"
        )


def arn_of(execution_arn: str) -> str:
    """Return the ARN that an Express execution shows, by the one that it is stored under."""
    shown = execution_arn.replace(":execution:", ":express:")
    return f"{shown}:{uuid.uuid5(uuid.NAMESPACE_URL, execution_arn)}"


def is_express(machine_arn: Any) -> bool:
    """Tell whether an ARN names an Express machine."""
    machine = stepfunctions._state_machines.get(machine_arn or "")
    return machine is not None and machine["type"] == "EXPRESS"


def _lists_express(data: dict[str, Any]) -> bool:
    return is_express(data.get("stateMachineArn"))


def _names_express(data: dict[str, Any]) -> bool:
    return ":express:" in str(data.get("executionArn"))


def _refuse(name: str, is_refused: Callable[[dict[str, Any]], bool], code: str, text: str) -> None:
    def operation(data: dict[str, Any]) -> Response:
        answer: Response = (
            stepfunctions.error_response_json(code, text, 400)
            if is_refused(data)
            else upstream(data)
        )
        return answer

    upstream = seams.replace(MODULE, name, operation, like="(data)")


def _name_what_was_started() -> None:
    def start(data: dict[str, Any]) -> Response:
        status, headers, body = upstream(data)
        if status == 200 and is_express(data.get("stateMachineArn")):
            answer = json.loads(body)
            body = json.dumps(answer | {"executionArn": arn_of(answer["executionArn"])}).encode()
        return status, headers, body

    upstream = seams.replace(MODULE, "_start_execution", start, like="(data)")


def _start_synchronously() -> None:
    def start(data: dict[str, Any]) -> Response:
        machine_arn = data.get("stateMachineArn", "")
        if machine_arn in stepfunctions._state_machines and not is_express(machine_arn):
            refused: Response = stepfunctions.error_response_json(
                "StateMachineTypeNotSupported", NOT_FOR_THE_TYPE, 400
            )
            return refused
        began = time.perf_counter()
        status, headers, body = upstream(data)
        if status == 200:
            body = json.dumps(_as_billed(json.loads(body), time.perf_counter() - began)).encode()
        return status, headers, body

    upstream = seams.replace(MODULE, "_start_sync_execution", start, like="(data)")


def _as_billed(answer: dict[str, Any], seconds: float) -> dict[str, Any]:
    if answer["status"] != "SUCCEEDED":
        answer.pop("output", None)
    return answer | {
        "executionArn": arn_of(answer["executionArn"]),
        "billingDetails": {
            "billedMemoryUsedInMB": BILLED_CHUNK_MB,
            "billedDurationInMilliseconds": math.ceil(seconds * 1000 / BILLED_STEP_MS)
            * BILLED_STEP_MS,
        },
    }
