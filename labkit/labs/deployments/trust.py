"""Whom a role's trust policy lets in, of those who come with a token of an identity provider.

Only what such policies are written with is read: text compared with the claims ``aud`` and ``sub``.
Source: IAM User Guide, "Condition operators" (string operators; several values are alternatives,
several keys and operators must all be met) and "Wildcards" in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ACTION = "sts:AssumeRoleWithWebIdentity"


def lets_in(trust: Mapping[str, Any], claims: Mapping[str, str]) -> bool:
    """Tell whether a trust policy lets in who comes with a token of these claims.

    Parameters
    ----------
    trust
        The policy, decoded.
    claims
        By the condition keys' names, such as ``token.actions.githubusercontent.com:sub``.

    Raises
    ------
    ValueError
        If a statement has something that is not read here; the message says what.
    """
    allowed = False
    for statement in _listed(trust.get("Statement")):
        if ACTION not in _listed(statement.get("Action")):
            continue
        if not _met(statement.get("Condition") or {}, claims):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def _met(condition: Mapping[str, Any], claims: Mapping[str, str]) -> bool:
    return all(
        _matches(operator, claims.get(key), _listed(wanted))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _matches(operator: str, value: str | None, wanted: list[Any]) -> bool:
    """Compare one claim; one that is not there meets no condition but a negated one."""
    if operator == "StringEquals":
        return value in wanted
    if operator == "StringLike":
        return value is not None and any(_like(str(one), value) for one in wanted)
    if operator == "StringNotLike":
        return not _matches("StringLike", value, wanted)
    if operator == "StringNotEquals":
        return value not in wanted
    raise ValueError(f"the operator {operator}")


def _like(pattern: str, value: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]
