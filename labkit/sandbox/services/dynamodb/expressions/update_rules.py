"""What AWS refuses of an update that it can read."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.sandbox.services.dynamodb.expressions import rules
from labkit.sandbox.services.dynamodb.expressions.nodes import (
    Action,
    Function,
    Operand,
    Path,
    Update,
    Value,
)
from labkit.sandbox.services.dynamodb.expressions.placeholders import (
    Placeholders,
    Steps,
    inside,
    shown,
)
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError

FUNCTIONS = {"if_not_exists": 2, "list_append": 2, "+": 2, "-": 2}
"""By function: how many operands it takes."""

TYPES = {
    "list_append": frozenset(["L"]),
    "+": frozenset(["N"]),
    "-": frozenset(["N"]),
}
"""By function: the types of its operands."""

SETS = frozenset(["SS", "NS", "BS"])
TYPE_WORDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
    "L": "LIST",
    "M": "MAP",
}

SECTION_TWICE = 'The "{}" section can only be used once in an update expression;'
PATHS = "Two document paths {} with each other; must remove or rewrite one of these paths; "
PATH_PAIR = "path one: {}, path two: {}"
WRONG_TYPE = (
    "Incorrect operand type for operator or function; operator: {}, operand type: {}, "
    "typeSet: ALLOWED_FOR_ADD_OPERAND"
)
"""AWS names the same set of types for DELETE."""


def check(update: Update, placeholders: Placeholders) -> None:
    """Refuse an update in the order that AWS does.

    Raises
    ------
    ExpressionError
        With the first thing that is wrong.
    """
    rules.first(
        [
            lambda: rules.not_reserved(_operands(update)),
            lambda: _check_known(update),
            lambda: _check_sections(update),
            lambda: _resolve(update, placeholders),
            lambda: check_paths([placeholders.steps(one.path) for one in update.actions]),
            lambda: _check_values(update, placeholders),
            lambda: _check_functions(update, placeholders),
        ]
    )


def check_paths(paths: list[Steps]) -> None:
    """Refuse two paths of which one is, or holds, the other, or that cannot both be.

    Raises
    ------
    ExpressionError
        With both paths.
    """
    for word, apart in (("overlap", _overlap), ("conflict", _conflict)):
        for place, later in enumerate(paths):
            for earlier in paths[:place]:
                if apart(earlier, later):
                    pair = PATH_PAIR.format(shown(earlier), shown(later))
                    raise ExpressionError(PATHS.format(word) + pair)


def _overlap(one: Steps, other: Steps) -> bool:
    return all(first == second for first, second in zip(one, other, strict=False))


def _conflict(one: Steps, other: Steps) -> bool:
    """Say whether the same place is a list in one path and a map in the other."""
    for first, second in zip(one, other, strict=False):
        if type(first) is not type(second):
            return True
        if first != second:
            return False
    return False


def _operands(update: Update) -> Iterator[Operand]:
    for action in update.actions:
        yield action.path
        if action.value is not None:
            yield action.value


def _functions(update: Update) -> Iterator[Function]:
    for operand in _operands(update):
        yield from (one for one in inside(operand) if isinstance(one, Function))


def _check_known(update: Update) -> None:
    for function in _functions(update):
        rules.known(function, FUNCTIONS)


def _check_sections(update: Update) -> None:
    for place, section in enumerate(update.sections):
        if section in update.sections[:place]:
            raise ExpressionError(SECTION_TWICE.format(section))


def _resolve(update: Update, placeholders: Placeholders) -> None:
    """Refuse what is not defined: names before values."""
    everything = [one for operand in _operands(update) for one in inside(operand)]
    for one in everything:
        if isinstance(one, Path):
            placeholders.steps(one)
    for one in everything:
        if isinstance(one, Value):
            placeholders.value(one)


def _check_values(update: Update, placeholders: Placeholders) -> None:
    for action in update.actions:
        if action.section in ("ADD", "DELETE") and isinstance(action.value, Value):
            _check_operand(action, placeholders.type_of(action.value) or "")


def _check_operand(action: Action, found: str) -> None:
    if found in SETS or (action.section == "ADD" and found == "N"):
        return
    raise ExpressionError(WRONG_TYPE.format(action.section, TYPE_WORDS.get(found, found)))


def _check_functions(update: Update, placeholders: Placeholders) -> None:
    for function in _functions(update):
        rules.counted(function, FUNCTIONS)
        if function.name == "if_not_exists":
            rules.on_a_path(function)
        elif function.name in TYPES:
            rules.typed(function.name, function.operands, TYPES[function.name], placeholders)
