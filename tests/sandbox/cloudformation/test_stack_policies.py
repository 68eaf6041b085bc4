"""Stack policies: what an update may do to the resources of a stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloudformation.stack import QUEUE, Stack, having
from tests.sandbox.delivery import error

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}}
CHANGED = having(TOPIC, DisplayName="two")
ALL = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def denying(action: str, **more: Any) -> dict[str, Any]:
    return ALL | {"Effect": "Deny", "Action": action} | more


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


def protect(stack: Stack, *statements: dict[str, Any]) -> None:
    stack.cloudformation.set_stack_policy(StackName=stack.name, StackPolicyBody=policy(*statements))


def body(stack: Stack) -> str:
    found = stack.cloudformation.get_stack_policy(StackName=stack.name)
    return str(found.get("StackPolicyBody", ""))


class TestDenies:
    def test_a_change(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC})
        protect(stack, ALL, denying("Update:*", Resource="LogicalResourceId/Topic"))
        assert stack.update({"Topic": CHANGED}) == "UPDATE_ROLLBACK_COMPLETE"
        assert stack.failures() == {
            "Topic": "Action denied by stack policy: Statement [#2] does not allow "
            "[Update:Modify] for resource [LogicalResourceId/Topic];"
        }

    def test_a_replacement_only(self, stack: Stack) -> None:
        queue = having(QUEUE, QueueName=f"{stack.name}-a")
        stack.create({"Queue": queue})
        about = {"StringEquals": {"ResourceType": ["AWS::SQS::Queue"]}}
        protect(stack, denying("Update:Replace", Condition=about), ALL)
        assert stack.update({"Queue": having(queue, DelaySeconds=3)}) == "UPDATE_COMPLETE"
        named = having(QUEUE, QueueName=f"{stack.name}-b")
        assert stack.update({"Queue": named}) == "UPDATE_ROLLBACK_COMPLETE"
        assert "does not allow [Update:Replace]" in stack.failures()["Queue"]

    def test_a_removal(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC, "Queue": QUEUE})
        protect(stack, denying("Update:Delete"), ALL)
        assert stack.update({"Topic": CHANGED}) == "UPDATE_ROLLBACK_COMPLETE"
        assert "does not allow [Update:Delete]" in stack.failures()["Queue"]
        assert "DELETE_IN_PROGRESS" not in {
            event["ResourceStatus"]
            for event in stack.cloudformation.describe_stack_events(StackName=stack.name)[
                "StackEvents"
            ]
        }

    def test_what_no_statement_allows(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC})
        protect(stack, ALL | {"Resource": "LogicalResourceId/Queue"})
        assert stack.update({"Topic": CHANGED}) == "UPDATE_ROLLBACK_COMPLETE"
        assert stack.failures() == {"Topic": "Action not allowed by stack policy"}

    def test_nothing_where_it_has_no_statement(self, stack: Stack) -> None:
        stack.create({"Topic": TOPIC})
        stack.cloudformation.set_stack_policy(StackName=stack.name, StackPolicyBody="{}")
        assert body(stack) == "{}"
        assert stack.update({"Topic": CHANGED}) == "UPDATE_COMPLETE"


def test_an_update_may_have_a_policy_of_its_own(stack: Stack) -> None:
    stack.create({"Topic": TOPIC}, StackPolicyBody=policy(denying("Update:*")))
    stack.cloudformation.update_stack(
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": {"Topic": CHANGED}}),
        StackPolicyDuringUpdateBody=policy(ALL),
    )
    assert stack.settled() == "UPDATE_COMPLETE"
    assert body(stack) == policy(denying("Update:*"))


@pytest.mark.parametrize(
    "written",
    [
        "no JSON",
        json.dumps(ALL),
        policy(ALL | {"Principal": "somebody"}),
        policy(ALL | {"Action": "Delete:*"}),
    ],
)
def test_a_policy_that_is_none_is_refused(stack: Stack, written: str) -> None:
    stack.create({"Topic": TOPIC})
    refused = error(
        stack.cloudformation.set_stack_policy, StackName=stack.name, StackPolicyBody=written
    )
    assert refused == (
        "ValidationError",
        "Error validating stack policy: Invalid stack policy",
    )


def test_text_and_address_exclude_one_another(stack: Stack) -> None:
    stack.create({"Topic": TOPIC})
    refused = error(
        stack.cloudformation.set_stack_policy,
        StackName=stack.name,
        StackPolicyBody=policy(ALL),
        StackPolicyURL="https://s3.amazonaws.com/bucket/policy.json",
    )
    assert refused == (
        "ValidationError",
        "You cannot specify both StackPolicyURL and StackPolicyBody",
    )
