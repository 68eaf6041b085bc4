"""Step Functions: revisions, versions and aliases, and what is refused of machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.delivery import error
from tests.sandbox.stepfunctions.machines import Machines

NOWHERE = "arn:aws:states:ap-northeast-2:111122223333:stateMachine:nowhere"


def result(value: Any) -> dict[str, Any]:
    """States that give a value."""
    return {"Start": {"Type": "Pass", "Result": value, "End": True}}


def changed(machines: Machines, machine: str, value: Any, **more: Any) -> dict[str, Any]:
    """Have a machine give another value; return the answer."""
    text = json.dumps({"StartAt": "Start", "States": result(value)})
    answer = machines.states.update_state_machine(stateMachineArn=machine, definition=text, **more)
    return dict(answer)


class TestRevisions:
    def test_a_machine_has_none_until_it_is_changed(self, machines: Machines) -> None:
        machine = machines.create(result(1))
        describe = machines.states.describe_state_machine
        assert "revisionId" not in describe(stateMachineArn=machine)
        first = changed(machines, machine, 2)["revisionId"]
        assert changed(machines, machine, 2)["revisionId"] == first
        assert describe(stateMachineArn=machine)["revisionId"] == first
        assert changed(machines, machine, 3)["revisionId"] != first

    def test_each_is_published_once(self, machines: Machines) -> None:
        machine = machines.create(result(1))
        publish = machines.states.publish_state_machine_version
        first = publish(stateMachineArn=machine, revisionId="INITIAL")["stateMachineVersionArn"]
        assert first == f"{machine}:1"
        assert publish(stateMachineArn=machine)["stateMachineVersionArn"] == first
        assert changed(machines, machine, 2, publish=True)["stateMachineVersionArn"][-2:] == ":2"
        assert changed(machines, machine, 2, publish=True)["stateMachineVersionArn"][-2:] == ":2"
        code, _ = error(publish, stateMachineArn=machine, revisionId="INITIAL")
        assert code == "ConflictException"
        listed = machines.states.list_state_machine_versions(stateMachineArn=machine, maxResults=1)
        assert listed["stateMachineVersions"][0]["stateMachineVersionArn"] == f"{machine}:2"
        (last,) = machines.states.list_state_machine_versions(
            stateMachineArn=machine, nextToken=listed["nextToken"]
        )["stateMachineVersions"]
        assert last["stateMachineVersionArn"] == first

    def test_an_alias_leads_to_each_of_its_versions(self, machines: Machines) -> None:
        machine = machines.create(result("old"), publish=True)
        changed(machines, machine, "new", publish=True)
        routes = [{"stateMachineVersionArn": f"{machine}:{n}", "weight": 50} for n in (1, 2)]
        alias = machines.states.create_state_machine_alias(
            name="live", routingConfiguration=routes
        )["stateMachineAliasArn"]
        met = {machines.run(alias)["output"] for _ in range(30)}  # one alone: 2 of 2^30 times
        assert met == {'"old"', '"new"'}

    def test_an_execution_runs_what_its_version_has(self, machines: Machines) -> None:
        machine = machines.create(result("old"), publish=True)
        changed(machines, machine, "new")
        alias = machines.states.create_state_machine_alias(
            name="live",
            routingConfiguration=[{"stateMachineVersionArn": f"{machine}:1", "weight": 100}],
        )["stateMachineAliasArn"]
        by_version, by_alias, plain = (
            machines.run(arn) for arn in (f"{machine}:1", alias, machine)
        )
        outputs = [json.loads(one["output"]) for one in (by_version, by_alias, plain)]
        assert outputs == ["old", "old", "new"]
        assert by_version["stateMachineVersionArn"] == f"{machine}:1"
        assert by_alias["stateMachineAliasArn"] == alias
        assert "stateMachineVersionArn" not in plain
        shown = machines.states.describe_state_machine_for_execution(
            executionArn=by_version["executionArn"]
        )
        assert json.loads(shown["definition"])["States"] == result("old")
        assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
        listed = machines.states.list_executions(stateMachineArn=alias)["executions"]
        assert [one["executionArn"] for one in listed] == [by_alias["executionArn"]]


class TestAliases:
    def test_one_is_made_once(self, machines: Machines) -> None:
        machine = machines.create(result(1), publish=True)
        changed(machines, machine, 2, publish=True)
        create = machines.states.create_state_machine_alias
        routing = [{"stateMachineVersionArn": f"{machine}:1", "weight": 100}]
        arns = [create(name=n, routingConfiguration=routing)["stateMachineAliasArn"] for n in "aab"]
        assert arns == [f"{machine}:a", f"{machine}:a", f"{machine}:b"]
        listed = machines.states.list_state_machine_aliases(stateMachineArn=machine)
        shown = [one["stateMachineAliasArn"] for one in listed["stateMachineAliases"]]
        assert shown == [f"{machine}:a", f"{machine}:b"]
        assert error(create, name="a", routingConfiguration=routing, description="d") == (
            "ConflictException",
            "Failed to create alias because an alias with the same name and a different routing "
            "configuration already exists.",
        )
        assert error(
            machines.states.delete_state_machine_version, stateMachineVersionArn=f"{machine}:1"
        ) == (
            "ConflictException",
            "Version to be deleted must not be referenced by an alias. Current list of aliases "
            "referencing this version: [a, b]",
        )

    @pytest.mark.parametrize(
        ("routes", "refusal"),
        [
            ((("", 100),), "must contain state machine version ARNs. Received: [{m}]"),
            (((":1", 50), (":1", 50)),
             "must contain distinct state machine version ARNs. Received: [{m}:1, {m}:1]"),
            (((":1", 70), (":2", 29)), "weights must equal 100. Received: [70, 29]"),
        ],
    )  # fmt: skip
    def test_wrong_routes(
        self, machines: Machines, routes: tuple[tuple[str, int], ...], refusal: str
    ) -> None:
        machine = machines.create(result(1), publish=True)
        routing = [{"stateMachineVersionArn": machine + n, "weight": w} for n, w in routes]
        code, text = error(
            machines.states.create_state_machine_alias, name="a", routingConfiguration=routing
        )
        assert code == "ValidationException"
        assert text.endswith(refusal.format(m=machine))


@pytest.mark.parametrize(
    ("operation", "given", "code", "text"),
    [
        ("describe_state_machine", {"stateMachineArn": NOWHERE}, "StateMachineDoesNotExist",
         f"State Machine Does Not Exist: '{NOWHERE}'"),
        ("start_execution", {"stateMachineArn": NOWHERE}, "StateMachineDoesNotExist",
         f"State Machine Does Not Exist: '{NOWHERE}'"),
        ("list_executions", {"stateMachineArn": NOWHERE}, "StateMachineDoesNotExist",
         f"State Machine Does Not Exist: '{NOWHERE}'"),
        ("describe_execution", {"executionArn": f"{NOWHERE}:e"}, "ExecutionDoesNotExist",
         f"Execution Does Not Exist: '{NOWHERE}:e'"),
        ("get_execution_history", {"executionArn": "no_arn"}, "InvalidArn",
         "Invalid Arn: 'Invalid ARN prefix: no_arn'"),
        ("list_state_machines", {"maxResults": 1001}, "ValidationException",
         "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
         "Member must have value less than or equal to 1000"),
        ("list_executions", {"stateMachineArn": NOWHERE, "statusFilter": "done"},
         "ValidationException",
         "1 validation error detected: Value 'done' at 'statusFilter' failed to satisfy "
         "constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, "
         "ABORTED, FAILED, RUNNING]"),
    ],
)  # fmt: skip
def test_what_is_not_there(
    machines: Machines, operation: str, given: dict[str, Any], code: str, text: str
) -> None:
    assert error(getattr(machines.states, operation), **given) == (code, text)


def test_which_variables_states_refer_to(machines: Machines) -> None:
    inner = {"Each": {"Type": "Pass", "Parameters": {"v.$": "$bias"}, "End": True}}
    states = {
        "Start": {"Type": "Pass", "Assign": {"bias": 1, "other.$": "$.o"}, "Next": "Say"},
        "Say": {
            "Type": "Pass",
            "Parameters": {"t.$": "States.Format('{} {}', $other, $bias)", "n": "$no"},
            "Next": "All",
        },
        "All": {
            "Type": "Map",
            "ItemsPath": "$items",
            "ItemProcessor": {"StartAt": "Each", "States": inner},
            "Next": "End",
        },
        "End": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id"}, "End": True},
    }
    states["Start"]["Assign"]["items"] = [1]
    machine = machines.create(states)
    shown = machines.states.describe_state_machine(stateMachineArn=machine)
    expected = {"Say": ["bias", "other"], "All": ["items"], "Each": ["bias"]}
    assert shown["variableReferences"] == expected
    plain = machines.states.describe_state_machine(stateMachineArn=machines.create(result(1)))
    assert "variableReferences" not in plain


def test_deleting_nothing_is_no_error(machines: Machines) -> None:
    machines.states.delete_state_machine(stateMachineArn=NOWHERE)


class TestLogs:
    def test_what_is_not_given_is_shown(self, machines: Machines) -> None:
        machine = machines.create(result(1), loggingConfiguration={})
        shown = machines.states.describe_state_machine(stateMachineArn=machine)
        assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}

    def test_there_has_to_be_one_group(self, machines: Machines) -> None:
        arn = "arn:aws:logs:ap-northeast-2:111122223333:log-group:nowhere:*"
        nowhere = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
        machine = machines.create(result(1))
        for destinations, reason in (
            ([], "Must specify exactly one Log Destination."),
            ([nowhere, nowhere], "Must specify exactly one Log Destination."),
            ([nowhere], "Log Destination not found."),
        ):
            given = {"level": "ALL", "destinations": destinations}
            for call in (
                lambda given=given: machines.create(result(1), loggingConfiguration=given),
                lambda given=given: machines.states.update_state_machine(
                    stateMachineArn=machine, loggingConfiguration=given
                ),
            ):
                assert error(call) == (
                    "InvalidLoggingConfiguration",
                    f"Invalid Logging Configuration: {reason}",
                )


def test_changing_nothing_is_one(machines: Machines) -> None:
    machine = machines.create(result(1))
    code, text = error(machines.states.update_state_machine, stateMachineArn=machine)
    assert code == "MissingRequiredParameter"
    assert text.startswith("Either the definition, the role ARN, the LoggingConfiguration, or")


def test_a_name_that_is_taken(machines: Machines) -> None:
    machine = machines.create(result(1))
    code, text = error(machines.create, result(2), name=machine.rpartition(":")[2])
    assert (code, text) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{machine}'",
    )


def test_starting_the_same_again(machines: Machines) -> None:
    wait = {"Start": {"Type": "Wait", "Seconds": 300, "End": True}}
    start, given = machines.states.start_execution, {"stateMachineArn": machines.create(wait)}
    first = start(name="one", input='{"a": 1}', **given)
    again = start(name="one", input='{"a": 1}', **given)
    names = ("executionArn", "startDate")
    assert [first[name] for name in names] == [again[name] for name in names]
    taken = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    assert error(start, name="one", input="{}", **given) == taken
    machines.states.stop_execution(executionArn=first["executionArn"])
    assert error(start, name="one", input='{"a": 1}', **given) == taken


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not json", "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object "
         "or token 'null', 'true' or 'false')"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start "
         "field name"),
        ("", "Invalid execution input."),
    ],
)  # fmt: skip
def test_an_input_that_is_no_json(machines: Machines, text: str, problem: str) -> None:
    machine = machines.create(result(1))
    assert error(machines.states.start_execution, stateMachineArn=machine, input=text) == (
        "InvalidExecutionInput",
        f"Invalid State Machine Execution Input: '{problem}'",
    )
