"""The one way by which every call runs: the API, API Gateway, queues, topics and state machines.

MiniStack sends all of them through `lambda_svc._execute_function`; this module takes its place.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from typing import Any

from labkit.sandbox.services.lambda_ import (
    aliases,
    api_request,
    concurrency,
    logs,
    metrics,
    updates,
)
from labkit.sandbox.services.lambda_.concurrency import Concurrency, ThrottledError
from labkit.sandbox.services.lambda_.environment import Call, Environment, Outcome
from labkit.sandbox.services.lambda_.pool import PROVISIONED, Pool
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream import seams

SERVICE = "ministack.services.lambda_svc"

_in_scope = seams.use(
    SERVICE,
    "_run_with_function_config_scope",
    like="(func_or_config, callback, *args, **kwargs)",
)
_depth = seams.use(SERVICE, "_invoke_depth", like="ContextVar")


class Invoker:
    """Runs calls in the environments of `pool`, within the limits of concurrency."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._concurrency = Concurrency()

    def install(self) -> None:
        """Take the place of MiniStack's executors."""
        seams.replace(SERVICE, "_execute_function", self.execute, like="(func, event)")
        seams.replace(SERVICE, "_inbound_invoke_depth", _inbound_depth, like="(headers)")

    def execute(self, func: dict[str, Any], event: Any) -> dict[str, Any]:
        """Run one call of MiniStack's function record `func`; return a result as it expects it."""
        result: dict[str, Any] = _in_scope(func, self._execute, func, event)
        return result

    def _execute(self, func: dict[str, Any], event: Any) -> dict[str, Any]:
        version = updates.effective(aliases.routed(func))
        arn = str((func.get("config") or func)["FunctionArn"])
        request = api_request.current.get() or api_request.ApiRequest(str(uuid.uuid4()))
        request.executed_version = version.version
        resource = _resource(arn)
        try:
            with self._concurrency.slot(version.account, version.region, version.name) as running:
                total = self._concurrency.total(version.account, version.region)
                metrics.concurrent(version.name, resource, running, total)
                outcome = self._run(version, _call(version, request.request_id, arn, event))
        except ThrottledError as reason:
            metrics.throttled(version.name, resource)
            return concurrency.throttled(str(reason))
        failed = outcome.error is not None
        metrics.invoked(version.name, resource, outcome.duration, error=failed)
        return _result(outcome)

    def _run(self, version: FunctionVersion, call: Call) -> Outcome:
        environment: Environment = self._pool.acquire(version)
        try:
            self._count_provisioned(environment, call)
            outcome = environment.invoke(call)
            logs.deliver(version, environment.log_stream, environment.take_log())
        finally:
            self._pool.release(environment)
        return outcome

    def _count_provisioned(self, environment: Environment, call: Call) -> None:
        """Count a call of a version with provisioned concurrency: served by it, or spilled over."""
        version = environment.version
        if version.version == "$LATEST" or not self._pool.has_provisioned(version):
            return
        if environment.initialization_type == PROVISIONED:
            metrics.provisioned(version.name, _resource(call.arn))
        else:
            metrics.spilled_over(version.name, _resource(call.arn))


def _resource(arn: str) -> str:
    """Return the function's name with its qualifier, as metrics name a resource."""
    return arn.split(":", 6)[6]


def _call(version: FunctionVersion, request_id: str, arn: str, event: Any) -> Call:
    payload = json.dumps(event, ensure_ascii=False).encode()
    return Call(request_id, arn, payload, _trace_id(sampled=version.is_traced))


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


def _trace_id(*, sampled: bool) -> str:
    """Return a trace header whose lineage says how many functions have called one another.

    botocore and AWS's other SDKs hand the header on by themselves, so that a loop is found.
    """
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    lineage = f"{_depth.get()}:{secrets.token_hex(4)}:0"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={sampled:d};Lineage={lineage}"


def _inbound_depth(headers: dict[str, str]) -> int:
    """Return how many functions the request has been through, from its trace header."""
    fields = dict(
        part.split("=", 1) for part in headers.get("x-amzn-trace-id", "").split(";") if "=" in part
    )
    depth = fields.get("Lineage", "0").partition(":")[0]
    return int(depth) if depth.isdecimal() else 0
