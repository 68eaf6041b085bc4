"""Definitions and values that nobody should get past Step Functions, and what is said of them.

Expected values: Amazon States Language specification, "Assigning variables", "Choice State", "Map
State" and "Intrinsic Functions"; Jayway JsonPath README, "Filter Operators".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.delivery import error
from tests.sandbox.stepfunctions.machines import Machines

pytestmark = pytest.mark.contract(27)

DONE = {"Type": "Pass", "End": True}
ONE = {"StartAt": "One", "States": {"One": DONE}}
SEND = {"Type": "Task", "End": True, "Resource": "arn:aws:states:::sqs:sendMessage"}
JSONATA = {"QueryLanguage": "JSONata"}
ROWS = {"rows": [{"n": 1, "l": []}, {"n": 2, "l": [1, 2]}, {"n": 3}]}


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (DONE | {"Assign": {"states": 1}}, "The variable name 'states' is reserved"),
        (DONE | {"Assign": {"1st": 1}}, "The variable name '1st' is not valid"),
        (DONE | {"Assign": {"x" * 81: 1}}, f"The variable name '{'x' * 81}' is not valid"),
        (DONE | {"Assign": 5}, "Expected value of type Object at /States/Start/Assign"),
        (DONE | {"Parameters": {"a": 1, "a.$": "$"}}, "The field 'a' is given twice"),
        (DONE | {"Parameters": {"a.$": "States.UUID(1)"}}, "must be a valid JSONPath"),
        (DONE | {"Parameters": {"a.$": "States.ArrayRange(1, 9)"}}, "must be a valid JSONPath"),
        ({"Type": "Fail", "Error": 5}, "Expected value of type String at /States/Start/Error"),
        ({"Type": "Map", "End": True, "ItemProcessor": ONE | {"ProcessorConfig": {"Mode": "X"}}},
         "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]"),
        ({"Type": "Map", "End": True, "ItemProcessor": ONE | {"ProcessorConfig": 5}},
         "Expected value of type Object at /States/Start/ItemProcessor/ProcessorConfig"),
        ({"Type": "Map", "End": True, "ItemProcessor": ONE, "ItemBatcher": []},
         "Expected value of type Object at /States/Start/ItemBatcher"),
        ({"Type": "Map", "End": True, "ItemProcessor": ONE, "ItemBatcher": {"MaxItemsPerBatch": 0}},
         "Value is less than the minimum of 1 at /States/Start/ItemBatcher/MaxItemsPerBatch"),
        (JSONATA | {"Type": "Map", "End": True, "ItemProcessor": ONE, "Items": None},
         "Expected value of type Array at /States/Start/Items"),
        (JSONATA | {"Type": "Choice", "Choices": [{"Condition": 5, "Next": "Start"}]},
         "Expected value of type Boolean at /States/Start/Choices[0]/Condition"),
        ({"Type": "Choice", "Choices": [{"And": [], "Next": "Start"}]},
         "Value cannot be empty at /States/Start/Choices[0]/And"),
        (SEND | {"Parameters": {"QueueUrl": "x"}},
         "The field 'MessageBody' is required but was missing at /States/Start/Parameters"),
    ],
)  # fmt: skip
def test_a_definition_is_refused(machines: Machines, state: dict[str, Any], problem: str) -> None:
    code, message = error(lambda: machines.create({"Start": state}))
    assert code == "InvalidDefinition"
    assert problem in message


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.rows[?(@.n nin [1, 3])].n", [2]),
        ("$.rows[?(@.l size 2)].n", [2]),
        ("$.rows[?(@.l empty true)].n", [1]),
        ("$.rows[?(@.n == 'a size 2')].n", []),
    ],
)
def test_filters_have_the_operators_of_jayway(
    machines: Machines, path: str, found: list[int]
) -> None:
    ended = machines.run(machines.create({"Start": DONE | {"Parameters": {"v.$": path}}}), ROWS)
    assert json.loads(ended["output"]) == {"v": found}


@pytest.mark.parametrize(
    ("state", "name", "cause"),
    [
        ({"Type": "Fail", "ErrorPath": "$.n"}, "States.Runtime",
         "The ErrorPath field must refer to a string, but refers to 5"),
        (DONE | {"Parameters": {"a.$": "States.StringToJson('NaN')"}}, "States.IntrinsicFailure",
         "The function 'States.StringToJson('NaN')' had the following error: the string is no "
         "JSON"),
        (JSONATA | DONE | {"Output": "{% $sum('a') %}"}, "States.QueryEvaluationError",
         "T0412: Argument 1 of function sum must be an array of numbers"),
        (JSONATA | DONE | {"Output": "{% $partition('abc', 1) %}"}, "States.QueryEvaluationError",
         '"abc" is not an array.'),
        (SEND, "States.Runtime",
         'arn:aws:states:::sqs:sendMessage cannot be called with the parameters "text"'),
    ],
)  # fmt: skip
def test_an_execution_fails_in_words_of_the_language(
    machines: Machines, state: dict[str, Any], name: str, cause: str
) -> None:
    given: Any = "text" if state is SEND else {"n": 5}
    ended = machines.run(machines.create({"Start": state}), given)
    assert (ended["status"], ended["error"]) == ("FAILED", name)
    assert ended["cause"].endswith(cause)
