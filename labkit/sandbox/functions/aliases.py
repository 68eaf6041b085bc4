"""Weighted aliases: which of its two versions a call of an alias meets.

Source: Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias".
"""

from __future__ import annotations

import random
from typing import Any

from labkit.sandbox import seams

SERVICE = "ministack.services.lambda_svc"

Record = dict[str, Any]

_functions = seams.use(SERVICE, "_functions", like="AccountRegionScopedDict")


def install() -> None:
    """Let a function that is looked up by an alias keep the alias in its ARN, as Invoke does."""

    def look_up(func: Record | None, qualifier: str | None) -> tuple[Record | None, Record | None]:
        record, config = original(func, qualifier)
        if func is None or config is None or qualifier not in func.get("aliases", {}):
            return record, config
        return record, {**config, "FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}

    original = seams.replace(
        SERVICE, "_effective_func_record_for_qualifier", look_up, like="(func, qualifier)"
    )


def routed(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the version that this call of `record` meets.

    MiniStack has resolved an alias to its main version; the invoked ARN still names the alias.
    """
    config = record.get("config") or record
    function = _functions.get(config["FunctionName"]) or {}
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
