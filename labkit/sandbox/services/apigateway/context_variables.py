"""`$context`: what API Gateway knows about a request, for templates and access logs.

A variable that a request has no value for is empty; the two maps of overrides are the only parts
that a template can write.
Source: API Gateway Developer Guide, "Variables for data transformations for API Gateway" and
"Variables for access logging for API Gateway".
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.upstream.apigateway import apigateway_v1

TEST_STAGE = "test-invoke-stage"
"""What the stage is called in the console's Test."""


def context_variables(call: Call) -> dict[str, Any]:
    """Return the variables of `$context`; nested names are maps."""
    stage = TEST_STAGE if call.test else call.stage_name
    domain = f"{call.api_id}.execute-api.{call.region}.amazonaws.com"
    has_canary = bool(call.routed["stage"].get("canarySettings"))
    canary = {"isCanaryRequest": call.canary is not None} if has_canary else {}
    return canary | {
        "accountId": call.account,
        "apiId": call.api_id,
        "authorizer": call.authorizer or {},
        "deploymentId": call.routed["stage"].get("deploymentId"),
        "domainName": domain,
        "domainPrefix": call.api_id,
        "extendedRequestId": call.routed["request_id"],
        "httpMethod": call.method,
        "identity": _identity(call),
        "path": f"/{stage}{call.path}",
        "protocol": "HTTP/1.1",
        "requestId": call.routed["request_id"],
        "requestOverride": call.request_override,
        "requestTime": _common_log_time(call.began),
        "requestTimeEpoch": int(call.began * 1000),
        "resourceId": _resource_id(call),
        "resourcePath": call.routed["resource_path"],
        "responseOverride": call.response_override,
        "stage": stage,
    }


def last_values(values: dict[str, Any]) -> dict[str, str]:
    """Return the last value of each parameter that was given."""
    return {k: v if isinstance(v, str) else v[-1] for k, v in values.items() if v}


def _identity(call: Call) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in last_values(call.headers).items()}
    return {
        "apiKey": headers.get("x-api-key"),
        "sourceIp": "127.0.0.1",
        "userAgent": headers.get("user-agent", ""),
    }


def _common_log_time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _resource_id(call: Call) -> str | None:
    resources = apigateway_v1._resources.get(call.api_id, {})
    path = call.routed["resource_path"]
    return next((id for id, one in resources.items() if one.get("path") == path), None)
