"""What the delivery tests build: roles, queues and REST APIs at the endpoint under test."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable
from typing import Any

import requests
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws


class Account(Aws):
    """One account of the endpoint under test."""

    @classmethod
    def of(cls, aws: Aws) -> Account:
        """The account of an endpoint, as what is built in it."""
        return cls(aws.endpoint, aws.account, aws.region, aws.secret)

    def client(self, service: str, account: str | None = None) -> Any:
        """A boto3 client, made once."""
        return _client(self, service, account)

    def service_role(self, service: str, *statements: dict[str, Any]) -> str:
        """Create a role that `service` may assume and that allows `statements`; return its ARN."""
        arn = self.role(service=service)
        if statements:
            self.allow(arn, *statements)
        return arn

    def function_arn(self, code: str, **settings: Any) -> str:
        """Create a function whose handler is `code`'s `handler`; return its ARN."""
        name = self.function(code, **settings)
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def allow(self, role_arn: str, *statements: dict[str, Any]) -> None:
        """Make `statements` all that the role allows."""
        name = role_arn.rpartition("/")[2]
        if statements:
            self.client("iam").put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=policy(*statements)
            )
        else:
            self.client("iam").delete_role_policy(RoleName=name, PolicyName="own")

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Create a queue; return its URL and ARN."""
        sqs = self.client("sqs")
        url: str = sqs.create_queue(QueueName=self.name("queue"), Attributes=attributes)["QueueUrl"]
        return url, self.attribute(url, "QueueArn")

    def attribute(self, queue_url: str, name: str) -> str:
        """Return one attribute of a queue."""
        answer = self.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
        value: str = answer["Attributes"][name]
        return value

    def receive(self, queue_url: str) -> list[dict[str, Any]]:
        """Receive what is visible in a queue now."""
        answer = self.client("sqs").receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["All"],
            VisibilityTimeout=0,
        )
        return answer.get("Messages", [])

    def metric(
        self, namespace: str, name: str, dimensions: dict[str, str], statistic: str
    ) -> float:
        """Return a statistic of a metric over the last minutes, 0 if there are no points."""
        now = dt.datetime.now(dt.UTC)
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - dt.timedelta(minutes=10),
            EndTime=now + dt.timedelta(minutes=10),
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        together = max if statistic == "Maximum" else sum  # the hour may have changed
        return float(together([point[statistic] for point in points] or [0]))


class Api:
    """A REST API under construction."""

    def __init__(self, account: Account, **more: Any) -> None:
        self.account = account
        self.gateway = account.client("apigateway")
        self.id: str = self.gateway.create_rest_api(name=account.name("api"), **more)["id"]

    def resource(self, part: str | None = None) -> str:
        """Return the root's id, or the id of a new resource below it."""
        root = self.gateway.get_resources(restApiId=self.id)["items"][0]["id"]
        if part is None:
            return str(root)
        return str(
            self.gateway.create_resource(restApiId=self.id, parentId=root, pathPart=part)["id"]
        )

    def method(self, resource: str, verb: str = "POST", **integration: Any) -> dict[str, str]:
        """Put a method and its integration; return the arguments that name the method."""
        ids = {"restApiId": self.id, "resourceId": resource, "httpMethod": verb}
        self.gateway.put_method(**ids, authorizationType="NONE")
        self.gateway.put_integration(**ids, **integration)
        return ids

    def proxy(
        self, resource: str, function: str, verb: str = "POST", **more: Any
    ) -> dict[str, str]:
        """Put a method that a Lambda function answers."""
        return self.method(
            resource,
            verb,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=invocation_uri(function),
            **more,
        )

    def answers(self, ids: dict[str, str], status: str, pattern: str = "", **response: Any) -> None:
        """Declare a status of a method and map the integration's answers to it."""
        self.gateway.put_method_response(**ids, statusCode=status)
        self.gateway.put_integration_response(
            **ids, statusCode=status, selectionPattern=pattern, **response
        )

    def deploy(self, stage: str = "test", **more: Any) -> str:
        """Deploy to a stage; return the deployment's id."""
        return str(self.gateway.create_deployment(restApiId=self.id, stageName=stage, **more)["id"])

    def permit(self, function: str, source: str = "*") -> None:
        """Let this API invoke `function` from `source`, for example `test/POST/orders`."""
        account = self.account
        self.account.client("lambda").add_permission(
            FunctionName=function,
            StatementId=account.name("permission"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{account.region}:{account.account}:{self.id}/{source}",
        )

    def call(
        self, path: str = "/", verb: str = "POST", stage: str = "test", **request: Any
    ) -> requests.Response:
        """Call a stage, unsigned."""
        url = self.account.endpoint + self.path(path, stage)
        return requests.request(verb, url, timeout=30, **request)

    def path(self, path: str = "/", stage: str = "test") -> str:
        """Return where a stage's resource is, on the sandbox's server."""
        return f"/_aws/execute-api/{self.id}/{stage}{path}"


def invocation_uri(function: str) -> str:
    """Return the integration URI of a function's ARN."""
    region = function.split(":")[3]
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"


def statement(action: str | list[str], resource: str | None = "*") -> dict[str, Any]:
    """Return a statement that allows `action`."""
    allowed: dict[str, Any] = {"Effect": "Allow", "Action": action}
    return allowed if resource is None else allowed | {"Resource": resource}


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def error(call: Callable[..., Any], /, *given: Any, **arguments: Any) -> tuple[str, str]:
    """Return the code and message of the error that a call of the AWS API gives."""
    try:
        call(*given, **arguments)
    except ClientError as answer:
        return answer.response["Error"]["Code"], answer.response["Error"]["Message"]
    raise AssertionError("the call succeeded")


@functools.cache
def _client(owner: Account, service: str, account: str | None) -> Any:
    return Aws.client(owner, service, account)
