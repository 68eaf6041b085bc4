"""Express machines: executions that cannot be described, and synchronous ones with what is billed.

MiniStack runs any machine as a Standard one.
Source: Step Functions API Reference, StartSyncExecution; Developer Guide, "Choosing workflow type";
AWS Step Functions Pricing (Express: steps of 100 ms, chunks of 64 MB).
"""

from __future__ import annotations

import math
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.stepfunctions import refusals
from labkit.sandbox.upstream.stepfunctions import stepfunctions

BILLED_STEP_MS = 100
BILLED_CHUNK_MB = 64

NOT_FOR_THE_TYPE = "This operation is not supported by this type of state machine"


def arn_of(execution_arn: str) -> str:
    """Return the ARN that an Express execution shows, by the one that it is stored under."""
    shown = execution_arn.replace(":execution:", ":express:")
    return f"{shown}:{uuid.uuid5(uuid.NAMESPACE_URL, execution_arn)}"


def is_express(machine_arn: Any) -> bool:
    """Tell whether an ARN names an Express machine."""
    machine = stepfunctions._state_machines.get(machine_arn or "")
    return machine is not None and machine["type"] == "EXPRESS"


def check_listed(machine_arn: str | None) -> None:
    """Refuse to list an Express machine's executions.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `StateMachineTypeNotSupported`.
    """
    if is_express(machine_arn):
        raise AwsError(NOT_FOR_THE_TYPE, "StateMachineTypeNotSupported")


def check_described(execution_arn: str) -> None:
    """Refuse to describe or stop an Express execution.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `InvalidArn`.
    """
    if ":express:" in execution_arn:
        raise refusals.invalid_arn("Resource type not valid in this context: express")


def check_synchronous(machine_arn: str) -> None:
    """Refuse to run a Standard machine synchronously.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `StateMachineTypeNotSupported`.
    """
    if machine_arn in stepfunctions._state_machines and not is_express(machine_arn):
        raise AwsError(NOT_FOR_THE_TYPE, "StateMachineTypeNotSupported")


def as_billed(answer: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return an answer of StartSyncExecution with what the execution will be billed."""
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
