"""The way of a request through the sandbox, from what came over the wire to what goes back.

`answer` is the whole of it, for a request from outside, which comes by `gateway/front.py` or from
MiniStack's application. `dispatch` is where a call from one service to another enters, below
authentication (`gateway/internal.py`).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from labkit.sandbox.gateway import raw, registry, serialise
from labkit.sandbox.gateway.authenticate import authenticate
from labkit.sandbox.gateway.authorise import authorise
from labkit.sandbox.gateway.cors import without_headers_for_all
from labkit.sandbox.gateway.errors import AwsError, ServiceFailure, Unsupported
from labkit.sandbox.gateway.recognise import (
    is_a_service,
    recognise_operation,
    recognise_service,
)
from labkit.sandbox.gateway.request import Request, Response, current
from labkit.sandbox.gateway.resources import routing
from labkit.sandbox.gateway.validate import check_size, misfit, validate
from labkit.sandbox.upstream.app import app, responses, router
from labkit.sandbox.upstream.module import put, put_item

LOG = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Any]]

ELSEWHERE = ""
"""The name of MiniStack's own dispatch among its services."""

_upstream: dict[str, Handler] = {}
"""What answers for each service upstream, by MiniStack's names."""


async def answer(request: Request) -> Response:
    """Answer a request from outside, whose signature is sound."""
    current.set(request)
    upstream_service = router.detect_service(
        request.method, request.path, request.headers, routing(request)
    )
    try:
        recognise_service(request, upstream_service)
        check_size(request, upstream_service)
        if not registry.is_ours(upstream_service):
            _check_that_it_exists(upstream_service)
            validate(request)
            return await _elsewhere(request)
        recognise_operation(request)
        validate(request)
        authenticate(request)
        authorise(request)
        output = await dispatch(request)
        response = output if isinstance(output, Response) else serialise.output(request, output)
    except AwsError as error:
        response = serialise.error(request, error)
    return _finished(request, upstream_service, response)


async def dispatch(request: Request) -> dict[str, Any] | Response:
    """Have the request's service answer it; return the operation's output, or what is written.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the service refuses it, or fails.
    """
    service = registry.by_name(request.service)
    request.upstream = functools.partial(_ask_upstream, service.upstream)
    try:
        output = await service.provider.answer(request)
    except AwsError:
        raise
    except Exception as error:
        LOG.exception("%s.%s failed", request.service, request.operation)
        raise misfit(request) or ServiceFailure(str(error)) from error
    if isinstance(output, Response) and output.status == 500 and (refusal := misfit(request)):
        raise refusal
    return {} if output is None else output


def install() -> None:
    """Take MiniStack's dispatch of requests, and the table by which its services call others."""
    put(app, "_dispatch_service_request", _instead_of_the_dispatch)
    put(router, "_is_aws_service_name", lambda old: functools.partial(is_a_service, old))
    for name in registry.upstream_names():
        put_item(app, "SERVICE_HANDLERS", name, functools.partial(_entry, name))


def _instead_of_the_dispatch(old: Handler) -> Handler:
    _upstream[ELSEWHERE] = old
    return _from_the_application


async def _from_the_application(
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, list[str]],
    request_id: str,
) -> Response:
    """Answer a request that MiniStack's application has taken apart."""
    request = _request(method, path, headers, body, query_params)
    request.id = request_id
    return await answer(request)


async def _elsewhere(request: Request) -> Response:
    """Have MiniStack answer a request for a service that is none of `registry.SERVICES`."""
    given = request.method, request.path, request.headers, request.body, request.query, request.id
    response = Response(*await _upstream[ELSEWHERE](*given))
    return without_headers_for_all(request, response)


def _entry(upstream_service: str, handler: Handler) -> Handler:
    """Return what MiniStack finds for a service when it calls one from another in process."""
    _upstream[upstream_service] = handler

    async def handle(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | str,
        query_params: dict[str, list[str]],
    ) -> Response:
        body = body.encode() if isinstance(body, str) else body
        request = _request(method, path, headers, body, query_params)
        try:
            recognise_service(request, upstream_service)
            recognise_operation(request)
            output = await dispatch(request)
            return output if isinstance(output, Response) else serialise.output(request, output)
        except AwsError as error:
            return serialise.error(request, error)

    return handle


def _request(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Request:
    account, region = responses.get_account_id(), responses.get_region()
    sent = raw.path()
    raw_path = sent if unquote(sent) == path else ""
    return Request(method, path, headers, query, body, raw_path, account=account, region=region)


async def _ask_upstream(upstream_service: str, request: Request) -> Response:
    handler = _upstream.get(upstream_service)
    if handler is None:
        raise Unsupported(
            f"The embedded sandbox has no {request.operation} of {upstream_service}. "
            "Nothing was done."
        )
    given = request.method, request.path, request.headers, request.body, request.query
    return Response(*await handler(*given))


def _check_that_it_exists(upstream_service: str) -> None:
    if upstream_service != "unknown_query" and not registry.is_known_upstream(upstream_service):
        raise Unsupported(
            f"The embedded sandbox has no service {upstream_service}. Nothing was done."
        )


def _finished(request: Request, upstream_service: str, response: Response) -> Response:
    """Give a response its request's id, and the type of content that its protocol has."""
    responses.fix_error_content_type(upstream_service, response.status, response.headers)
    responses.fix_success_content_type(upstream_service, response.status, response.headers)
    app._maybe_record_cloudtrail(
        upstream_service, request.method, request.path, request.headers, request.body,
        request.query, request.id, request.region,
    )  # fmt: skip
    response.headers["x-amzn-requestid"] = request.id
    return response
