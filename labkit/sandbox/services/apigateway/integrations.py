"""Integrations: which backend serves a request, and for how long.

`timeoutInMillis` is 50 to 29,000 ms (a quota that lessons do not raise). When it has passed, the
client gets a 504, while the backend works on to its end. MiniStack stores any timeout and ignores
it.
Source: API Gateway API Reference, PutIntegration; Developer Guide, "Quotas for REST APIs".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.services.apigateway import (
    integration_rules,
    lambda_integration,
    mock_integration,
    sqs_integration,
)
from labkit.sandbox.services.apigateway.call import Call, current
from labkit.sandbox.services.apigateway.deployments import Response
from labkit.sandbox.services.apigateway.failures import failure, misconfigured
from labkit.sandbox.services.apigateway.integration_rules import TIMEOUT_MS
from labkit.sandbox.services.apigateway.proxy_event import proxy_event
from labkit.sandbox.services.apigateway.velocity import TemplateError
from labkit.sandbox.upstream.apigateway import apigateway_v1

_working_on: set[asyncio.Task[Any]] = set()


async def serve(
    call: Call, integration: dict[str, Any], resource: dict[str, Any], binary_types: list[str],
    caller: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Let the integration's backend answer `call`, within the integration's timeout.

    Parameters
    ----------
    call, integration, resource
        The request, the integration of its method, and the method's resource.
    binary_types
        The API's binary media types.
    caller
        Who signed the request, for methods with AWS_IAM authorization.
    """
    methods = resource["resourceMethods"]
    declared = (methods.get(call.method) or methods["ANY"]).get("methodResponses") or {}
    kind, uri = integration["type"], integration.get("uri") or ""
    if kind == "MOCK":
        return mock_integration.answer(call, integration, declared)
    if kind == "AWS_PROXY":
        event = _event(call, binary_types, caller)
        work = lambda_integration.proxy(call, integration, event, binary_types)
    elif ":lambda:" in uri:
        work = lambda_integration.custom(call, integration, declared)
    elif ":sqs:path/" in uri:
        work = sqs_integration.send(call, integration, declared)
    else:
        return misconfigured(call, f"the sandbox has no integration with {uri}")
    return await _within_timeout(call, integration, work)


async def service_backend(
    integration: dict[str, Any], api_id: str, stage_name: str, stage: dict[str, Any],
    resource: dict[str, Any], *_: Any, binary_media_types: list[str] | None = None,
    authorizer_context: dict[str, Any] | None = None,
    caller_identity: dict[str, Any] | None = None, **__: Any,
) -> Any:  # fmt: skip
    """Answer the request in hand by a function or a queue."""
    call = current()
    call.authorizer = authorizer_context
    return await serve(call, integration, resource, binary_media_types or [], caller_identity)


def mock_backend(integration: dict[str, Any]) -> Any:
    """Answer the request in hand by a mock."""
    call = current()
    declared = _declared_responses(call, integration)
    return mock_integration.answer(call, integration, declared)


def _declared_responses(call: Call, integration: dict[str, Any]) -> dict[str, Any]:
    """Find the responses of the method that `integration` belongs to."""
    for resource in apigateway_v1._resources.get(call.api_id, {}).values():
        for method in resource["resourceMethods"].values():
            if method.get("methodIntegration") is integration:
                declared: dict[str, Any] = method["methodResponses"]
                return declared
    return {}


async def http_backend(upstream: Any, integration: dict[str, Any], *given: Any) -> Any:
    """Answer the request in hand by an HTTP endpoint, within the integration's timeout."""
    return await _within_timeout(current(), integration, upstream(integration, *given))


async def _within_timeout(call: Call, integration: dict[str, Any], work: Awaitable[Any]) -> Any:
    """Wait for `work` as long as the integration says; then leave it to itself."""
    call.integration_uri, call.integration_began = integration.get("uri") or "", time.time()
    started = time.perf_counter()
    task = asyncio.ensure_future(work)
    _working_on.add(task)
    task.add_done_callback(_working_on.discard)
    timeout_ms = int(integration.get("timeoutInMillis") or TIMEOUT_MS[1])
    done, _ = await asyncio.wait({task}, timeout=timeout_ms / 1000)
    call.integration_ms = (time.perf_counter() - started) * 1000
    if done:
        error = task.exception()
        return _broken(call, error) if error else task.result()
    return failure(
        call,
        504,
        "Execution failed due to a timeout error",
        "INTEGRATION_TIMEOUT",
        "Endpoint request timed out",
    )


def _broken(call: Call, error: BaseException) -> Any:
    """Answer with the failure of what serves the request: its own text is for the log only."""
    return misconfigured(call, str(error) if isinstance(error, TemplateError) else repr(error))


def put(
    upstream: Any, api_id: str, resource_id: str, http_method: str, data: dict[str, Any]
) -> Response:
    """Store an integration that AWS takes."""
    integration_rules.check(data)
    stored: Response = upstream(api_id, resource_id, http_method, data)
    return stored


def mapped_later(integration: dict[str, Any], headers: dict[str, Any]) -> None:
    """Leave `passthroughBehavior` to the mapping of the request, which knows all its values."""


def _event(call: Call, binary_types: list[str], caller: dict[str, Any] | None) -> dict[str, Any]:
    sent = apigateway_v1._header_ci(call.headers, "content-type")
    is_binary = bool(apigateway_v1._media_type_matches(sent, binary_types))
    return proxy_event(call, is_binary, caller)
