"""A request to a stage: over what its deployment captured, counted, and logged.

MiniStack keeps its routing, authorization, API keys, throttling and validation; every integration
can see the request that it serves. Each request counts in the AWS/ApiGateway metrics.
Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics".
"""

from __future__ import annotations

import time
from typing import Any

from labkit.sandbox.gateway import refusals
from labkit.sandbox.gateway.errors import TooLarge
from labkit.sandbox.services.apigateway import access_logs, canaries, stage_trace
from labkit.sandbox.services.apigateway.call import Call, enter
from labkit.sandbox.services.apigateway.deployments import Response, serving
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.cloudwatch import cloudwatch

LARGEST_BYTES = 10 * 1024 * 1024
"""The largest body of a request (API Gateway quotas: payload size, 10 MB)."""


async def execute(upstream: Any, request: dict[str, Any], *given: Any) -> Any:
    """Let a stage answer a request."""
    api_id, stage_name, method, path, headers, body, query, account, region = given
    call = Call(
        api_id, stage_name, method, path, headers or {}, query or {}, body or b"",
        account, region, request,
    )  # fmt: skip
    enter(call)
    started = time.perf_counter()
    # A parameter without a value counts as not given (Developer Guide, "Request validation").
    asked = {name: values for name, values in call.query.items() if any(values)}
    stage = apigateway_v1._stages_v1.get(api_id, {}).get(stage_name, {})
    deployment, call.canary = canaries.choose(stage)
    with serving(api_id, deployment):
        trace = stage_trace.begin(call)
        answer = _too_long(call) or await upstream(
            request, api_id, stage_name, method, path, headers, body, asked, account, region
        )
    if request["stage"] is not None:
        latency_ms = (time.perf_counter() - started) * 1000
        rendered = _rendered(call, answer)
        _count(call, rendered[0], latency_ms)
        access_logs.write(call, rendered[0], len(rendered[2]), latency_ms)
        stage_trace.end(call, trace, rendered[0], len(rendered[2]))
    return _with_request_id(answer, request["request_id"])


def _too_long(call: Call) -> Response | None:
    """Refuse a body that API Gateway does not take; None if it takes it."""
    if len(call.body) <= LARGEST_BYTES:
        return None
    text = f"HTTP content length exceeded {LARGEST_BYTES} bytes."
    return refusals.of_data_plane(TooLarge(text, "RequestTooLargeException"), is_url=False)


def _with_request_id(answer: Any, request_id: str) -> Any:
    if isinstance(answer, tuple):
        answer[1].setdefault("x-amzn-requestid", request_id)
        answer[1].setdefault("x-amz-apigw-id", request_id)
    return answer


def _count(call: Call, status: int, latency_ms: float) -> None:
    name = apigateway_v1._rest_apis.get(call.api_id, {}).get("name", "")
    values = [
        ("Count", 1.0, "Count"),
        ("4XXError", float(400 <= status < 500), "Count"),
        ("5XXError", float(status >= 500), "Count"),
        ("Latency", latency_ms, "Milliseconds"),
    ]
    if call.integration_ms is not None:
        values.append(("IntegrationLatency", call.integration_ms, "Milliseconds"))
    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": call.stage_name}):
        for metric, value, unit in values:
            cloudwatch.record_metric("AWS/ApiGateway", metric, value, unit, dimensions)


def _rendered(call: Call, answer: Any) -> Response:
    if isinstance(answer, tuple):
        return answer
    rendered: Response = apigateway_v1._gateway_error_response(answer, call.routed)
    return rendered
