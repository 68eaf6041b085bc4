"""A stack of a test's own, and the resources that it is made of."""

from __future__ import annotations

import copy
import json
from typing import Any

from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, wait_for

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {}}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
}
FUNCTION: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): return 1"},
    },
}


def having(resource: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A copy of a resource with other properties."""
    changed = copy.deepcopy(resource)
    changed["Properties"] |= properties
    return changed


class Stack:
    """One stack of a test's own."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.cloudformation = aws.client("cloudformation")
        self.name = aws.name("stack")

    def create(self, template: Any, **more: Any) -> str:
        """Create the stack; return the status it ends in."""
        self.cloudformation.create_stack(**self._request(template), **more)
        return self.settled()

    def update(self, template: Any, **parameters: str) -> str:
        """Update the stack; return the status it ends in."""
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        self.cloudformation.update_stack(**self._request(template), Parameters=given)
        return self.settled()

    def _request(self, template: Any) -> dict[str, Any]:
        text = template if isinstance(template, str) else json.dumps({"Resources": template})
        return {"StackName": self.name, "TemplateBody": text, "Capabilities": CAPABILITIES}

    def settled(self) -> str:
        """Wait until nothing is in progress any more."""

        def status() -> str | None:
            stack = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            found = str(stack["StackStatus"])
            return None if found.endswith("_IN_PROGRESS") else found

        return str(wait_for(status, 30))

    def outputs(self) -> dict[str, str]:
        stack = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def failures(self) -> dict[str, str]:
        """The reason of every resource that failed."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return {
            event["LogicalResourceId"]: event.get("ResourceStatusReason", "")
            for event in events
            if event["ResourceStatus"] in ("CREATE_FAILED", "UPDATE_FAILED")
        }

    def touched(self, status: str) -> set[str]:
        """What has an event with this status."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return {e["LogicalResourceId"] for e in events if e["ResourceStatus"] == status}

    def delete(self) -> None:
        """Delete the stack and wait until it is gone."""
        self.cloudformation.delete_stack(StackName=self.name)

        def gone() -> bool:
            try:
                self.cloudformation.describe_stacks(StackName=self.name)
            except ClientError:
                return True
            return False

        wait_for(gone, 30)
