"""Builds the policies that labkit publishes out of their statements and of what each kind needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from labkit.aws.policies import BOUNDARY, FOLDER, INSTRUCTOR, STUDENT
from labkit.errors import LabkitError
from labkit.resources.kinds import modules
from labkit.resources.rights import Right

NAMES = (*STUDENT, BOUNDARY, *INSTRUCTOR)

PASSED_TO = "iam:PassedToService"


def policy_text(name: str) -> str:
    """Return the text of a policy.

    Raises
    ------
    LabkitError
        A kind names a statement that the policy has not.
    """
    text = (FOLDER / "base" / f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    statements = {one["Sid"]: one for one in document["Statement"]}
    for right in rights():
        if right.policy not in NAMES:
            raise LabkitError(f"There is no policy {right.policy!r}, which a kind names.")
        if right.policy == name:
            if right.sid not in statements:
                raise LabkitError(f"The policy {name} has no statement {right.sid!r}.")
            _add(statements[right.sid], right)
    for statement in document["Statement"]:
        for key in ("Action", "Resource"):
            statement[key] = _in_short(statement[key])
    return json.dumps(document, indent=2) + "\n"


def rights() -> list[Right]:
    """Return what the files of kinds say."""
    return [right for module in modules() for right in getattr(module, "RIGHTS", ())]


def _add(statement: dict[str, Any], right: Right) -> None:
    statement["Action"] = _joined(statement["Action"], right.actions)
    statement["Resource"] = _joined(statement["Resource"], right.resources)
    if right.passed_to:
        equals = statement["Condition"]["StringEquals"]
        equals[PASSED_TO] = _joined(equals[PASSED_TO], right.passed_to)


def _joined(some: str | Iterable[str], more: Iterable[str]) -> list[str]:
    return sorted({*([some] if isinstance(some, str) else some), *more})


def _in_short(values: str | list[str]) -> str | list[str]:
    """Write a list of one as IAM takes it, too."""
    many = [values] if isinstance(values, str) else values
    return many[0] if len(many) == 1 else many
