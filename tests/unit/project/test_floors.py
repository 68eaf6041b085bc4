"""A module imports only from floors below its own, the sandbox from none, and none in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import labkit
from tests.support.source import nodes, tree

PACKAGE = Path(labkit.__file__).parent
SHARED = {"clock", "errors", "polling", "state", "version"}  # of no floor: see docs/architecture.md
FLOORS = {
    "sandbox": 0,
    "aws": 1,
    "prices": 1,
    "resources": 2,
    "measure": 3,
    "show": 4,
    "labs": 5,
    "course": 6,
    "classroom": 7,
    "lab": 8,
    "cli": 8,
    "cli_options": 8,
    "Lab": 8,
    "": 8,  # labkit/__init__.py
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(name: str) -> str:
    """Return which package or module of labkit a dotted name is in."""
    return name.split(".")[1]


def imported(path: Path) -> set[str]:
    """Return the labkit modules that a file imports, wherever in it, except for typing only."""
    found = set()
    for node in running(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "labkit":
            found |= {f"labkit.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("labkit.")}


def running(top: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes but those under `if TYPE_CHECKING:`, which are never run."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def too_high(path: Path) -> set[str]:
    """Return the parts of labkit that a file imports and may not."""
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    own = "" if own in ("__init__", "__main__") else own
    parts = {part(name) for name in imported(path)} - SHARED
    if own in SHARED:
        return parts
    if own == "sandbox":
        return parts - {"sandbox"}
    higher = {p for p in parts if p != own and FLOORS[p] > FLOORS[own]}
    beside = {p for p in parts if p != own and FLOORS[p] == FLOORS[own] and FLOORS[p] < 8}
    return higher | beside | (parts & {"sandbox"})


def test_a_module_imports_from_below() -> None:
    found = {str(path.relative_to(PACKAGE)): too_high(path) for path in MODULES}
    assert {path: parts for path, parts in found.items() if parts} == {}


def module(path: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def needs(path: Path, known: set[str]) -> set[str]:
    """Return the modules that a file imports anywhere, also only for its types."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & known) or {node.module}
    return (found & known) - {module(path)}


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import one another in a circle; none where there is no such circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_one_another_in_a_circle() -> None:
    known = {module(path) for path in MODULES}
    assert circle({module(path): needs(path, known) for path in MODULES}) == []


def test_a_circle_would_be_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize("part_of_tests", ["unit", "integration"])
def test_tests_stand_in_folders_as_the_product_does(part_of_tests: str) -> None:
    """`tests/unit/project/` alone is about the repository."""
    tests = Path(__file__).parents[2] / part_of_tests
    folders = {path.parent.name for path in tests.glob("*/test_*.py")}
    assert folders - {"project"} <= FLOORS.keys()
