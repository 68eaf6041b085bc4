"""What CloudFormation says of names, options and attributes, as AWS was seen to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloudformation.stack import QUEUE, Stack, having
from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import error

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}}
TEMPLATE = json.dumps({"Resources": {"Topic": TOPIC}})
CHANGED = json.dumps({"Resources": {"Topic": having(TOPIC, DisplayName="two")}})


def identifier(stack: Stack) -> str:
    (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    return str(described["StackId"])


def change_set(stack: Stack, kind: str, name: str = "change", **more: Any) -> dict[str, Any]:
    return {
        "StackName": stack.name,
        "ChangeSetName": name,
        "ChangeSetType": kind,
        "TemplateBody": CHANGED,
    } | more


class TestNames:
    def test_a_deleted_stack_keeps_its_id(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        first = identifier(stack)
        stack.delete()
        stack.create(TEMPLATE)
        second = identifier(stack)
        for one, status in ((first, "DELETE_COMPLETE"), (second, "CREATE_COMPLETE")):
            (described,) = stack.cloudformation.describe_stacks(StackName=one)["Stacks"]
            assert (described["StackId"], described["StackStatus"]) == (one, status)
            events = stack.cloudformation.describe_stack_events(StackName=one)["StackEvents"]
            assert {event["StackId"] for event in events} == {one}

    def test_a_deleted_stacks_name_tells_nothing(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        first = identifier(stack)
        stack.delete()
        told = error(stack.cloudformation.describe_stack_events, StackName=stack.name)
        assert told == ("ValidationError", f"Stack [{stack.name}] does not exist")
        create = change_set(stack, "CREATE", StackName=first)
        assert error(stack.cloudformation.create_change_set, **create)[1] == (
            f"Stack [{first}] already exists and cannot be created again with the changeSet "
            "[change]."
        )
        update = change_set(stack, "UPDATE", StackName=first)
        assert error(stack.cloudformation.create_change_set, **update)[1] == (
            f"Stack:{first} is in DELETE_COMPLETE state and can not be updated."
        )

    def test_a_change_set_is_found_by_its_stacks_id(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        one = identifier(stack)
        made = stack.cloudformation.create_change_set(**change_set(stack, "UPDATE", StackName=one))
        named = {"StackName": one, "ChangeSetName": "change"}
        found = stack.cloudformation.describe_change_set(**named)
        assert found["ChangeSetId"] == made["Id"]
        listed = stack.cloudformation.list_change_sets(StackName=one)["Summaries"]
        assert [summary["ChangeSetId"] for summary in listed] == [made["Id"]]
        stack.cloudformation.execute_change_set(**named)
        assert stack.settled() == "UPDATE_COMPLETE"

    def test_a_stack_that_is_there_is_not_created_again(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        refused = error(stack.cloudformation.create_change_set, **change_set(stack, "CREATE"))
        assert refused[1].startswith(f"Stack [{stack.name}] already exists and cannot be created")

    @pytest.mark.parametrize("call", ["describe_change_set", "delete_change_set"])
    def test_a_change_set_needs_its_stack(self, stack: Stack, call: str) -> None:
        ask = getattr(stack.cloudformation, call)
        assert error(ask, ChangeSetName="change")[1] == (
            "StackName must be specified if ChangeSetName is not specified as an ARN."
        )
        assert error(ask, ChangeSetName="change", StackName=stack.name)[1] == (
            f"Stack [{stack.name}] does not exist"
        )

    def test_a_change_set_without_changes_is_not_executed(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        made = stack.cloudformation.create_change_set(
            **change_set(stack, "UPDATE", TemplateBody=TEMPLATE)
        )
        refused = error(stack.cloudformation.execute_change_set, ChangeSetName=made["Id"])
        assert refused == (
            "InvalidChangeSetStatus",
            f"ChangeSet [{made['Id']}] cannot be executed in its current status of [FAILED]",
        )

    def test_a_resource_that_there_is_not(self, stack: Stack) -> None:
        asked = {"StackName": stack.name, "LogicalResourceId": "Queue"}
        told = error(stack.cloudformation.describe_stack_resource, **asked)
        assert told[1] == f"Stack '{stack.name}' does not exist"
        stack.create(TEMPLATE)
        told = error(stack.cloudformation.describe_stack_resource, **asked)
        assert told[1] == f"Resource Queue does not exist for stack {stack.name}"


class TestTemplates:
    def test_is_asked_for_by_the_stack(self, stack: Stack) -> None:
        ask = stack.cloudformation.get_template
        for given, reason in (
            ({}, "StackName is required if ChangeSetName is not specified."),
            ({"ChangeSetName": "change"}, "StackName is a required parameter."),
            ({"StackName": stack.name}, f"Stack with id {stack.name} does not exist"),
        ):
            assert error(ask, **given) == ("ValidationError", reason)

    def test_is_summed_up(self, stack: Stack) -> None:
        template = {"Metadata": {"Of": "test"}, "Resources": {"A": TOPIC, "B": TOPIC, "C": QUEUE}}
        told = stack.cloudformation.get_template_summary(TemplateBody=json.dumps(template))
        assert told["ResourceTypes"] == ["AWS::SNS::Topic", "AWS::SQS::Queue"]
        assert [one["LogicalResourceIds"] for one in told["ResourceIdentifierSummaries"]] == [
            ["A", "B"],
            ["C"],
        ]
        assert (told["Version"], told["Parameters"]) == ("2010-09-09", [])
        assert "Description" not in told

    def test_of_a_stack_under_review_is_not_summed_up(self, stack: Stack) -> None:
        stack.cloudformation.create_change_set(**change_set(stack, "CREATE"))
        refused = error(stack.cloudformation.get_template_summary, StackName=stack.name)
        assert refused[1] == "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."


class TestOptions:
    def test_types_that_are_not_allowed(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        given = {"StackName": stack.name, "TemplateBody": CHANGED}
        refused = error(stack.cloudformation.update_stack, **given, ResourceTypes=["AWS::EC2::*"])
        assert refused == (
            "ValidationError",
            "Resource type AWS::SNS::Topic is not allowed by parameter ResourceTypes [AWS::EC2::*]",
        )
        stack.cloudformation.update_stack(**given, ResourceTypes=["AWS::SNS::*"])
        assert stack.settled() == "UPDATE_COMPLETE"

    def test_an_update_needs_a_template(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        refused = error(stack.cloudformation.update_stack, StackName=stack.name)
        assert refused[1] == "Either Template URL or Template Body must be specified."

    @pytest.mark.parametrize(
        ("trigger", "reason"),
        [
            ({"Arn": "x", "Type": "Another"}, "Rollback Trigger Type not supported"),
            (
                {"Arn": "arn:aws:cloudwatch:a:1:b", "Type": "AWS::CloudWatch::Alarm"},
                "RelativeId of a Rollback Trigger's ARN is incorrect",
            ),
        ],
    )
    def test_alarms(self, stack: Stack, trigger: dict[str, str], reason: str) -> None:
        stack.create(TEMPLATE)
        refused = error(
            stack.cloudformation.update_stack,
            StackName=stack.name,
            TemplateBody=CHANGED,
            RollbackConfiguration={"RollbackTriggers": [trigger]},
        )
        assert refused == ("ValidationError", reason)

    def test_topics_are_told(self, stack: Stack) -> None:
        sns, sqs = stack.aws.client("sns"), stack.aws.client("sqs")
        url = sqs.create_queue(QueueName=stack.aws.name("told"))["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        queue = attributes["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name=stack.aws.name("told"))["TopicArn"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
        }
        written = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": written})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        stack.create(TEMPLATE, NotificationARNs=[topic])
        (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        assert described["NotificationARNs"] == [topic]
        told: set[str] = set()

        def complete() -> bool:
            received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in received.get("Messages", []):
                envelope = json.loads(message["Body"])
                assert envelope["Subject"] == "AWS CloudFormation Notification"
                told.update(envelope["Message"].splitlines())
            return f"LogicalResourceId='{stack.name}'" in told and (
                "ResourceStatus='CREATE_COMPLETE'" in told
            )

        assert wait_for(complete, 30)
        assert {f"StackName='{stack.name}'", "LogicalResourceId='Topic'"} <= told


class TestNoChange:
    def test_is_refused(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        refused = error(
            stack.cloudformation.update_stack, StackName=stack.name, TemplateBody=TEMPLATE
        )
        assert refused == ("ValidationError", "No updates are to be performed.")

    def test_is_taken_where_a_transform_writes_the_template(self, stack: Stack) -> None:
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Topic": TOPIC}}
        stack.create(json.dumps(template))
        assert stack.update(json.dumps(template)) == "UPDATE_COMPLETE"


class TestAttributes:
    def test_a_property_is_one_of_some_types(self, stack: Stack) -> None:
        template = {
            "Resources": {"Topic": TOPIC},
            "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Topic", "DisplayName"]}}},
        }
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        assert stack.outputs() == {"Name": "one"}
        template["Resources"] = {"Topic": having(TOPIC, DisplayName="two")}
        assert stack.update(json.dumps(template)) == "UPDATE_COMPLETE"
        assert stack.outputs() == {"Name": "two"}

    def test_a_change_set_with_values_knows_what_stays(self, stack: Stack) -> None:
        name = {"Fn::GetAtt": ["Topic", "DisplayName"]}
        other = {"Other": having(TOPIC, DisplayName=name)}
        stack.create({"Topic": TOPIC} | other)
        changed = {"Topic": having(TOPIC, DisplayName="two")} | other
        made = stack.cloudformation.create_change_set(
            **change_set(stack, "UPDATE", TemplateBody=json.dumps({"Resources": changed}))
        )
        for values, expected in ((False, {"Topic", "Other"}), (True, {"Topic"})):
            told = stack.cloudformation.describe_change_set(
                ChangeSetName=made["Id"], IncludePropertyValues=values
            )
            listed = {one["ResourceChange"]["LogicalResourceId"] for one in told["Changes"]}
            assert listed == expected


def test_parameters_are_told_as_they_may_be(stack: Stack) -> None:
    stored = stack.aws.name("stored")
    stack.aws.client("ssm").put_parameter(Name=stored, Value="found", Type="String")
    template = {
        "Parameters": {
            "Secret": {"Type": "String", "NoEcho": True},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>"},
        },
        "Resources": {"Topic": having(TOPIC, DisplayName={"Ref": "Stored"})},
    }
    given = [
        {"ParameterKey": "Secret", "ParameterValue": "hidden"},
        {"ParameterKey": "Stored", "ParameterValue": stored},
    ]
    expected = [
        {"ParameterKey": "Secret", "ParameterValue": "****"},
        {"ParameterKey": "Stored", "ParameterValue": stored, "ResolvedValue": "found"},
    ]
    stack.create(json.dumps(template), Parameters=given)
    (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    assert described["Parameters"] == expected
    template["Resources"] = {"Topic": TOPIC}
    made = stack.cloudformation.create_change_set(
        **change_set(stack, "UPDATE", TemplateBody=json.dumps(template), Parameters=given)
    )
    told = stack.cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert told["Parameters"] == expected


class TestDescription:
    def test_is_the_templates_whatever_made_the_stack(self, stack: Stack) -> None:
        def described() -> str:
            (one,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
            return str(one.get("Description"))

        first, second = (
            json.dumps(
                {"Description": text, "Resources": {"Topic": having(TOPIC, DisplayName=text)}}
            )
            for text in ("first", "second")
        )
        stack.cloudformation.create_change_set(**change_set(stack, "CREATE", TemplateBody=first))
        stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="change")
        assert (stack.settled(), described()) == ("CREATE_COMPLETE", "first")
        assert (stack.update(second), described()) == ("UPDATE_COMPLETE", "second")


def test_a_change_set_whose_mapping_is_missing_is_refused(stack: Stack) -> None:
    template = {
        "Parameters": {"Key": {"Type": "String", "Default": "b"}},
        "Mappings": {"Names": {"a": {"Name": "one"}}},
        "Resources": {
            "Topic": having(TOPIC, DisplayName={"Fn::FindInMap": ["Names", {"Ref": "Key"}, "Name"]})
        },
    }
    asked = change_set(stack, "CREATE", TemplateBody=json.dumps(template))
    for _ in range(2):  # nothing is left of the first attempt
        refused = error(stack.cloudformation.create_change_set, **asked)
        assert refused == (
            "ValidationError",
            "Template error: Unable to get mapping for Names::b::Name",
        )


class TestOfChangeSets:
    def test_an_executed_one_is_not_listed(self, stack: Stack) -> None:
        stack.create(TEMPLATE)
        for name in ("first", "second"):
            stack.cloudformation.create_change_set(**change_set(stack, "UPDATE", name))
        listed = stack.cloudformation.list_change_sets(StackName=stack.name)["Summaries"]
        assert {one["ChangeSetName"] for one in listed} == {"first", "second"}
        stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="first")
        assert stack.settled() == "UPDATE_COMPLETE"
        assert stack.cloudformation.list_change_sets(StackName=stack.name)["Summaries"] == []

    def test_a_text_with_an_unknown_part_is_unknown(self, stack: Stack) -> None:
        queue = {"Fn::Join": ["-", ["of", {"Fn::GetAtt": ["Queue", "Arn"]}]]}
        template = {"Resources": {"Queue": QUEUE, "Topic": having(TOPIC, DisplayName=queue)}}
        made = stack.cloudformation.create_change_set(
            **change_set(stack, "CREATE", TemplateBody=json.dumps(template))
        )
        told = stack.cloudformation.describe_change_set(
            ChangeSetName=made["Id"], IncludePropertyValues=True
        )
        after = {
            one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"]["AfterContext"]
            for one in told["Changes"]
        }
        assert json.loads(after["Topic"])["Properties"]["DisplayName"] == (
            "{{changeSet:KNOWN_AFTER_APPLY}}"
        )
