"""Every request of the control plane is signed, by a key of this server, and not long ago.

MiniStack looks at a signature where it asks for a permission, and answers much that asks for none.
Here each request shows its signature before any service sees it. The seams are the two places where
MiniStack answers before it looks for a service: they answer nobody any more.
Source: IAM User Guide, "AWS Signature Version 4 for API requests"; what AWS says to a request that
is signed twice is unknown.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core import iam_evaluator as iam
from ministack.core import sigv4
from ministack.core.iam_evaluator import AuthError
from ministack.core.router import extract_access_key_id

from labkit.sandbox.gateway import planes
from labkit.sandbox.gateway.planes import Headers, Plane, Query
from labkit.sandbox.upstream import seams

APP = app.__name__

UNSIGNED = AuthError("MissingAuthenticationToken", "Request is missing Authentication Token")
SIGNED_TWICE = AuthError("UnsupportedSignature", "Only one auth mechanism allowed.")
NOT_VERIFIED = AuthError("UnsupportedSignature", "The signature cannot be verified.")
OTHER_BODY = AuthError(
    "SignatureDoesNotMatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
)

QUERY_CREDENTIALS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId")
"""Parameters of a URL that hold a signature, or part of one."""

OPEN_LINKS = {"ConfirmSubscription", "Unsubscribe"}
"""SNS's operations that its messages link to; AWS serves them without a signature."""

SHA256 = re.compile(r"[0-9a-fA-F]{64}")

Response = tuple[int, dict[str, Any], bytes]
Answer = Awaitable[Response | None]


def install() -> None:
    """Take the places of MiniStack's answers to requests that need no service."""
    preflight = seams.use(
        APP, "_handle_options_request", like="(method, path, headers, query_params, request_id)"
    )

    async def before_the_body(
        method: str, path: str, headers: Headers, query: Query, request_id: str
    ) -> Response | None:
        if method != "OPTIONS" or not planes.is_bucket(method, path, headers, query):
            return None
        answer: Response = preflight(method, path, headers, query, request_id)
        return answer

    async def after_the_body(
        method: str, path: str, headers: Headers, body: bytes, query: Query, request_id: str
    ) -> Response | None:
        match planes.plane(method, headers.get("host", ""), path):
            case Plane.DATA:
                return None
            case Plane.LINK:
                return await upstream(method, path, headers, body, query, request_id)
            case Plane.CLOSED:
                return _refusal("s3", UNSIGNED, headers, request_id)
        if failure := _failure(method, path, headers, body, query):
            parameters = _routing()(method, path, headers, body, query)
            service = app.detect_service(method, path, headers, parameters)
            return _refusal(service, failure, headers, request_id)
        return None

    seams.replace(
        APP,
        "_handle_pre_body_request",
        before_the_body,
        like="(method, path, headers, query_params, request_id)",
    )
    upstream: Callable[..., Answer] = seams.replace(
        APP,
        "_handle_post_body_shortcuts",
        after_the_body,
        like="(method, path, headers, body, query_params, request_id)",
    )
    for seam in (_refuse, _routing, _read_date):
        seam()


def _failure(
    method: str, path: str, headers: Headers, body: bytes, query: Query
) -> AuthError | None:
    """Return why a request of the control plane is not let in; None if it is."""
    by_header, by_query = bool(headers.get("authorization")), _has_query_credentials(query)
    if by_header and by_query:
        return SIGNED_TWICE
    if by_header:
        return _verified(headers, query)
    parameters = _routing()(method, path, headers, body, query)
    if by_query:
        s3s = _is_presigned_for_s3() and planes.is_s3(method, path, headers, parameters)
        return None if s3s else _verified(headers, query)
    if planes.is_bucket(method, path, headers, parameters):
        return None
    return None if _is_open_link(method, path, headers, parameters) else UNSIGNED


def _verified(headers: Headers, query: Query) -> AuthError | None:
    """Verify the signature; return what is wrong with it."""
    request = iam._signed_request.get()
    if request is None:
        return NOT_VERIFIED
    if failure := _wrong_date(headers, query) or _wrong_body(headers, request.body):
        return failure
    key = extract_access_key_id(headers, query)
    if failure := iam.check_credentials(key):
        return failure
    return None if iam._verified_key.get() == key else NOT_VERIFIED


def _wrong_date(headers: Headers, query: Query) -> AuthError | None:
    """Refuse a date that cannot be read, of which MiniStack does not look at the age."""
    given = headers.get("x-amz-date") or next(iter(query.get("X-Amz-Date", ())), "")
    if not given or _read_date()(given):
        return None
    text = f"Date must be in ISO-8601 'basic format'. Got '{given[:64]}'."
    return AuthError("IncompleteSignature", text)


def _wrong_body(headers: Headers, body: bytes) -> AuthError | None:
    """Refuse a body whose hash, which was signed, is another's."""
    given = headers.get("x-amz-content-sha256", "")
    if not SHA256.fullmatch(given) or hashlib.sha256(body).hexdigest() == given.lower():
        return None
    return OTHER_BODY


def _has_query_credentials(query: Query) -> bool:
    return bool(query) and any(name in query or name.lower() in query for name in QUERY_CREDENTIALS)


def _is_presigned_for_s3() -> bool:
    """Tell whether S3 verifies the request: it has answers of its own for presigned URLs."""
    request = iam._signed_request.get()
    return request is not None and request.s3_scoped


def _is_open_link(method: str, path: str, headers: Headers, parameters: Query) -> bool:
    asked = parameters.get("Action", [""])[0]
    return asked in OPEN_LINKS and app.detect_service(method, path, headers, parameters) == "sns"


def _refusal(service: str, failure: AuthError, headers: Headers, request_id: str) -> Response:
    """Write a refusal as `service` writes it."""
    status, fields, body = _refuse()(service, "", request_id, failure, headers)
    return status, fields | {"x-amzn-requestid": request_id}, body


@functools.cache
def _refuse() -> Callable[..., Response]:
    found: Callable[..., Response] = seams.use(
        APP, "_credential_failure", like="(service, iam_action, request_id, denied, headers)"
    )
    return found


@functools.cache
def _routing() -> Callable[..., Query]:
    found: Callable[..., Query] = seams.use(
        APP, "_routing_params", like="(method, path, headers, body, query_params)"
    )
    return found


@functools.cache
def _read_date() -> Callable[[str], Any]:
    found: Callable[[str], Any] = seams.use(sigv4.__name__, "_amz_datetime", like="(value)")
    return found
