"""One request on its way through a method: what came in, and what is noted about it.

The seam is MiniStack's execution of a request in a stage: it keeps its routing, authorization, API
keys, throttling and validation, but over what the stage's deployment captured, and every
integration can see the request it serves. Each request counts in the AWS/ApiGateway metrics.
Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics".
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ministack.services import apigateway_v1, cloudwatch

from labkit.sandbox.services.apigateway.deployments import Response, serving
from labkit.sandbox.upstream import seams

EXECUTE = (
    "(request, api_id, stage_name, method, path, headers, body, query_params, "
    "owner_account_id, owner_region)"
)

LARGEST_BYTES = 10 * 1024 * 1024
"""The largest body of a request (API Gateway quotas: payload size, 10 MB)."""


@dataclass
class Call:
    """A request to a method.

    Attributes
    ----------
    routed
        What MiniStack found out on the way: `path_params`, `resource_path`, `request_id`, `stage`.
    test
        Whether it is the console's Test (TestInvokeMethod), which has no stage.
    log
        Lines of the execution log, in the order in which they happened.
    failed
        Whether the integration failed, so that API Gateway answers by itself.
    integration_ms
        How long the integration took, in ms; None when there was none.
    began
        When the request came, in seconds since 1970.
    request_override, response_override
        What a mapping template has put into `$context.requestOverride` and `responseOverride`.
    """

    api_id: str
    stage_name: str
    method: str
    path: str
    headers: dict[str, Any]
    query: dict[str, Any]
    body: bytes
    account: str
    region: str
    routed: dict[str, Any]
    authorizer: dict[str, Any] | None = None
    test: bool = False
    log: list[str] = field(default_factory=list)
    failed: bool = False
    integration_ms: float | None = None
    began: float = field(default_factory=time.time)
    request_override: dict[str, Any] = field(
        default_factory=lambda: {"header": {}, "path": {}, "querystring": {}}
    )
    response_override: dict[str, Any] = field(default_factory=lambda: {"header": {}})

    @property
    def stage_variables(self) -> dict[str, str]:
        """The variables of the stage that was called."""
        return self.routed["stage"].get("variables") or {}

    @property
    def path_parameters(self) -> dict[str, str]:
        """The values of the resource's {parameters}."""
        parameters: dict[str, str] = self.routed["path_params"]
        return parameters

    @property
    def source_arn(self) -> str:
        """The ARN that a permission's SourceArn is matched with.

        Its path is the resource's, with `{parameters}` as they are written there; the console's
        Test comes from the stage `test-invoke-stage`.
        """
        stage = "test-invoke-stage" if self.test else self.stage_name
        api = f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}"
        return f"{api}/{stage}/{self.method}{self.routed['resource_path']}"

    def note(self, line: str) -> None:
        """Add a line to the execution log."""
        self.log.append(line)


Observer = Callable[[Call, int, int, float], None]
"""Is told of a request, its answer's status and length in bytes, and its latency in ms."""

_current: ContextVar[Call] = ContextVar("call")
_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Have `observer` told of every request that a stage has answered."""
    _observers.append(observer)


def current() -> Call:
    """Return the request that is being served in this context."""
    return _current.get()


def enter(call: Call) -> None:
    """Make `call` the one that is being served in this context."""
    _current.set(call)


def install() -> None:
    """Take the execution of a request in a stage."""

    async def execute(request: dict[str, Any], *given: Any) -> Any:
        api_id, stage_name, method, path, headers, body, query, account, region = given
        call = Call(
            api_id, stage_name, method, path, headers or {}, query or {}, body or b"",
            account, region, request,
        )  # fmt: skip
        enter(call)
        started = time.perf_counter()
        # A parameter without a value counts as not given (Developer Guide, "Request validation").
        asked = {name: values for name, values in call.query.items() if any(values)}
        with serving(api_id, stage_name):
            answer = _too_long(call) or await upstream(
                request, api_id, stage_name, method, path, headers, body, asked, account, region
            )
        if request["stage"] is not None:
            latency_ms = (time.perf_counter() - started) * 1000
            rendered = _rendered(call, answer)
            _count(call, rendered[0], latency_ms)
            for tell in _observers:
                tell(call, rendered[0], len(rendered[2]), latency_ms)
        return _with_request_id(answer, request["request_id"])

    upstream = seams.replace(apigateway_v1.__name__, "_execute_in_scope", execute, like=EXECUTE)


def _too_long(call: Call) -> Any:
    """Refuse a body that API Gateway does not take; None if it takes it."""
    if len(call.body) <= LARGEST_BYTES:
        return None
    text = f"HTTP content length exceeded {LARGEST_BYTES} bytes."
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "RequestTooLargeException"}
    return 413, headers, json.dumps({"message": text}).encode()


def _with_request_id(answer: Any, request_id: str) -> Any:
    if isinstance(answer, tuple):
        answer[1].setdefault("x-amzn-requestid", request_id)
        answer[1].setdefault("x-amz-apigw-id", request_id)
    return answer


def _count(call: Call, status: int, latency_ms: float) -> None:
    name = apigateway_v1._rest_apis.get(call.api_id, {}).get("name", "")
    values = [
        ("Count", 1.0, "Count"),
        ("4XXError", float(400 <= status < 500), "Count"),
        ("5XXError", float(status >= 500), "Count"),
        ("Latency", latency_ms, "Milliseconds"),
    ]
    if call.integration_ms is not None:
        values.append(("IntegrationLatency", call.integration_ms, "Milliseconds"))
    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": call.stage_name}):
        for metric, value, unit in values:
            cloudwatch.record_metric("AWS/ApiGateway", metric, value, unit, dimensions)


def _rendered(call: Call, answer: Any) -> Response:
    if isinstance(answer, tuple):
        return answer
    rendered: Response = apigateway_v1._gateway_error_response(answer, call.routed)
    return rendered
