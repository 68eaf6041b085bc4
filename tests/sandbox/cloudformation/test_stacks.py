"""CloudFormation and SAM: the delivery service's life, and what a stack is refused."""

from __future__ import annotations

import copy
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.sandbox.cloudformation.stack import CAPABILITIES, FUNCTION, QUEUE, ROLE, Stack, having
from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(29)

DELIVERY = (Path(__file__).parents[1] / "delivery.sam.yaml").read_text()


def order(aws: Aws, outputs: dict[str, str], body: Any) -> requests.Response:
    """Send an order to the stack's API."""
    url = f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}/test/orders"
    return requests.post(url, json=body, timeout=10)


class TestDeliveryService:
    def test_deployed_it_works(self, aws: Aws, stack: Stack) -> None:
        assert stack.create(DELIVERY) == "CREATE_COMPLETE"
        outputs = stack.outputs()
        assert order(aws, outputs, {"menu": "rice & stew"}).status_code == 200
        status = f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}/test/status"
        assert requests.get(status, timeout=10).json() == {"status": "open"}
        lambda_ = aws.client("lambda")
        [mapping] = lambda_.list_event_source_mappings(FunctionName=outputs["FunctionName"])[
            "EventSourceMappings"
        ]
        assert mapping["State"] == "Enabled"
        tags = lambda_.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"]
        assert tags["aws:cloudformation:stack-name"] == stack.name

        def worked_off() -> bool:
            try:
                streams = aws.log(f"/aws/lambda/{outputs['FunctionName']}").values()
            except ClientError:
                return False
            return any("rice & stew" in message for stream in streams for message in stream)

        wait_for(worked_off)

    def test_a_change_set_shows_what_will_be(self, stack: Stack) -> None:
        client, name = stack.cloudformation, stack.name
        client.create_change_set(
            StackName=name,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=DELIVERY,
            Capabilities=CAPABILITIES,
        )
        read = client.describe_change_set
        wait_for(lambda: read(StackName=name, ChangeSetName="first")["Status"] == "CREATE_COMPLETE")
        changes = read(StackName=name, ChangeSetName="first")["Changes"]
        assert {change["ResourceChange"]["Action"] for change in changes} == {"Add"}
        assert {"Orders", "OrderFunction", "OrderFunctionRole", "Api", "ApitestStage"} <= {
            change["ResourceChange"]["LogicalResourceId"] for change in changes
        }
        status = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        assert status == "REVIEW_IN_PROGRESS"
        client.execute_change_set(StackName=name, ChangeSetName="first")
        assert stack.settled() == "CREATE_COMPLETE"

    def test_updated_and_drifted(self, aws: Aws, stack: Stack) -> None:
        stack.create(DELIVERY)
        before = stack.outputs()
        lambda_, name = aws.client("lambda"), before["FunctionName"]
        assert stack.update(DELIVERY, Memory="256") == "UPDATE_COMPLETE"
        assert lambda_.get_function_configuration(FunctionName=name)["MemorySize"] == 256
        assert stack.outputs() == before
        assert stack.touched("UPDATE_COMPLETE") == {"OrderFunction", stack.name}

        lambda_.update_function_configuration(FunctionName=name, MemorySize=512)
        client = stack.cloudformation
        detection = client.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
        read = client.describe_stack_drift_detection_status
        wait_for(
            lambda: read(StackDriftDetectionId=detection)["DetectionStatus"] == "DETECTION_COMPLETE"
        )
        assert read(StackDriftDetectionId=detection)["StackDriftStatus"] == "DRIFTED"
        drifts = client.describe_stack_resource_drifts(StackName=stack.name)
        (drift,) = [
            one
            for one in drifts["StackResourceDrifts"]
            if one["StackResourceDriftStatus"] == "MODIFIED"
        ]
        assert drift["LogicalResourceId"] == "OrderFunction"
        assert [
            (one["PropertyPath"], one["ExpectedValue"], one["ActualValue"])
            for one in drift["PropertyDifferences"]
        ] == [("/MemorySize", "256", "512")]

    def test_a_changed_api_keeps_its_id(self, aws: Aws, stack: Stack) -> None:
        stack.create(DELIVERY)
        before = stack.outputs()["ApiId"]
        renamed = DELIVERY.replace("/status:", "/state:").replace("Path: /status", "Path: /state")
        assert stack.update(renamed) == "UPDATE_COMPLETE"
        assert stack.outputs()["ApiId"] == before
        base = f"{aws.endpoint}/_aws/execute-api/{before}/test"
        assert requests.get(f"{base}/state", timeout=10).status_code == 200
        assert requests.get(f"{base}/status", timeout=10).status_code == 403

    def test_a_failed_update_rolls_back(self, aws: Aws, stack: Stack) -> None:
        stack.create(DELIVERY)
        url = stack.outputs()["QueueUrl"]
        broken = DELIVERY.replace("VisibilityTimeout: 30", "VisibilityTimeout: 60").replace(
            "Timeout: 5\n", "Timeout: 901\n"
        )
        assert stack.update(broken) == "UPDATE_ROLLBACK_COMPLETE"
        assert (
            "Member must have value less than or equal to 900"
            in (stack.failures()["OrderFunction"])
        )
        attributes = aws.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["VisibilityTimeout"]
        )["Attributes"]
        assert attributes["VisibilityTimeout"] == "30"

    def test_deleted_it_leaves_nothing(self, aws: Aws) -> None:
        def census() -> list[int]:
            return [
                len(aws.client("lambda").list_functions()["Functions"]),
                len(aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]),
                len(aws.client("sqs").list_queues().get("QueueUrls", [])),
                len(aws.client("apigateway").get_rest_apis()["items"]),
                len(aws.client("iam").list_roles()["Roles"]),
            ]

        before, stack = census(), Stack(aws)
        stack.create(DELIVERY)
        assert census() != before
        stack.delete()
        assert census() == before

    def test_capabilities_are_asked_for(self, stack: Stack) -> None:
        code, _ = error(
            stack.cloudformation.create_stack, StackName=stack.name, TemplateBody=DELIVERY
        )
        assert code == "InsufficientCapabilitiesException"


class TestTemplates:
    @pytest.mark.parametrize(
        ("template", "message"),
        [
            (
                {"Queue": having(QUEUE, QueueName={"Ref": "Nothing"})},
                "Template format error: Unresolved resource dependencies [Nothing] in the "
                "Resources block of the template",
            ),
            (
                {"Queue": having(QUEUE, QueueName={"Fn::Sub": "orders-${Nothing}"})},
                "Template format error: Unresolved resource dependencies [Nothing] in the "
                "Resources block of the template",
            ),
            (
                {"Queue": QUEUE | {"DependsOn": "Nothing"}},
                "Template format error: Unresolved resource dependencies [Nothing] in the "
                "Resources block of the template",
            ),
            (
                {"Queue": having(QUEUE, QueueName={"Fn::GetAtt": ["Nothing", "Arn"]})},
                "Template error: instance of Fn::GetAtt references undefined resource Nothing",
            ),
            (
                {"One": QUEUE | {"DependsOn": "Two"}, "Two": QUEUE | {"DependsOn": "One"}},
                "Circular dependency between resources: [One, Two]",
            ),
            ({}, "Template format error: At least one Resources member must be defined."),
        ],
    )
    def test_refused_before_there_is_a_stack(
        self, stack: Stack, template: Any, message: str
    ) -> None:
        assert error(stack.create, template) == ("ValidationError", message)
        assert error(stack.cloudformation.describe_stacks, StackName=stack.name)[0] == (
            "ValidationError"
        )

    def test_outputs_too(self, stack: Stack) -> None:
        template = {"Resources": {"Queue": QUEUE}, "Outputs": {"Url": {"Value": {"Ref": "Quue"}}}}
        code, message = error(stack.create, json.dumps(template))
        assert code == "ValidationError"
        assert message.endswith("[Quue] in the Outputs block of the template")

    def test_also_in_a_sam_template_and_a_change_set(self, stack: Stack) -> None:
        code, message = error(
            stack.cloudformation.create_change_set,
            StackName=stack.name,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=DELIVERY.replace("!Ref Orders", "!Ref Order"),
            Capabilities=CAPABILITIES,
        )
        assert code == "ValidationError"
        assert "[Order]" in message

    @pytest.mark.parametrize("text", ["Resources: [", "{", "just text"])
    def test_broken_text(self, stack: Stack, text: str) -> None:
        code, message = error(stack.create, text)
        assert code == "ValidationError"
        assert message.startswith("Template format error")

    def test_unknown_parameters_and_types(self, stack: Stack) -> None:
        given = [{"ParameterKey": "Size", "ParameterValue": "1"}]
        assert error(stack.create, {"Queue": QUEUE}, Parameters=given) == (
            "ValidationError",
            "Parameters: [Size] do not exist in the template",
        )
        code, message = error(stack.create, {"Queue": {"Type": "AWS::SQS::Quue"}})
        assert code == "ValidationError"
        assert message.endswith("Unrecognized resource types: [AWS::SQS::Quue]")


class TestResources:
    @pytest.mark.parametrize(
        ("resources", "reason"),
        [
            (
                {"Bad": having(QUEUE, QueueNaem="orders")},
                "#: extraneous key [QueueNaem] is not permitted",
            ),
            (
                {"Bad": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.h"}}},
                "#: required key [Code] not found",
            ),
            ({"Bad": having(QUEUE, VisibilityTimeout=99_999)}, "VisibilityTimeout"),
            ({"Role": ROLE, "Bad": having(FUNCTION, Runtime="python2.7")}, "python2.7"),
            ({"Role": ROLE, "Bad": having(FUNCTION, MemorySize=64)}, "memorySize"),
            (
                {
                    "Role": ROLE,
                    "Bad": having(FUNCTION, Code={"S3Bucket": "nowhere", "S3Key": "order.zip"}),
                },
                "S3 Error Code: NoSuchBucket",
            ),
            (
                {
                    "Role": ROLE,
                    "Function": FUNCTION,
                    "Queue": QUEUE,
                    "Bad": {
                        "Type": "AWS::Lambda::EventSourceMapping",
                        "Properties": {
                            "FunctionName": {"Ref": "Function"},
                            "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                        },
                    },
                },
                "does not have permissions to call ReceiveMessage on SQS",
            ),
        ],
    )
    def test_one_that_fails_takes_the_others_back(
        self, aws: Aws, stack: Stack, resources: Any, reason: str
    ) -> None:
        first = f"{stack.name}-first"
        resources = {"First": having(QUEUE, QueueName=first), **copy.deepcopy(resources)}
        resources["Bad"]["DependsOn"] = "First"
        assert stack.create(resources) == "ROLLBACK_COMPLETE"
        assert reason in stack.failures()["Bad"]
        assert error(aws.client("sqs").get_queue_url, QueueName=first)[0].endswith(
            ("NonExistentQueue", "QueueDoesNotExist")
        )

    def test_reserved_concurrency_comes_goes_and_may_be_too_much(
        self, aws: Aws, stack: Stack
    ) -> None:
        lambda_ = aws.client("lambda")

        def reserving(*wanted: int) -> dict[str, Any]:
            more = {"ReservedConcurrentExecutions": wanted[0]} if wanted else {}
            return {"Role": ROLE, "Function": having(FUNCTION, FunctionName=stack.name, **more)}

        def reserved() -> int | None:
            answer = lambda_.get_function_concurrency(FunctionName=stack.name)
            found: int | None = answer.get("ReservedConcurrentExecutions")
            return found

        assert stack.create(reserving(5)) == "CREATE_COMPLETE"
        assert reserved() == 5
        assert stack.update(json.dumps({"Resources": reserving(1000)})) == (
            "UPDATE_ROLLBACK_COMPLETE"
        )
        assert "below its minimum value of [100]" in stack.failures()["Function"]
        assert reserved() == 5
        assert stack.update(json.dumps({"Resources": reserving()})) == "UPDATE_COMPLETE"
        assert reserved() is None

    def test_a_missing_package(self, aws: Aws, stack: Stack) -> None:
        bucket = aws.name("bucket")
        aws.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region}
        )
        function = having(FUNCTION, Code={"S3Bucket": bucket, "S3Key": "order.zip"})
        assert stack.create({"Role": ROLE, "Bad": function}) == "ROLLBACK_COMPLETE"
        assert "S3 Error Code: NoSuchKey" in stack.failures()["Bad"]

    def test_rolled_back_it_can_only_be_deleted(self, stack: Stack) -> None:
        stack.create({"Bad": having(QUEUE, VisibilityTimeout=99_999)})
        good = {"Queue": QUEUE}
        assert error(stack.create, good) == (
            "AlreadyExistsException",
            f"Stack [{stack.name}] already exists",
        )
        described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        stuck = (
            f"Stack:{described['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
        )
        assert error(stack.update, good) == ("ValidationError", stuck)
        change = {"ChangeSetName": "again", "TemplateBody": json.dumps({"Resources": good})}
        propose = partial(stack.cloudformation.create_change_set, StackName=stack.name, **change)
        assert error(propose) == ("ValidationError", stuck)
        code, message = error(propose, ChangeSetType="CREATE")
        assert code == "ValidationError"
        assert message.endswith("cannot be created again with the changeSet [again].")
        stack.delete()
        assert stack.create(good) == "CREATE_COMPLETE"

    def test_without_rollback_what_was_made_stays(self, aws: Aws, stack: Stack) -> None:
        first = f"{stack.name}-first"
        resources = {
            "First": having(QUEUE, QueueName=first),
            "Bad": having(QUEUE, VisibilityTimeout=99_999) | {"DependsOn": "First"},
        }
        assert stack.create(resources, DisableRollback=True) == "CREATE_FAILED"
        aws.client("sqs").get_queue_url(QueueName=first)
