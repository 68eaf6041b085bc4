"""References to resources that a stack's conditions leave out, which AWS refuses.

MiniStack writes the name of such a resource in its place.
Source: CloudFormation Template Reference, "Condition functions"; the wording as AWS answers it.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.cloudformation import engine

Template = dict[str, Any]


def check(template: Template, conditions: dict[str, bool]) -> None:
    """Check that nothing refers to a resource that a template's conditions leave out.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    resources = _made(template.get("Resources") or {}, conditions)
    gone = (template.get("Resources") or {}).keys() - resources.keys()
    used = {name: resource.get("Properties") for name, resource in resources.items()}
    if names := _named(used, conditions, gone):
        raise ValueError(
            f"Template format error: Unresolved resource dependencies [{names}] in the Resources "
            "block of the template"
        )
    outputs = _made(template.get("Outputs") or {}, conditions)
    if names := _named(outputs, conditions, gone):
        raise ValueError(
            f"Unresolved resource dependencies [{names}] in the Outputs block of the template"
        )


def _made(members: Template, conditions: dict[str, bool]) -> Template:
    """Return the members of a section that the conditions leave."""
    return {
        name: member
        for name, member in members.items()
        if isinstance(member, dict) and conditions.get(member.get("Condition", ""), True)
    }


def _named(written: Any, conditions: dict[str, bool], gone: set[str]) -> str:
    """Return what is referred to of `gone`, in order and with commas between."""
    chosen = _chosen(written, conditions)
    found = {name for name, _ in engine._intrinsic_references(chosen)}
    return ", ".join(sorted(found & gone))


def _chosen(written: Any, conditions: dict[str, bool]) -> Any:
    """Return what is written without the branches of Fn::If that are not taken."""
    if isinstance(written, list):
        return [_chosen(one, conditions) for one in written]
    if not isinstance(written, dict):
        return written
    match written:
        case {"Fn::If": [str(name), yes, no]} if len(written) == 1:
            return _chosen(yes if conditions.get(name) else no, conditions)
    return {name: _chosen(one, conditions) for name, one in written.items()}
