"""What a field refers to, how long a state may take, and what the history says of it.

Expected values: Amazon States Language specification; Step Functions Developer Guide; answers of
AWS that others have recorded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error
from tests.sandbox.stepfunctions.machines import Machines, types

pytestmark = pytest.mark.contract(27)

DONE = {"Type": "Pass", "End": True}

RUNTIME = "An error occurred while executing the state 'Start' (entered at the event id #2). "

SLEEP = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"


class TestWhatFindsNothing:
    @pytest.mark.parametrize(
        ("state", "cause"),
        [
            ({"InputPath": "$.nope"}, "Invalid path '$.nope' : No results for path: $['nope']"),
            ({"OutputPath": "$.no.such"},
             "Invalid path '$.no.such' : Missing property in path $['no']"),
            ({"Parameters": {"v.$": "$.nope"}},
             "The JSONPath '$.nope' specified for the field 'v.$' could not be found in the input "
             "'{\"a\":1}'"),
        ],
    )  # fmt: skip
    def test_the_execution_fails(
        self, machines: Machines, state: dict[str, Any], cause: str
    ) -> None:
        ended = machines.run(machines.create({"Start": DONE | state}), {"a": 1})
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
        assert ended["cause"] == RUNTIME + cause
        assert "output" not in ended

    def test_an_expression_too(self, machines: Machines) -> None:
        state = {"Type": "Pass", "QueryLanguage": "JSONata", "End": True, "Output": "{% $nope %}"}
        ended = machines.run(machines.create({"Start": state}))
        assert ended["error"] == "States.QueryEvaluationError"
        event = next(e for e in machines.history(ended) if e["type"] == "EvaluationFailed")
        details = event["evaluationFailedEventDetails"]
        assert (details["state"], details["location"]) == ("Start", "Output")

    def test_a_filter_finds_a_list(self, machines: Machines) -> None:
        state = DONE | {"Parameters": {"names.$": "$.u[?(@.y==1997)].n"}}
        given = {"u": [{"y": 1997, "n": "Kim"}, {"y": 2000, "n": "Lee"}]}
        ended = machines.run(machines.create({"Start": state}), given)
        assert json.loads(ended["output"]) == {"names": ["Kim"]}


class TestValues:
    @pytest.mark.parametrize(
        ("state", "given", "cause"),
        [
            ({"Type": "Wait", "SecondsPath": "$.n"}, -1,
             "The SecondsPath parameter references a negative value: $.n == -1"),
            ({"Type": "Wait", "SecondsPath": "$.n"}, 1.5,
             "The SecondsPath parameter cannot be parsed as a long value: $.n == 1.5"),
            ({"Type": "Wait", "TimestampPath": "$.n"}, "tomorrow",
             "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
             "date-time format string: $.n == tomorrow"),
            ({"Type": "Map", "MaxConcurrencyPath": "$.n", "ItemsPath": "$.items",
              "ItemProcessor": {"StartAt": "One", "States": {"One": DONE}}}, "NoNumber",
             'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid '
             "integer: $.n"),
            ({"Type": "Map", "ItemsPath": "$.n",
              "ItemProcessor": {"StartAt": "One", "States": {"One": DONE}}}, 1,
             'Reference path "$.n" must point to array.'),
        ],
    )  # fmt: skip
    def test_are_checked_when_they_are_used(
        self, machines: Machines, state: dict[str, Any], given: Any, cause: str
    ) -> None:
        machine = machines.create({"Start": state | {"End": True}})
        ended = machines.run(machine, {"n": given, "items": []})
        assert (ended["error"], ended["cause"]) == ("States.Runtime", RUNTIME + cause)

    def test_a_fail_state_without_an_error_has_none(self, machines: Machines) -> None:
        ended = machines.run(machines.create({"Start": {"Type": "Fail"}}))
        assert ended["status"] == "FAILED"
        assert "error" not in ended
        assert machines.history(ended)[-1]["executionFailedEventDetails"] == {}

    def test_variables_are_seen_inside_and_stay_there(self, machines: Machines) -> None:
        inner = {"Type": "Pass", "End": True, "Parameters": {"dish.$": "$dish"},
                 "Assign": {"dish": "cake"}}  # fmt: skip
        states = {
            "Start": {"Type": "Pass", "Assign": {"dish": "tea"}, "Next": "Each"},
            "Each": {"Type": "Map", "ItemsPath": "$.items", "Next": "After",
                     "ItemProcessor": {"StartAt": "One", "States": {"One": inner}}},
            "After": DONE | {"Parameters": {"dish.$": "$dish", "each.$": "$"}},
        }  # fmt: skip
        ended = machines.run(machines.create(states), {"items": [1]})
        assert json.loads(ended["output"]) == {"dish": "tea", "each": [{"dish": "tea"}]}


class TestTime:
    def test_a_task_that_takes_too_long(self, aws: Aws, machines: Machines) -> None:
        task = {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 1,
            "Parameters": {"FunctionName": aws.function(SLEEP, Timeout=20),
                           "Payload": {"seconds": 5}},
            "End": True,
        }  # fmt: skip
        ended = machines.run(machines.create({"Start": task}))
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
        assert types(machines.history(ended))[-2:] == ["TaskTimedOut", "ExecutionFailed"]

    def test_a_machine_that_takes_too_long(self, machines: Machines) -> None:
        text = {"TimeoutSeconds": 1, "StartAt": "Start",
                "States": {"Start": {"Type": "Wait", "Seconds": 8, "End": True}}}  # fmt: skip
        machine = machines.states.create_state_machine(
            name=machines.aws.name("machine"), definition=json.dumps(text), roleArn=machines.role
        )
        ended = machines.run(machine["stateMachineArn"])
        assert ended["status"] == "TIMED_OUT"
        assert types(machines.history(ended))[-1] == "ExecutionTimedOut"

    def test_a_callback_whose_heart_stops(self, aws: Aws, machines: Machines) -> None:
        queue = aws.client("sqs").create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        task = {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "HeartbeatSeconds": 1, "End": True,
            "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        }  # fmt: skip
        ended = machines.run(machines.create({"Start": task}))
        assert ended["error"] == "States.Timeout"
        assert "TaskSubmitted" in types(machines.history(ended))


class TestHistories:
    def test_a_map_that_is_tried_again_fails_once(self, machines: Machines) -> None:
        broken = {"Type": "Fail", "Error": "Broken"}
        state = {
            "Type": "Map", "End": True, "ItemsPath": "$.items",
            "ItemProcessor": {"StartAt": "One", "States": {"One": broken}},
            "Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        }  # fmt: skip
        ended = machines.run(machines.create({"Start": state}), {"items": [1]})
        events = machines.history(ended)
        assert types(events) == [
            "ExecutionStarted", "MapStateEntered",
            "MapStateStarted", "MapIterationStarted", "FailStateEntered", "MapIterationFailed",
            "MapStateStarted", "MapIterationStarted", "FailStateEntered", "MapIterationFailed",
            "MapStateFailed", "ExecutionFailed",
        ]  # fmt: skip
        assert [e["previousEventId"] for e in events] == [0, 0, 2, 3, 4, 5, 5, 7, 8, 9, 9, 11]

    def test_one_iteration_at_a_time_is_one_chain(self, machines: Machines) -> None:
        state = {
            "Type": "Map", "End": True, "MaxConcurrency": 1, "ItemsPath": "$.items",
            "ItemProcessor": {"StartAt": "One", "States": {"One": DONE}},
        }  # fmt: skip
        events = machines.history(
            machines.run(machines.create({"Start": state}), {"items": [1, 2]})
        )
        before = {e["id"]: e["previousEventId"] for e in events}
        assert before == {
            1: 0, 2: 0, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 6, 9: 8, 10: 9, 11: 10, 12: 11, 13: 11,
            14: 13,
        }  # fmt: skip

    def test_a_task_shows_what_it_was_given(self, aws: Aws, machines: Machines) -> None:
        machine = machines.create({"Start": machines.charge()})
        events = machines.history(machines.run(machine, {"declined": 0}))
        scheduled = next(e for e in events if e["type"] == "TaskScheduled")
        details = scheduled["taskScheduledEventDetails"]
        assert json.loads(details["parameters"])["Payload"] == {"declined": 0}
        assert (details["resourceType"], details["resource"]) == ("lambda", "invoke")
        ended = next(e for e in events if e["type"] == "TaskSucceeded")
        output = json.loads(ended["taskSucceededEventDetails"]["output"])
        assert (output["ExecutedVersion"], output["StatusCode"]) == ("$LATEST", 200)
        assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


class TestLogs:
    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            ("ALL", ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
            ("ERROR", ["ExecutionFailed"]),
            ("OFF", []),
        ],
    )
    def test_a_line_for_each_event(
        self, aws: Aws, machines: Machines, level: str, expected: list[str]
    ) -> None:
        logs, group = aws.client("logs"), aws.name("/states/log")
        logs.create_log_group(logGroupName=group)
        arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"]
        machine = machines.create(
            {"Start": {"Type": "Fail", "Error": "Broken"}},
            loggingConfiguration={
                "level": level, "includeExecutionData": False,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
            },
        )  # fmt: skip
        ended = machines.run(machine)
        lines = [
            json.loads(event["message"])
            for event in logs.filter_log_events(logGroupName=group)["events"]
        ]
        assert [line["type"] for line in lines] == expected
        assert all(line["execution_arn"] == ended["executionArn"] for line in lines)
        assert all("input" not in line["details"] for line in lines)


class TestExpress:
    def test_an_execution_cannot_be_described(self, aws: Aws, machines: Machines) -> None:
        logs, group = aws.client("logs"), aws.name("/states/express")
        logs.create_log_group(logGroupName=group)
        arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"]
        machine = machines.create(
            {"Start": DONE}, type="EXPRESS",
            loggingConfiguration={
                "level": "ALL", "includeExecutionData": True,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
            },
        )  # fmt: skip
        started = machines.states.start_execution(stateMachineArn=machine)["executionArn"]
        assert ":express:" in started

        def last() -> str:
            events = logs.filter_log_events(logGroupName=group)["events"]
            return str(json.loads(events[-1]["message"])["type"]) if events else ""

        wait_for(lambda: last() == "ExecutionSucceeded")
        code, _ = error(machines.states.describe_execution, executionArn=started)
        assert code == "InvalidArn"
        code, _ = error(machines.states.list_executions, stateMachineArn=machine)
        assert code == "StateMachineTypeNotSupported"
