"""The rules that conditions and updates share: reserved words, functions and their operands."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from labkit.sandbox.services.dynamodb.expressions.nodes import Function, Operand, Path
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders, bare_names
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError
from labkit.sandbox.services.dynamodb.store import reserved_words

RESERVED = "Attribute name is a reserved keyword; reserved keyword: {}"
UNKNOWN = "Invalid function name; function: {}"
COUNT = (
    "Incorrect number of operands for operator or function; "
    "operator or function: {}, number of operands: {}"
)
TYPE = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
PATH = "Operator or function requires a document path; operator or function: {}"


def first(checks: Iterable[Callable[[], None]]) -> None:
    """Call one check after the other: the first that fails is what AWS tells."""
    for check in checks:
        check()


def not_reserved(operands: Iterable[Operand]) -> None:
    """Refuse a reserved word that is written out as a name.

    Source of the words: DynamoDB Developer Guide, "Reserved words in DynamoDB".
    """
    reserved = reserved_words()
    for operand in operands:
        for name in bare_names(operand):
            if name.upper() in reserved:
                raise ExpressionError(RESERVED.format(name))


def known(function: Function, counts: dict[str, int]) -> None:
    """Refuse a function that there is not here."""
    if function.name not in counts:
        raise ExpressionError(UNKNOWN.format(function.name))


def counted(function: Function, counts: dict[str, int]) -> None:
    """Refuse a function with too few or too many operands."""
    if len(function.operands) != counts[function.name]:
        raise ExpressionError(COUNT.format(function.name, len(function.operands)))


def on_a_path(function: Function) -> None:
    """Refuse a function whose first operand is no document path."""
    if not isinstance(function.operands[0], Path):
        raise ExpressionError(PATH.format(function.name))


def typed(
    operator: str, operands: Iterable[Operand], types: frozenset[str], placeholders: Placeholders
) -> None:
    """Refuse a value of a type that an operator or function does not take."""
    for operand in operands:
        found = placeholders.type_of(operand)
        if found is not None and found not in types:
            raise ExpressionError(TYPE.format(operator, found))
