"""Stack policies: what an update may do to the resources of a stack.

MiniStack keeps a policy and asks none.
Source: CloudFormation User Guide, "Prevent updates to stack resources" ("a Deny statement always
overrides an Allow statement", the principal is `*`, the actions are `Update:Modify`,
`Update:Replace`, `Update:Delete` and `Update:*`); API Reference, UpdateStack
(`StackPolicyDuringUpdateBody`); the wording as AWS answers it.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.cloudformation import helpers

Members = dict[str, Any]

POLICY = "_stack_policy"
"""Key of a policy's text in MiniStack's record of a stack."""

AFTERWARDS = "_labkit_policy_afterwards"
"""Likewise: the text to put back when the update under way ends, if another holds meanwhile."""

MODIFY, REPLACE, DELETE = "Update:Modify", "Update:Replace", "Update:Delete"
ACTIONS = {MODIFY, REPLACE, DELETE, "Update:*"}
OPERATORS = {"StringEquals", "StringLike"}

KINDS = ("StackPolicy", "StackPolicyDuringUpdate")
"""The parameters that give a policy, each followed by `Body` or `URL`."""


def check(request: Request) -> None:
    """Check the policies that a request gives.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        With what AWS answers.
    """
    for kind in KINDS:
        body, url = request.form.text(f"{kind}Body"), request.form.text(f"{kind}URL")
        if body and url:
            raise ValidationError(f"You cannot specify both {kind}URL and {kind}Body")
        if (text := _text(request, kind)) and not _is_policy(text):
            raise ValidationError("Error validating stack policy: Invalid stack policy")


def override(request: Request, stack: Members | None) -> None:
    """Let the policy that an update is given for itself hold until it ends."""
    if stack is not None and (text := _text(request, "StackPolicyDuringUpdate")):
        stack[AFTERWARDS] = stack.get(POLICY, "")
        stack[POLICY] = text


def put_back(stack: Members) -> None:
    """Let the stack's own policy hold again."""
    if AFTERWARDS in stack:
        stack[POLICY] = stack.pop(AFTERWARDS)


def denial(stack: Members, action: str, logical_id: str, resource_type: str) -> str:
    """Return why a stack's policy does not let an update do `action`; empty if it does."""
    statements = _statements(stack.get(POLICY) or "{}")
    if not statements:
        return ""
    allowed = False
    for number, one in enumerate(statements, 1):
        if not _is_about(one, action, logical_id, resource_type):
            continue
        if one["Effect"] == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] "
                f"for resource [LogicalResourceId/{logical_id}];"
            )
        allowed = True
    return "" if allowed else "Action not allowed by stack policy"


def _text(request: Request, kind: str) -> str:
    """Return the text of a policy that a request gives, or that lies in S3; empty without one."""
    names = f"{kind}Body", f"{kind}URL"
    text, refused = helpers._resolve_document(request.form, *names, "Stack policy")
    if refused is not None:
        raise ValidationError("Error validating stack policy: Invalid stack policy")
    return text or ""


def _is_policy(text: str) -> bool:
    try:
        policy = json.loads(text)
    except ValueError:
        return False
    if not isinstance(policy, dict) or policy.keys() - {"Statement"}:
        return False
    statements = policy.get("Statement", [])
    return isinstance(statements, list | dict) and all(map(_is_statement, _listed(statements)))


def _is_statement(one: Any) -> bool:
    if not isinstance(one, dict) or one.get("Effect") not in ("Allow", "Deny"):
        return False
    actions = _listed(one.get("Action", one.get("NotAction", [])))
    if not actions or not all(action in ACTIONS for action in actions):
        return False
    about = "Resource" in one or "NotResource" in one
    return about and one.get("Principal") == "*" and _is_condition(one.get("Condition", {}))


def _is_condition(written: Any) -> bool:
    return isinstance(written, dict) and all(
        operator in OPERATORS and isinstance(asked, dict) and asked.keys() == {"ResourceType"}
        for operator, asked in written.items()
    )


def _statements(text: str) -> list[Members]:
    return list(_listed(json.loads(text).get("Statement", [])))


def _is_about(one: Members, action: str, logical_id: str, resource_type: str) -> bool:
    return (
        _names(one, "Action", action)
        and _names(one, "Resource", f"LogicalResourceId/{logical_id}")
        and all(
            any(_matches(pattern, resource_type) for pattern in _listed(asked["ResourceType"]))
            for asked in one.get("Condition", {}).values()
        )
    )


def _names(one: Members, what: str, value: str) -> bool:
    if f"Not{what}" in one:
        return not any(_matches(pattern, value) for pattern in _listed(one[f"Not{what}"]))
    return any(_matches(pattern, value) for pattern in _listed(one[what]))


def _matches(pattern: str, value: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
