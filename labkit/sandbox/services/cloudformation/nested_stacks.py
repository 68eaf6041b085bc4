"""Stacks inside stacks: their templates are transformed, and one that fails leaves nothing.

MiniStack takes a nested stack's template as it is written, and forgets what it had made when one of
its resources fails.
Source: CloudFormation User Guide, "Embed stacks within other stacks using nested stacks" and
"AWS::Serverless transform".
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from labkit.sandbox.services.cloudformation import conditions
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties
from labkit.sandbox.upstream.cloudformation import cloudformation, engine

STACK = "AWS::CloudFormation::Stack"

parameters: ContextVar[list[dict[str, str]] | None] = ContextVar("parameters", default=None)
"""The parameters of the nested stack whose template is read in this context; None elsewhere."""


def parse_template(upstream: Any, template_body: str) -> Any:
    """Read a template; a nested stack's is transformed, too."""
    template, given = upstream(template_body), parameters.get()
    if given is None:
        return template
    transformed = engine._apply_transforms(template, given)
    engine._validate_template_statics(transformed)
    return transformed


def handlers(upstream: Handlers) -> Handlers:
    """Return the handlers of nested stacks."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Any:
        before = set(cloudformation._stacks)
        token = parameters.set(_parameters(properties))
        try:
            with conditions.of_stack(None):
                made = upstream["create"](logical_id, properties, stack_name)
        except Exception:
            for child in set(cloudformation._stacks) - before:
                _take_back(upstream, child, stack_name, logical_id)
            raise
        finally:
            parameters.reset(token)
        for child in set(cloudformation._stacks) - before:
            _name_root(cloudformation._stacks[child])
        return made

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        token = parameters.set(_parameters(new))
        try:
            with conditions.of_stack(conditions.named(physical_id)):
                return upstream["update"](physical_id, old, new, *more)
        finally:
            parameters.reset(token)

    return upstream | {"create": create, "update": update}


def _parameters(properties: Properties) -> list[dict[str, str]]:
    given = properties.get("Parameters") or {}
    return [{"Key": name, "Value": str(value)} for name, value in given.items()]


def _name_root(child: dict[str, Any]) -> None:
    """Note the outermost stack, where MiniStack notes the next one."""
    parent = cloudformation._stacks.get(child.get("_parent_stack_name")) or {}
    if "RootId" in parent:
        child["RootId"] = parent["RootId"]


def _take_back(upstream: Handlers, child: str, stack_name: str, logical_id: str) -> None:
    """Delete what a nested stack that failed had made."""
    if child.startswith(f"{stack_name}-{logical_id}-"):
        upstream["delete"](child, {})
