"""AWS/Lambda metrics: one set for each invocation, whatever path it came by.

Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.lambda_.retention import values_of
from labkit.sandbox.upstream.cloudwatch import cloudwatch

NAMESPACE = "AWS/Lambda"

Series = tuple[tuple[str, dict[str, str]], ...]
"""The dimensions of each series that a call counts in, and the text that they are stored under."""


def nothing(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    """Take the place of MiniStack's metrics, which count some calls twice and others never."""


def throttled(name: str, resource: str) -> None:
    """Count a call that was refused: it is no invocation and no error."""
    _emit("Throttles", 1, "Count", _series(name, resource))


def invoked(name: str, resource: str, executed: str, duration: float, *, error: bool) -> None:
    """Count a call that ran in the version `executed`, with its `duration` in milliseconds."""
    series = _series(name, resource, executed)
    _emit("Invocations", 1, "Count", series)
    _emit("Errors", int(error), "Count", series)
    _emit("Throttles", 0, "Count", series)
    _emit("Duration", duration, "Milliseconds", series)


def concurrent(name: str, resource: str, running: int, total: int) -> None:
    """Note how many calls are in flight, of the function and of the account."""
    account, *function = _series(name, resource)
    _emit("ConcurrentExecutions", running, "Count", tuple(function))
    _emit("ConcurrentExecutions", total, "Count", (account,))


def spilled_over(name: str, resource: str) -> None:
    """Count a call that found every provisioned environment busy."""
    _emit("ProvisionedConcurrencySpilloverInvocations", 1, "Count", _series(name, resource))


def provisioned(name: str, resource: str) -> None:
    """Count a call that a provisioned environment served."""
    _emit("ProvisionedConcurrencyInvocations", 1, "Count", _series(name, resource))


@functools.lru_cache(maxsize=1024)
def _series(name: str, resource: str, executed: str = "") -> Series:
    """Return the account's, the function's and a qualified resource's series.

    A call by an alias counts for the version that it met, too, so that the two versions of a
    weighted alias can be compared.
    """
    return tuple(
        (cloudwatch._dims_key(dimensions), dimensions)
        for dimensions in _dimensions(name, resource, executed)
    )


def _dimensions(name: str, resource: str, executed: str) -> Iterator[dict[str, str]]:
    yield {}
    yield {"FunctionName": name}
    if resource != name:
        yield {"FunctionName": name, "Resource": resource}
        if executed and resource != f"{name}:{executed}":
            yield {"FunctionName": name, "Resource": resource, "ExecutedVersion": executed}


def _emit(metric: str, value: float, unit: str, series: Series) -> None:
    now = time.time()
    for key, dimensions in series:
        point: dict[str, Any] = {"Timestamp": now, "Value": float(value), "Unit": unit}
        values_of((NAMESPACE, metric, key)).append(point | {"Dimensions": dimensions})
