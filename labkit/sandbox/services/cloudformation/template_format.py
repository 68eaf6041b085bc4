"""The form of a template: JSON or YAML, and members of the kind that each section has.

MiniStack takes a resource without a type for a custom one, and any member of a section as it is.
Source: CloudFormation User Guide, "CloudFormation template sections" and the pages on each section;
the wording as AWS answers it. MiniStack puts "Template format error: " in front.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

Template = dict[str, Any]

LITERAL = ("Fn::", "AWS::Include")
"""How the names begin of members that a transform writes anew."""

NAMED = {"Parameters": "Parameter", "Resources": "Resource"}
"""Sections whose members' names are letters and digits, and what such a member is called."""


def read(upstream: Any, template_body: str) -> Any:
    """Read a template.

    Raises
    ------
    ValueError
        With what AWS answers, if it is none.
    """
    try:
        template = upstream(textwrap.dedent(template_body))
    except json.JSONDecodeError as error:
        place = f"(line {error.lineno}, column {error.colno + 1})"
        raise ValueError(f"JSON not well-formed. {place}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValueError(f"YAML not well-formed.{place}") from None
    except (ValueError, yaml.YAMLError):
        raise ValueError("unsupported structure.") from None
    check(template)
    return template


def check(template: Template) -> None:
    """Check the members of a template's sections.

    Raises
    ------
    ValueError
        With what AWS answers, without "Template format error: ".
    """
    if not isinstance(template.get("Description", ""), str):
        raise ValueError("Template description must be a string.")
    resources = template.get("Resources")
    if resources in (None, {}) and not template.keys() & {"Transform", "Fn::Transform"}:
        raise ValueError("At least one Resources member must be defined.")
    if not isinstance(resources, dict | None):
        raise ValueError("Any Resources member must be an object.")
    for section, called in NAMED.items():
        for name, _ in _members(template, section):
            if not (name.isascii() and name.isalnum()):
                raise ValueError(f"{called} name {name} is non alphanumeric.")
    for name, resource in _members(template, "Resources"):
        _check_resource(name, resource)
    for _, output in _members(template, "Outputs"):
        if not isinstance(output, dict) or not output.keys() & {"Value", "Fn::Transform"}:
            raise ValueError("Every Outputs member must contain a Value object")
    for _, mapping in _members(template, "Mappings"):
        _check_mapping(mapping)


def _check_resource(name: str, resource: Any) -> None:
    if not isinstance(resource, dict):
        raise ValueError("Any Resources member must be an object.")
    if not resource.keys() & {"Type", "Fn::Transform"}:
        raise ValueError(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    needs = resource.get("DependsOn", [])
    if not all(isinstance(one, str) for one in (needs if isinstance(needs, list) else [needs])):
        raise ValueError("DependsOn must be a string or list of strings.")


def _check_mapping(mapping: Any) -> None:
    if not isinstance(mapping, dict) or "Fn::Transform" in mapping:
        return
    for name, values in mapping.items():
        if not isinstance(values, dict):
            raise ValueError(f"Every Mappings member {name} must be a map")
        if "Fn::Transform" not in values and any(isinstance(v, dict) for v in values.values()):
            raise ValueError("Every Mappings attribute must be a String or a List.")


def _members(template: Template, section: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of a section, but what a transform is yet to write."""
    content = template.get(section)
    for name, member in content.items() if isinstance(content, dict) else ():
        if not str(name).startswith(LITERAL):
            yield str(name), member
