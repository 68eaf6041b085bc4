"""How large a request's body may be: each service's own limit, and the error that it has for more.

Sources: the quotas in the Developer Guides of DynamoDB, Lambda, API Gateway and S3; CloudFormation
User Guide, "Custom resource response objects" (4096 bytes). The texts are those that AWS answers
with; where it publishes no limit, API Gateway's is taken.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import TooLarge
from labkit.sandbox.gateway.request import Request

SMALL_BYTES = 64 * 1024
"""What is read of any request; the HTTP server has as much of it at hand before it is asked."""

MIB = 1024 * 1024

LARGEST_BYTES = 10 * MIB
"""What a service takes that is not in `SERVICES`, and an API's stage."""

SERVICES = {"dynamodb": 16 * MIB, "s3": 512 * MIB}
"""What services take, by MiniStack's names. An object that is sent to S3 in one request has at most
5 GB on AWS; here it stays in memory."""

PACKAGE_BYTES = 69_905_067
"""What Lambda takes in one request: a package of 50 MB, in Base64."""

SYNCHRONOUS_BYTES = 6 * MIB
ASYNCHRONOUS_BYTES = MIB
"""A function's event, by how it is called."""

GZIP = 16 + zlib.MAX_WBITS
"""zlib's name of the format."""


@dataclass(frozen=True)
class Limit:
    """How many bytes a body may have, and what one with more is refused with."""

    bytes: int
    refusal: TooLarge


def of_service(service: str, request: Request) -> Limit:
    """Return the limit of what a request asks of a service, which MiniStack calls `service`."""
    if service == "lambda":
        return _of_lambda(request)
    if service == "s3":
        return _of_s3()
    return of_front_end(SERVICES.get(service, LARGEST_BYTES))


def of_invocation(*, asynchronous: bool) -> Limit:
    """Return the limit of a function's event."""
    limit = ASYNCHRONOUS_BYTES if asynchronous else SYNCHRONOUS_BYTES
    operation = "InvokeAsync" if asynchronous else "InvokeFunction"
    return Limit(limit, TooLarge(_smaller(limit, operation), "RequestTooLargeException"))


def of_front_end(limit: int) -> Limit:
    """Return a limit with the text that AWS's front ends have in common."""
    return Limit(limit, TooLarge(f"HTTP content length exceeded {limit} bytes."))


def of_link() -> Limit:
    """Return the limit of what a custom resource answers, which CloudFormation keeps in S3."""
    return Limit(SMALL_BYTES, _of_s3().refusal)


def inflated(body: bytes, limit: Limit) -> bytes:
    """Return what a body was before it was compressed; as it is, if it is not of gzip.

    Raises
    ------
    labkit.sandbox.gateway.errors.TooLarge
        If that is larger than the limit.
    """
    inflater = zlib.decompressobj(GZIP)
    try:
        found = inflater.decompress(body, limit.bytes + 1)
    except zlib.error:
        return body
    if len(found) > limit.bytes:
        raise limit.refusal
    return found if inflater.eof else body


def _of_s3() -> Limit:
    limit = SERVICES["s3"]
    text = "Your proposed upload exceeds the maximum allowed size"
    members = {"MaxSizeAllowed": str(limit)}
    return Limit(limit, TooLarge(text, "EntityTooLarge", status=400, members=members))


def _of_lambda(request: Request) -> Limit:
    path = request.raw_path or request.path
    found = models.operation_at("lambda", request.method, path, request.query)
    operation = found[0] if found else "Invoke"
    if operation in ("Invoke", "InvokeAsync", "InvokeWithResponseStream"):
        event = request.headers.get("x-amz-invocation-type") == "Event"
        return of_invocation(asynchronous=event or operation == "InvokeAsync")
    text = _smaller(PACKAGE_BYTES, operation)
    return Limit(PACKAGE_BYTES, TooLarge(text, "RequestEntityTooLargeException"))


def _smaller(limit: int, operation: str) -> str:
    return f"Request must be smaller than {limit} bytes for the {operation} operation"
