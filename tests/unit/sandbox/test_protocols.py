"""Every protocol, written by the sandbox and read by botocore, and the other way round."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import botocore.parsers
import botocore.serialize
import pytest
from botocore.awsrequest import HeadersDict

from labkit.sandbox.gateway import models, parse, serialise
from labkit.sandbox.gateway.errors import (
    AccessDenied,
    AwsError,
    SerializationError,
    UnknownOperation,
    ValidationError,
)
from labkit.sandbox.gateway.request import Request, Response

TIME = datetime(2026, 11, 29, 12, 30, 1, tzinfo=UTC)
OUTPUTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("sns", "query", "Publish", {"MessageId": "<1>", "SequenceNumber": "2"}),
    ("sns", "query", "ListTopics", {"Topics": [{"TopicArn": "a"}, {"TopicArn": "b"}]}),
    ("sns", "query", "GetTopicAttributes", {"Attributes": {"Policy": '{"a": "&"}', "Owner": "1"}}),
    (
        "iam",
        "query",
        "GetRole",
        {"Role": {"Path": "/", "RoleName": "r", "RoleId": "i", "Arn": "a", "CreateDate": TIME}},
    ),
    (
        "autoscaling",
        "query",
        "DescribeWarmPool",
        {"WarmPoolConfiguration": {"MinSize": 1, "InstanceReusePolicy": {"ReuseOnScaleIn": True}}},
    ),
    (
        "ec2",
        "ec2",
        "DescribeVpcs",
        {"Vpcs": [{"VpcId": "vpc-1", "IsDefault": False, "Tags": [{"Key": "k", "Value": "v"}]}]},
    ),
    ("sqs", "json", "SendMessage", {"MessageId": "1", "MD5OfMessageBody": "2"}),
    ("events", "json", "PutEvents", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}),
    (
        "stepfunctions",
        "json",
        "StartExecution",
        {"executionArn": "arn", "startDate": TIME},
    ),
    ("lambda", "rest-json", "GetFunctionConfiguration", {"FunctionName": "f", "Timeout": 3}),
    ("apigateway", "rest-json", "GetRestApi", {"id": "a", "name": "n", "createdDate": TIME}),
    ("scheduler", "rest-json", "GetSchedule", {"Name": "s", "StartDate": TIME}),
    (
        "s3",
        "rest-xml",
        "ListObjectsV2",
        {"Name": "b", "KeyCount": 1, "Contents": [{"Key": "a&b", "Size": 1, "LastModified": TIME}]},
    ),
    ("s3", "rest-xml", "PutObject", {"ETag": '"1"', "VersionId": "v"}),
    (
        "cloudwatch",
        "smithy-rpc-v2-cbor",
        "GetMetricStatistics",
        {"Label": "l", "Datapoints": [{"Timestamp": TIME, "Average": 1.5, "Unit": "Count"}]},
    ),
    ("cloudwatch", "json", "DescribeAlarms", {"MetricAlarms": [{"AlarmName": "a"}]}),
    (
        "cloudwatch",
        "query",
        "GetMetricStatistics",
        {"Label": "l", "Datapoints": [{"Timestamp": TIME, "Average": 1.5}]},
    ),
]
INPUTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "sns",
        "Publish",
        {"Message": "m", "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}}},
    ),
    (
        "sns",
        "CreateTopic",
        {"Name": "t", "Attributes": {"a": "1"}, "Tags": [_ := {"Key": "k", "Value": "v"}]},
    ),
    (
        "iam",
        "CreateRole",
        {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 3600},
    ),
    (
        "autoscaling",
        "DescribeAutoScalingGroups",
        {"AutoScalingGroupNames": [str(n) for n in range(12)]},
    ),
    (
        "rds",
        "DescribeDBInstances",
        {"Filters": [{"Name": "n", "Values": ["a", "b"]}], "MaxRecords": 20},
    ),
    (
        "ec2",
        "RunInstances",
        {
            "MinCount": 1,
            "MaxCount": 2,
            "EbsOptimized": True,
            "SecurityGroupIds": ["sg-1", "sg-2"],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [_]}],
        },
    ),
    ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySeconds": 1}),
    ("lambda", "GetFunction", {"FunctionName": "f", "Qualifier": "live"}),
    ("lambda", "CreateAlias", {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}),
    (
        "apigateway",
        "PutIntegration",
        {"restApiId": "a", "resourceId": "r", "httpMethod": "GET", "type": "MOCK"},
    ),
    ("apigateway", "GetRestApis", {"limit": 5}),
    ("scheduler", "GetSchedule", {"Name": "s", "GroupName": "g"}),
    ("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"], "MaxRecords": 3}),
]


def request(service: str, protocol: str, operation: str) -> Request:
    return Request(
        "POST", "/", {}, service=service, protocol=protocol, operation=operation, id="id"
    )


def read(service: str, protocol: str, operation: str, response: Response) -> Any:
    """Read a response as boto3 would."""
    shape = models.service(service).operation_model(operation).output_shape
    parser = botocore.parsers.create_parser(protocol)
    headers = HeadersDict(response.headers)
    answer = {"status_code": response.status, "headers": headers, "body": response.body}
    return parser.parse(answer, shape)


@pytest.mark.parametrize(("service", "protocol", "operation", "output"), OUTPUTS)
def test_an_output(service: str, protocol: str, operation: str, output: dict[str, Any]) -> None:
    written = serialise.output(request(service, protocol, operation), output)
    found = read(service, protocol, operation, written)
    metadata = found.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 200
    assert {name: found[name] for name in output} == output


@pytest.mark.parametrize(("service", "protocol", "operation", "_"), OUTPUTS)
@pytest.mark.parametrize(
    "error", [AccessDenied("not <you>"), ValidationError("no"), AwsError("x", "Y")]
)
def test_an_error(service: str, protocol: str, operation: str, _: Any, error: AwsError) -> None:
    written = serialise.error(request(service, protocol, operation), error)
    found = read(service, protocol, operation, written)["Error"]
    compatible = "awsQueryCompatible" in models.metadata(service)
    expected = error.code("query" if compatible else protocol)
    assert (found["Code"], found["Message"]) == (expected, error.message)
    assert written.status == error.status


def test_a_member_that_the_output_has_not() -> None:
    with pytest.raises(KeyError):
        serialise.output(request("sns", "query", "Publish"), {"MessageID": "1"})


def test_the_code_that_an_error_had_in_the_query_protocol() -> None:
    class QueueDoesNotExist(AwsError):
        codes = {  # noqa: RUF012
            "query": "AWS.SimpleQueueService.NonExistentQueue",
            "": "QueueDoesNotExist",
        }

    error = QueueDoesNotExist("there is none")
    written = serialise.error(request("sqs", "json", "SendMessage"), error)
    assert written.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"


@pytest.mark.parametrize(("service", "operation", "parameters"), INPUTS)
def test_an_input(service: str, operation: str, parameters: dict[str, Any]) -> None:
    parts = parse.written(service, operation, parameters)
    sent = Request(**parts, service=service, operation=operation)
    assert sent.parameters == parameters


def test_an_input_with_other_parameters() -> None:
    parts = parse.written("sns", "Publish", {"Message": "m", "TopicArn": "t"})
    sent = Request(**parts, service="sns", operation="Publish")
    assert sent.with_parameters({"Message": "n"}).parameters == {"Message": "n"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"text"'])
@pytest.mark.parametrize("protocol", ["json", "rest-json", "smithy-rpc-v2-cbor"])
def test_a_body_that_cannot_be_read(protocol: str, body: bytes) -> None:
    sent = Request("POST", "/", {}, body=body, protocol=protocol)
    with pytest.raises(SerializationError):
        _ = sent.decoded


def test_null_is_not_given() -> None:
    sent = Request("POST", "/", {}, body=json.dumps({"a": None, "b": [{"c": None}]}).encode())
    assert sent.decoded == {"b": [{}]}


def test_the_common_codes_of_a_kind() -> None:
    assert AccessDenied("").code("ec2") == "UnauthorizedOperation"
    assert ValidationError("").code("json") == "ValidationException"
    assert UnknownOperation("").code("query") == "InvalidAction"


@pytest.mark.parametrize(
    ("service", "method", "path", "operation"),
    [
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", "Invoke"),
        ("lambda", "GET", "/2015-03-31/functions/", "ListFunctions"),
        ("lambda", "GET", "/2015-03-31/functions/f", "GetFunction"),
        ("apigateway", "POST", "/restapis/a/resources/r/methods/GET", "TestInvokeMethod"),
        ("apigateway", "PUT", "/restapis/a/resources/r/methods/GET", "PutMethod"),
        ("scheduler", "POST", "/schedules/s", "CreateSchedule"),
    ],
)
def test_the_operation_of_a_path(service: str, method: str, path: str, operation: str) -> None:
    found = models.operation_at(service, method, path, {})
    assert found is not None
    assert found[0] == operation
