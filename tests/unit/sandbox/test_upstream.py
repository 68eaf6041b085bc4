"""Only `labkit/sandbox/upstream/` knows MiniStack and moto, and only by names that it declares."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import labkit
from labkit.sandbox import upstream
from labkit.sandbox.gateway import models, registry
from labkit.sandbox.upstream import digests, module, seams
from tests.support.source import nodes

PACKAGE = Path(labkit.__file__).parent
UPSTREAM = PACKAGE / "sandbox" / "upstream"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(UPSTREAM))
PACKAGES = ("ministack", "moto")

for found in pkgutil.iter_modules(upstream.__path__):
    importlib.import_module(f"{upstream.__name__}.{found.name}")
DECLARED = {module.name_of(known): known for known in module.declared()}


def imported(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) == "import_module":
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def called(call: ast.Call) -> str:
    """Return the last part of a called function's name; "" where it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def known_names(path: Path) -> dict[str, module.UpstreamModule]:
    """Return the modules of upstream that a file uses, by the names that it has for them."""
    names = {}
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(upstream.__name__):
            source = importlib.import_module(node.module or "")
            for alias in node.names:
                value = getattr(source, alias.name, None)
                if isinstance(value, module.UpstreamModule):
                    names[alias.asname or alias.name] = value
    return names


def undeclared(path: Path) -> set[str]:
    """Return what a file reads from a module of upstream without its being declared."""
    names = known_names(path)
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            known = names.get(node.value.id)
            if known is not None and node.attr not in module.names_of(known):
                found.add(ast.unparse(node))
    return found


def by_file(found: Callable[[Path], set[str]]) -> dict[str, set[str]]:
    """Return what is found in each file, the files without any left out."""
    each = {str(path.relative_to(PACKAGE)): found(path) for path in FILES}
    return {path: names for path, names in each.items() if names}


def test_no_file_imports_upstream() -> None:
    assert by_file(lambda path: {n for n in imported(path) if n.split(".")[0] in PACKAGES}) == {}


def test_a_file_uses_only_what_is_declared() -> None:
    assert by_file(undeclared) == {}


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_what_is_declared_is_there(name: str) -> None:
    known = DECLARED[name]
    for attribute, like in module.names_of(known).items():
        seams.use(name, attribute, like=like)


def test_every_file_that_is_declared_is_on_record() -> None:
    record = digests.recorded()
    assert set(DECLARED) <= set(record)
    assert {name: digests.digest(name) for name in record} == record


OWN = [service for service in (*registry.SERVICES, *registry.BESIDE) if service.folder]
"""The services of which some operations are answered here; the others upstream answers alone."""


@pytest.mark.parametrize("service", OWN, ids=lambda service: service.name)
def test_a_provider_answers_operations_that_exist(service: registry.Service) -> None:
    found = importlib.import_module(f"labkit.sandbox.services.{service.folder}.provider")
    provider = found.PROVIDER
    operations = models.service(service.name).operation_names
    assert set(provider.operations) <= set(operations)
    taken = {module.name_of(hook.module) for hook in provider.hooks}
    # MiniStack's application is always loaded; a place in it that only this service's own module
    # leads to may wait for that module.
    assert taken - {"ministack.app"} <= set(service.takes)
