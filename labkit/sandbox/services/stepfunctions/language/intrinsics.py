"""Intrinsic functions of the JSONPath language, by AWS's rules.

Source: Amazon States Language, "Intrinsic Functions"; Step Functions Developer Guide, "Intrinsic
functions for JSONPath states in Step Functions".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from labkit.sandbox.languages.java_text import as_arrays, java_text
from labkit.sandbox.services.stepfunctions.language.errors import INTRINSIC_FAILURE, StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact

CALL = re.compile(r"\s*(States\.\w+)\s*\(")
STRING = re.compile(r"\s*'((?:\\.|[^'\\])*)'", re.DOTALL)
NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,)])")
WORD = re.compile(r"\s*(true|false|null)(?=\s*[,)])")
PATH = re.compile(r"\s*(\$(?:\[[^\]]*\]|\([^)]*\)|[^,()\[\]])*)")

MOST_CHARACTERS = 10_000
"""Of a text that is encoded, decoded or hashed."""

MOST_ITEMS = 1_000
"""Of States.ArrayRange."""

DIGESTS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}

Find = Callable[[str], Any]
Apply = Callable[[str, list[Any]], Any]


def is_intrinsic(text: Any) -> bool:
    """Tell whether a text is a call of an intrinsic function."""
    return isinstance(text, str) and CALL.match(text) is not None


def evaluate(text: str, find: Find) -> Any:
    """Evaluate a call.

    Parameters
    ----------
    text
        For example `States.Format('{} won', $.name)`.
    find
        Returns what a path finds.

    Raises
    ------
    StateError
        `States.IntrinsicFailure` if the call cannot be read or the function fails.
    """
    value, end = _call(text, 0, find, _applied)
    if text[end:].strip():
        raise failed(f"The function '{text}' had the following error: unexpected text behind it")
    return value


def is_readable(text: str) -> bool:
    """Tell whether a call can be read, and names functions that there are."""
    try:
        _, end = _call(text, 0, lambda path: path, _unread)
    except StateError:
        return False
    return not text[end:].strip()


def _applied(name: str, arguments: list[Any]) -> Any:
    return FUNCTIONS[name](*arguments)


def _unread(name: str, arguments: list[Any]) -> Any:
    """Stand for a call that is only read."""
    return None


def failed(text: str) -> StateError:
    """Return the error of an intrinsic function."""
    return StateError(INTRINSIC_FAILURE, text)


def _call(text: str, at: int, find: Find, apply: Apply) -> tuple[Any, int]:
    found = CALL.match(text, at)
    if found is None or found[1] not in FUNCTIONS:
        raise failed(f"The function '{text[at:].strip()}' is not an intrinsic function")
    arguments, end = _arguments(text, found.end(), find, apply)
    _check_number(found[1], len(arguments))
    try:
        return apply(found[1], arguments), end
    except (TypeError, ValueError, IndexError, KeyError, binascii.Error, ArithmeticError) as error:
        written = text[at:end].strip()
        raise failed(f"The function '{written}' had the following error: {error}") from error


def _check_number(name: str, given: int) -> None:
    """Check that a function is given as many arguments as it takes."""
    least, most = ARGUMENTS[name]
    if given < least or (most is not None and given > most):
        raise failed(f"Invalid number of arguments for {name}: {given}")


def _arguments(text: str, at: int, find: Find, apply: Apply) -> tuple[list[Any], int]:
    arguments: list[Any] = []
    if text[at:].lstrip().startswith(")"):
        return arguments, text.index(")", at) + 1
    while True:
        value, at = _argument(text, at, find, apply)
        arguments.append(value)
        rest = text[at:].lstrip()
        at = len(text) - len(rest) + 1
        if rest.startswith(")"):
            return arguments, at
        if not rest.startswith(","):
            raise failed(f"The function '{text}' cannot be read at '{rest[:20]}'")


def _argument(text: str, at: int, find: Find, apply: Apply) -> tuple[Any, int]:
    if quoted := STRING.match(text, at):
        return re.sub(r"\\([\\'{}])", _unescaped, quoted[1]), quoted.end()
    if number := NUMBER.match(text, at):
        return json.loads(number[1]), number.end()
    if word := WORD.match(text, at):
        return json.loads(word[1]), word.end()
    if CALL.match(text, at):
        return _call(text, at, find, apply)
    if (path := PATH.match(text, at)) and path[1].strip():
        return find(path[1].strip()), path.end()
    raise failed(f"The function '{text}' cannot be read at '{text[at : at + 20]}'")


def _unescaped(found: re.Match[str]) -> str:
    """Keep the backslash of a brace: only States.Format knows what it means."""
    return found[0] if found[1] in "{}" else found[1]


def _whole(value: Any) -> int:
    """Return a whole number: Step Functions rounds, a half upwards."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{compact(value)} is not a number")
    return math.floor(value + 0.5)


def _text(value: Any, most: int | None = None) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{compact(value)} is not a string")
    if most is not None and len(value) > most:
        raise ValueError(f"the string has more than {most} characters")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{compact(value)} is not an array")
    return value


def _format(template: Any, *values: Any) -> str:
    written = [_written(value) for value in values]
    parts = re.split(r"(\\[{}]|\{\})", _text(template))
    if parts.count("{}") != len(written):
        raise ValueError("number of arguments do not match the occurrences of {}")
    return "".join(written.pop(0) if part == "{}" else _brace(part) for part in parts)


def _written(value: Any) -> str:
    """Return an argument's text: an object is written as Java does, all else as JSON."""
    if isinstance(value, str):
        return value
    return java_text(as_arrays(value)) if isinstance(value, dict | list) else compact(value)


def _brace(part: str) -> str:
    return part[1:] if part in ("\\{", "\\}") else part


def _partition(items: Any, size: Any) -> list[list[Any]]:
    length = _whole(size)
    if length < 1:
        raise ValueError("the chunk size must be a positive number")
    values = _array(items)
    return [values[at : at + length] for at in range(0, len(values), length)]


def _range(first: Any, last: Any, step: Any) -> list[int]:
    begin, end, width = _whole(first), _whole(last), _whole(step)
    if width == 0:
        raise ValueError("the increment must not be zero")
    values = range(begin, end + (1 if width > 0 else -1), width)
    if len(values) > MOST_ITEMS:
        raise ValueError(f"an array has at most {MOST_ITEMS} items")
    return list(values)


def _item(items: Any, index: Any) -> Any:
    number, values = _whole(index), _array(items)
    if not 0 <= number < len(values):
        raise IndexError(f"the index {number} is out of bounds of an array of {len(values)} items")
    return values[number]


def _unique(items: Any) -> list[Any]:
    return list({compact(item): item for item in reversed(_array(items))}.values())[::-1]


def _contains(items: Any, wanted: Any) -> bool:
    return any(_same(item, wanted) for item in _array(items))


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(_text(text, MOST_CHARACTERS), validate=True).decode()
    except ValueError as error:
        raise ValueError("the string is no Base64 of a text") from error


def _hashed(value: Any, algorithm: Any) -> str:
    if algorithm not in DIGESTS:
        raise ValueError(f"the algorithm must be one of {', '.join(DIGESTS)}")
    text = value if isinstance(value, str) else compact(value)
    return hashlib.new(DIGESTS[algorithm], _text(text, MOST_CHARACTERS).encode()).hexdigest()


def _merged(one: Any, other: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only the shallow merging mode is supported: the third argument is false")
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise TypeError("only objects can be merged")
    return one | other


def _random(first: Any, last: Any, seed: Any = None) -> int:
    begin, end = _whole(first), _whole(last)
    if begin >= end:
        raise ValueError("the start must be smaller than the end")
    source = random.Random(_whole(seed)) if seed is not None else random.Random()
    return source.randrange(begin, end)


def _from_json(text: Any) -> Any:
    try:
        return strict_json(text) if _text(text).strip() else None
    except ValueError as error:
        raise ValueError("the string is no JSON") from error


def strict_json(text: str) -> Any:
    """Read JSON; Python alone would take NaN and Infinity, which it has not.

    Raises
    ------
    ValueError
        If the text is none.
    """
    return json.loads(text, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _split(text: Any, characters: Any) -> list[str]:
    separators = "[" + re.escape(_text(characters)) + "]" if characters else r"(?!)"
    return [part for part in re.split(separators, _text(text)) if part]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Array": lambda *values: list(values),
    "States.ArrayContains": _contains,
    "States.ArrayGetItem": _item,
    "States.ArrayLength": lambda items: len(_array(items)),
    "States.ArrayPartition": _partition,
    "States.ArrayRange": _range,
    "States.ArrayUnique": _unique,
    "States.Base64Decode": _decoded,
    "States.Base64Encode": lambda t: base64.b64encode(_text(t, MOST_CHARACTERS).encode()).decode(),
    "States.Format": _format,
    "States.Hash": _hashed,
    "States.JsonMerge": _merged,
    "States.JsonToString": compact,
    "States.MathAdd": lambda one, other: _whole(one) + _whole(other),
    "States.MathRandom": _random,
    "States.StringSplit": _split,
    "States.StringToJson": _from_json,
    "States.UUID": lambda: str(uuid.uuid4()),
}

ARGUMENTS: dict[str, tuple[int, int | None]] = {
    "States.Array": (0, None),
    "States.ArrayContains": (2, 2),
    "States.ArrayGetItem": (2, 2),
    "States.ArrayLength": (1, 1),
    "States.ArrayPartition": (2, 2),
    "States.ArrayRange": (3, 3),
    "States.ArrayUnique": (1, 1),
    "States.Base64Decode": (1, 1),
    "States.Base64Encode": (1, 1),
    "States.Format": (1, None),
    "States.Hash": (2, 2),
    "States.JsonMerge": (3, 3),
    "States.JsonToString": (1, 1),
    "States.MathAdd": (2, 2),
    "States.MathRandom": (2, 3),
    "States.StringSplit": (2, 2),
    "States.StringToJson": (1, 1),
    "States.UUID": (0, 0),
}
"""How many arguments a function takes, at least and at most."""
