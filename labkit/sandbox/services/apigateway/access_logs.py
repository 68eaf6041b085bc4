"""Access logs: one line in the stage's log group for each request, in the stage's own format.

Every `$context.…` of the format is replaced; what is not known of a request is a hyphen. MiniStack
stores the setting and writes nothing.
Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs in API Gateway" and
"Variables for access logging for API Gateway".
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.context_variables import context_variables
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.logs import cloudwatch_logs

UNKNOWN = "-"

_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.]*\w|[A-Za-z])")


def write(call: Call, status: int, length: int, latency_ms: float) -> None:
    """Write the access log's line of a request, if its stage keeps such a log.

    Parameters
    ----------
    call
        The request.
    status, length
        The answer's HTTP status, and its body's length in bytes.
    latency_ms
        How long API Gateway took, in ms.
    """
    settings = call.routed["stage"].get("accessLogSettings") or {}
    group = str(settings.get("destinationArn", "")).rpartition(":log-group:")[2].removesuffix(":*")
    if not group or not settings.get("format"):
        return
    known = _variables(call, status, length, latency_ms)
    line = _VARIABLE.sub(lambda found: _text(known, found[1]), settings["format"])
    with responses.request_scope(call.account, call.region):
        groups = cloudwatch_logs._log_groups
        if group not in groups:
            return
        stream = hashlib.md5(f"{call.api_id}/{call.stage_name}".encode()).hexdigest()
        place = {"logGroupName": group, "logStreamName": stream}
        if stream not in groups[group]["streams"]:
            cloudwatch_logs._create_log_stream(place)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        cloudwatch_logs._put_log_events(place | {"logEvents": [event]})


def _variables(call: Call, status: int, length: int, latency_ms: float) -> dict[str, Any]:
    integration = None if call.integration_ms is None else round(call.integration_ms)
    return context_variables(call) | {
        "integration": {"latency": integration},
        "integrationLatency": integration,
        "responseLatency": round(latency_ms),
        "responseLength": length,
        "status": status,
    }


def _text(known: dict[str, Any], path: str) -> str:
    value: Any = known
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or value == "" or isinstance(value, dict):
        return UNKNOWN
    return str(value).lower() if isinstance(value, bool) else str(value)
