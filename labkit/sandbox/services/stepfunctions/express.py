"""StartSyncExecution: for Express machines only, with what the execution will be billed.

MiniStack runs any machine synchronously; the seam is the operation.
Source: Step Functions API Reference, StartSyncExecution; AWS Step Functions Pricing (Express: the
duration in steps of 100 ms, the memory in chunks of 64 MB).
"""

from __future__ import annotations

import json
import math
import time
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.upstream import seams

BILLED_STEP_MS = 100
BILLED_CHUNK_MB = 64


def install() -> None:
    """Take StartSyncExecution."""

    def start(data: dict[str, Any]) -> Any:
        machine = stepfunctions._state_machines.get(data.get("stateMachineArn", ""))
        if machine is not None and machine["type"] != "EXPRESS":
            return stepfunctions.error_response_json(
                "StateMachineTypeNotSupported",
                "This operation is not supported by this type of state machine",
                400,
            )
        began = time.perf_counter()
        status, headers, body = upstream(data)
        if status == 200:
            billed = math.ceil((time.perf_counter() - began) * 1000 / BILLED_STEP_MS)
            details = {
                "billedMemoryUsedInMB": BILLED_CHUNK_MB,
                "billedDurationInMilliseconds": billed * BILLED_STEP_MS,
            }
            body = json.dumps(json.loads(body) | {"billingDetails": details}).encode()
        return status, headers, body

    upstream = seams.replace(stepfunctions.__name__, "_start_sync_execution", start, like="(data)")
