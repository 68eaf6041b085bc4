"""The console's Test button: TestInvokeMethod runs a method as it is now and returns its log.

No deployment and no stage is involved, authorization and API keys are skipped, and the answer holds
the execution log with the reason of a failure that a client would not see. MiniStack has no such
operation.
Source: API Gateway API Reference, TestInvokeMethod; Developer Guide, "Use the API Gateway console
to test a REST API method".
"""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import parse_qs

from labkit.sandbox.gateway.errors import ResourceNotFound
from labkit.sandbox.services.apigateway.call import Call, enter
from labkit.sandbox.services.apigateway.deployments import Response
from labkit.sandbox.services.apigateway.integrations import serve
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses

STAGE = "test-invoke-stage"


async def run(
    api_id: str, resource_id: str, http_method: str, test: dict[str, Any]
) -> dict[str, Any]:
    """Run a method of the API as it is now and describe what happened.

    Parameters
    ----------
    api_id, resource_id, http_method
        The method.
    test
        The operation's body: `pathWithQueryString`, `body`, `headers` and `stageVariables`.
    """
    resource = apigateway_v1._resources.get(api_id, {}).get(resource_id)
    if resource is None:
        raise _not_found("Invalid Resource identifier specified")
    methods = resource["resourceMethods"]
    method = methods.get(http_method) or methods.get("ANY")
    if method is None:
        raise _not_found("Invalid Method identifier specified")
    if method.get("methodIntegration") is None:
        raise _not_found("No integration defined for method")
    call = _call(api_id, resource, http_method, test)
    started = time.perf_counter()
    status, headers, body = await _answer(call, method, resource)
    latency = round((time.perf_counter() - started) * 1000)
    return {
        "status": status,
        "body": body.decode(errors="replace"),
        "headers": {k: v if isinstance(v, str) else v[-1] for k, v in headers.items()},
        "multiValueHeaders": {k: [v] if isinstance(v, str) else v for k, v in headers.items()},
        "log": _log(call, status, headers, body),
        "latency": latency,
    }


async def _answer(call: Call, method: dict[str, Any], resource: dict[str, Any]) -> Response:
    enter(call)
    invalid = apigateway_v1._check_request_validation(
        method, call.api_id, call.routed, call.headers, call.body, call.query
    )
    types = apigateway_v1._rest_apis.get(call.api_id, {}).get("binaryMediaTypes") or []
    answer = invalid or await serve(call, method["methodIntegration"], resource, types)
    rendered: Response = (
        answer
        if isinstance(answer, tuple)
        else apigateway_v1._gateway_error_response(answer, call.routed)
    )
    return rendered


def _call(api_id: str, resource: dict[str, Any], http_method: str, test: dict[str, Any]) -> Call:
    path, _, query = (test.get("pathWithQueryString") or resource["path"]).partition("?")
    headers = {name.lower(): value for name, value in (test.get("headers") or {}).items()}
    segments = [segment for segment in path.split("/") if segment]
    found, path_parameters = apigateway_v1._match_resource_tree(api_id, segments)
    routed = {
        "api_id": api_id,
        "stage_name": STAGE,
        "stage": {"variables": test.get("stageVariables") or {}},
        "headers": headers,
        "query_params": parse_qs(query, keep_blank_values=True),
        "path_params": path_parameters if found is resource else {},
        "resource_path": resource["path"],
        "request_id": str(uuid.uuid4()),
    }
    body = (test.get("body") or "").encode()
    return Call(
        api_id, STAGE, http_method, path, headers, routed["query_params"], body,
        responses.get_account_id(), responses.get_region(), routed, test=True,
    )  # fmt: skip


def _log(call: Call, status: int, headers: dict[str, Any], body: bytes) -> str:
    """Write the execution log as the console shows it."""
    date = time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime())
    request_id = call.routed["request_id"]
    lines = [
        f"Starting execution for request: {request_id}",
        f"HTTP Method: {call.method}, Resource Path: {call.path}",
        f"Method request path: {_pairs(call.path_parameters)}",
        f"Method request query string: {_pairs(call.query)}",
        f"Method request headers: {_pairs(call.headers)}",
        f"Method request body before transformations: {call.body.decode(errors='replace')}",
        *call.log,
    ]
    if not call.failed:
        lines += [
            f"Method response body after transformations: {body.decode(errors='replace')}",
            f"Method response headers: {_pairs(headers)}",
            "Successfully completed execution",
        ]
    lines.append(f"Method completed with status: {status}")
    dated = "".join(f"{date} : {line}\n" for line in lines)
    return f"Execution log for request {request_id}\n{dated}"


def _pairs(values: dict[str, Any]) -> str:
    texts = (f"{k}={v if isinstance(v, str) else ', '.join(v)}" for k, v in values.items())
    return "{" + ", ".join(texts) + "}"


def _not_found(message: str) -> ResourceNotFound:
    return ResourceNotFound(message, "NotFoundException")
