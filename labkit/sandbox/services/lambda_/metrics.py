"""AWS/Lambda metrics: one set for each invocation, whatever path it came by.

Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream import seams

NAMESPACE = "AWS/Lambda"

_record = seams.use(
    "ministack.services.cloudwatch",
    "record_metric",
    like="(namespace, metric_name, value, unit='None', dimensions=None)",
)


def install() -> None:
    """Stop MiniStack's own metrics, which count some calls twice and others never."""
    seams.replace(
        "ministack.services.lambda_svc",
        "_emit_lambda_metrics",
        _nothing,
        like="(function_name, duration_ms, error, throttle)",
    )


def _nothing(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    """Take the place of MiniStack's metrics."""


def throttled(name: str, resource: str) -> None:
    """Count a call that was refused: it is no invocation and no error."""
    _emit("Throttles", 1, "Count", _series(name, resource))


def invoked(name: str, resource: str, duration: float, *, error: bool) -> None:
    """Count a call that ran, with its `duration` in milliseconds."""
    series = _series(name, resource)
    _emit("Invocations", 1, "Count", series)
    _emit("Errors", int(error), "Count", series)
    _emit("Throttles", 0, "Count", series)
    _emit("Duration", duration, "Milliseconds", series)


def concurrent(name: str, resource: str, running: int, total: int) -> None:
    """Note how many calls are in flight, of the function and of the account."""
    _emit("ConcurrentExecutions", running, "Count", _series(name, resource)[1:])
    _emit("ConcurrentExecutions", total, "Count", [{}])


def spilled_over(name: str, resource: str) -> None:
    """Count a call that found every provisioned environment busy."""
    _emit("ProvisionedConcurrencySpilloverInvocations", 1, "Count", _series(name, resource))


def provisioned(name: str, resource: str) -> None:
    """Count a call that a provisioned environment served."""
    _emit("ProvisionedConcurrencyInvocations", 1, "Count", _series(name, resource))


def _series(name: str, resource: str) -> list[dict[str, str]]:
    """Return the dimensions of the account's, the function's and a qualified resource's series."""
    series = [{}, {"FunctionName": name}]
    return series if resource == name else [*series, {"FunctionName": name, "Resource": resource}]


def _emit(metric: str, value: float, unit: str, series: list[dict[str, str]]) -> Any:
    for dimensions in series:
        _record(NAMESPACE, metric, value, unit, dimensions)
