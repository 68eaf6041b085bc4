"""The event of a Lambda proxy integration, format 1.0.

Headers have the client's spelling, and those that API Gateway adds; a parameter that is repeated
has its last value in the simple map; the path is percent-encoded as it was sent. Headers of the
connection itself, and what CloudFront would add before an edge-optimised API, are not there.
Source: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway", "Input format of a
Lambda function for proxy integration"; the fields are those of AWS's events.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from labkit.sandbox.gateway import raw
from labkit.sandbox.services.apigateway import stage_trace
from labkit.sandbox.services.apigateway.call import Call
from labkit.sandbox.services.apigateway.context_variables import context_variables

OF_THE_CONNECTION = {
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
}

ALWAYS_SPELT = {"authorization": "Authorization", "host": "Host", "user-agent": "User-Agent"}
"""Names that API Gateway writes in its own way."""

IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "sourceIp",
    "user",
    "userAgent",
    "userArn",
)

IN_THE_CONTEXT = (
    "accountId",
    "apiId",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "httpMethod",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "resourcePath",
    "stage",
)
"""The variables of `$context` that `requestContext` has."""

Multi = dict[str, list[str]]


def proxy_event(
    call: Call, is_binary: bool, caller: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the event that a function gets.

    Parameters
    ----------
    call
        The request.
    is_binary
        Whether the body's media type is one of the API's binary ones.
    caller
        Who signed the request, for a method with AWS_IAM authorization.
    """
    headers = forwarded(call)
    query = {name: _values(value) for name, value in call.query.items()}
    return {
        "resource": call.routed["resource_path"],
        "path": encoded_path(call),
        "httpMethod": call.method,
        "headers": last(headers) or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": path_parameters(call) or None,
        "stageVariables": call.stage_variables or None,
        "requestContext": request_context(call, caller),
        "body": _body(call, is_binary),
        "isBase64Encoded": bool(call.body) and is_binary,
    }


def request_context(call: Call, caller: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the event's `requestContext`."""
    known = context_variables(call)
    context = {name: known[name] for name in IN_THE_CONTEXT}
    context["path"] = f"/{known['stage']}{encoded_path(call)}"
    identity = dict.fromkeys(IDENTITY) | known["identity"] | dict(caller or {})
    context["identity"] = {name: value for name, value in identity.items() if _is_told(name, value)}
    if call.authorizer is not None:
        context["authorizer"] = call.authorizer
    return context


def forwarded(call: Call) -> Multi:
    """Return the client's headers as it spelt them, and those that API Gateway adds."""
    headers = as_sent(call.headers)
    given = {name.lower(): values for name, values in headers.items()}
    came_from = [*given.get("x-forwarded-for", []), "127.0.0.1"]
    added = {
        "X-Amzn-Trace-Id": given.get("x-amzn-trace-id") or [stage_trace.root_alone()],
        "X-Forwarded-For": [", ".join(came_from)],
        "X-Forwarded-Port": [str(raw.server_port() or 443)],
        "X-Forwarded-Proto": given.get("x-forwarded-proto") or ["http"],
    }
    names = {name.lower() for name in added}
    return {n: v for n, v in headers.items() if n.lower() not in names} | added


def as_sent(headers: Mapping[str, Any]) -> Multi:
    """Return headers under the names that the client wrote, without those of the connection."""
    spelt = raw.header_names() | ALWAYS_SPELT
    return {
        spelt.get(name.lower(), name): _values(value)
        for name, value in headers.items()
        if name.lower() not in OF_THE_CONNECTION
    }


def encoded_path(call: Call) -> str:
    """Return the path behind the stage, percent-encoded as it was sent."""
    sent = raw.path()
    at = len(sent)
    while at > 0:  # the shortest end of what was sent that decodes to the path
        at = sent.rfind("/", 0, at)
        if at >= 0 and unquote(sent[at:]) == call.path:
            return sent[at:]
        if at <= 0:
            break
    return call.path


def path_parameters(call: Call) -> dict[str, str]:
    """Return the values of the resource's {parameters}, percent-encoded as they were sent."""
    parts = encoded_path(call).strip("/").split("/")
    found: dict[str, str] = {}
    for number, name in enumerate(call.routed["resource_path"].strip("/").split("/")):
        if name.startswith("{") and name.endswith("+}"):
            found[name[1:-2]] = "/".join(parts[number:])
        elif name.startswith("{") and name.endswith("}") and number < len(parts):
            found[name[1:-1]] = parts[number]
    return found if found.keys() == call.path_parameters.keys() else call.path_parameters


def last(values: Multi) -> dict[str, str]:
    """Return the last value of each name."""
    return {name: several[-1] for name, several in values.items() if several}


def _is_told(name: str, value: Any) -> bool:
    """Tell whether a part of the identity stands in the event: keys only where there is one."""
    return value is not None or name in IDENTITY


def _values(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _body(call: Call, is_binary: bool) -> str | None:
    if not call.body:
        return None
    if is_binary:
        return base64.b64encode(call.body).decode()
    return call.body.decode(errors="replace")
