"""What a stack calls and holds: its role, custom resources, other stacks."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.sandbox.cloudformation.stack import QUEUE, Stack, having
from tests.sandbox.conftest import BASIC_EXECUTION, Aws
from tests.sandbox.delivery import error

SERVICE = "cloudformation.amazonaws.com"

ANSWERS = """
import cfnresponse
def handler(event, context):
    size = event["ResourceProperties"]["Size"]
    data = {"Twice": str(2 * int(size)), "Type": type(size).__name__}
    cfnresponse.send(event, context, cfnresponse.SUCCESS, data, "the-one")
"""

ANSWERS_IN_NODE = """
const response = require("cfn-response");
exports.handler = (event, context) =>
  response.send(event, context, response.SUCCESS, { Twice: "8" }, "the-one");
"""

OPTIONS = "{ hostname: url.hostname, path: url.pathname + url.search }"

ANSWERS_OVER_HTTPS = """
const https = require("https");
exports.handler = async (event) => {
  const url = new URL(event.ResponseURL), method = "PUT";
  const { StackId, RequestId, LogicalResourceId } = event;
  const told = { Status: "SUCCESS", Data: { Twice: "8" }, PhysicalResourceId: "one" };
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, ...told });
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  const asked = [ASKED, { method, headers }];
  const given = typeof asked[0] === "string" ? asked : [{ ...asked[0], ...asked[1] }];
  await new Promise((done, fail) => {
    const request = https.request(...given, (answer) => { answer.resume(); done(); });
    request.on("error", fail);
    request.end(body);
  });
};
"""
"""Answers as handlers do that were written for AWS: over HTTPS, at its usual port."""


def custom(aws: Aws, source: str, runtime: str = "python3.13", **properties: Any) -> dict[str, Any]:
    """A template with a custom resource and its function."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": runtime,
            "Handler": "index.handler",
            "Role": aws.role(BASIC_EXECUTION),
            "Timeout": 20,
            "Code": {"ZipFile": source},
        },
    }
    token = {"Fn::GetAtt": ["Function", "Arn"]}
    given = {"ServiceToken": token, "Size": 4} | properties
    return {
        "Resources": {
            "Function": function,
            "Own": {"Type": "Custom::Doubled", "Properties": given},
        },
        "Outputs": {"Twice": {"Value": {"Fn::GetAtt": ["Own", "Twice"]}}},
    }


class TestRoles:
    def test_resources_are_made_with_the_stacks_role(self, aws: Aws, stack: Stack) -> None:
        may = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
        role = aws.role(service=SERVICE, policy=may)
        topic = {"Type": "AWS::SNS::Topic"}
        refused = stack.create({"Queue": QUEUE, "Topic": topic}, RoleARN=role)
        assert refused == "ROLLBACK_COMPLETE"
        reason = stack.failures()["Topic"]
        assert "assumed-role/" in reason
        assert "not authorized to perform: sns:CreateTopic" in reason
        stack.delete()
        assert stack.create({"Queue": QUEUE}, RoleARN=role) == "CREATE_COMPLETE"
        (described,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        assert described["RoleARN"] == role
        # the role stays the stack's
        assert stack.update({"Queue": QUEUE, "Topic": topic}) == "UPDATE_ROLLBACK_COMPLETE"
        stack.delete()
        # a new stack of its name has none
        assert stack.create({"Queue": QUEUE, "Topic": topic}) == "CREATE_COMPLETE"

    def test_a_change_set_keeps_its_own(self, aws: Aws, stack: Stack) -> None:
        role = aws.role(service=SERVICE)
        made = stack.cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}}),
            RoleARN=role,
        )
        stack.cloudformation.execute_change_set(ChangeSetName=made["Id"])
        assert stack.settled() == "ROLLBACK_COMPLETE"

    def test_one_that_does_not_trust_cloudformation(self, aws: Aws, stack: Stack) -> None:
        role = aws.role(service="lambda.amazonaws.com")
        body = json.dumps({"Resources": {"Queue": QUEUE}})
        given = {"StackName": stack.name, "TemplateBody": body, "RoleARN": role}
        assert error(stack.cloudformation.create_stack, **given) == (
            "ValidationError",
            f"Role {role} is invalid or cannot be assumed",
        )


class TestCustomResources:
    def test_answers_with_the_module_that_it_finds(self, aws: Aws, stack: Stack) -> None:
        assert stack.create(json.dumps(custom(aws, ANSWERS))) == "CREATE_COMPLETE"
        assert stack.outputs() == {"Twice": "8"}
        listed = stack.cloudformation.describe_stack_resources(StackName=stack.name)
        ids = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed["StackResources"]}
        assert ids["Own"] == "the-one"

    def test_in_node(self, aws: Aws, stack: Stack) -> None:
        template = custom(aws, ANSWERS_IN_NODE, "nodejs22.x")
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        assert stack.outputs() == {"Twice": "8"}

    def test_one_that_fails_is_called_three_times_and_does_not_hang(
        self, aws: Aws, stack: Stack
    ) -> None:
        template = custom(aws, "def handler(event, context): raise ValueError('no')")
        assert stack.create(json.dumps(template)) == "ROLLBACK_COMPLETE"
        assert "did not receive a response" in stack.failures()["Own"]

    def test_one_that_says_failed(self, aws: Aws, stack: Stack) -> None:
        source = ANSWERS.replace("SUCCESS, data", "FAILED, data")
        assert stack.create(json.dumps(custom(aws, source))) == "ROLLBACK_COMPLETE"
        assert "Received response status [FAILED]" in stack.failures()["Own"]

    def test_the_template_says_how_long_to_wait(self, aws: Aws, stack: Stack) -> None:
        template = custom(aws, "def handler(event, context): pass", ServiceTimeout=1)
        assert stack.create(json.dumps(template)) == "ROLLBACK_COMPLETE"
        assert "did not receive a response" in stack.failures()["Own"]

    @pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here")
    @pytest.mark.parametrize("asked", [OPTIONS, "event.ResponseURL.replace('http:', 'https:')"])
    def test_in_node_over_https_as_handlers_for_aws_answer(
        self, aws: Aws, stack: Stack, asked: str
    ) -> None:
        template = custom(aws, ANSWERS_OVER_HTTPS.replace("ASKED", asked), "nodejs22.x")
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        assert stack.outputs() == {"Twice": "8"}

    @pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here")
    def test_one_that_needs_awss_own_sdk_says_so(self, aws: Aws, stack: Stack) -> None:
        source = "require('@aws-sdk/client-s3'); exports.handler = async () => 1;"
        token = aws.function(source, Runtime="nodejs22.x", file="index.js")
        arn = aws.client("lambda").get_function_configuration(FunctionName=token)["FunctionArn"]
        own = {"Type": "Custom::Own", "Properties": {"ServiceToken": arn}}
        assert stack.create({"Own": own}) == "ROLLBACK_COMPLETE"
        assert "npm install @aws-sdk/client-s3" in stack.failures()["Own"]


class TestNestedStacks:
    def template(self, aws: Aws, inner: dict[str, Any]) -> dict[str, Any]:
        """A stack of one stack, whose template is `inner`."""
        s3, bucket = aws.client("s3"), aws.name("bucket")
        location = {"LocationConstraint": aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        s3.put_object(Bucket=bucket, Key="inner.json", Body=json.dumps(inner))
        url = f"https://s3.{aws.region}.amazonaws.com/{bucket}/inner.json"
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        return {"Inner": nested}

    def test_it_names_its_parent_and_the_outermost_stack(self, aws: Aws, stack: Stack) -> None:
        middle = self.template(aws, {"Resources": {"Queue": QUEUE}})
        assert stack.create(self.template(aws, {"Resources": middle})) == "CREATE_COMPLETE"
        (outer,) = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
        assert not {"ParentId", "RootId"} & set(outer)
        parent = outer
        for _ in range(2):
            (resource,) = stack.cloudformation.describe_stack_resources(
                StackName=parent["StackName"]
            )["StackResources"]
            (nested,) = stack.cloudformation.describe_stacks(
                StackName=resource["PhysicalResourceId"]
            )["Stacks"]
            assert nested["ParentId"] == parent["StackId"]
            assert nested["RootId"] == outer["StackId"]
            parent = nested

    @pytest.mark.parametrize("written", ['"TemplateURL": "{}"', "TemplateURL: {}", "Location: {}"])
    def test_a_template_that_is_named_by_the_endpoint_is_told_where_aws_has_it(
        self, aws: Aws, stack: Stack, written: str
    ) -> None:
        """As SAM CLI writes it, whose deletion reads AWS's address alone."""
        here = f"{aws.endpoint}/bucket/key.template"
        other = f"  Other: {aws.endpoint}/bucket/key.template"
        resources = ["Resources:", "  Queue:", "    Type: AWS::SQS::Queue"]
        inner = f"    {written.format(here)}"
        body = "\n".join(["Metadata:", "  Inner:", inner, other, *resources])
        assert stack.create(body) == "CREATE_COMPLETE"
        told = stack.cloudformation.get_template(StackName=stack.name)["TemplateBody"]
        there = f"https://s3.{aws.region}.amazonaws.com/bucket/key.template"
        assert told == body.replace(inner, f"    {written.format(there)}")

    def test_its_name_is_not_known_to_its_conditions(self, aws: Aws, stack: Stack) -> None:
        named = {"Fn::Equals": [{"Ref": "AWS::StackName"}, "inner"]}
        inner = {"Conditions": {"Named": named}, "Resources": {"Queue": QUEUE}}
        assert stack.create(self.template(aws, inner)) == "ROLLBACK_COMPLETE"
        assert "does not know the name of a nested stack" in stack.failures()["Inner"]

    def test_its_template_is_transformed(self, aws: Aws, stack: Stack) -> None:
        simple = {"Type": "AWS::Serverless::SimpleTable"}
        inner = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Table": simple}}
        assert stack.create(self.template(aws, inner)) == "CREATE_COMPLETE"
        (nested,) = stack.cloudformation.describe_stack_resources(StackName=stack.name)[
            "StackResources"
        ]
        inside = stack.cloudformation.describe_stack_resources(
            StackName=nested["PhysicalResourceId"]
        )
        assert [one["ResourceType"] for one in inside["StackResources"]] == ["AWS::DynamoDB::Table"]

    def test_one_that_fails_leaves_nothing(self, aws: Aws, stack: Stack) -> None:
        name = aws.name("inner")
        bad = having(QUEUE, Nonsense=1) | {"DependsOn": "Good"}
        inner = {"Resources": {"Good": having(QUEUE, QueueName=name), "Bad": bad}}
        assert stack.create(self.template(aws, inner)) == "ROLLBACK_COMPLETE"
        assert not aws.client("sqs").list_queues(QueueNamePrefix=name).get("QueueUrls")
