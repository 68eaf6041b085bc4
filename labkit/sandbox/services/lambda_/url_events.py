"""What a function is called with by its URL, and what a caller gets for its result.

Source: Lambda Developer Guide, "Invoking Lambda function URLs" (request and response payloads).
Which types of body are handed on as text, AWS does not say; multipart forms were seen as Base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from labkit.sandbox.services.xray.header import TraceHeader

TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}
"""Handed on as text beside `text/…`; any other body is handed on as Base64."""

NOT_HANDED_ON = {"connection", "cookie"}
"""Headers that are the connection's, or stand elsewhere in the event."""

FAILED = b"Internal Server Error"
"""What a caller sees of a function that failed, with the status 502; never the error itself."""

JSON = {"Content-Type": "application/json"}

Event = dict[str, Any]
Response = tuple[int, dict[str, Any], bytes]


@dataclass(frozen=True)
class UrlRequest:
    """A request to a function URL.

    Attributes
    ----------
    id
        Lambda's id of the request, which is the call's, too.
    url_id, account, region
        The URL's first part, and where its function is.
    is_open
        Whether it lets in requests without a signature.
    method, path, headers, body
        As they were sent; headers by their names in lower case.
    query
        Each parameter with all of its values.
    source_ip
        The caller's address.
    trace
        The trace that the call belongs to.
    """

    id: str
    url_id: str
    account: str
    region: str
    is_open: bool
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, list[str]]
    source_ip: str
    trace: TraceHeader

    @property
    def domain(self) -> str:
        """The URL's host."""
        return f"{self.url_id}.lambda-url.{self.region}.on.aws"


def event(request: UrlRequest) -> Event:
    """Return the event that a request becomes: payload format 2.0."""
    pairs = [(name, value) for name, values in request.query.items() for value in values]
    found: Event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs),
        "headers": _headers(request),
        "requestContext": _context(request),
    }
    if cookies := request.headers.get("cookie"):
        found["cookies"] = [one.strip() for one in cookies.split(";") if one.strip()]
    if pairs:
        found["queryStringParameters"] = {n: ",".join(v) for n, v in request.query.items()}
    return found | _body(request)


def response(result: Mapping[str, Any]) -> Response:
    """Return what a caller gets for the result of a call."""
    if result.get("throttle"):
        return 429, dict(JSON), json.dumps(result["body"]).encode()
    if result.get("error"):
        return 502, dict(JSON), FAILED
    answer = result["body"]
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return 200, dict(JSON), _text(answer).encode()
    try:
        return _status(answer["statusCode"]), _answer_headers(answer), _answer_body(answer)
    except (ValueError, TypeError, binascii.Error):
        return 502, dict(JSON), FAILED


def _headers(request: UrlRequest) -> dict[str, str]:
    sent = {name: value for name, value in request.headers.items() if name not in NOT_HANDED_ON}
    first, _, _ = sent.get("x-forwarded-for", "").partition(",")
    return sent | {
        "host": request.domain,
        "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
        "x-amzn-tls-version": "TLSv1.3",
        "x-amzn-trace-id": str(request.trace),
        "x-forwarded-for": first.strip() or request.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _context(request: UrlRequest) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": "anonymous" if request.is_open else request.account,
        "apiId": request.url_id,
        "domainName": request.domain,
        "domainPrefix": request.url_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.id,
        "routeKey": "$default",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _body(request: UrlRequest) -> Event:
    """Return the body as text or as Base64; without one there is no `body` at all."""
    if not request.body:
        return {"isBase64Encoded": False}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in TEXT_TYPES:
        return {"body": request.body.decode(errors="replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def _text(value: Any) -> str:
    """Return a text as it is, and anything else as JSON without spaces."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _status(given: Any) -> int:
    status = int(given)
    if isinstance(given, bool) or not 100 <= status <= 599:
        raise ValueError(given)
    return status


def _answer_headers(answer: Event) -> dict[str, Any]:
    returned = answer.get("headers")
    if not isinstance(returned, dict | None):
        raise TypeError(returned)
    given = {str(name): _text(value) for name, value in (returned or {}).items()}
    typed = any(name.lower() == "content-type" for name in given)
    headers: dict[str, Any] = given if typed else JSON | given
    if cookies := answer.get("cookies"):
        headers["Set-Cookie"] = [str(one) for one in cookies]
    return headers


def _answer_body(answer: Event) -> bytes:
    body = answer.get("body")
    if answer.get("isBase64Encoded"):
        return base64.b64decode(body or "", validate=True)
    return b"" if body is None else _text(body).encode()
