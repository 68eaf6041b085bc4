"""What CloudFormation tells of stacks, events and change sets, as AWS was seen to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.cloudformation.stack import QUEUE, ROLE, Stack, having
from tests.sandbox.delivery import error

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}}


def happened(stack: Stack) -> list[tuple[str, str]]:
    """What the stack's events say, the oldest first."""
    events = stack.cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
    return [
        (e["LogicalResourceId"].replace(stack.name, "stack"), e["ResourceStatus"])
        for e in reversed(events)
    ]


def prepared(stack: Stack, template: Any, kind: str, name: str = "change") -> dict[str, Any]:
    """Make a change set; return its description, with values."""
    body = json.dumps({"Resources": template} if "Resources" not in template else template)
    made = stack.cloudformation.create_change_set(
        StackName=stack.name, ChangeSetName=name, ChangeSetType=kind, TemplateBody=body
    )
    described: dict[str, Any] = stack.cloudformation.describe_change_set(
        ChangeSetName=made["Id"], IncludePropertyValues=True
    )
    return described


class TestEvents:
    def test_of_a_creation(self, stack: Stack) -> None:
        stack.create({"Queue": having(QUEUE, DelaySeconds=3)})
        assert happened(stack) == [
            ("stack", "CREATE_IN_PROGRESS"),
            ("Queue", "CREATE_IN_PROGRESS"),
            ("Queue", "CREATE_IN_PROGRESS"),
            ("Queue", "CREATE_COMPLETE"),
            ("stack", "CREATE_COMPLETE"),
        ]
        events = stack.cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
        _, complete, initiated, begun, first = events
        assert first["ResourceStatusReason"] == "User Initiated"
        assert initiated["ResourceStatusReason"] == "Resource creation Initiated"
        assert begun["PhysicalResourceId"] == ""
        assert initiated["PhysicalResourceId"] == complete["PhysicalResourceId"] != ""
        assert "ResourceStatusReason" not in complete
        assert json.loads(complete["ResourceProperties"]) == {"DelaySeconds": 3}
        times = [event["Timestamp"] for event in events]
        assert times == sorted(set(times), reverse=True)

    def test_of_an_update_that_adds_and_removes(self, stack: Stack) -> None:
        stack.create({"Stays": QUEUE, "Goes": QUEUE})
        before = len(happened(stack))
        stack.update({"Stays": QUEUE, "Comes": TOPIC})
        assert happened(stack)[before:] == [
            ("stack", "UPDATE_IN_PROGRESS"),
            ("Comes", "CREATE_IN_PROGRESS"),
            ("Comes", "CREATE_IN_PROGRESS"),
            ("Comes", "CREATE_COMPLETE"),
            ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            ("Goes", "DELETE_IN_PROGRESS"),
            ("Goes", "DELETE_COMPLETE"),
            ("stack", "UPDATE_COMPLETE"),
        ]
        listed = stack.cloudformation.describe_stack_resources(StackName=stack.name)
        status = {r["LogicalResourceId"]: r["ResourceStatus"] for r in listed["StackResources"]}
        assert status == {"Stays": "CREATE_COMPLETE", "Comes": "CREATE_COMPLETE"}

    def test_of_a_replacement(self, stack: Stack) -> None:
        stack.create({"Queue": having(QUEUE, QueueName=f"{stack.name}-a")})
        stack.update({"Queue": having(QUEUE, QueueName=f"{stack.name}-b")})
        told = happened(stack)
        assert told[-4:] == [
            ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            ("Queue", "DELETE_IN_PROGRESS"),
            ("Queue", "DELETE_COMPLETE"),
            ("stack", "UPDATE_COMPLETE"),
        ]


class TestStacks:
    def test_a_new_one_has_no_empty_members(self, stack: Stack) -> None:
        stack.create({"Queue": QUEUE})
        (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        assert set(described) == {
            *("StackId", "StackName", "CreationTime", "StackStatus", "DisableRollback"),
            *("EnableTerminationProtection", "DriftInformation", "Tags", "NotificationARNs"),
            *("RollbackConfiguration", "Capabilities"),
        }

    def test_what_was_made_before_a_failure_is_listed_as_deleted(self, stack: Stack) -> None:
        bad = having(QUEUE, Nonsense=1) | {"DependsOn": "Good"}
        assert stack.create({"Good": QUEUE, "Bad": bad}) == "ROLLBACK_COMPLETE"
        for answer, key in (
            (stack.cloudformation.describe_stack_resources, "StackResources"),
            (stack.cloudformation.list_stack_resources, "StackResourceSummaries"),
        ):
            listed = answer(StackName=stack.name)[key]
            status = {one["LogicalResourceId"]: one["ResourceStatus"] for one in listed}
            assert status == {"Good": "DELETE_COMPLETE", "Bad": "DELETE_COMPLETE"}

    def test_a_deleted_one_lists_what_it_had(self, stack: Stack) -> None:
        stack.create({"Queue": QUEUE})
        (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        stack.delete()
        gone = {"StackName": described["StackId"]}
        (listed,) = stack.cloudformation.list_stack_resources(**gone)["StackResourceSummaries"]
        assert listed["ResourceStatus"] == "DELETE_COMPLETE"
        (after,) = stack.cloudformation.describe_stacks(**gone)["Stacks"]
        assert after["DeletionTime"] > described["CreationTime"]
        assert "EnableTerminationProtection" not in after


class TestChangeSets:
    def test_has_the_values_before_and_after(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC})
        described = prepared(stack, {"Topic": having(TOPIC, DisplayName="two")}, "UPDATE")
        change = described["Changes"][0]["ResourceChange"]
        assert json.loads(change["BeforeContext"]) == {"Properties": {"DisplayName": "one"}}
        assert json.loads(change["AfterContext"]) == {"Properties": {"DisplayName": "two"}}
        target = change["Details"][0]["Target"]
        assert (target["BeforeValue"], target["AfterValue"]) == ("one", "two")
        assert (target["Path"], target["AttributeChangeType"]) == (
            "/Properties/DisplayName",
            "Modify",
        )
        assert {"Parameters", "Tags", "Description", "StatusReason"}.isdisjoint(described)
        assert (described["Capabilities"], described["NotificationARNs"]) == ([], [])

    def test_what_only_the_deployment_can_tell(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC})
        arn = {"Fn::GetAtt": ["Queue", "Arn"]}
        template = {"Topic": having(TOPIC, DisplayName=arn), "Queue": QUEUE}
        changes = prepared(stack, template, "UPDATE")["Changes"]
        after = {
            c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["AfterContext"]
            for c in changes
        }
        assert json.loads(after["Topic"])["Properties"]["DisplayName"] == (
            "{{changeSet:KNOWN_AFTER_APPLY}}"
        )

    def test_lists_nothing_that_a_condition_leaves_out(self, stack: Stack) -> None:
        template = {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"Queue": QUEUE, "Left": QUEUE | {"Condition": "Never"}},
        }
        (change,) = prepared(stack, template, "CREATE")["Changes"]
        assert change["ResourceChange"]["LogicalResourceId"] == "Queue"

    def test_a_new_stack_may_be_empty(self, stack: Stack) -> None:
        template = {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"Queue": QUEUE | {"Condition": "Never"}},
        }
        made = prepared(stack, template, "CREATE")
        assert (made["Status"], made["Changes"]) == ("CREATE_COMPLETE", [])
        stack.cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"])
        assert stack.settled() == "CREATE_COMPLETE"

    def test_an_executed_ones_name_is_free(self, stack: Stack) -> None:
        first = prepared(stack, {"Queue": QUEUE}, "CREATE")
        stack.cloudformation.execute_change_set(ChangeSetName=first["ChangeSetId"])
        assert stack.settled() == "CREATE_COMPLETE"
        second = prepared(stack, {"Queue": QUEUE, "Topic": TOPIC}, "UPDATE")
        stack.cloudformation.execute_change_set(ChangeSetName="change", StackName=stack.name)
        assert stack.settled() == "UPDATE_COMPLETE"
        (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        assert described["ChangeSetId"] == second["ChangeSetId"]

    def test_a_further_one_is_about_the_same_stack(self, stack: Stack) -> None:
        first = prepared(stack, {"Queue": QUEUE}, "CREATE", "first")
        second = prepared(stack, {"Topic": TOPIC}, "CREATE", "second")
        assert first["StackId"] == second["StackId"]
        stack.cloudformation.execute_change_set(ChangeSetName=first["ChangeSetId"])
        assert stack.settled() == "CREATE_COMPLETE"


def conditional(condition: Any) -> dict[str, Any]:
    """A template whose second queue depends on a condition."""
    return {
        "Parameters": {
            "List": {"Type": "CommaDelimitedList", "Default": ""},
            "On": {"Type": "String", "Default": False, "AllowedValues": [True, False]},
        },
        "Mappings": {"Sizes": {"small": {"Wanted": "yes"}}},
        "Conditions": {"Given": condition},
        "Resources": {"Queue": QUEUE, "More": QUEUE | {"Condition": "Given"}},
    }


CONDITIONS = {
    "a joined empty list": ({"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "List"}]}]}, True),
    "a mapped value": (
        {"Fn::Equals": [{"Fn::FindInMap": ["Sizes", "small", "Wanted"]}, "yes"]},
        True,
    ),
    "a boolean default": ({"Fn::Equals": [{"Ref": "On"}, "false"]}, True),
    "a written boolean": ({"Fn::Equals": [{"Ref": "On"}, False]}, True),
    "a part of a text": (
        {"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": ["-", "a-b"]}]}, "c"]},
        False,
    ),
}


class TestConditions:
    @pytest.mark.parametrize("case", CONDITIONS)
    def test_holds(self, stack: Stack, case: str) -> None:
        condition, holds = CONDITIONS[case]
        described = prepared(stack, conditional(condition), "CREATE")
        assert len(described["Changes"]) == 1 + holds

    def test_asks_for_the_stacks_name_and_id(self, stack: Stack) -> None:
        last_of_id = {"Fn::Select": [1, {"Fn::Split": ["stack/", {"Ref": "AWS::StackId"}]}]}
        conditions = {
            "Named": {"Fn::Equals": [{"Ref": "AWS::StackName"}, stack.name]},
            "Other": {"Fn::Equals": [{"Fn::Sub": "${AWS::StackName}"}, "another"]},
            "Identified": {
                "Fn::Equals": [
                    {"Fn::Select": [0, {"Fn::Split": ["/", last_of_id]}]},
                    {"Ref": "AWS::StackName"},
                ]
            },
        }
        resources = {name: QUEUE | {"Condition": name} for name in conditions}
        template = {"Conditions": conditions, "Resources": resources}
        prepared(stack, template, "CREATE")
        stack.cloudformation.execute_change_set(ChangeSetName="change", StackName=stack.name)
        assert stack.settled() == "CREATE_COMPLETE"
        assert stack.touched("CREATE_COMPLETE") == {"Named", "Identified", stack.name}
        values = {"Named": "yes", "Other": "no"}
        template["Outputs"] = {name: {"Value": {"Fn::If": [name, "yes", "no"]}} for name in values}
        assert stack.update(json.dumps(template)) == "UPDATE_COMPLETE"
        assert stack.outputs() == values

    def test_one_that_there_is_not(self, stack: Stack) -> None:
        with pytest.raises(ClientError, match="Unresolved condition dependency Nowhere"):
            prepared(stack, conditional({"Condition": "Nowhere"}), "CREATE")


def test_a_section_that_no_template_has_is_refused(stack: Stack) -> None:
    refused = error(
        stack.cloudformation.create_stack,
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}, "Resurces": {"Role": ROLE}}),
    )
    assert refused == (
        "ValidationError",
        "Invalid template property or properties [Resurces]",
    )


@pytest.mark.parametrize("version", ["2011-01-01", "2010-09-09T00:00:00Z", 1])
def test_a_format_that_there_is_not_is_refused(stack: Stack, version: Any) -> None:
    template = {"AWSTemplateFormatVersion": version, "Resources": {"Queue": QUEUE}}
    code, _ = error(
        stack.cloudformation.create_stack,
        StackName=stack.name,
        TemplateBody=json.dumps(template),
    )
    assert code == "ValidationError"


@pytest.mark.parametrize("version", ["2010-09-09", "'2010-09-09'"])
def test_the_format_is_a_text_or_yamls_date(stack: Stack, version: str) -> None:
    body = f"AWSTemplateFormatVersion: {version}\nResources:\n  Q: {{Type: AWS::SQS::Queue}}\n"
    assert stack.cloudformation.validate_template(TemplateBody=body)["Parameters"] == []


def test_an_attribute_that_no_resource_has_is_refused(stack: Stack) -> None:
    refused = error(
        stack.cloudformation.create_stack,
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": {"Queue": QUEUE | {"DelaySeconds": 3}}}),
    )
    assert refused == ("ValidationError", "Invalid template resource property 'DelaySeconds'")
