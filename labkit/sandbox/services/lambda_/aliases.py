"""Aliases: of which versions there may be one, and which of two a call of a weighted one meets.

MiniStack takes an alias of a version that was never published, and runs the newest code for it.
Source: Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias"; Lambda
API Reference, CreateAlias.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import lambda_svc

from labkit.sandbox.upstream import seams

SERVICE = lambda_svc.__name__

LATEST = "$LATEST"

Record = dict[str, Any]

_functions = seams.use(SERVICE, "_functions", like="AccountRegionScopedDict")


def install() -> None:
    """Take the look-up of a function, and the making and changing of an alias."""
    _keep_the_alias_in_the_arn()
    _ask_for_published_versions()


def _keep_the_alias_in_the_arn() -> None:

    def look_up(func: Record | None, qualifier: str | None) -> tuple[Record | None, Record | None]:
        record, config = original(func, qualifier)
        if func is None or config is None or qualifier not in func.get("aliases", {}):
            return record, config
        return record, {**config, "FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}

    original = seams.replace(
        SERVICE, "_effective_func_record_for_qualifier", look_up, like="(func, qualifier)"
    )


def _ask_for_published_versions() -> None:
    def create(func_name: str, data: Record) -> Any:
        return _refusal(func_name, data) or create_upstream(func_name, data)

    def update(func_name: str, alias_name: str, data: Record) -> Any:
        return _refusal(func_name, data) or update_upstream(func_name, alias_name, data)

    create_upstream: Callable[..., Any] = seams.replace(
        SERVICE, "_create_alias", create, like="(func_name, data)"
    )
    update_upstream: Callable[..., Any] = seams.replace(
        SERVICE, "_update_alias", update, like="(func_name, alias_name, data)"
    )


def _refusal(name: str, data: Record) -> Any:
    """Return AWS's refusal of an alias of a version that there is not, or None."""
    function = _functions.get(name)
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
