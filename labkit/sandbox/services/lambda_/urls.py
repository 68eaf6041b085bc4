"""Function URLs: open to nobody whom the function's policies do not let in.

A URL takes two permissions: to call it, and to invoke the function by it. MiniStack asks for the
first one where the URL's type is `AWS_IAM`, and for none where it is `NONE`; and it shows a caller
why a function failed. A URL that streams, one that does not exist, and the questions of browsers
are left to it.
Source: Lambda Developer Guide, "Control access to Lambda function URLs" (both permissions since
October 2025).
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import permissions, refusals
from labkit.sandbox.gateway.errors import AccessDenied
from labkit.sandbox.services.lambda_ import api_request, url_events
from labkit.sandbox.services.lambda_.invocation import the_invoker
from labkit.sandbox.services.lambda_.url_events import UrlRequest
from labkit.sandbox.services.xray import header, propagation
from labkit.sandbox.services.xray.header import TraceHeader
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.lambda_ import lambda_svc

CALL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"

OPEN = {"lambda:FunctionUrlAuthType": "NONE"}
VIA_URL = {"lambda:InvokedViaFunctionUrl": "true"}
"""What the policies' conditions know of a call of an open URL, and of an invocation by a URL."""

LOOPBACK = "127.0.0.1"

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)

Response = tuple[int, dict[str, Any], bytes]
Serve = Callable[..., Awaitable[Response]]


async def serve(
    upstream: Serve, url_id: str, method: str, path: str, headers: dict[str, str], body: bytes,
    query_params: dict[str, Any], resolved: Any = None, source_ip: str | None = None,
) -> Response:  # fmt: skip
    """Serve a URL to whom the function's policies let in."""
    if resolved is not None and (refused := _refusal(resolved, headers, query_params)):
        return refused
    function = _function(resolved)
    settings = resolved[-1] if resolved is not None else {}
    asks = method == "OPTIONS" and settings.get("Cors")
    unsigned = settings.get("AuthType") == "AWS_IAM" and not lambda_svc._function_url_is_signed(
        headers, query_params
    )
    if function is None or asks or unsigned or settings.get("InvokeMode") == "RESPONSE_STREAM":
        return await upstream(
            url_id, method, path, headers, body, query_params,
            resolved=resolved, source_ip=source_ip,
        )  # fmt: skip
    account, region, *_ = resolved
    request = UrlRequest(
        str(uuid.uuid4()), url_id, account, region, settings["AuthType"] == "NONE", method, path,
        {name.lower(): value for name, value in headers.items()}, body, query_params,
        source_ip or LOOPBACK, _trace(headers),
    )  # fmt: skip
    status, answered, content = await _called(function, request)
    cross_origin = lambda_svc._function_url_cors_headers(settings, headers)
    told = {"x-amzn-RequestId": request.id, "X-Amzn-Trace-Id": str(request.trace)}
    return status, answered | cross_origin | told, content


def _function(resolved: Any) -> dict[str, Any] | None:
    """Return the record of a URL's function, as calls are made with it; None if it is gone."""
    if resolved is None:
        return None
    account, region, name, qualifier, _ = resolved
    reference = f"{name}:{qualifier}" if qualifier else name
    func, config, _ = lambda_svc._get_func_record_for_ref_in_scope(
        reference, account_id=account, region=region
    )
    if func is None or config is None:
        return None
    record: dict[str, Any] = lambda_svc._execution_record_for_config(func, config)
    return record


async def _called(function: dict[str, Any], request: UrlRequest) -> Response:
    """Call a function with a request, whose id the call has, too."""
    api_request.current.set(api_request.ApiRequest(request.id))
    with propagation.carrying(request.trace):
        result = await the_invoker().run(function, url_events.event(request))
    return url_events.response(result)


def _trace(headers: dict[str, str]) -> TraceHeader:
    """Return the trace that a request belongs to: the one that it brings, or a new one."""
    sent = {name.lower(): value for name, value in headers.items()}.get(header.NAME)
    return header.read(sent) or TraceHeader(header.new_trace_id())


def _refusal(resolved: Any, headers: dict[str, str], query: dict[str, Any]) -> Response | None:
    *place, settings = resolved
    if settings["AuthType"] == "NONE":
        return None if _is_public(*place) else _forbidden()
    if not lambda_svc._function_url_is_signed(headers, query):
        return None  # MiniStack refuses it
    refused: Response | None = app._enforce_data_plane(
        "lambda", INVOKE, headers, query, "", _arn(*place), VIA_URL
    )
    return refused


def _is_public(account: str, region: str, name: str, qualifier: str | None) -> bool:
    """Tell whether the function's policy gives everybody both permissions."""
    function = lambda_svc._functions.get_scoped(account, region, name) or {}
    arn = _arn(account, region, name, qualifier)
    return all(
        permissions.public_allowed(function.get("policy"), action, arn, keys)
        for action, keys in ((CALL, OPEN), (INVOKE, VIA_URL))
    )


def _arn(account: str, region: str, name: str, qualifier: str | None) -> str:
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


def _forbidden() -> Response:
    return refusals.of_data_plane(AccessDenied(FORBIDDEN), is_url=True)
