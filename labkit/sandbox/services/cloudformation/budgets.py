"""Budgets of a stack, made through Budgets' own API: MiniStack's stacks do not know the type.

Source: CloudFormation Template Reference, AWS::Budgets::Budget.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services.cloudformation import provisioners

from labkit.sandbox.services.cloudformation.handlers import Properties, failed
from labkit.sandbox.upstream import seams

RESOURCE = "AWS::Budgets::Budget"


def install() -> None:
    """Add the type to MiniStack's table of handlers."""
    handlers = seams.use(provisioners.__name__, "_RESOURCE_HANDLERS", like="dict")
    handlers[RESOURCE] = {"create": create, "delete": delete}


def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, dict[str, Any]]:
    """Make a budget, in the place of the one that an update changes; return its name.

    Raises
    ------
    ValueError
        With the reason of Budgets.
    """
    budgets = _service()
    name = properties["Budget"].setdefault("BudgetName", f"{stack_name}-{logical_id}")
    delete(name, properties)
    status, _, body = budgets._create_budget(properties)
    if status >= 400:
        raise failed(json.loads(body).get("message", ""))
    return name, {}


def delete(name: str, _properties: Properties) -> None:
    """Delete a budget, if it is there."""
    _service()._delete_budget({"BudgetName": name})


def _service() -> Any:
    from ministack.services import budgets

    return budgets
