"""Puts the reaper and what it needs of the kinds into one file, which Lambda runs as it is.

Of each kind it takes how it is found, read and deleted, and nothing that this does not use: no
prices, no policies, nothing that makes or restores. The code is the kinds' own, so a new kind is in
the file of the next account that is prepared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TypeVar

from labkit.resources.kinds import KINDS

T = TypeVar("T", bound=ast.AST)

PACKAGE = Path(__file__).parents[2]

ENTRY = "labkit.resources.reaper.sweeping"
KINDS_FOLDER = "labkit.resources.kinds"

HEADER = '''"""Takes away what labkit's runs left here, once their time is over; needs only boto3.

Put together by `labkit account prepare` out of labkit/resources/reaper/sweeping.py and
labkit/resources/kinds/: change those.
"""

from __future__ import annotations
'''

ALWAYS = frozenset(["__init_subclass__", "after", "name", "service"])
"""Members of a class that are needed though nothing names them, or a base class does."""


@dataclass
class Module:
    """One file of labkit, by its top-level names."""

    name: str
    needed: set[str] = field(default_factory=set)

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        path = PACKAGE.parent / Path(*self.name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        return ast.parse(file.read_text(encoding="utf-8"))

    @cached_property
    def defined(self) -> dict[str, ast.stmt]:
        """Each top-level name, and the statement that defines it."""
        return {name: node for node in self.tree.body for name in _names(node)}

    @cached_property
    def imported(self) -> dict[str, tuple[str, str]]:
        """Each name that is imported, with where it is from and what it is called there."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module != "__future__":
                for one in node.names:
                    found[one.asname or one.name] = (node.module or "", one.name)
            elif isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name] = (one.name, "")
        return found


class Bundle:
    """What is needed of which file, found from the reaper on."""

    def __init__(self) -> None:
        self._modules: dict[str, Module] = {}
        self._external: set[tuple[str, str]] = set()
        self._members = set(ALWAYS)

    def text(self) -> str:
        """Return the one file."""
        kinds = [(type(kind).__module__, type(kind).__name__) for kind in KINDS.values()]
        while True:  # what is needed of a class grows with the members that others name
            before = len(self._members)
            self._modules, self._external = {}, set()
            for module, name in [*kinds, *((ENTRY, one) for one in self._module(ENTRY).defined)]:
                self._need(module, name)
            if len(self._members) == before:
                return "\n\n".join([HEADER.rstrip(), *self._imports(), *self._bodies(kinds)]) + "\n"

    def _module(self, name: str) -> Module:
        return self._modules.setdefault(name, Module(name))

    def _need(self, module_name: str, name: str) -> None:
        module = self._module(module_name)
        if (module_name, name) == (KINDS_FOLDER, "KINDS"):
            return
        if name in module.imported and name not in module.defined:
            where, original = module.imported[name]
            if where.startswith("labkit"):
                self._need(where, original)
            else:
                self._external.add((where, original))
            return
        node = module.defined.get(name)
        if node is None or name in module.needed:
            return
        module.needed |= set(_names(node))
        taken = self._taken(node)
        self._members |= {one.attr for one in ast.walk(taken) if isinstance(one, ast.Attribute)}
        for used in sorted(_loaded(taken)):
            self._need(module_name, used)

    def _taken(self, node: ast.stmt) -> ast.stmt:
        """Return a definition without what is only for readers of types, or is not needed."""
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        return _without_types(node)

    def _class(self, node: ast.ClassDef) -> ast.ClassDef:
        is_value = any("dataclass" in ast.unparse(one) for one in node.decorator_list)
        body: list[ast.stmt] = []
        for one in node.body:
            names = set(_names(one))
            declared = isinstance(one, ast.AnnAssign) and one.value is None
            if is_value or (names & self._members and not declared):
                body.append(_without_types(one) if not isinstance(one, ast.AnnAssign) else one)
            elif isinstance(one, ast.Expr) and one is node.body[0]:
                body.append(one)
        if not is_value:
            body = [_plain(one) for one in body]
        taken = ast.ClassDef(**{**vars(node), "body": body})
        return ast.fix_missing_locations(taken)

    def _imports(self) -> list[str]:
        by_module: dict[str, list[str]] = {}
        for where, name in sorted(self._external):
            by_module.setdefault(where, []).append(name)
        lines = [
            f"import {where}" if names == [""] else f"from {where} import {', '.join(names)}"
            for where, names in sorted(by_module.items())
        ]
        return ["\n".join(lines)]

    def _bodies(self, kinds: list[tuple[str, str]]) -> Iterator[str]:
        for name in [one for one in self._in_order() if one != ENTRY]:
            yield from self._body(name)
        made = ", ".join(f"{self._called(module, name)}()" for module, name in kinds)
        yield f"KINDS = {{kind.name: kind for kind in ({made})}}"
        yield from self._body(ENTRY)

    def _in_order(self) -> list[str]:
        """Return the files that anything is taken from, each after those that it imports."""
        needs = {
            name: sorted({where for where, _ in module.imported.values()} & set(self._modules))
            for name, module in sorted(self._modules.items())
        }
        in_order = TopologicalSorter(needs).static_order()
        return [name for name in in_order if self._modules[name].needed]

    def _body(self, module_name: str) -> Iterator[str]:
        module = self._modules[module_name]
        yield f"# {module_name.removeprefix('labkit.')}"
        previous: ast.stmt | None = None
        for node in module.tree.body:
            documents = isinstance(node, ast.Expr) and isinstance(previous, ast.Assign)
            kept = set(_names(previous if documents and previous else node)) & module.needed
            if kept:
                renamed = _Renamed(self, module).visit(self._taken(node))
                yield ast.unparse(ast.fix_missing_locations(renamed))
            previous = node

    def _called(self, module_name: str, name: str) -> str:
        """Return what a name of a module is called in the one file, where it may not be alone."""
        module = self._modules[module_name]
        if name in module.imported and name not in module.defined:
            where, original = module.imported[name]
            return self._called(where, original) if where in self._modules else name
        others = [one for one in self._modules.values() if name in one.needed]
        if len(others) < 2 or name not in module.needed:
            return name
        prefix = module_name.rpartition(".")[2]
        return f"{prefix.upper() if name.isupper() else prefix}_{name.lstrip('_')}"


class _Renamed(ast.NodeTransformer):
    """Gives names of a module their names in the one file, where nothing local hides them."""

    def __init__(self, bundle: Bundle, module: Module) -> None:
        self._bundle = bundle
        self._module = module
        self._hidden: list[set[str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if not self._hidden:
            node = _copied(node, name=self._top(node.name))
        self._hidden.append(_local(node))
        visited = self.generic_visit(node)
        self._hidden.pop()
        return visited

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node = _copied(node, name=self._top(node.name))
        self._hidden.append(set())
        visited = self.generic_visit(node)
        self._hidden.pop()
        return visited

    def visit_Name(self, node: ast.Name) -> ast.AST:
        top_level_store = isinstance(node.ctx, ast.Store) and not self._hidden
        hidden = any(node.id in names for names in self._hidden)
        if hidden or (isinstance(node.ctx, ast.Store) and not top_level_store):
            return node
        return _copied(node, id=self._top(node.id))

    def _top(self, name: str) -> str:
        module = self._module
        if name not in module.defined and name not in module.imported:
            return name
        return self._bundle._called(module.name, name)


def _copied(node: T, **changed: object) -> T:
    return ast.copy_location(type(node)(**{**vars(node), **changed}), node)


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def _loaded(node: ast.AST) -> set[str]:
    """Return the names that a definition reads, without what is its functions' own."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    inner = {name for one in ast.iter_child_nodes(node) for name in _loaded(one)}
    return inner - _local(node) if isinstance(node, ast.FunctionDef) else inner


def _local(node: ast.FunctionDef) -> set[str]:
    """Return the names that a function takes or sets."""
    given = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return given | {one.id for one in names if isinstance(one.ctx, ast.Store)}


def _plain(node: ast.stmt) -> ast.stmt:
    """Return a class's variable without its type."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.Assign([node.target], node.value, lineno=node.lineno)
    return node


def _without_types(node: ast.stmt) -> ast.stmt:
    if not isinstance(node, ast.FunctionDef):
        return _plain(node)
    arguments = ast.arguments(**vars(node.args))
    for kind in ("posonlyargs", "args", "kwonlyargs"):
        setattr(arguments, kind, [ast.arg(one.arg) for one in getattr(node.args, kind)])
    for kind in ("vararg", "kwarg"):
        one = getattr(node.args, kind)
        setattr(arguments, kind, one and ast.arg(one.arg))
    return _copied(node, args=arguments, returns=None)


@cache
def bundle() -> str:
    """Return the reaper's one file, which is put together in some 1.5 s."""
    return Bundle().text()
