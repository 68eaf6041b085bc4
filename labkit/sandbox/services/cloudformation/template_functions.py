"""The functions in a template: how many arguments each has, and what they have to be.

MiniStack looks at a function's arguments when it evaluates it, if at all.
Source: CloudFormation Template Reference, "Intrinsic function reference"; the wording as AWS
answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

GETATT = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name "
    "and the resource attribute"
)
SELECT = (
    "Template error: Fn::Select requires a list argument with two elements: an integer index and a "
    "list"
)
SPLIT = (
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and "
    "(2) a string to be split or a function that returns a string to be split."
)
EQUALS = "Template error: every Fn::Equals object requires a list of 2 string parameters."

JOIN = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and "
    "(2) a list of strings to be joined or a function that returns a list of strings (such as "
    "Fn::GetAZs) to be joined."
)
IF = "Template error: Fn::If requires a list argument with three elements"
NOT = "Template error: every Fn::Not object requires one boolean parameter."
SEVERAL = (
    "Template error: every {} object requires a list of at least 2 and at most 10 boolean "
    "parameters."
)

SUPPORTED = (
    "Fn::Base64", "Fn::GetAtt", "Fn::GetAZs", "Fn::ImportValue", "Fn::Join", "Fn::Split",
    "Fn::FindInMap", "Fn::Select", "Ref", "Fn::Equals", "Fn::If", "Fn::Not", "Condition",
    "Fn::And", "Fn::Or", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn",
    "Fn::ValueOf", "Fn::ValueOfAll", "Fn::RefAll", "Fn::Sub", "Fn::Cidr",
)  # fmt: skip
OF_TRANSFORMS = ("Fn::ForEach", "Fn::GetStackOutput", "Fn::Length", "Fn::ToJsonString",
                 "Fn::Transform")  # fmt: skip
"""Functions of transforms, which have words of their own for those that ask for none."""

SECTIONS = ("Conditions", "Resources", "Outputs")
"""Where functions stand (Rules have functions of their own)."""


def check(template: dict[str, Any]) -> None:
    """Check the arguments of every function, and that there is each condition that one names.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    conditions = template.get("Conditions") or {}
    for section in SECTIONS:
        check_arguments(template.get(section) or {}, conditions)
    for section in ("Resources", "Outputs"):
        for member in (template.get(section) or {}).values():
            name = member.get("Condition") if isinstance(member, dict) else None
            if isinstance(name, str) and name not in conditions:
                raise ValueError(
                    f"Template format error: Unresolved condition dependency {name} in the "
                    f"{section} block of the template"
                )


def check_arguments(written: Any, conditions: Collection[str]) -> None:
    """Check the arguments of every function in a part of a template.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    if isinstance(written, list):
        for one in written:
            check_arguments(one, conditions)
        return
    if not isinstance(written, dict):
        return
    if len(written) == 1:
        ((function, given),) = written.items()
        if function.startswith("Fn::") and not function.startswith((*SUPPORTED, *OF_TRANSFORMS)):
            raise ValueError(
                f"Template validation error: Encountered unsupported function: {function} "
                f"Supported functions are: [{', '.join(SUPPORTED)}]"
            )
        if function in RULES and not RULES[function][0](given):
            raise ValueError(RULES[function][1])
        named = given[0] if function == "Fn::If" and isinstance(given, list) and given else None
        if isinstance(named, str) and named not in conditions:
            raise ValueError(f"Template error: unresolved condition dependency {named} in Fn::If")
    for one in written.values():
        check_arguments(one, conditions)


def _is_attribute(given: Any) -> bool:
    parts = given.split(".", 1) if isinstance(given, str) else given
    return isinstance(parts, list) and len(parts) > 1 and all(parts)


def _is_selection(given: Any) -> bool:
    if not isinstance(given, list) or len(given) != 2:
        return False
    index, values = given
    if not isinstance(index, dict) and not str(index).isdigit():
        return False
    if not isinstance(values, list):
        return isinstance(values, dict)
    return isinstance(index, dict) or int(index) < len(values)


def _is_splitting(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and isinstance(given[0], str)
        and isinstance(given[1], str | dict)
    )


def _is_comparison(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 2


def _is_joining(given: Any) -> bool:
    if not isinstance(given, list) or len(given) != 2:
        return False
    return isinstance(given[0], str) and isinstance(given[1], list | dict)


def _is_choice(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 3


def _is_one(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 1


def _are_several(given: Any) -> bool:
    return isinstance(given, list) and 2 <= len(given) <= 10


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Fn::And": (_are_several, SEVERAL.format("Fn::And")),
    "Fn::Equals": (_is_comparison, EQUALS),
    "Fn::GetAtt": (_is_attribute, GETATT),
    "Fn::If": (_is_choice, IF),
    "Fn::Join": (_is_joining, JOIN),
    "Fn::Not": (_is_one, NOT),
    "Fn::Or": (_are_several, SEVERAL.format("Fn::Or")),
    "Fn::Select": (_is_selection, SELECT),
    "Fn::Split": (_is_splitting, SPLIT),
}
"""Functions whose arguments are looked at; for each, what tells them, and what AWS answers."""
