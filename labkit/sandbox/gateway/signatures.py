"""Every request of the control plane is signed, by a key of this server, and not long ago.

MiniStack looks at a signature where it asks for a permission, and answers much that asks for none.
Here each request shows its signature before any service sees it.
Source: IAM User Guide, "AWS Signature Version 4 for API requests"; what AWS says to a request that
is signed twice is unknown.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import downloads, planes, refusals
from labkit.sandbox.gateway.errors import AuthenticationError
from labkit.sandbox.gateway.planes import Headers, Plane, Query
from labkit.sandbox.gateway.refusals import unauthenticated
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.app import app, router
from labkit.sandbox.upstream.iam import evaluator as iam
from labkit.sandbox.upstream.iam import sigv4
from labkit.sandbox.upstream.module import put

UNSIGNED = iam.AuthError("MissingAuthenticationToken", "Request is missing Authentication Token")
SIGNED_TWICE = iam.AuthError("UnsupportedSignature", "Only one auth mechanism allowed.")
NOT_VERIFIED = iam.AuthError("UnsupportedSignature", "The signature cannot be verified.")
OTHER_BODY = iam.AuthError(
    "SignatureDoesNotMatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
)

QUERY_CREDENTIALS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId")
"""Parameters of a URL that hold a signature, or part of one."""

OPEN = {
    "AssumeRoleWithWebIdentity": "sts",
    "ConfirmSubscription": "sns",
    "Unsubscribe": "sns",
}
"""Operations that AWS serves without a signature, and their services: those that SNS's messages
link to, and the one that a token in the request says the caller of."""

SHA256 = re.compile(r"[0-9a-fA-F]{64}")

Response = tuple[int, dict[str, Any], bytes]
Answer = Awaitable[Response | None]


def install() -> None:
    """Take the places of MiniStack's answers to requests that need no service.

    A request's time is read for each thing that is asked of it; here once.
    """
    put(sigv4, "_amz_datetime", functools.lru_cache(maxsize=64))
    put(app, "_handle_pre_body_request", lambda _: before_the_body)
    put(app, "_handle_post_body_shortcuts", lambda old: functools.partial(after_the_body, old))


async def before_the_body(
    method: str, path: str, headers: Headers, query_params: Query, request_id: str
) -> Response | None:
    """Answer a browser that asks for a bucket's CORS rules, and nobody else."""
    if method != "OPTIONS" or not planes.is_bucket(method, path, headers, query_params):
        return None
    answer: Response = app._handle_options_request(method, path, headers, query_params, request_id)
    return answer


async def after_the_body(
    upstream: Callable[..., Answer],
    method: str,
    path: str,
    headers: Headers,
    body: bytes,
    query_params: Query,
    request_id: str,
) -> Response | None:
    """Refuse a request that shows no signature where it has to."""
    asked = Request(method, path, headers, query_params, body, id=request_id)
    match planes.plane(method, headers.get("host", ""), path):
        case Plane.DATA:
            return None
        case Plane.LINK if downloads.is_download(path):
            return downloads.answer(path, query_params) or _refusal(asked, "s3", UNSIGNED)
        case Plane.LINK:
            return await upstream(method, path, headers, body, query_params, request_id)
        case Plane.CLOSED:
            return _refusal(asked, "s3", UNSIGNED)
    try:
        check(asked)
    except AuthenticationError as error:
        return refusals.written(asked, service_of(asked), error)
    return None


def check(request: Request) -> None:
    """Look at the signature of a request of the control plane, which MiniStack has noted.

    Raises
    ------
    labkit.sandbox.gateway.errors.AuthenticationError
        If it has none and needs one, or one that is not sound.
    """
    given = request.method, request.path, request.headers, request.body, request.query
    if failure := _failure(*given):
        raise unauthenticated(service_of(request), failure, request.headers)


def service_of(request: Request) -> str:
    """Return MiniStack's name of the service that a request is for."""
    given = request.method, request.path, request.headers
    parameters = app._routing_params(*given, request.body, request.query)
    return str(router.detect_service(*given, parameters))


def _failure(method: str, path: str, headers: Headers, body: bytes, query: Query) -> Any:
    """Return why a request of the control plane is not let in; None if it is."""
    by_header, by_query = signed_by(headers, query)
    if by_header and by_query:
        return SIGNED_TWICE
    if by_header:
        return _verified(headers, query)
    parameters = app._routing_params(method, path, headers, body, query)
    if by_query:
        s3s = _is_presigned_for_s3() and planes.is_s3(method, path, headers, parameters)
        return None if s3s else _verified(headers, query)
    if planes.is_bucket(method, path, headers, parameters):
        return None
    is_open = _is_open(method, path, headers, parameters)
    return None if is_open else UNSIGNED


def _verified(headers: Headers, query: Query) -> Any:
    """Verify the signature; return what is wrong with it."""
    request = iam._signed_request.get()
    if request is None:
        return NOT_VERIFIED
    return _wrong_body(headers, request.body) or verified_so_far(headers, query)


def signed_by(headers: Headers, query: Query) -> tuple[bool, bool]:
    """Tell whether a request has a signature in a header, and whether it has one in its URL."""
    return bool(headers.get("authorization")), _has_query_credentials(query)


def verified_so_far(headers: Headers, query: Query) -> Any:
    """Verify the signature over what is known of a request; return what is wrong with it."""
    if failure := _wrong_date(headers, query):
        return failure
    key = router.extract_access_key_id(headers, query)
    if failure := iam.check_credentials(key):
        return failure
    return None if iam._verified_key.get() == key else NOT_VERIFIED


def _wrong_date(headers: Headers, query: Query) -> Any:
    """Refuse a date that cannot be read, of which MiniStack does not look at the age."""
    given = headers.get("x-amz-date") or next(iter(query.get("X-Amz-Date", ())), "")
    if not given or sigv4._amz_datetime(given):
        return None
    text = f"Date must be in ISO-8601 'basic format'. Got '{given[:64]}'."
    return iam.AuthError("IncompleteSignature", text)


def _wrong_body(headers: Headers, body: bytes) -> Any:
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


def _is_open(method: str, path: str, headers: Headers, parameters: Query) -> bool:
    asked = parameters.get("Action", [""])[0]
    service = OPEN.get(asked)
    return service == router.detect_service(method, path, headers, parameters) if service else False


def _refusal(asked: Request, service: str, failure: Any) -> Response:
    """Write a refusal as `service` writes it."""
    return refusals.written(asked, service, unauthenticated(service, failure, asked.headers))
