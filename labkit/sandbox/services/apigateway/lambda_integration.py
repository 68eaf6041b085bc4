"""Lambda integrations: the permission to invoke, the call, and the reading of what came back.

API Gateway invokes a function as `apigateway.amazonaws.com` on behalf of the method
(`aws:SourceArn`), or with the role that the integration names. MiniStack asks for no permission,
passes throttling on as 429 and shows the function's error to the client.
Source: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway". A throttled
function is a 500: AWS re:Post, "API Gateway proxy integration does not forward Lambda throttling".
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.failures import failure, misconfigured
from labkit.sandbox.services.apigateway.integration_mapping import (
    BackendAnswer,
    map_request,
    map_response,
    unsupported_media_type,
    with_stage_variables,
)
from labkit.sandbox.services.apigateway.roles import unusable_role
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.lambda_ import lambda_svc

PROXY_FIELDS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
"""What a proxy response may hold; anything else makes it malformed."""

STATUSES = range(200, 600)
"""What can be an answer's status; one below is no answer yet."""

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What HTTP takes as a header's name (RFC 9110, 5.6.2)."""

SCALARS = (str, bool, int, float)
"""What a header's value may be."""

OF_THE_BODY = frozenset(["content-length", "transfer-encoding"])
"""Headers that say how the body is sent, which API Gateway does by itself."""

LARGEST_EVENT_BYTES = 6 * 1024 * 1024
"""The largest event of a synchronous call (Lambda quotas). API Gateway's answer to a larger one is
recorded in reports only: 413, `Request Too Long`."""


async def proxy(
    call: Call, integration: dict[str, Any], event: dict[str, Any], binary_types: list[str]
) -> Any:
    """Hand the whole request to the function and read its response envelope."""
    result = await _invoke(call, integration, event)
    if not isinstance(result, dict):
        return result
    if result.get("error"):
        return failure(
            call,
            502,
            "Lambda execution failed with status 200 due to customer function error: "
            f"{_error_message(result)}.",
        )
    envelope = result.get("body")
    call.note(f"Endpoint response body before transformations: {json.dumps(envelope)}")
    if not _well_formed(envelope):
        return misconfigured(call, "Malformed Lambda proxy response", 502)
    return _http_response(call, envelope or {}, binary_types)


async def custom(call: Call, integration: dict[str, Any], declared: dict[str, Any]) -> Any:
    """Hand the mapped request to the function and map what it returns."""
    request = map_request(call, integration)
    if request is None:
        return unsupported_media_type()
    try:
        event = json.loads(request.body or "{}")
    except ValueError:
        unreadable = "Could not parse request body into json"
        return failure(call, 400, unreadable, message=unreadable)
    result = await _invoke(call, integration, event)
    if not isinstance(result, dict):
        return result
    selector = _error_message(result) if result.get("error") else None
    answer = BackendAnswer(200, json.dumps(result.get("body"), ensure_ascii=False), selector, {})
    return map_response(call, integration, declared, answer)


async def _invoke(call: Call, integration: dict[str, Any], event: Any) -> Any:
    """Invoke the function; return its execution record, or the answer to a failed attempt."""
    uri = with_stage_variables(integration.get("uri", ""), call)
    reference = apigateway_v1._extract_lambda_ref_from_integration_uri(uri)
    call.note(f"Endpoint request URI: {uri}")
    call.note(f"Endpoint request body after transformations: {json.dumps(event)}")
    if (refusal := _refusal(call, integration, reference)) is not None:
        return refusal
    if len(json.dumps(event)) > LARGEST_EVENT_BYTES:
        reason = "Execution failed due to configuration error: the function's event is too large"
        return failure(call, 413, reason, "REQUEST_TOO_LARGE", "Request Too Long")
    call.note(f"Sending request to {uri}")
    result, _ = await apigateway_v1._call_lambda_raw(
        reference, event, account_id=call.account, region=call.region
    )
    if result.get("throttle"):
        call.note("Lambda invocation failed with status: 429.")
        return misconfigured(call, "Rate Exceeded.")
    call.note("Received response. Status: 200")
    return result


def _refusal(call: Call, integration: dict[str, Any], reference: str) -> Any:
    """Return the answer if the function is missing or API Gateway may not invoke it."""
    _, config, name = lambda_svc._get_func_record_for_ref_in_scope(
        reference, account_id=call.account, region=call.region
    )
    if config is None or integration.get("httpMethod") != "POST":
        return misconfigured(call, "Invalid permissions on Lambda function")
    unqualified = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
    arn = reference if reference.startswith("arn:") else unqualified
    action = "lambda:InvokeFunction"
    if role := with_stage_variables(integration.get("credentials") or "", call):
        if (refusal := unusable_role(call, role)) is not None:
            return refusal
        allowed = permissions.role_allows(role, action, arn)
    else:
        with responses.request_scope(call.account, call.region):
            policy, _ = lambda_svc.function_policy_for_arn(arn) or (None, None)
        allowed = permissions.service_allowed(
            policy, permissions.API_GATEWAY, action, arn, call.source_arn
        )
    return None if allowed else misconfigured(call, "Invalid permissions on Lambda function")


def _error_message(result: dict[str, Any]) -> str:
    body = result.get("body")
    return str(body.get("errorMessage", "")) if isinstance(body, dict) else str(body)


def _well_formed(envelope: Any) -> bool:
    """Tell whether API Gateway can read the function's answer; no field is mandatory."""
    if envelope is None:
        return True
    if not isinstance(envelope, dict) or not PROXY_FIELDS.issuperset(envelope):
        return False
    status = str(_given(envelope, "statusCode", 200))
    return (
        status.isdecimal()
        and int(status) in STATUSES
        and isinstance(_given(envelope, "body", ""), str)
        and _are_headers(_given(envelope, "headers", {}), several=False)
        and _are_headers(_given(envelope, "multiValueHeaders", {}), several=True)
    )


def _given(envelope: dict[str, Any], name: str, default: Any) -> Any:
    """Return a field; null counts as not given, what else is empty does not."""
    value = envelope.get(name)
    return default if value is None else value


def _are_headers(headers: Any, *, several: bool) -> bool:
    """Tell whether each header has a value that can be written, or else a list of such values."""
    return isinstance(headers, dict) and all(
        isinstance(value, list) == several
        and all(isinstance(one, SCALARS) for one in (value if several else [value]))
        and HEADER_NAME.fullmatch(name)
        and not _breaks_a_line(value)
        for name, value in headers.items()
    )


def _header_text(value: Any) -> Any:
    """Return a header's value as API Gateway writes it; a list of them stays one."""
    if isinstance(value, list):
        return [_header_text(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _breaks_a_line(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(character in str(one) for one in values for character in "\r\n\0")


def _http_response(call: Call, envelope: dict[str, Any], binary_types: list[str]) -> Any:
    headers: dict[str, Any] = {"Content-Type": "application/json"}
    named = (envelope.get("headers") or {}) | (envelope.get("multiValueHeaders") or {})
    for name, value in named.items():
        if name.lower() in OF_THE_BODY:
            continue
        headers = {k: v for k, v in headers.items() if k.lower() != name.lower()}
        headers[name] = _header_text(value)
    body = envelope.get("body") or ""
    accepted = apigateway_v1._header_ci(call.headers, "accept")
    if envelope.get("isBase64Encoded") and apigateway_v1._media_type_matches(
        accepted, binary_types
    ):
        return int(envelope.get("statusCode") or 200), headers, base64.b64decode(body)
    return int(envelope.get("statusCode") or 200), headers, body.encode()
