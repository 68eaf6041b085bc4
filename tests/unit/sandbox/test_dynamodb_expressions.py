"""DynamoDB's expressions: what is refused, in whose words, and what an update makes of an item."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.services.dynamodb import key_conditions, updates
from labkit.sandbox.services.dynamodb.expressions import reading
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders
from labkit.sandbox.services.dynamodb.requests import problem

VALUES: dict[str, dict[str, Any]] = {
    ":n": {"N": "1"},
    ":s": {"S": "x"},
    ":l": {"L": [{"N": "9"}]},
    ":ss": {"SS": ["b", "c"]},
}
COUNT = "Incorrect number of operands for operator or function; operator or function: "
TYPE = "Incorrect operand type for operator or function; operator or function: "


def said(operation: str, expression: str, text: str, **more: Any) -> str | None:
    """What is said of one expression, all of whose values are given."""
    words = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
    used = {name: value for name, value in VALUES.items() if name in words}
    request = {expression: text, "ExpressionAttributeValues": used} | more
    return problem(operation, request)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status = :s", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("exists(id)", "Invalid function name; function: exists"),
        ("attribute_exists(id, x)", COUNT + "attribute_exists, number of operands: 2"),
        ("begins_with(x, :n)", TYPE + "begins_with, operand type: N"),
        ("x > :l", TYPE + ">, operand type: L"),
        (
            "attribute_exists(:s)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "size(x)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "attribute_exists(x) = :n",
            "The function is not allowed to be used this way in an expression; "
            "function: attribute_exists",
        ),
        ("x == :n", 'Syntax error; token: "=", near: "== :n"'),
        ("x = 5", 'Syntax error; token: "5", near: "= 5"'),
        ("x = 'a'", 'Syntax error; token: "\'", near: "= \'a"'),
        ("x = :n OR y", 'Syntax error; token: "<EOF>", near: "y"'),
        ("((x = :n))", "The expression has redundant parentheses;"),
        (
            "x = x",
            "The first operand must be distinct from the remaining operands for this operator "
            "or function; operator: =, first operand: [x]",
        ),
        (
            "x BETWEEN :n AND :s",
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:1}, "
            "upper bound operand: AttributeValue: {S:x}",
        ),
    ],
)
def test_a_condition_is_refused_by_the_name_of_its_own_parameter(text: str, expected: str) -> None:
    assert (
        said("PutItem", "ConditionExpression", text) == f"Invalid ConditionExpression: {expected}"
    )
    assert said("Scan", "FilterExpression", text) == f"Invalid FilterExpression: {expected}"


@pytest.mark.parametrize(
    "text",
    [
        "attribute_not_exists(id)",
        "(x = :n) AND (NOT (y = :n))",
        "(x) = :n",
        "a.b[0].c = :n",
        "x IN (:n, :s) OR size(y) > :n",
        "x BETWEEN :n AND z",
        "NOT contains(x, :s)",
    ],
)
def test_a_condition_is_taken(text: str) -> None:
    assert said("PutItem", "ConditionExpression", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PUT x = :n", 'Syntax error; token: "PUT", near: "PUT x"'),
        ("SET x :n", 'Syntax error; token: ":n", near: "x :n"'),
        ("ADD x = :n", 'Syntax error; token: "=", near: "x = :n"'),
        ("SET x = x + :s", TYPE + "+, operand type: S"),
        ("SET x = list_append(x, :n)", TYPE + "list_append, operand type: N"),
        (
            "ADD x :s",
            "Incorrect operand type for operator or function; operator: ADD, "
            "operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "SET m = :n, m.a = :n",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [m], path two: [m, a]",
        ),
        (
            "SET m[0] = :n, m.a = :n",
            "Two document paths conflict with each other; must remove or rewrite one of these "
            "paths; path one: [m, [0]], path two: [m, a]",
        ),
        (
            "SET x = :n SET y = :n",
            'The "SET" section can only be used once in an update expression;',
        ),
    ],
)
def test_an_update_is_refused(text: str, expected: str) -> None:
    assert said("UpdateItem", "UpdateExpression", text) == f"Invalid UpdateExpression: {expected}"


def test_what_is_not_defined_or_not_used_is_refused() -> None:
    undefined = {"ConditionExpression": "x = :v"}
    text = (
        "Invalid ConditionExpression: An expression attribute value used in expression "
        "is not defined; attribute value: :v"
    )
    assert problem("ConditionCheck", undefined) == text
    assert problem("PutItem", undefined) == f"1 validation error detected: {text}"
    unused = {
        "ProjectionExpression": "#a",
        "ExpressionAttributeNames": {"#a": "status", "#b": "b", "#c": "c"},
    }
    assert problem("GetItem", unused) == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer = :s AND placedAt > :s", None),
        ("customer = :s AND begins_with(placedAt, :s)", None),
        ("customer <> :s", "Invalid operator used in KeyConditionExpression: <>"),
        ("customer = :s OR id = :s", "Invalid operator used in KeyConditionExpression: OR"),
        ("contains(customer, :s)", "Invalid operator used in KeyConditionExpression: contains"),
        ("size(customer) = :n", "KeyConditionExpressions cannot contain nested operations"),
        ("customer.x = :s", "KeyConditionExpressions cannot have conditions on nested attributes"),
    ],
)
def test_a_key_condition_may_say_less(text: str, expected: str | None) -> None:
    assert key_conditions.problem(reading.condition(text)) == expected


ITEM: dict[str, Any] = {
    "n": {"N": "5"},
    "s": {"S": "text"},
    "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]},
    "m": {"M": {"a": {"N": "1"}}},
    "ss": {"SS": ["a", "b"]},
}


def updated(text: str) -> dict[str, Any]:
    """What an update changes of `ITEM`: the attributes that differ afterwards."""
    after = updates.apply(ITEM, text, Placeholders({}, VALUES))
    return {name: after.get(name) for name in ITEM | after if after.get(name) != ITEM.get(name)}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SET n = n + :n", {"n": {"N": "6"}}),
        ("SET n = :n - n, x = n", {"n": {"N": "-4"}, "x": {"N": "5"}}),
        ("SET x = if_not_exists(x, :n) + n", {"x": {"N": "6"}}),
        ("ADD n :n, x :n", {"n": {"N": "6"}, "x": {"N": "1"}}),
        ("ADD ss :ss", {"ss": {"SS": ["a", "b", "c"]}}),
        ("DELETE ss :ss", {"ss": {"SS": ["a"]}}),
        ("REMOVE l[0], l[2], s", {"l": {"L": [{"N": "2"}]}, "s": None}),
        ("REMOVE l[0] SET l[1] = :n", {"l": {"L": [{"N": "1"}, {"N": "3"}]}}),
        ("SET l[9] = :n", {"l": {"L": [*ITEM["l"]["L"], {"N": "1"}]}}),
        ("SET l = list_append(:l, l)", {"l": {"L": [{"N": "9"}, *ITEM["l"]["L"]]}}),
        ("SET m.b = :n REMOVE m.a", {"m": {"M": {"b": {"N": "1"}}}}),
        ("REMOVE q.x", {}),
    ],
)
def test_an_update_changes_the_item(text: str, changed: dict[str, Any]) -> None:
    assert updated(text) == changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET n = s + :n", updates.WRONG_TYPE),
        ("ADD s :n", updates.WRONG_TYPE),
        ("SET x = list_append(s, :l)", updates.WRONG_TYPE),
        ("SET x = x + :n", updates.NO_ATTRIBUTE),
        ("SET q.x = :n", updates.NO_PLACE),
        ("SET s.x = :n", updates.NO_PLACE),
    ],
)
def test_an_update_that_does_not_fit_is_refused(text: str, expected: str) -> None:
    with pytest.raises(updates.UpdateError) as caught:
        updated(text)
    assert str(caught.value) == expected
