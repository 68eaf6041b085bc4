"""Step Functions: retry, catch, Map, Parallel, Express, and histories that a timeline needs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from tests.sandbox.delivery import error
from tests.sandbox.stepfunctions.machines import CHARGE, Machines, types

pytestmark = pytest.mark.contract(27)

DONE = {"Type": "Pass", "End": True}


class TestErrors:
    def test_a_retry_by_the_exceptions_name(self, machines: Machines) -> None:
        retry = [
            {
                "ErrorEquals": ["PaymentDeclined"],
                "IntervalSeconds": 0,
                "MaxAttempts": 2,
                "BackoffRate": 1,
            }
        ]
        machine = machines.create({"Start": machines.charge(Retry=retry)})
        execution = machines.run(machine, {"declined": 2})
        assert execution["status"] == "SUCCEEDED"
        assert json.loads(execution["output"]) == {"calls": 3}
        assert types(machines.history(execution)) == [
            "ExecutionStarted",
            "TaskStateEntered",
            *["TaskScheduled", "TaskStarted", "TaskFailed"] * 2,
            *["TaskScheduled", "TaskStarted", "TaskSucceeded"],
            "TaskStateExited",
            "ExecutionSucceeded",
        ]

    def test_a_catch_by_the_exceptions_name(self, machines: Machines) -> None:
        catch = [
            {"ErrorEquals": ["KeyError"], "Next": "Wrong"},
            {"ErrorEquals": ["PaymentDeclined"], "ResultPath": "$.error", "Next": "Refund"},
        ]
        states = {"Start": machines.charge(Catch=catch), "Refund": DONE, "Wrong": DONE}
        execution = machines.run(machines.create(states), {"declined": 1})
        output = json.loads(execution["output"])
        assert output["declined"] == 1
        assert output["error"]["Error"] == "PaymentDeclined"
        cause = json.loads(output["error"]["Cause"])
        assert (cause["errorType"], cause["errorMessage"]) == ("PaymentDeclined", "no money")
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for event in machines.history(execution)
            if "stateEnteredEventDetails" in event
        ]
        assert entered == ["Start", "Refund"]

    def test_uncaught_it_fails_the_execution(self, machines: Machines) -> None:
        execution = machines.run(machines.create({"Start": machines.charge()}), {"declined": 1})
        assert (execution["status"], execution["error"]) == ("FAILED", "PaymentDeclined")

    def test_a_fail_state(self, machines: Machines) -> None:
        states = {"Start": {"Type": "Fail", "Error": "SoldOut", "Cause": "no rice left"}}
        execution = machines.run(machines.create(states))
        assert (execution["error"], execution["cause"]) == ("SoldOut", "no rice left")


class TestMapAndParallel:
    def test_a_map_has_an_iteration_for_each_item(self, machines: Machines) -> None:
        processor = {"StartAt": "Cook", "States": {"Cook": DONE}}
        state = {
            "Type": "Map",
            "ItemsPath": "$.restaurants",
            "ItemSelector": {
                "name.$": "$$.Map.Item.Value",
                "number.$": "$$.Map.Item.Index",
            },
            "ItemProcessor": processor,
            "End": True,
        }
        execution = machines.run(machines.create({"Start": state}), {"restaurants": ["a", "b"]})
        assert json.loads(execution["output"]) == [
            {"name": "a", "number": 0},
            {"name": "b", "number": 1},
        ]
        events = {event["id"]: event for event in machines.history(execution)}
        (started,) = [event for event in events.values() if event["type"] == "MapStateStarted"]
        assert started["mapStateStartedEventDetails"]["length"] == 2
        for index in range(2):
            (end,) = [
                event
                for event in events.values()
                if event.get("mapIterationSucceededEventDetails", {}).get("index") == index
            ]
            line = [end]
            while line[-1]["id"] != started["id"]:
                line.append(events[line[-1]["previousEventId"]])
            assert types(line[::-1]) == [
                "MapStateStarted",
                "MapIterationStarted",
                "PassStateEntered",
                "PassStateExited",
                "MapIterationSucceeded",
            ]

    def test_iterations_run_at_the_same_time(self, machines: Machines) -> None:
        wait = {"Type": "Wait", "Seconds": 1, "End": True}
        state = {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Wait", "States": {"Wait": wait}},
            "End": True,
        }
        execution = machines.run(machines.create({"Start": state}), [1, 2, 3])
        events = machines.history(execution)
        kinds = [kind for kind in types(events) if kind.startswith("WaitState")]
        assert kinds == ["WaitStateEntered"] * 3 + ["WaitStateExited"] * 3

    def closing(self, machines: Machines, **more: Any) -> str:
        """A Map whose iterations wait for as many seconds as their item says, and then fail."""
        states = {
            "Wait": {"Type": "Wait", "SecondsPath": "$", "Next": "Closed"},
            "Closed": {"Type": "Fail", "Error": "KitchenClosed"},
        }
        processor = {"StartAt": "Wait", "States": states}
        state = {"Type": "Map", "ItemProcessor": processor, "End": True} | more
        return machines.create({"Start": state})

    def test_the_first_failure_ends_the_others(self, machines: Machines) -> None:
        machine = self.closing(machines)
        execution = machines.run(machine, [1, 2])
        events = machines.history(execution)
        assert types(events)[-6:] == [
            "FailStateEntered",
            "MapIterationFailed",
            "WaitStateAborted",
            "MapIterationAborted",
            "MapStateFailed",
            "ExecutionFailed",
        ]
        assert events[-3]["mapIterationAbortedEventDetails"]["index"] == 1
        machines.run(machine, [1])  # at its end the wait that was aborted is over, too
        assert machines.history(execution) == events

    def test_after_a_failure_no_other_begins(self, machines: Machines) -> None:
        execution = machines.run(self.closing(machines, MaxConcurrency=1), [0, 0])
        assert execution["error"] == "KitchenClosed"
        assert types(machines.history(execution)).count("MapIterationStarted") == 1

    def test_a_branchs_failure_is_the_states(self, machines: Machines) -> None:
        state = {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Cook", "States": {"Cook": DONE}},
                {
                    "StartAt": "Charge",
                    "States": {"Charge": {"Type": "Fail", "Error": "Declined", "Cause": "money"}},
                },
            ],
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Refund"}],
            "Next": "Dispatch",
        }
        states = {"Start": state, "Dispatch": DONE, "Refund": DONE}
        execution = machines.run(machines.create(states))
        assert json.loads(execution["output"]) == {"Error": "Declined", "Cause": "money"}
        kinds = types(machines.history(execution))
        assert kinds.index("ParallelStateStarted") < kinds.index("FailStateEntered")
        assert "ParallelStateFailed" in kinds
        assert "ParallelStateSucceeded" not in kinds

    def test_outputs_in_the_branches_order(self, machines: Machines) -> None:
        branches = [
            {"StartAt": "One", "States": {"One": DONE | {"Result": number}}} for number in range(3)
        ]
        state = {"Type": "Parallel", "Branches": branches, "End": True}
        execution = machines.run(machines.create({"Start": state}))
        assert json.loads(execution["output"]) == [0, 1, 2]


class TestHistory:
    def test_every_event_follows_another(self, machines: Machines) -> None:
        states = {"Start": {"Type": "Pass", "Next": "End"}, "End": {"Type": "Succeed"}}
        events = machines.history(machines.run(machines.create(states)))
        assert [event.get("previousEventId", 0) for event in events] == [0, 0, 2, 3, 4, 5]
        assert types(events) == [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "SucceedStateEntered",
            "SucceedStateExited",
            "ExecutionSucceeded",
        ]

    def test_a_tasks_events_name_the_integration(self, machines: Machines) -> None:
        events = machines.history(machines.run(machines.create({"Start": machines.charge()})))
        scheduled = events[2]["taskScheduledEventDetails"]
        assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")

    def test_a_functions_arn_has_events_of_its_own(self, machines: Machines) -> None:
        name = machines.aws.function(CHARGE)
        found = machines.aws.client("lambda").get_function_configuration(FunctionName=name)
        states = {"Start": {"Type": "Task", "Resource": found["FunctionArn"], "End": True}}
        assert types(machines.history(machines.run(machines.create(states))))[2:5] == [
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionSucceeded",
        ]

    def test_a_stopped_execution_is_aborted(self, machines: Machines) -> None:
        states = {"Start": {"Type": "Wait", "Seconds": 20, "Next": "End"}, "End": DONE}
        started = machines.states.start_execution(stateMachineArn=machines.create(states))
        machines.states.stop_execution(executionArn=started["executionArn"], error="Closed")
        found = machines.states.describe_execution(executionArn=started["executionArn"])
        assert found["status"] == "ABORTED"


class TestExpress:
    def client(self, machines: Machines) -> Any:
        aws = machines.aws
        return Session().create_client(
            "stepfunctions",
            endpoint_url=aws.endpoint,
            region_name=aws.region,
            aws_access_key_id=aws.account,
            aws_secret_access_key=aws.secret,
            config=Config(inject_host_prefix=False),
        )

    def test_it_answers_with_its_output(self, machines: Machines) -> None:
        machine = machines.create({"Start": DONE | {"Result": "open"}}, type="EXPRESS")
        answer = self.client(machines).start_sync_execution(stateMachineArn=machine)
        assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", "open")
        assert answer["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0

    def test_or_with_its_error(self, machines: Machines) -> None:
        states = {"Start": {"Type": "Fail", "Error": "SoldOut", "Cause": "no rice left"}}
        machine = machines.create(states, type="EXPRESS")
        answer = self.client(machines).start_sync_execution(stateMachineArn=machine)
        assert (answer["status"], answer["error"]) == ("FAILED", "SoldOut")

    def test_a_standard_machine_is_not_run_synchronously(self, machines: Machines) -> None:
        machine = machines.create({"Start": DONE})
        code, _ = error(self.client(machines).start_sync_execution, stateMachineArn=machine)
        assert code == "StateMachineTypeNotSupported"


class TestDefinitions:
    @pytest.mark.parametrize(
        ("definition", "reason"),
        [
            ("not JSON", "INVALID_JSON_DESCRIPTION"),
            ('{"StartAt": "Start", "States": {}}', "SCHEMA_VALIDATION_FAILED"),
            ({"Other": DONE}, "MISSING_TRANSITION_TARGET: Missing 'Next' target: Start"),
            (
                {"Start": {"Type": "Pass", "Next": "Nowhere"}},
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere",
            ),
            ({"Start": {"Type": "Pass"}}, "exactly one must be given: [End, Next]"),
            ({"Start": {"Type": "Task", "End": True}}, "'Resource' is required"),
            ({"Start": {"Type": "Sleep", "End": True}}, "The field 'Type' should have one of"),
            ({"Start": DONE, "Lost": DONE}, 'State "Lost" is not reachable'),
            (
                {
                    "Start": {
                        "Type": "Map",
                        "ItemProcessor": {
                            "StartAt": "Cook",
                            "States": {"Cook": {"Type": "Pass", "Next": "Nowhere"}},
                        },
                        "End": True,
                    }
                },
                "/States/Start/ItemProcessor/States/Cook",
            ),
        ],
    )
    def test_refused(self, machines: Machines, definition: Any, reason: str) -> None:
        text = definition
        if not isinstance(definition, str):
            text = json.dumps({"StartAt": "Start", "States": definition})
        code, message = error(
            machines.states.create_state_machine,
            name=machines.aws.name("machine"),
            definition=text,
            roleArn=machines.role,
        )
        assert code == "InvalidDefinition"
        assert reason in message
        checked = machines.states.validate_state_machine_definition(definition=text)
        assert checked["result"] == "FAIL"


@pytest.mark.contract(22)
class TestRoles:
    def test_one_that_allows_nothing(self, machines: Machines) -> None:
        role = machines.aws.role(service="states.amazonaws.com")
        machine = machines.create({"Start": machines.charge()}, roleArn=role)
        execution = machines.run(machine)
        assert execution["error"] == "Lambda.AWSLambdaException"
        assert "is not authorized to perform: lambda:InvokeFunction" in execution["cause"]

    @pytest.mark.parametrize("region", ["", ".ap-northeast-2"])
    def test_one_that_trusts_step_functions_in_its_region(
        self, machines: Machines, region: str
    ) -> None:
        allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        role = machines.aws.role(service=f"states{region}.amazonaws.com", policy=allowed)
        machine = machines.create({"Start": machines.charge()}, roleArn=role)
        assert machines.run(machine)["status"] == "SUCCEEDED"

    def test_one_that_trusts_step_functions_elsewhere(self, machines: Machines) -> None:
        role = machines.aws.role(service="states.eu-west-1.amazonaws.com")
        code, _ = error(machines.create, {"Start": DONE}, roleArn=role)
        assert code == "AccessDeniedException"

    def test_one_that_step_functions_may_not_assume(self, machines: Machines) -> None:
        role = machines.aws.role(service="lambda.amazonaws.com")
        code, message = error(machines.create, {"Start": DONE}, roleArn=role)
        assert code == "AccessDeniedException"
        assert message.endswith("is authorized to assume the provided role.")
