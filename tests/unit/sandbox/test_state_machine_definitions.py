"""Which definitions Step Functions takes, and what it says of the others.

Expected values: Amazon States Language specification; answers of AWS that others have recorded.
What AWS says in other words than ours, and what it says of a value out of its range, is not known.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.sandbox.services.stepfunctions.definitions import check

PASS = {"Type": "Pass", "End": True}
FUNCTION = "arn:aws:lambda:ap-northeast-2:111122223333:function:taste"
TASK = {"Type": "Task", "Resource": FUNCTION, "End": True}
SCHEMA = "SCHEMA_VALIDATION_FAILED: "


def found(definition: Any, machine_type: str = "STANDARD") -> list[str]:
    """What is wrong with a definition."""
    return [str(problem) for problem in check.problems(json.dumps(definition), machine_type)]


def one(state: Any, **more: Any) -> list[str]:
    """What is wrong with a machine of one state, and others that it may lead to."""
    return found({"StartAt": "One", "States": {"One": state, **more}})


class TestWords:
    @pytest.mark.parametrize(
        ("definition", "text"),
        [
            ({}, "These fields are required: [States, StartAt] at /"),
            ({"StartAt": "One"}, "These fields are required: [States] at /"),
            ({"StartAt": "One", "States": {"One": {"Type": "Nap", "End": True}}},
             "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, "
             "Choice, Parallel, Map] at /States/One/Type"),
            ({"StartAt": "One", "QueryLanguage": "JSONata",
              "States": {"One": PASS | {"QueryLanguage": "JSONPath"}}},
             "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine "
             "at /States/One"),
        ],
    )  # fmt: skip
    def test_of_a_machine(self, definition: Any, text: str) -> None:
        assert found(definition)[0] == SCHEMA + text

    @pytest.mark.parametrize(
        ("state", "text"),
        [
            ({"Type": "Wait", "Timestamp": "2026-11-30", "End": True},
             "String does not match RFC3339 timestamp at /States/One/Timestamp"),
            ({"Type": "Parallel", "Branches": [], "End": True},
             "Value cannot be empty at /States/One/Branches"),
            (TASK | {"Credentials": {}},
             "The field 'RoleArn' is required but was missing at /States/One/Credentials"),
            (TASK | {"Resource": "arn:aws:states:::dynamodb:query"},
             "The resource provided arn:aws:states:::dynamodb:query is not recognized. The value "
             "is not a valid resource ARN, or the resource is not available in this region. at "
             "/States/One/Resource"),
            (PASS | {"Parameters": {"v.$": "States.Cook('rice')"}},
             "The value for the field 'v.$' must be a valid JSONPath or a valid intrinsic "
             "function call at /States/One/Parameters"),
        ],
    )  # fmt: skip
    def test_of_a_state(self, state: Any, text: str) -> None:
        assert one(state) == [SCHEMA + text]

    @pytest.mark.parametrize(
        ("resource", "text"),
        [
            ("arn:aws:states:::sqs:sendMessage.waitForTaskToken",
             "'.waitForTaskToken' service integration  at"),
            ("arn:aws:states:::states:startExecution.sync:2", "'.sync' service integration at"),
            ("arn:aws:states:ap-northeast-2:111122223333:activity:cook", "Activity ARN at"),
        ],
    )  # fmt: skip
    def test_of_an_express_machine(self, resource: str, text: str) -> None:
        definition = {"StartAt": "One", "States": {"One": TASK | {"Resource": resource}}}
        assert found(definition) == []
        assert found(definition, "EXPRESS") == [
            f"{SCHEMA}Express state machine does not support {text} /States/One/Resource"
        ]

    def test_of_a_diagnostic(self) -> None:
        answer = check.validation({"definition": "not a definition"})
        (diagnostic,) = answer["diagnostics"]
        assert (answer["result"], answer["truncated"]) == ("FAIL", False)
        assert diagnostic["code"] == "INVALID_JSON_DESCRIPTION"
        assert diagnostic["location"] == '[Source: (String)"not a definition"; line: 1, column: 4]'
        assert check.validation({"definition": ""})["diagnostics"] == [
            {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED",
             "message": "Definition must be a valid JSON object"},
        ]  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize(
        "state",
        [
            "text", None, [], {"Type": []}, PASS | {"Colour": 1}, PASS | {"Next": "One"},
            {"Type": "Pass", "Next": []}, {"Type": "Pass", "Next": "Nowhere"},
            PASS | {"InputPath": "order"}, PASS | {"ResultPath": "$.a[*]"},
            PASS | {"Parameters": {"a.$": 5}}, PASS | {"Output": "x"},
            PASS | {"QueryLanguage": "JSONata", "InputPath": "$"},
            {"Type": "Succeed", "Next": "One"}, {"Type": "Wait", "End": True},
            {"Type": "Wait", "Seconds": -1, "End": True},
            {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True},
            {"Type": "Parallel", "Branches": 5, "End": True},
            {"Type": "Parallel", "Branches": ["one"], "End": True},
            {"Type": "Map", "End": True}, {"Type": "Map", "ItemProcessor": "x", "End": True},
            {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"},
            {"Type": "Choice"}, {"Type": "Choice", "Choices": []},
            {"Type": "Choice", "Choices": ["one"]}, {"Type": "Choice", "Choices": {"a": 1}},
            {"Type": "Choice", "Choices": [{"Next": "One"}]},
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringLike": "x", "Next": "One"}]},
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": "1", "Next": "A"}]},
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": "yes", "Next": "One"}]},
            {"Type": "Choice", "Choices": [{"And": [], "Next": "One"}]},
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "x"}]},
            TASK | {"TimeoutSeconds": 0}, TASK | {"TimeoutSeconds": "5"},
            TASK | {"TimeoutSeconds": 5, "HeartbeatSeconds": 6},
            TASK | {"TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"},
            TASK | {"Retry": "always"}, TASK | {"Retry": [{"MaxAttempts": 1}]},
            TASK | {"Retry": [{"ErrorEquals": ["E"], "BackoffRate": 0.5}]},
            TASK | {"Retry": [{"ErrorEquals": ["E"], "JitterStrategy": "SOME"}]},
            TASK | {"Catch": [{"ErrorEquals": ["E"]}]},
            TASK | {"Catch": [{"ErrorEquals": ["States.ALL", "E"], "Next": "One"}]},
            {"Type": "Task", "End": True},
        ],
    )  # fmt: skip
    def test_a_state(self, state: Any) -> None:
        assert one(state)

    @pytest.mark.parametrize(
        "definition",
        [
            [], 5, None, "text",
            {"StartAt": 1, "States": {"One": PASS}}, {"StartAt": "One", "States": [PASS]},
            {"StartAt": "One", "States": {}},
            {"StartAt": "One", "States": {"One": PASS, "QueryLanguage": "JSONata"}},
            {"StartAt": "One", "States": {"One": PASS}, "Colour": 1},
            {"StartAt": "One", "States": {"One": PASS}, "TimeoutSeconds": "5"},
            {"StartAt": "One", "States": {"One": PASS}, "QueryLanguage": "XPath"},
            {"StartAt": "One", "States": {"One": PASS, "Alone": PASS}},
            {"StartAt": "N" * 81, "States": {"N" * 81: PASS}},
        ],
    )  # fmt: skip
    def test_a_machine(self, definition: Any) -> None:
        assert found(definition)


class TestTaken:
    @pytest.mark.parametrize(
        "state",
        [
            PASS | {"InputPath": None, "OutputPath": "$$.Execution", "ResultPath": None},
            PASS | {"Parameters": {"a.$": "$.u[?(@.y > 5)].n", "b.$": "$var.c"}},
            PASS | {"Parameters": {"a.$": "States.Format('{}', States.UUID())"}},
            PASS | {"QueryLanguage": "JSONata", "Output": "{% $states.input %}"},
            {"Type": "Wait", "Timestamp": "2026-11-30T00:00:00+09:00", "End": True},
            {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% 5 %}", "End": True},
            {"Type": "Choice", "Default": "Two", "Choices": [
                {"Not": {"Variable": "$.a", "StringEqualsPath": "$.b"}, "Next": "Two"},
                {"And": [{"Variable": "$$.a", "IsPresent": True}], "Next": "Two"}]},
            TASK | {"Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5}],
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Two", "ResultPath": "$.e"}]},
            TASK | {"Resource": "arn:aws:states:::aws-sdk:dynamodb:query"},
            {"Type": "Map", "End": True, "ItemsPath": "$.orders", "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "In", "States": {"In": PASS}}},
        ],
    )  # fmt: skip
    def test_a_state(self, state: Any) -> None:
        assert [text for text in one(state, Two=PASS) if "not reachable" not in text] == []
