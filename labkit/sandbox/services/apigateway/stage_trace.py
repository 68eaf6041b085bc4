"""What X-Ray is told of a request to a stage."""

from __future__ import annotations

import time

from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.xray import propagation, stages
from labkit.sandbox.services.xray.header import TraceHeader, new_trace_id
from labkit.sandbox.upstream.apigateway import apigateway_v1


def begin(call: Call) -> stages.StageTrace:
    """Begin the trace of a request, or take on the one that it brings."""
    stage = apigateway_v1._stages_v1.get(call.api_id, {}).get(call.stage_name) or {}
    return stages.begin(
        stages.Request(
            api_id=call.api_id,
            api=apigateway_v1._rest_apis.get(call.api_id, {}).get("name", ""),
            stage=call.stage_name,
            method=call.method,
            path=call.path,
            host=_header(call, "host"),
            user_agent=_header(call, "user-agent"),
            client_ip="127.0.0.1",
            id=call.routed["request_id"],
            account=call.account,
            region=call.region,
            sent_header=_header(call, "x-amzn-trace-id"),
            is_traced=bool(stage.get("tracingEnabled")),
            began=call.began,
        )
    )


def end(call: Call, trace: stages.StageTrace, status: int, length: int) -> None:
    """Send the segment of a request that was answered."""
    backend = None
    if call.integration_ms is not None:
        backend = stages.Backend(
            call.integration_uri, call.integration_began, call.integration_ms, call.failed
        )
    stages.end(trace, status, length, time.time(), backend)


def root_alone() -> str:
    """Return the header that the request in hand goes on with if it brought none."""
    carried = propagation.arriving()
    return str(TraceHeader(carried.root if carried else new_trace_id()))


def _header(call: Call, name: str) -> str:
    value = apigateway_v1._header_ci(call.headers, name)
    return str(value[0] if isinstance(value, list) and value else value or "")
