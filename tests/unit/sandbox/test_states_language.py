"""The Amazon States Language: intrinsic functions, Choice operators, paths, payloads, JSONata.

Expected values: Amazon States Language specification; Step Functions Developer Guide; answers of
AWS that others have recorded.
"""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.services.stepfunctions.language import (
    choices,
    intrinsics,
    jsonata,
    paths,
    payloads,
    timestamps,
)
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import Scope

DOCUMENT: dict[str, Any] = {
    "name": "Kim",
    "krw": 12000,
    "none": None,
    "items": [{"n": 2, "dish": "tea"}, {"n": 1, "dish": "cake"}],
    "at": "2026-06-13T10:00:00Z",
}


@pytest.fixture
def scope() -> Scope:
    """A line in its first state, with a variable."""
    context = {"Execution": {"Id": "arn", "Input": DOCUMENT}}
    return Scope(context, {"dish": {"price": 9000}}, state="Cook", entered=2)


class TestIntrinsics:
    @pytest.mark.parametrize(
        ("call", "value"),
        [
            ("States.Format('{} won {}', 'Kim', null)", "Kim won null"),
            ("States.Format('{} {}', true, 1.5)", "true 1.5"),
            (r"States.Format('\{{}\}', 'x')", "{x}"),
            ("States.Format('{}', States.Array(1, 'a'))", '[1,"a"]'),
            ("States.Format('{}', States.StringToJson('{\"a\":1,\"b\":[]}'))", "{a=1, b=[]}"),
            ("States.StringToJson(' ')", None),
            ("States.Format('it\\'s')", "it's"),
            ("States.Array('a', 1, null)", ["a", 1, None]),
            ("States.Array()", []),
            ("States.ArrayPartition(States.Array(1, 2, 3), 2)", [[1, 2], [3]]),
            ("States.ArrayContains(States.Array(1, 2), 2)", True),
            ("States.ArrayContains(States.Array(1), true)", False),
            ("States.ArrayRange(1, 9, 4)", [1, 5, 9]),
            ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
            ("States.ArrayGetItem(States.Array('a', 'b'), 1)", "b"),
            ("States.ArrayLength(States.Array(1, 2))", 2),
            ("States.ArrayUnique(States.Array(1, 1, 'a', 'a'))", [1, "a"]),
            ("States.Base64Encode('주문')", "7KO866y4"),
            ("States.Base64Decode('7KO866y4')", "주문"),
            ("States.Hash('x', 'MD5')", "9dd4e461268c8034f5c8564e155c67a6"),
            ("States.JsonMerge(States.StringToJson('{\"a\":1}'), States.StringToJson('{\"b\":2}'), "
             "false)", {"a": 1, "b": 2}),
            ("States.JsonToString(States.Array(1, 'a'))", '[1,"a"]'),
            ("States.MathAdd(1, -3)", -2),
            ("States.MathAdd(1.5, 0)", 2),
            ("States.MathAdd(-1.5, 0)", -1),
            ("States.StringSplit('a,b;c', ',;')", ["a", "b", "c"]),
            ("States.StringToJson('[1]')", [1]),
        ],
    )  # fmt: skip
    def test_values(self, call: str, value: Any) -> None:
        assert intrinsics.evaluate(call, lambda path: path) == value

    @pytest.mark.parametrize(
        "call",
        [
            "States.Nothing()",
            "States.Format('{}')",
            "States.Format('{}', 1, 2)",
            "States.ArrayRange(0, 5000, 1)",
            "States.ArrayGetItem(States.Array(1), 5)",
            "States.ArrayLength('text')",
            "States.MathAdd('1', 2)",
            "States.MathAdd(true, 2)",
            "States.Hash('x', 'CRC')",
            "States.StringToJson('{')",
            "States.Base64Decode('%')",
            "States.Array(1",
            "States.Array(1) + 1",
        ],
    )
    def test_what_fails(self, call: str) -> None:
        with pytest.raises(StateError) as caught:
            intrinsics.evaluate(call, lambda path: path)
        assert caught.value.error == "States.IntrinsicFailure"

    def test_a_path_is_looked_up(self, scope: Scope) -> None:
        template = {"text.$": "States.Format('{} for {}', $.items[0].dish, $dish.price)"}
        assert payloads.fill(template, DOCUMENT, scope) == {"text": "tea for 9000"}


class TestChoices:
    @pytest.mark.parametrize(
        ("name", "value", "wanted", "holds"),
        [
            ("BooleanEquals", True, True, True),
            ("BooleanEquals", 1, True, False),
            ("BooleanEquals", 0, False, False),
            ("NumericEquals", 1, 1.0, True),
            ("NumericEquals", True, 1, False),
            ("NumericEquals", "1", 1, False),
            ("NumericLessThan", 1, 2, True),
            ("StringEquals", "a", "a", True),
            ("StringGreaterThan", "b", "a", True),
            ("StringEquals", 1, "1", False),
            ("StringMatches", "ord-17", "ord-*", True),
            ("StringMatches", "ord*", r"ord\*", True),
            ("StringMatches", "ordX", r"ord\*", False),
            ("TimestampEquals", "2026-01-01T00:00:00Z", "2026-01-01T09:00:00+09:00", True),
            ("TimestampLessThan", "2026-01-01", "2027-01-01T00:00:00Z", False),
        ],
    )
    def test_operators_hold_for_their_own_type(
        self, name: str, value: Any, wanted: Any, holds: bool
    ) -> None:
        assert choices.compares(name, value, wanted) is holds

    @pytest.mark.parametrize(
        ("rule", "holds"),
        [
            ({"Variable": "$.none", "IsPresent": True}, True),
            ({"Variable": "$.missing", "IsPresent": False}, True),
            ({"Variable": "$.none", "IsNull": True}, True),
            ({"Variable": "$.krw", "IsNumeric": True}, True),
            ({"Variable": "$.at", "IsTimestamp": True}, True),
            ({"Variable": "$.name", "IsTimestamp": True}, False),
            ({"Variable": "$.krw", "NumericEqualsPath": "$.krw"}, True),
            ({"Variable": "$.name", "StringEqualsPath": "$.name"}, True),
            ({"Variable": "$dish.price", "NumericGreaterThan": 1}, True),
            ({"Not": {"Variable": "$.name", "StringEquals": "Kim"}}, False),
            ({"And": [{"Variable": "$.krw", "NumericGreaterThan": 1},
                      {"Variable": "$.name", "StringEquals": "Lee"}]}, False),
            ({"Or": [{"Variable": "$.krw", "NumericGreaterThan": 1},
                     {"Variable": "$.name", "StringEquals": "Lee"}]}, True),
        ],
    )  # fmt: skip
    def test_rules(self, scope: Scope, rule: dict[str, Any], holds: bool) -> None:
        assert choices.holds(rule, DOCUMENT, scope) is holds

    def test_a_variable_that_finds_nothing_fails(self, scope: Scope) -> None:
        with pytest.raises(StateError, match="condition path references an invalid value"):
            choices.holds({"Variable": "$.missing", "IsNull": True}, DOCUMENT, scope)


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "cause"),
        [
            ("$.nope", "Invalid path '$.nope' : No results for path: $['nope']"),
            ("$.no.such", "Invalid path '$.no.such' : Missing property in path $['no']"),
            ("$$.Execution.X", "No results for path: $['Execution']['X']"),
        ],
    )
    def test_one_that_finds_nothing_fails_the_execution(
        self, scope: Scope, path: str, cause: str
    ) -> None:
        with pytest.raises(StateError) as caught:
            paths.select(path, DOCUMENT, scope)
        assert caught.value.error == "States.Runtime"
        assert cause in str(caught.value.cause)
        assert "the state 'Cook' (entered at the event id #2)" in str(caught.value.cause)

    def test_a_payloads_field_is_named(self, scope: Scope) -> None:
        with pytest.raises(StateError, match=r"specified for the field 'v\.\$' could not be found"):
            payloads.fill({"v.$": "$.nope"}, DOCUMENT, scope)

    def test_filters_and_slices_give_lists(self, scope: Scope) -> None:
        template = {"a.$": "$.items[?(@.n==1)].dish", "b.$": "$.items[0:1]", "c.$": "$.none"}
        filled = payloads.fill(template, DOCUMENT, scope)
        assert filled == {"a": ["cake"], "b": [{"n": 2, "dish": "tea"}], "c": None}

    @pytest.mark.parametrize(
        ("path", "result", "whole"),
        [
            ("$", 1, 1),
            (None, 1, {"a": {"b": 0}}),
            ("$.c", 1, {"a": {"b": 0}, "c": 1}),
            ("$.a.b", 1, {"a": {"b": 1}}),
            ("$.d.e", 1, {"a": {"b": 0}, "d": {"e": 1}}),
        ],
    )
    def test_where_a_result_goes(
        self, scope: Scope, path: str | None, result: Any, whole: Any
    ) -> None:
        assert paths.put(path, {"a": {"b": 0}}, result, scope) == whole

    def test_a_result_without_room_fails(self, scope: Scope) -> None:
        with pytest.raises(StateError) as caught:
            paths.put("$.a.b.c", {"a": {"b": 0}}, 1, scope)
        assert caught.value.error == "States.ResultPathMatchFailure"


class TestJsonata:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("{% $states.input.krw * 2 %}", 24000),
            ("{% $states.input.none %}", None),
            ("{% $dish.price %}", 9000),
            ("{% $states.input.items[n=1].dish %}", "cake"),
            ("{% $states.context.Execution.Id %}", "arn"),
            ("{% $partition([1,2,3], 2) %}", [[1, 2], [3]]),
            ("{% $range(0, 10, 5) %}", [0, 5, 10]),
            ("{% $parse('{\"a\":1}').a %}", 1),
            ("{% $contains('Rice', /rice/i) %}", True),
            ("{% $match('a1b22', /[0-9]+/).match %}", ["1", "22"]),
            ("{% $split('a, b;c', /[,;] */) %}", ["a", "b", "c"]),
            ("{% $replace('Kim Lee', /(\\w+) (\\w+)/, '$2 $1') %}", "Lee Kim"),
            ("{% $replace('ab', /(a)/, '$12') %}", "a2b"),
            ("{% $replace('ab', /a/, '$1-') %}", "-b"),
            ("{% $hash('x', 'MD5') %}", "9dd4e461268c8034f5c8564e155c67a6"),
        ],
    )
    def test_values(self, scope: Scope, expression: str, value: Any) -> None:
        states = {"input": DOCUMENT, "context": scope.context}
        assert jsonata.evaluate("Output", expression, states, scope) == value

    @pytest.mark.parametrize(
        ("expression", "cause"),
        [
            ("{% $nothing %}", "'$nothing' specified for the field 'Output/a' returned nothing"),
            ("{% $nothing() %}", "threw an error during evaluation. T1006"),
            ("{% $range(1, 100000000, 1) %}", "A range has at most 100000 numbers"),
            ("{% $contains('" + "a" * 60 + "c', /(?:a|a)+b/) %}", "takes too long to match"),
            ("{% function($x){$x} %}", "returned an unsupported result type"),
        ],
    )
    def test_what_fails(self, scope: Scope, expression: str, cause: str) -> None:
        with pytest.raises(StateError) as caught:
            jsonata.fill("Output", {"a": expression}, {"input": {}}, scope)
        assert caught.value.error == "States.QueryEvaluationError"
        assert caught.value.location == "Output/a"
        assert cause in str(caught.value.cause)

    def test_a_field_of_another_type_fails(self, scope: Scope) -> None:
        with pytest.raises(StateError, match="Expected 'array', but was 'number' for value: 1"):
            jsonata.expect("Items", "{% 1 %}", "array", {}, scope)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2016-12-05T21:29:29Z", True),
        ("2016-12-05T21:29:29.123456789+09:00", True),
        ("2016-12-05 21:29:29Z", False),
        ("2016-12-05T21:29:29", False),
        ("2016-13-05T21:29:29Z", False),
        ("05-12-2016T21:29:29Z", False),
        (None, False),
    ],
)
def test_timestamps(text: Any, is_one: bool) -> None:
    assert (timestamps.parse(text) is not None) is is_one
