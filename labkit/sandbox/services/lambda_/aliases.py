"""Aliases: of which versions there may be one, and which of two a call of a weighted one meets.

MiniStack takes an alias of a version that was never published, and runs the newest code for it.
Source: Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias"; Lambda
API Reference, CreateAlias.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from labkit.sandbox.upstream.lambda_ import lambda_svc

LATEST = "$LATEST"

Record = dict[str, Any]


def look_up(
    upstream: Callable[..., tuple[Record | None, Record | None]],
    func: Record | None,
    qualifier: str | None,
) -> tuple[Record | None, Record | None]:
    """Look up what a qualifier names, and keep an alias in the ARN."""
    record, config = upstream(func, qualifier)
    if func is None or config is None or qualifier not in func.get("aliases", {}):
        return record, config
    return record, {**config, "FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}


def create(upstream: Callable[..., Any], func_name: str, data: Record) -> Any:
    """Make an alias, of a version that there is."""
    return refusal(func_name, data) or upstream(func_name, data)


def refusal(name: str, data: Record) -> Any:
    """Return AWS's refusal of an alias of a version that there is not, or None."""
    function = lambda_svc._functions.get(name)
    if function is None:
        return None  # MiniStack refuses it
    for version in _versions(data):
        if version != LATEST and version not in function["versions"]:
            missing = f"Function not found: {function['config']['FunctionArn']}:{version}"
            return lambda_svc.error_response_json("ResourceNotFoundException", missing, 404)
    return None


def _versions(data: Record) -> Iterator[str]:
    """Yield the versions that a request for an alias names."""
    yield data.get("FunctionVersion") or LATEST
    yield from (data.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def routed(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the version that this call of `record` meets.

    MiniStack has resolved an alias to its main version; the invoked ARN still names the alias.
    """
    config = record.get("config") or record
    function = lambda_svc._functions.get(config["FunctionName"]) or {}
    alias = (function.get("aliases") or {}).get(_qualifier(config["FunctionArn"])) or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    draw = random.random()
    for number, weight in weights.items():
        draw -= float(weight)
        if draw < 0 and (version := function["versions"].get(number)) is not None:
            as_invoked = version["config"] | {"FunctionArn": config["FunctionArn"]}
            return {**version, "config": as_invoked}
    return record


def _qualifier(arn: str) -> str:
    """Return the part after the function's name, if there is one."""
    return arn.split(":", 7)[7] if arn.count(":") > 6 else ""
