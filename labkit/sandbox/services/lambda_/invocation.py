"""The one way by which every call runs: the API, API Gateway, queues, topics and state machines.

MiniStack sends all of them through `lambda_svc._execute_function`; this module takes its place.
"""

from __future__ import annotations

import functools
import json
import secrets
import threading
import uuid
from typing import Any

from labkit.sandbox.process import loop
from labkit.sandbox.services.lambda_ import (
    aliases,
    api_request,
    concurrency,
    embedded_metrics,
    logs,
    metrics,
    settings,
    updates,
)
from labkit.sandbox.services.lambda_.concurrency import Concurrency, ThrottledError
from labkit.sandbox.services.lambda_.environments.environment import (
    Answer,
    Call,
    Environment,
    Outcome,
)
from labkit.sandbox.services.lambda_.environments.pool import PROVISIONED, Pool
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.services.xray import functions as traced
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.lambda_ import lambda_svc

_making = threading.Lock()


def the_invoker() -> Invoker:
    """Return the one that runs every call of this server; several threads may be the first."""
    with _making:
        return _made()


@functools.cache
def _made() -> Invoker:
    return Invoker(settings.new_pool())


class Invoker:
    """Runs calls in the environments of `pool`, within the limits of concurrency."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._concurrency = Concurrency()

    def execute(self, func: dict[str, Any], event: Any) -> dict[str, Any]:
        """Run one call of MiniStack's function record `func` for a thread that waits for it."""
        return loop.wait_for(self.run(func, event))

    async def run(self, func: dict[str, Any], event: Any) -> dict[str, Any]:
        """Run one call of MiniStack's function record `func`; return a result as it expects it."""
        request = api_request.current.get()
        payload = request.sent(event) if request is not None else b""
        payload = payload or json.dumps(event, ensure_ascii=False).encode()
        try:
            outcome = await self.call(func, payload)
        except ThrottledError as reason:
            return concurrency.throttled(str(reason))
        if request is not None:
            request.answer = outcome.payload
        return _result(outcome)

    async def call(
        self, func: dict[str, Any], event: bytes, answer: Answer | None = None
    ) -> Outcome:
        """Run one call of MiniStack's function record `func`, with the event as JSON.

        `answer` is given the outcome as soon as it is there: the log is delivered and the metrics
        are counted when it has done with it, which may be to answer a client.

        Raises
        ------
        ThrottledError
            If there is no concurrency left for it.
        """
        arn = str((func.get("config") or func)["FunctionArn"])
        region, account = arn.split(":", 5)[3:5]
        with responses.request_scope(account, region):
            version = updates.effective(aliases.routed(func))
            request = api_request.current.get() or api_request.ApiRequest(str(uuid.uuid4()))
            request.executed_version = version.version
            trace = traced.begin(version)
            call = _call(trace, request.request_id, arn, event)
            try:
                outcome = await self._within_limits(version, call, answer)
            except ThrottledError:
                metrics.throttled(version.name, _resource(arn))
                traced.throttled(version, trace, request.request_id)
                raise
            traced.end(version, trace, _work(call, outcome))
            return outcome

    async def _within_limits(
        self, version: FunctionVersion, call: Call, answer: Answer | None
    ) -> Outcome:
        place = (version.account, version.region)
        provisioned = self.pool.provisioned(version)
        slot = self._concurrency.slot(*place, version.name, version.version, provisioned)
        with slot as running:
            total = self._concurrency.total(*place)
            environment = await self.pool.acquire(version)
            try:
                outcome = await environment.invoke(call, answer)
                self._note(environment, call, outcome, (running, total))
            finally:
                self.pool.release(environment)
        return outcome

    def _note(
        self, environment: Environment, call: Call, outcome: Outcome, in_flight: tuple[int, int]
    ) -> None:
        """Deliver a call's log and count it; `in_flight` is of the function and the account."""
        version, resource = environment.version, _resource(call.arn)
        lines = environment.take_log()
        if logs.deliver(version, environment.log_stream, lines):
            embedded_metrics.record(lines)
        metrics.concurrent(version.name, resource, *in_flight)
        self._count_provisioned(environment, call)
        failed = outcome.error is not None
        metrics.invoked(version.name, resource, version.version, outcome.duration, error=failed)

    def _count_provisioned(self, environment: Environment, call: Call) -> None:
        """Count a call of a version with provisioned concurrency: served by it, or spilled over."""
        version = environment.version
        if version.version == "$LATEST" or not self.pool.provisioned(version):
            return
        if environment.initialization_type == PROVISIONED:
            metrics.provisioned(version.name, _resource(call.arn))
        else:
            metrics.spilled_over(version.name, _resource(call.arn))


def _resource(arn: str) -> str:
    """Return the function's name with its qualifier, as metrics name a resource."""
    return arn.split(":", 6)[6]


def _call(trace: traced.FunctionTrace, request_id: str, arn: str, event: bytes) -> Call:
    header = f"{trace.header};{_lineage()}"
    request = api_request.current.get()
    context = request.client_context if request is not None else ""
    return Call(
        request_id, arn, event, header, is_recorded=trace.is_recorded, client_context=context
    )


def _work(call: Call, outcome: Outcome) -> traced.Work:
    return traced.Work(
        call.request_id, outcome.began, outcome.duration, outcome.init, outcome.error
    )


def _result(outcome: Outcome) -> dict[str, Any]:
    log = "".join(f"{line.text}\n" for line in outcome.log)
    if outcome.error is not None:
        return {
            "body": outcome.error,
            "error": True,
            "function_error": "Unhandled",
            "log": log,
        }
    return {"body": json.loads(outcome.payload), "log": log}


def _lineage() -> str:
    """Return the end of a trace header: how many functions have called one another.

    botocore and AWS's other SDKs hand the header on by themselves, so that a loop is found.
    """
    return f"Lineage={lambda_svc._invoke_depth.get()}:{secrets.token_hex(4)}:0"


def inbound_depth(headers: dict[str, str]) -> int:
    """Return how many functions the request has been through, from its trace header."""
    trace = headers.get("x-amzn-trace-id")
    if trace is None:
        return 0
    fields = dict(part.split("=", 1) for part in trace.split(";") if "=" in part)
    depth = fields.get("Lineage", "0").partition(":")[0]
    return int(depth) if depth.isdecimal() else 0
