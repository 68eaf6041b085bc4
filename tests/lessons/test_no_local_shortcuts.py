"""Nothing that a lesson runs works on this machine only: no endpoint, account or shorter wait."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.course.lesson import lesson_paths

LABKIT = Path(__file__).parents[2] / "labkit"
FLOORS = [
    path
    for floor in ("measure", "labs", "resources", "show", "prices")
    for path in sorted((LABKIT / floor).rglob("*.py"))
]
SOURCES = [pytest.param(path, id=path.stem) for path in lesson_paths()] + [
    pytest.param(path, id=str(path.relative_to(LABKIT))) for path in FLOORS
]

SANDBOX_ACCOUNT = re.compile(r"111122223333|000000000000|123456789012")
HERE = re.compile(r"127\.0\.0\.1|localhost|/_aws/|AWS_ENDPOINT_URL")
SERVERS_OF_THEIR_OWN = {
    "labs/databases/server.py",
    "labs/databases/storm.py",
    "labs/spot/metadata.py",
}
"""They start programs on this machine on either target, and talk to those; none plays AWS."""
WAITS = {"sleep", "wait", "wait_until", "get_waiter"}


@pytest.mark.parametrize("path", SOURCES)
def test_nothing_names_an_endpoint_or_a_made_up_account(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = set(docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            assert node.arg != "endpoint_url", f"{path.name}:{node.value.lineno}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            place = f"{path.name}:{node.lineno}: {node.value!r}"
            assert not SANDBOX_ACCOUNT.search(node.value), place
            assert path_in_labkit(path) in SERVERS_OF_THEIR_OWN or not HERE.search(node.value), (
                place
            )


@pytest.mark.parametrize("path", SOURCES)
def test_no_wait_depends_on_the_target(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp) and asks_for_the_target(node.test):
            branches = [node.body, node.orelse]
            parts = [p for b in branches for p in (b if isinstance(b, list) else [b])]
            for part in parts:
                assert not WAITS & set(called(part)), f"{path.name}:{node.lineno}"


def path_in_labkit(path: Path) -> str:
    """Name a module of labkit by its path there; a lesson by its own name."""
    return str(path.relative_to(LABKIT)) if path.is_relative_to(LABKIT) else path.name


def asks_for_the_target(test: ast.expr) -> bool:
    """Whether a condition compares something with a target's name."""
    return any(isinstance(n, ast.Constant) and n.value in ("local", "aws") for n in ast.walk(test))


def called(node: ast.AST) -> Iterator[str]:
    """Yield the names of what is called."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield getattr(call.func, "attr", getattr(call.func, "id", ""))


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings that only document."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def test_a_shortcut_would_be_seen() -> None:
    tree = ast.parse("if lab.target.name == 'local':\n    time.sleep(1)")
    (branch,) = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    assert asks_for_the_target(branch.test)
    assert set(called(branch)) == {"sleep"}
