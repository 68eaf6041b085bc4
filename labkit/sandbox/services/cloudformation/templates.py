"""Templates that AWS refuses before any stack exists: dangling references, circles, nothing at all.

MiniStack deploys a reference to nothing as its text.
Source: CloudFormation User Guide, "Troubleshooting CloudFormation"; the wording as AWS answers it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from labkit.sandbox.services.cloudformation import left_out, stack_options, template_functions
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudformation import engine

Template = dict[str, Any]

SECTIONS = frozenset(
    (
        *("AWSTemplateFormatVersion", "Conditions", "Description", "Fn::Transform", "Hooks"),
        *("Mappings", "Metadata", "Outputs", "Parameters", "Resources", "Rules", "Transform"),
    )
)
"""The sections of a template (CloudFormation User Guide, "CloudFormation template sections")."""

VERSION = "2010-09-09"
"""The only version of the template format ("CloudFormation template format version syntax")."""

ATTRIBUTES = frozenset(
    (
        *("Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description"),
        *("Fn::Transform", "Metadata", "Properties", "Type", "UpdatePolicy"),
        *("UpdateReplacePolicy", "Version"),
    )
)
"""What a resource may have (CloudFormation Template Reference, "Resource attributes")."""


STORED = "AWS::SSM::Parameter::Value<"
"""How the types begin of parameters whose values are in Parameter Store."""


POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
"""What becomes of a resource, and what can (Template Reference, "Resource attributes")."""

PSEUDO_PARAMETERS = {
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId",
                 "StackName", "URLSuffix")
}  # fmt: skip

TRANSFORMS = ("AWS::Include", "AWS::LanguageExtensions", "AWS::Serverless-2016-10-31")
"""The transforms that the sandbox has; macros of one's own are not among them."""

NO_VALUE = "Parameter {} should either have input value or default value"
NOT_STORED = re.compile(r"Parameter '(.+?)' failed to resolve: SSM parameter")
"""What AWS and MiniStack say of a value that is not in Parameter Store."""


def validate_statics(upstream: Any, template: Template) -> None:
    """Check a template as MiniStack does, and as AWS does."""
    for name in engine.declared_transforms(template):
        if name not in TRANSFORMS:
            raise ValueError(f"No transform named {responses.get_account_id()}::{name} found.")
    upstream(template)
    check_template(template)


def validate_support(
    upstream: Any, template: Template, conditions: dict[str, bool], params: Any = None
) -> None:
    """Check a template as MiniStack does; with parameters, what their values make of it, too.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    upstream(template, conditions, params=params)
    if params is not None:
        left_out.check(template, conditions)
        stack_options.check_types(
            one.get("Type", "") for one in (template.get("Resources") or {}).values()
        )


def has_no_updates(upstream: Any, stack: dict[str, Any], *more: Any) -> bool:
    """Tell whether an update would change nothing; one that a transform writes might, always."""
    if not upstream(stack, *more):
        return False
    written = engine._parse_template(stack.get("_template_body") or "{}")
    return not engine.declared_transforms(written)


def check_template(template: Template) -> None:
    """Check that a template has resources, and that these refer to one another without a circle.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    if unknown := [name for name in template if name not in SECTIONS]:
        raise ValueError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(template.get("AWSTemplateFormatVersion", VERSION)) != VERSION:
        raise ValueError(f"Template format error: AWSTemplateFormatVersion has to be {VERSION}.")
    resources = template.get("Resources") or {}
    if not resources:
        raise ValueError("Template format error: At least one Resources member must be defined.")
    for section in template.keys() - {"Metadata"}:
        _check_nulls(template[section], f"/{section}")
    template_functions.check(template)
    for resource in filter(lambda one: isinstance(one, dict), resources.values()):
        for name in resource.keys() - ATTRIBUTES:
            raise ValueError(f"Invalid template resource property '{name}'")
    for name, resource in resources.items():
        _check_policies(name, resource)
    known = {*resources, *(template.get("Parameters") or {})}
    _check_references(resources, known, "Resources")
    _check_references(template.get("Outputs") or {}, known, "Outputs")
    _check_exports(template.get("Outputs") or {})
    needs = {
        name: {*_names(resource.get("Properties")), *_depends_on(resource)} & resources.keys()
        for name, resource in resources.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise ValueError(f"Circular dependency between resources: [{circle}]") from None


def _check_policies(name: str, resource: Any) -> None:
    """Check what becomes of a resource that is deleted or replaced."""
    for policy, values in POLICIES.items():
        value = resource.get(policy) if isinstance(resource, dict) else None
        if isinstance(value, str) and value not in values:
            raise ValueError(
                f"Template format error: Unrecognized {policy} {value} for resource {name}"
            )


def _check_nulls(written: Any, path: str) -> None:
    """Check that nothing is null: a template has no such value."""
    if written is None:
        raise ValueError(f"[{path}] 'null' values are not allowed in templates")
    if isinstance(written, dict | list):
        members = written.items() if isinstance(written, dict) else enumerate(written)
        for name, one in members:
            _check_nulls(one, f"{path}/{name}")


def _check_references(section: Template, known: set[str], block: str) -> None:
    for content in section.values():
        for name, attribute in engine._intrinsic_references(content):
            if attribute is not None and name not in known:
                raise ValueError(
                    "Template error: instance of Fn::GetAtt references undefined resource " + name
                )
    unresolved = {
        name
        for content in section.values()
        for name in (*_names(content), *_depends_on(content))
        if name not in known and name not in PSEUDO_PARAMETERS
    }
    if unresolved:
        raise ValueError(
            f"Template format error: Unresolved resource dependencies "
            f"[{', '.join(sorted(unresolved))}] in the {block} block of the template"
        )


def _check_exports(outputs: Template) -> None:
    exports = [one.get("Export") for one in outputs.values() if isinstance(one, dict)]
    names = [one.get("Name") for one in exports if isinstance(one, dict)]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) > len(set(texts)):
        raise ValueError(
            "Template format error: Duplicate Export names. Export names must be unique across a "
            "template."
        )


def _names(content: Any) -> Iterator[str]:
    for name, _ in engine._intrinsic_references(content):
        yield name


def _depends_on(resource: Any) -> list[str]:
    named = resource.get("DependsOn") or [] if isinstance(resource, dict) else []
    return [named] if isinstance(named, str) else list(named)


def resolve_parameters(
    upstream: Any,
    template: Template,
    provided_params: list[dict[str, Any]],
    *more: Any,
    **named: Any,
) -> Any:
    """Read parameters, of which the template must know each.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    _write_booleans(template)
    written = template.get("Parameters") or {}
    given = {parameter["Key"]: parameter for parameter in provided_params if "Key" in parameter}
    if unknown := [key for key in given if key not in written]:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name in written if name not in given and "Default" not in written[name]]
    for name in missing:
        if str(written[name].get("Type")).startswith(STORED):
            raise ValueError(NO_VALUE.format(name))
    if missing:
        raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, parameter in given.items():
        if not parameter.get("UsePreviousValue"):
            _check_value(name, written[name], str(parameter.get("Value", "")))
    try:
        return upstream(template, provided_params, *more, **named)
    except ValueError as error:
        if match := NOT_STORED.match(str(error)):
            raise ValueError(NO_VALUE.format(match[1])) from None
        raise


def _check_value(name: str, written: Any, value: str) -> None:
    """Check the value that a parameter is given."""
    if allowed := written.get("AllowedValues"):
        if value not in map(str, allowed) and "ConstraintDescription" not in written:
            raise ValueError(f"Parameter '{name}' must be one of AllowedValues")
    elif written.get("Type") == "Number" and not _is_number(value):
        raise ValueError(f"Parameter '{name}' must be a number.")


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _write_booleans(template: Template) -> None:
    """Write the booleans among parameters' values as CloudFormation has them, which are texts."""
    for parameter in (template.get("Parameters") or {}).values():
        if isinstance(parameter.get("Default"), bool):
            parameter["Default"] = str(parameter["Default"]).lower()
        if isinstance(allowed := parameter.get("AllowedValues"), list):
            parameter["AllowedValues"] = [
                str(value).lower() if isinstance(value, bool) else value for value in allowed
            ]
