"""One name, one meaning: a class or a module of labkit has a name that no other has.

The sandbox is a program of its own, and each of its folders a subject: there a name is its
folder's alone.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import labkit
from tests.support.source import tree

PACKAGE = Path(labkit.__file__).parent
SANDBOX = PACKAGE / "sandbox"

SAME_CLASSES = {
    "Function": "AWS's: a kind to tear down, and a part of the delivery map",
    "NatGateway": "AWS's: a kind to tear down, and a part of a network that is reasoned about",
    "Queue": "AWS's: a kind to tear down, and a part of the delivery map",
    "RouteTable": "AWS's, as NatGateway",
    "SecurityGroup": "AWS's, as NatGateway",
    "Subnet": "AWS's, as NatGateway",
}
SAME_MODULES = {
    "errors": "a package's errors, in labkit and in resources",
}


def subject(path: Path) -> str:
    """Return the part of the tree that a module's names are to be unique in."""
    if SANDBOX not in path.parents:
        return "labkit"
    parts = path.relative_to(SANDBOX).parts
    return "/".join(parts[:2] if parts[0] == "services" else parts[:1])


def modules() -> Iterable[Path]:
    return (p for p in PACKAGE.rglob("*.py") if not p.stem.startswith("__"))


@cache
def classes() -> Mapping[tuple[str, str], list[str]]:
    """Return where each class that other modules may use is defined, by subject and name."""
    found = defaultdict(list)
    for path in modules():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[subject(path), node.name].append(str(path.relative_to(PACKAGE)))
    return found


def names() -> Mapping[tuple[str, str], list[str]]:
    """Return the modules outside the sandbox, whose folders say which service they are of."""
    found = defaultdict(list)
    for path in modules():
        if subject(path) == "labkit":
            found["labkit", path.stem].append(str(path.relative_to(PACKAGE)))
    return found


def twice(found: Mapping[tuple[str, str], list[str]]) -> dict[str, list[str]]:
    return {name: places for (_, name), places in found.items() if len(places) > 1}


def test_a_class_has_a_name_of_its_own() -> None:
    assert {k: v for k, v in twice(classes()).items() if k not in SAME_CLASSES} == {}


def test_a_module_has_a_name_of_its_own() -> None:
    assert {k: v for k, v in twice(names()).items() if k not in SAME_MODULES} == {}


def test_what_is_excused_is_still_there() -> None:
    assert set(SAME_CLASSES) <= set(twice(classes()))
    assert set(SAME_MODULES) <= set(twice(names()))
