"""Function URLs: open to nobody whom the function's policies do not let in.

A URL takes two permissions: to call it, and to invoke the function by it. MiniStack asks for the
first one where the URL's type is `AWS_IAM`, and for none where it is `NONE`. The seam is the
serving of a URL.
Source: Lambda Developer Guide, "Control access to Lambda function URLs" (both permissions since
October 2025).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import lambda_svc

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream import seams

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


def install() -> None:
    """Ask for permission before a URL is served."""
    enforce: Callable[..., Response | None] = seams.use(
        "ministack.app",
        "_enforce_data_plane",
        like="(service, iam_action, headers, query_params, request_id, resource_arn='*', "
        "service_context=None, auth_error_response=None, named_resource='')",
    )

    async def serve(
        url_id: str, method: str, path: str, headers: dict[str, str], body: bytes,
        query: dict[str, Any], resolved: Any = None, source_ip: str | None = None,
    ) -> Response:  # fmt: skip
        if resolved is not None:
            *place, settings = resolved
            if settings["AuthType"] == "NONE":
                refused = None if _is_public(*place) else _forbidden()
            elif lambda_svc._function_url_is_signed(headers, query):
                refused = enforce("lambda", INVOKE, headers, query, "", _arn(*place), VIA_URL)
            else:
                refused = None  # MiniStack refuses it
            if refused:
                return refused
        return await upstream(
            url_id, method, path, headers, body, query, resolved=resolved, source_ip=source_ip
        )

    upstream: Serve = seams.replace(
        lambda_svc.__name__,
        "handle_function_url_request",
        serve,
        like="(url_id, method, path, headers, body, query_params, resolved=None, source_ip=None)",
    )


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
