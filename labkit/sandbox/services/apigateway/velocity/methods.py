"""The methods that Java's strings, lists, maps, numbers and booleans have in a template.

Source: java.lang.String, java.util.List and java.util.Map of Java SE 8, which Velocity lets a
template call on any value.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.languages.java_text import java_text
from labkit.sandbox.languages.regular_expressions import Expression
from labkit.sandbox.services.apigateway.velocity.errors import TemplateError

Methods = Mapping[str, Callable[..., Any]]

GROUP = re.compile(r"\\(.)|\$(\d)", re.DOTALL)
"""Of a Java replacement text: an escaped character, or the number of a group."""


@dataclass(frozen=True)
class Entry:
    """One entry of a map."""

    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{java_text(self.key)}={java_text(self.value)}"


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """Call a method of a value.

    Raises
    ------
    TemplateError
        If the sandbox knows no such method, or the method fails, as in Java.
    """
    for kind, methods in TABLES:
        if isinstance(value, kind) and name in methods:
            try:
                return methods[name](value, *arguments)
            except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
                raise TemplateError(f"{name}() failed: {error}") from error
    raise TemplateError(f"The method {name}() of a {java_name(value)} is not known in the sandbox")


def java_name(value: Any) -> str:
    """Return what Java calls the type of a value."""
    names = ((bool, "Boolean"), (int, "Integer"), (float, "Double"), (str, "String"))
    return next((n for kind, n in names if isinstance(value, kind)), _collection(value))


def equal(left: Any, right: Any) -> bool:
    """Compare as Velocity's `==` does: numbers by value, other types by their text."""
    if left is None or right is None:
        return left is right
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if numbers and isinstance(left, bool) == isinstance(right, bool):
        return bool(left == right)
    return bool(left == right) if type(left) is type(right) else java_text(left) == java_text(right)


def _collection(value: Any) -> str:
    return "Map" if isinstance(value, dict) else "List" if isinstance(value, list) else "Object"


@functools.lru_cache(maxsize=256)
def _expression(pattern: str) -> Expression:
    return Expression(re.sub(r"\(\?<([a-zA-Z]\w*)>", r"(?P<\1>", pattern))


def _python_replacement(text: str) -> Callable[[Any], str]:
    def replaced(match: Any) -> str:
        return GROUP.sub(lambda found: found[1] or match[int(found[2])] or "", text)

    return replaced


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    parts = _expression(pattern).split(text, max(limit - 1, 0))
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _substring(text: str, begin: int, end: int | None = None) -> str:
    last = len(text) if end is None else end
    if not 0 <= begin <= last <= len(text):
        raise IndexError(f"begin {begin}, end {last}, length {len(text)}")
    return text[begin:last]


def _replaced(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    return _expression(pattern).sub(_python_replacement(replacement), text, count)


def _format(_: str, pattern: str, *values: Any) -> str:
    given = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return pattern.replace("%n", "\n") % tuple(
        v if isinstance(v, int | float) and not isinstance(v, bool) else java_text(v) for v in given
    )


def _got(items: list[Any], index: int) -> Any:
    if index < 0:
        raise IndexError(f"index {index}")
    return items[index]


def _added(items: list[Any], *arguments: Any) -> bool | None:
    if len(arguments) == 2:
        items.insert(arguments[0], arguments[1])
        return None
    items.append(arguments[0])
    return True


def _all_added(items: list[Any], more: Any) -> bool:
    items.extend(more)
    return bool(more)


def _removed(items: list[Any], what: Any) -> Any:
    if isinstance(what, int) and not isinstance(what, bool):
        return items.pop(what)
    if what not in items:
        return False
    items.remove(what)
    return True


def _replaced_item(items: list[Any], index: int, value: Any) -> Any:
    old, items[index] = _got(items, index), value
    return old


def _index_of(items: list[Any], value: Any) -> int:
    return next((n for n, item in enumerate(items) if equal(item, value)), -1)


def _put(entries: dict[Any, Any], key: Any, value: Any) -> Any:
    old = entries.get(key)
    entries[key] = value
    return old


def _cleared(container: Any) -> None:
    container.clear()


def _compared(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


STRING: Methods = {
    "charAt": lambda s, n: _substring(s, n, n + 1),
    "compareTo": _compared,
    "concat": lambda s, other: s + other,
    "contains": lambda s, part: java_text(part) in s,
    "endsWith": lambda s, part: s.endswith(part),
    "equalsIgnoreCase": lambda s, other: other is not None and s.lower() == other.lower(),
    "format": _format,
    "indexOf": lambda s, part, start=0: s.find(part, start),
    "isEmpty": lambda s: not s,
    "join": lambda _, between, items: between.join(map(java_text, items)),
    "lastIndexOf": lambda s, part: s.rfind(part),
    "length": len,
    "matches": lambda s, pattern: _expression(pattern).fullmatch(s) is not None,
    "replace": lambda s, old, new: s.replace(old, new),
    "replaceAll": lambda s, pattern, text: _replaced(s, pattern, text),
    "replaceFirst": lambda s, pattern, text: _replaced(s, pattern, text, 1),
    "split": _split,
    "startsWith": lambda s, part, at=0: s.startswith(part, at),
    "substring": _substring,
    "toLowerCase": lambda s: s.lower(),
    "toUpperCase": lambda s: s.upper(),
    "trim": lambda s: s.strip("".join(map(chr, range(33)))),
    "valueOf": lambda _, value: java_text(value),
}

LIST: Methods = {
    "add": _added,
    "addAll": _all_added,
    "clear": _cleared,
    "contains": lambda items, value: _index_of(items, value) >= 0,
    "get": _got,
    "indexOf": _index_of,
    "isEmpty": lambda items: not items,
    "remove": _removed,
    "set": _replaced_item,
    "size": len,
    "subList": lambda items, begin, end: items[begin:end],
}

MAP: Methods = {
    "clear": _cleared,
    "containsKey": lambda entries, key: key in entries,
    "containsValue": lambda entries, value: _index_of(list(entries.values()), value) >= 0,
    "entrySet": lambda entries: [Entry(k, v) for k, v in entries.items()],
    "get": lambda entries, key: entries.get(key),
    "getOrDefault": lambda entries, key, other: entries.get(key, other),
    "isEmpty": lambda entries: not entries,
    "keySet": lambda entries: list(entries),
    "put": _put,
    "putAll": lambda entries, more: entries.update(more),
    "remove": lambda entries, key: entries.pop(key, None),
    "size": len,
    "values": lambda entries: list(entries.values()),
}

NUMBER: Methods = {
    "compareTo": _compared,
    "doubleValue": float,
    "intValue": int,
    "longValue": int,
    "parseDouble": lambda _, text: float(text),
    "parseInt": lambda _, text: int(text),
    "valueOf": lambda n, text: type(n)(text),
}

BOOLEAN: Methods = {
    "booleanValue": lambda value: value,
    "parseBoolean": lambda _, text: str(text).lower() == "true",
}

ENTRY: Methods = {"getKey": lambda entry: entry.key, "getValue": lambda entry: entry.value}

ANY: Methods = {
    "equals": equal,
    "toString": java_text,
}

TABLES: tuple[tuple[Any, Methods], ...] = (
    (str, STRING),
    (bool, BOOLEAN),
    (int | float, NUMBER),
    (list, LIST),
    (dict, MAP),
    (Entry, ENTRY),
    (object, ANY),
)
