"""Provisioned concurrency: environments that are initialised before a call needs them.

Source: Lambda Developer Guide, "Configuring provisioned concurrency"; texts of the Lambda API.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.process import loop
from labkit.sandbox.services.lambda_ import aliases, concurrency, logs, revisions
from labkit.sandbox.services.lambda_.environments.environment import Environment
from labkit.sandbox.services.lambda_.environments.pool import Pool
from labkit.sandbox.services.lambda_.invocation import the_invoker
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream.lambda_ import lambda_svc

INIT_SECONDS = 15 * 60
"""How long INIT of a provisioned environment may take (Lambda Developer Guide)."""

UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."

Response = tuple[int, dict[str, Any], bytes]
Upstream = Callable[..., Response]


def put(upstream: Upstream, func_name: str, qualifier: str, data: dict[str, Any]) -> Response:
    """Make environments of a version, in place of those that it has.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it cannot have them.
    """
    record = lambda_svc._functions.get(func_name)
    if record is None:
        return upstream(func_name, qualifier, data)
    requested = int(data.get("ProvisionedConcurrentExecutions", 0))
    if (reason := _problem(record, qualifier, requested)) is not None:
        refuse("InvalidParameterValueException", reason)
    answer: Response = lambda_svc.json_response(_provision(record, qualifier, requested), 202)
    return answer


def delete(upstream: Upstream, func_name: str, qualifier: str) -> Response:
    """End the environments of a version."""
    version = _version(lambda_svc._functions.get(func_name) or {}, qualifier)
    if version is not None:
        the_invoker().pool.provision(version, 0)
    return upstream(func_name, qualifier)


def get(upstream: Upstream, func_name: str, qualifier: str) -> Response:
    """Answer for one qualifier, or list them all when the request names none."""
    record = lambda_svc._functions.get(func_name)
    if qualifier or record is None:
        return upstream(func_name, qualifier)
    configs = {"ProvisionedConcurrencyConfigs": _all(record)}
    answer: Response = lambda_svc.json_response(configs, 200)
    return answer


def update_alias(
    upstream: Upstream, func_name: str, alias_name: str, data: dict[str, Any]
) -> Response:
    """Move the environments of a moved alias to its new version.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take the alias as it would be.
    """
    record = lambda_svc._functions.get(func_name) or {}
    alias = (record.get("aliases") or {}).get(alias_name)
    if alias:
        revisions.check(data.get("RevisionId"), alias["RevisionId"])
        aliases.check(func_name, data, alias)
    before = _version(record, alias_name)
    answer = upstream(func_name, alias_name, data)
    state = (record.get("provisioned_concurrency") or {}).get(alias_name)
    after = _version(record, alias_name)
    if state and before and after and before.version != after.version:
        the_invoker().pool.provision(before, 0)
        _provision(record, alias_name, state["RequestedProvisionedConcurrentExecutions"])
    return answer


def _all(record: dict[str, Any]) -> list[dict[str, Any]]:
    arn = record["config"]["FunctionArn"]
    states = (record.get("provisioned_concurrency") or {}).items()
    return [{"FunctionArn": f"{arn}:{qualifier}", **state} for qualifier, state in states]


def _problem(record: dict[str, Any], qualifier: str, requested: int) -> str | None:
    """Return why a version cannot have so many environments; None if it can."""
    version = _version(record, qualifier)
    if version is None:
        return UNPUBLISHED
    others = record.get("provisioned_concurrency") or {}
    if any(other != qualifier and _number(record, other) == version.version for other in others):
        return (
            "Alias can't be used for Provisioned Concurrency configuration on an already "
            "Provisioned version"
        )
    reserved = record.get("concurrency")
    if reserved is not None and requested > int(reserved):
        return (
            "Requested Provisioned Concurrency should not be greater than the "
            "reservedConcurrentExecution for function"
        )
    unreserved, least = concurrency.unreserved(), concurrency.unreserved_minimum()
    if reserved is None and requested > unreserved:
        return (
            "Specified ConcurrentExecutions for function is greater than account's unreserved "
            f"concurrency [{unreserved}]."
        )
    if reserved is None and requested > unreserved - least:
        return (
            "Specified ConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{least}]."
        )
    return None


def _version(record: dict[str, Any], qualifier: str) -> FunctionVersion | None:
    """Return the published version that `qualifier` names, by number or by alias."""
    published = (record.get("versions") or {}).get(_number(record, qualifier))
    return None if published is None else FunctionVersion.from_record(published)


def _number(record: dict[str, Any], qualifier: str) -> str:
    alias = (record.get("aliases") or {}).get(qualifier) or {}
    return str(alias.get("FunctionVersion", qualifier))


def _provision(record: dict[str, Any], qualifier: str, requested: int) -> dict[str, Any]:
    """Start to make `requested` environments; return the state that the API tells meanwhile."""
    version = _version(record, qualifier)
    assert version is not None
    state = {
        "RequestedProvisionedConcurrentExecutions": requested,
        "AvailableProvisionedConcurrentExecutions": 0,
        "AllocatedProvisionedConcurrentExecutions": 0,
        "Status": "IN_PROGRESS",
        "LastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    record.setdefault("provisioned_concurrency", {})[qualifier] = state
    pool = the_invoker().pool
    environments = pool.provision(version, requested)
    loop.start(_allocate(pool, environments, state))
    return dict(state)


async def _allocate(pool: Pool, environments: list[Environment], state: dict[str, Any]) -> None:
    """Initialise all `environments`, then let them serve; none serves before the last is ready."""

    processors = asyncio.Semaphore(os.cpu_count() or 1)

    async def initialize(environment: Environment) -> bool:
        async with processors:
            _, failure = await environment.initialize(INIT_SECONDS)
        state["AllocatedProvisionedConcurrentExecutions"] += failure is None
        return failure is None

    ready = all(await asyncio.gather(*map(initialize, environments)))
    for environment in environments:
        logs.deliver(environment.version, environment.log_stream, environment.take_log())
        pool.release(environment)
    if ready:
        state["AvailableProvisionedConcurrentExecutions"] = len(environments)
        state["Status"] = "READY"
    else:
        state["Status"] = "FAILED"
        state["StatusReason"] = "FUNCTION_ERROR_INIT_FAILURE"
