"""Function URLs: open to nobody whom the function's policies do not let in.

A URL takes two permissions: to call it, and to invoke the function by it. MiniStack asks for the
first one where the URL's type is `AWS_IAM`, and for none where it is `NONE`.
Source: Lambda Developer Guide, "Control access to Lambda function URLs" (both permissions since
October 2025).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.lambda_ import lambda_svc

CALL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"

OPEN = {"lambda:FunctionUrlAuthType": "NONE"}
VIA_URL = {"lambda:InvokedViaFunctionUrl": "true"}
"""What the policies' conditions know of a call of an open URL, and of an invocation by a URL."""

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
    return await upstream(
        url_id, method, path, headers, body, query_params, resolved=resolved, source_ip=source_ip
    )


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
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "AccessDeniedException"}
    return 403, headers, json.dumps({"Message": FORBIDDEN}).encode()
