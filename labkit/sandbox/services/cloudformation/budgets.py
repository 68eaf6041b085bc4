"""Budgets of a stack, made through Budgets' own API: MiniStack's stacks do not know the type.

Source: CloudFormation Template Reference, AWS::Budgets::Budget.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.cloudformation.handling import Properties, failed
from labkit.sandbox.upstream.budgets import budgets

RESOURCE = "AWS::Budgets::Budget"


def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, dict[str, Any]]:
    """Make a budget, in the place of the one that an update changes; return its name.

    Raises
    ------
    ValueError
        With the reason of Budgets.
    """
    name = properties["Budget"].setdefault("BudgetName", f"{stack_name}-{logical_id}")
    delete(name, properties)
    status, _, body = budgets._create_budget(properties)
    if status >= 400:
        raise failed(json.loads(body).get("message", ""))
    return name, {}


def delete(name: str, _properties: Properties) -> None:
    """Delete a budget, if it is there."""
    budgets._delete_budget({"BudgetName": name})


HANDLERS = {"create": create, "delete": delete}
