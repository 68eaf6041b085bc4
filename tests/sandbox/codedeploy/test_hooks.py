"""Functions that CodeDeploy calls before and after traffic is shifted, and what their answer does.

Source: CodeDeploy User Guide, "AppSpec 'hooks' section for an AWS Lambda deployment"; API
Reference, PutLifecycleEventHookExecutionStatus.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.codedeploy.conftest import GOOD, Shift, new_shift
from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for

HOOK = """
import json, os
import boto3

def handler(event, context):
    print(json.dumps(event))
    if os.environ["ANSWER"]:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=os.environ["ANSWER"],
        )
"""


def new_hook(aws: Aws, answer: str) -> str:
    """Make a function that answers a hook; one with an empty answer tells nothing."""
    allowed = {"Effect": "Allow", "Action": "codedeploy:Put*", "Resource": "*"}
    role = aws.role(BASIC_EXECUTION, policy=allowed)
    name = aws.name("CodeDeployHook_check")
    variables = {"Variables": {"ANSWER": answer}}
    return aws.function(HOOK, role=role, FunctionName=name, Environment=variables)


@pytest.fixture
def shift(aws: Aws) -> Shift:
    shift = new_shift(aws, deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
    shift.publish(GOOD + "# 2")
    return shift


def event_of(aws: Aws, hook: str) -> Any:
    """What a hook's function got, which it prints; None as long as it has not."""
    try:
        lines = [line for stream in aws.log(f"/aws/lambda/{hook}").values() for line in stream]
    except aws.client("logs").exceptions.ResourceNotFoundException:
        return None
    return next((json.loads(line) for line in lines if line.startswith("{")), None)


class TestAHook:
    def test_that_tells_success_lets_traffic_be_shifted(self, aws: Aws, shift: Shift) -> None:
        hook = new_hook(aws, "Succeeded")
        hooks = [{"BeforeAllowTraffic": hook}, {"AfterAllowTraffic": hook}]
        deployment = shift.deploy("1", "2", hooks=hooks)
        assert shift.end(deployment)["status"] == "Succeeded"
        event = wait_for(lambda: event_of(aws, hook))
        assert event.keys() == {"DeploymentId", "LifecycleEventHookExecutionId"}
        assert event["DeploymentId"] == deployment
        assert shift.alias() == ("2", {})

    def test_that_tells_failure_before_leaves_the_alias_alone(self, aws: Aws, shift: Shift) -> None:
        hook = new_hook(aws, "Failed")
        deployment = shift.deploy("1", "2", hooks=[{"BeforeAllowTraffic": hook}])
        info = shift.end(deployment)
        assert (info["status"], info["errorInformation"]["code"]) == (
            "Failed",
            "HOOK_EXECUTION_FAILURE",
        )
        assert shift.events(deployment) == {
            "BeforeAllowTraffic": "Failed",
            "AllowTraffic": "Skipped",
            "AfterAllowTraffic": "Skipped",
        }
        assert shift.alias() == ("1", {})

    def test_that_tells_failure_after_brings_the_old_version_back(
        self, aws: Aws, shift: Shift
    ) -> None:
        hook = new_hook(aws, "Failed")
        deployment = shift.deploy("1", "2", hooks=[{"AfterAllowTraffic": hook}])
        assert shift.end(deployment)["status"] == "Failed"
        assert shift.rolled_back(deployment)["status"] == "Succeeded"
        assert shift.alias() == ("1", {})

    def test_that_the_role_may_not_call_fails_the_deployment(self, aws: Aws) -> None:
        shift = new_shift(aws, deploys=["lambda:GetAlias", "lambda:UpdateAlias"])
        shift.publish(GOOD + "# 2")
        hook = new_hook(aws, "Succeeded")
        info = shift.end(shift.deploy("1", "2", hooks=[{"BeforeAllowTraffic": hook}]))
        assert info["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"

    def test_that_is_not_there_fails_the_deployment(self, shift: Shift) -> None:
        info = shift.end(shift.deploy("1", "2", hooks=[{"BeforeAllowTraffic": "nobody"}]))
        assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"


class TestAnAnswer:
    def test_that_is_none_is_refused(self, aws: Aws, shift: Shift) -> None:
        hook, codedeploy = new_hook(aws, ""), shift.codedeploy
        deployment = shift.deploy("1", "2", hooks=[{"BeforeAllowTraffic": hook}])
        execution = wait_for(lambda: event_of(aws, hook))["LifecycleEventHookExecutionId"]

        def answer(status: str, execution: str = execution) -> None:
            codedeploy.put_lifecycle_event_hook_execution_status(
                deploymentId=deployment, lifecycleEventHookExecutionId=execution, status=status
            )

        exceptions = codedeploy.exceptions
        with pytest.raises(exceptions.InvalidLifecycleEventHookExecutionStatusException):
            answer("InProgress")
        with pytest.raises(exceptions.InvalidLifecycleEventHookExecutionIdException):
            answer("Succeeded", "another")
        answer("Succeeded")
        with pytest.raises(exceptions.LifecycleEventAlreadyCompletedException):
            answer("Succeeded")
        assert shift.end(deployment)["status"] == "Succeeded"
