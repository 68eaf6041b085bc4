"""What MiniStack fails on: a request that does not fit its service's model is refused after all.

Looked at only once a request has failed inside, so that one that fits costs nothing; a failure over
one that fits stays what it is. A service that MiniStack has not gets a sentence. The seam is the
dispatch of requests.
Source: API References, "Common Errors" (ValidationException, ValidationError).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from labkit.sandbox.gateway import malformed
from labkit.sandbox.gateway.wire import SERIALIZATION, Handler, RefusedError, Response
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.moto_services import RefusedError as QueryRefusedError
from labkit.sandbox.upstream.moto_services import query_refusal

NO_SUCH_SERVICE = b'{"error": "Unsupported service: '
"""How MiniStack's answer begins to a request for a service that it has not."""

FORM = "application/x-www-form-urlencoded"


def install() -> None:
    """Look at every request that has failed."""

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, *more: Any
    ) -> Response:
        try:
            answer = await upstream(method, path, headers, body, *more)
        except Exception:
            if refused := _unfit(headers, body):
                return refused
            raise
        status, _, content = answer
        if status == 400 and isinstance(content, bytes) and content.startswith(NO_SUCH_SERVICE):
            return RefusedError("UnsupportedOperation", _not_here(content)).response
        return (status == 500 and _unfit(headers, body)) or answer

    upstream: Handler = seams.replace(
        "ministack.app",
        "_dispatch_service_request",
        dispatch,
        like="(method, path, headers, body, query_params, request_id)",
    )


def _not_here(content: bytes) -> str:
    service = json.loads(content)["error"].rpartition(" ")[2]
    return f"The embedded sandbox has no service {service}. Nothing was done."


def _unfit(headers: dict[str, str], body: bytes) -> Response | None:
    """Return the refusal of a request that does not fit; None if it fits, or nothing is known."""
    if headers.get("content-type", "").startswith(FORM):
        return _unfit_form(dict(parse_qsl(body.decode(errors="replace"))))
    shape = malformed.shape_of_target(headers.get("x-amz-target", ""))
    return _unfit_object(body, shape) if shape else None


def _unfit_form(fields: dict[str, str]) -> Response | None:
    shape = malformed.shape_of_form(fields)
    if shape is None or not (problem := next(malformed.not_numbers(fields, shape), None)):
        return None
    text = f"1 validation error detected: {problem}"
    return query_refusal(QueryRefusedError("ValidationError", text))


def _unfit_object(body: bytes, shape: malformed.Shape) -> Response | None:
    try:
        given = malformed.without_nulls(json.loads(body or b"{}"))
    except ValueError:
        return None
    if problem := next(malformed.wrong_types(given, shape), None):
        return RefusedError(SERIALIZATION, problem).response
    if missing := list(malformed.missing(given, shape)):
        errors = f"{len(missing)} validation error{'s' * (len(missing) > 1)} detected: "
        return RefusedError("ValidationException", errors + "; ".join(missing)).response
    return None
