"""Aliases: of which versions there may be one, and which of two a call of a weighted one meets.

MiniStack takes an alias of a version that was never published, and runs the newest code for it.
Source: Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias"; Lambda
API Reference, CreateAlias.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import (
    ResourceConflict,
    ResourceNotFound,
    ValidationError,
    refuse,
)
from labkit.sandbox.upstream.lambda_ import lambda_svc

LATEST = "$LATEST"

PATTERN = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
ALIAS = re.compile(PATTERN)
"""What an alias can be called (Lambda API Reference, CreateAlias)."""

KEYS = (
    "Member must have length less than or equal to 1024, Member must have length greater than or "
    "equal to 1, Member must satisfy regular expression pattern: [0-9]+"
)
VALUES = (
    "Member must have value less than or equal to 1.0, Member must have value greater than or "
    "equal to 0.0"
)
"""The constraints of a weight (Lambda API Reference, AliasRoutingConfiguration)."""

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
    """Make an alias, of a version that there is.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is one of that name, or AWS does not take it.
    """
    function = lambda_svc._functions.get(func_name)
    name = data.get("Name", "")
    if function is not None and name in function["aliases"]:
        arn = function["aliases"][name]["AliasArn"]
        raise ResourceConflict(f"Alias already exists: {arn}")
    check(func_name, data)
    return upstream(func_name, data)


def check(name: str, data: Record, before: Record | None = None) -> None:
    """Check an alias as it is to be.

    Parameters
    ----------
    name
        The function's name; one that there is not is refused by MiniStack.
    data
        What the request asks for.
    before
        The alias as it was, of which an update keeps what it does not name.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    function = lambda_svc._functions.get(name)
    if function is None:
        return
    if not ALIAS.fullmatch(alias := data.get("Name") or "name"):
        raise _invalid("name", alias, f"Member must satisfy regular expression pattern: {PATTERN}")
    wanted = (before or {}) | data
    main = wanted.get("FunctionVersion") or LATEST
    weights = (wanted.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for version in (main, *weights):
        if version != LATEST and version not in function["versions"]:
            arn = function["config"]["FunctionArn"]
            raise ResourceNotFound(f"Function not found: {arn}:{version}")
    if weights:
        _check_weights(function, main, weights)


def _check_weights(function: Record, main: str, weights: dict[str, float]) -> None:
    """Check two versions behind one alias."""
    shown = "{" + ", ".join(f"{number}={weight}" for number, weight in weights.items()) + "}"
    field = "routingConfig.additionalVersionWeights"
    if any(not number.isdecimal() for number in weights):
        raise _invalid(field, shown, f"Map keys must satisfy constraint: [{KEYS}]")
    if any(not 0 <= float(weight) <= 1 for weight in weights.values()):
        raise _invalid(field, shown, f"Map value must satisfy constraint: [{VALUES}]")
    if len(weights) > 1:
        text = "Number of items in AdditionalVersionWeights cannot be greater than 1"
    elif main == LATEST:
        text = f"{LATEST} is not supported for an alias pointing to more than 1 version"
    elif main in weights:
        text = (
            f"Invalid function version {main}. Function version {main} is already included in "
            "routing configuration."
        )
    elif not _are_alike(*(function["versions"][one]["config"] for one in (main, *weights))):
        text = (  # AWS's wording is not known
            "The versions of an alias must have the same execution role and the same dead-letter "
            "configuration."
        )
    else:
        return
    refuse("InvalidParameterValueException", text)


def _are_alike(one: Record, other: Record) -> bool:
    return all(one.get(key) == other.get(key) for key in ("Role", "DeadLetterConfig"))


def _invalid(field: str, value: str, constraint: str) -> ValidationError:
    text = f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint"
    return ValidationError(f"{text}: {constraint}")


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
