"""A stack whose alias CodeDeploy shifts: SAM's DeploymentPreference, from template to rollback.

Expected events and texts: two public records of live deployments by SAM (Aug 2026), and the
CloudFormation Template Reference, "UpdatePolicy attribute".
"""

from __future__ import annotations

import contextlib
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, wait_for

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Behaviour: {Type: String, Default: "good"}
Resources:
  DeployRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          Effect: Allow
          Principal: {Service: codedeploy.amazonaws.com}
          Action: sts:AssumeRole
      Policies:
        - PolicyName: shift
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: [lambda:*, cloudwatch:DescribeAlarms]
              Resource: "*"
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
CODE
      AutoPublishAlias: live
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        Role: !GetAtt DeployRole.Arn
        Alarms: [!Ref Errors]
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - {Name: FunctionName, Value: !Ref Worker}
        - {Name: Resource, Value: !Sub "${Worker}:live"}
        - {Name: ExecutedVersion, Value: !GetAtt Worker.Version.Version}
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
Outputs:
  Worker: {Value: !Ref Worker}
  Alarm: {Value: !Ref Errors}
"""

GOOD = 'def handler(event, context):\n    return {"version": context.function_version}\n'
BETTER = GOOD + "# better\n"
BAD = "def handler(event, context):\n    raise KeyError('priceKRW')\n"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def template(code: str) -> str:
    return TEMPLATE.replace("CODE", textwrap.indent(code, " " * 8))


CHECK = """
  Check:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        import boto3, json

        def handler(event, context):
            print(json.dumps(event))
            boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
                deploymentId=event["DeploymentId"],
                lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
                status="ANSWER",
            )
      Policies:
        - Statement: {Effect: Allow, Action: codedeploy:Put*, Resource: "*"}
"""
"""A function that CodeDeploy calls before and after the shift."""


def template_with_hooks(code: str, answer: str) -> str:
    hooks = "        Hooks: {PreTraffic: !Ref Check, PostTraffic: !Ref Check}\n"
    with_hooks = template(code).replace("  Errors:\n", f"{hooks}  Errors:\n", 1)
    return with_hooks.replace("\nOutputs:\n", CHECK.replace("ANSWER", answer) + "\nOutputs:\n")


@dataclass
class Stack:
    """A stack of the template."""

    aws: Aws
    name: str

    @property
    def cloudformation(self) -> Any:
        return self.aws.client("cloudformation")

    def update(self, code: str) -> None:
        self.bring_to(template(code))

    def bring_to(self, text: str) -> None:
        self.cloudformation.update_stack(
            StackName=self.name, TemplateBody=text, Capabilities=CAPABILITIES
        )

    def described(self) -> dict[str, Any]:
        [found] = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return dict(found)

    def settled(self) -> str:
        return str(
            wait_for(
                lambda: (
                    not (status := self.described()["StackStatus"]).endswith("_IN_PROGRESS")
                    and status
                )
            )
        )

    def output(self, key: str) -> str:
        outputs = self.described()["Outputs"]
        return str(next(one["OutputValue"] for one in outputs if one["OutputKey"] == key))

    def failures(self) -> dict[str, str]:
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"] == "UPDATE_FAILED"
        }

    def alias(self) -> tuple[str, dict[str, float]]:
        found = self.aws.client("lambda").get_alias(FunctionName=self.output("Worker"), Name="live")
        return found["FunctionVersion"], found.get("RoutingConfig", {}).get(
            "AdditionalVersionWeights", {}
        )

    def deployments(self) -> list[str]:
        """The statuses of all deployments, the newest first."""
        codedeploy = self.aws.client("codedeploy")
        resources = self.cloudformation.describe_stack_resources(StackName=self.name)
        ids = {
            one["ResourceType"]: one["PhysicalResourceId"] for one in resources["StackResources"]
        }
        listed = codedeploy.list_deployments(
            applicationName=ids["AWS::CodeDeploy::Application"],
            deploymentGroupName=ids["AWS::CodeDeploy::DeploymentGroup"],
        )["deployments"]
        found = codedeploy.batch_get_deployments(deploymentIds=listed)["deploymentsInfo"]
        return [one["status"] for one in found]


@pytest.fixture
def stack(aws: Aws) -> Iterator[Stack]:
    made = Stack(aws, aws.name("stack"))
    made.cloudformation.create_stack(
        StackName=made.name, TemplateBody=template(GOOD), Capabilities=CAPABILITIES
    )
    assert made.settled() == "CREATE_COMPLETE"
    yield made
    with contextlib.suppress(ClientError):  # the test has deleted it
        made.settled()
        made.cloudformation.delete_stack(StackName=made.name)


def orders(stack: Stack, until: threading.Event) -> dict[str, int]:
    """Call the alias again and again; return how many calls met which version."""
    met: dict[str, int] = {}
    lambda_, name = stack.aws.client("lambda"), stack.output("Worker")
    while not until.wait(0.01):
        version = lambda_.invoke(FunctionName=name, Qualifier="live")["ExecutedVersion"]
        met[version] = met.get(version, 0) + 1
    return met


class TestAnUpdate:
    def test_shifts_the_alias_and_waits_for_the_end(self, stack: Stack) -> None:
        assert stack.alias() == ("1", {})
        stack.update(BETTER)
        wait_for(lambda: stack.alias() == ("1", {"2": 0.1}))
        assert stack.described()["StackStatus"] == "UPDATE_IN_PROGRESS"
        assert stack.settled() == "UPDATE_COMPLETE"
        assert stack.alias() == ("2", {})
        assert stack.deployments() == ["Succeeded"]

    def test_of_a_bad_version_is_rolled_back_by_its_alarm(self, stack: Stack) -> None:
        stack.update(BAD)
        wait_for(lambda: stack.alias()[1])
        alarm = stack.aws.client("cloudwatch").describe_alarms(AlarmNames=[stack.output("Alarm")])
        watched = {one["Name"]: one["Value"] for one in alarm["MetricAlarms"][0]["Dimensions"]}
        assert watched["ExecutedVersion"] == "2"
        over = threading.Event()
        calls = threading.Thread(target=orders, args=(stack, over))
        calls.start()
        try:
            assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
        finally:
            over.set()
            calls.join()
        [reason] = [text for name, text in stack.failures().items() if "Alias" in name]
        assert reason.startswith('Resource handler returned message: "d-')
        assert "Activated alarms:" in reason
        assert reason.endswith("(HandlerErrorCode: InternalFailure)")
        assert stack.alias() == ("1", {})
        assert stack.deployments() == ["Succeeded", "Stopped"]
        versions = stack.aws.client("lambda").list_versions_by_function(
            FunctionName=stack.output("Worker")
        )["Versions"]
        assert "2" in {one["Version"] for one in versions}  # the bad version stays published

    def test_calls_the_hooks_of_its_template(self, stack: Stack) -> None:
        stack.bring_to(template_with_hooks(BETTER, "Succeeded"))
        assert stack.settled() == "UPDATE_COMPLETE"
        assert stack.alias() == ("2", {})
        resource = stack.cloudformation.describe_stack_resource(
            StackName=stack.name, LogicalResourceId="Check"
        )["StackResourceDetail"]

        def called() -> int:
            log = stack.aws.log(f"/aws/lambda/{resource['PhysicalResourceId']}")
            return sum(line.startswith("{") for lines in log.values() for line in lines)

        wait_for(lambda: called() >= 2)  # the last hook's lines may come after the stack's end
        assert called() == 2

    def test_ends_where_a_hook_fails_before_any_call_is_shifted(self, stack: Stack) -> None:
        stack.bring_to(template_with_hooks(BETTER, "Failed"))
        assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
        assert stack.alias() == ("1", {})
        [reason] = [text for name, text in stack.failures().items() if "Alias" in name]
        assert "BeforeAllowTraffic" in reason

    def test_that_is_cancelled_gives_the_old_version_all_calls(self, stack: Stack) -> None:
        stack.update(BETTER)
        wait_for(lambda: stack.alias()[1])
        stack.cloudformation.cancel_update_stack(StackName=stack.name)
        assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
        assert stack.alias() == ("1", {})

    def test_cannot_be_cut_off_by_a_deletion(self, stack: Stack) -> None:
        stack.update(BETTER)
        wait_for(lambda: stack.alias()[1])
        with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN"):
            stack.cloudformation.delete_stack(StackName=stack.name)
        stack.cloudformation.cancel_update_stack(StackName=stack.name)


def test_a_deletion_takes_application_and_group_along(aws: Aws, stack: Stack) -> None:
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)
    application = next(
        one["PhysicalResourceId"]
        for one in resources["StackResources"]
        if one["ResourceType"] == "AWS::CodeDeploy::Application"
    )
    assert application in aws.client("codedeploy").list_applications()["applications"]
    stack.cloudformation.delete_stack(StackName=stack.name)
    wait_for(
        lambda: application not in aws.client("codedeploy").list_applications()["applications"]
    )
    wait_for(
        lambda: (
            not [
                one
                for one in stack.cloudformation.list_stacks()["StackSummaries"]
                if one["StackName"] == stack.name and one["StackStatus"] != "DELETE_COMPLETE"
            ]
        )
    )
