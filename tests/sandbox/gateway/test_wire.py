"""Bad requests at the wire: each gets AWS's error, never a failure inside and never silence."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for, zipped
from tests.sandbox.delivery import error

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
TARGETS = {
    "dynamodb": "DynamoDB_20120810.ListTables",
    "events": "AWSEvents.ListRules",
    "logs": "Logs_20140328.DescribeLogGroups",
    "monitoring": "GraniteServiceVersion20100801.ListMetrics",
    "sqs": "AmazonSQS.ListQueues",
    "states": "AWSStepFunctions.ListStateMachines",
}
VERSIONS = {
    "autoscaling": "2011-01-01",
    "cloudformation": "2010-05-15",
    "ec2": "2016-11-15",
    "elasticloadbalancing": "2015-12-01",
    "iam": "2010-05-08",
    "rds": "2014-10-31",
    "sns": "2010-03-31",
    "sts": "2011-06-15",
}
TWENTY_MEGABYTES = 20 * 1024 * 1024


def send(
    aws: Aws,
    service: str,
    body: bytes,
    headers: dict[str, str],
    path: str = "/",
    method: str = "POST",
    key: tuple[str, str] | None = None,
) -> requests.Response:
    """Send a signed request just as it is."""
    url = f"{aws.endpoint}{path}"
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    credentials = Credentials(*(key or (aws.account, aws.secret)))
    SigV4Auth(credentials, service, aws.region).add_auth(request)
    return requests.request(method, url, data=body, headers=dict(request.headers), timeout=30)


def target(service: str, operation: str | None = None) -> dict[str, str]:
    """The headers of a call of a JSON service."""
    prefix, _, listed = TARGETS[service].partition(".")
    name = f"{prefix}.{operation or listed}"
    return {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": name}


class TestJson:
    @pytest.mark.parametrize("body", [b"{not json", b"[1, 2]", b'"text"', b"\xff\xfe"])
    @pytest.mark.parametrize("service", TARGETS)
    def test_broken(self, aws: Aws, service: str, body: bytes) -> None:
        answer = send(aws, service, body, target(service))
        assert answer.status_code == 400
        assert answer.json()["__type"] == "SerializationException"

    @pytest.mark.parametrize("service", TARGETS)
    def test_an_unknown_operation(self, aws: Aws, service: str) -> None:
        answer = send(aws, service, b"{}", target(service, "Nothing"))
        assert answer.status_code == 400
        assert "__type" in answer.json()

    @pytest.mark.parametrize(
        ("service", "path"),
        [("lambda", "/2015-03-31/functions"), ("apigateway", "/restapis")],
    )
    @pytest.mark.parametrize("body", [b"{not json", b"[1, 2]"])
    def test_broken_in_a_rest_service(self, aws: Aws, service: str, path: str, body: bytes) -> None:
        answer = send(aws, service, body, JSON, path)
        assert answer.status_code == 400
        assert answer.headers["x-amzn-ErrorType"] == "SerializationException"

    @pytest.mark.parametrize(
        ("service", "operation", "parameters"),
        [
            ("sqs", "CreateQueue", {"QueueName": 7}),
            ("sqs", "CreateQueue", {"QueueName": "orders", "Attributes": ["DelaySeconds"]}),
            ("logs", "CreateLogGroup", {"logGroupName": {"name": "orders"}}),
            ("events", "PutTargets", {"Rule": "orders", "Targets": [{"Id": True}]}),
        ],
    )
    def test_a_parameter_of_another_type(
        self, aws: Aws, service: str, operation: str, parameters: dict[str, Any]
    ) -> None:
        answer = send(aws, service, json.dumps(parameters).encode(), target(service, operation))
        assert answer.status_code == 400
        assert answer.json()["__type"] == "SerializationException"

    def test_a_setting_of_another_type(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): return 1")
        paths = {
            f"/2015-03-31/functions/{name}/configuration": {"Timeout": "long"},
            f"/2017-10-31/functions/{name}/concurrency": {"ReservedConcurrentExecutions": "all"},
        }
        for path, setting in paths.items():
            answer = send(aws, "lambda", json.dumps(setting).encode(), JSON, path, "PUT")
            assert answer.status_code == 400
            assert answer.headers["x-amzn-ErrorType"] == "SerializationException"

    def test_null_is_not_given(self, aws: Aws) -> None:
        parameters = {"QueueName": aws.name("queue"), "Attributes": None}
        answer = send(aws, "sqs", json.dumps(parameters).encode(), target("sqs", "CreateQueue"))
        assert answer.status_code == 200


class TestForms:
    @pytest.mark.parametrize("service", VERSIONS)
    def test_an_unknown_action(self, aws: Aws, service: str) -> None:
        body = f"Action=Nothing&Version={VERSIONS[service]}".encode()
        answer = send(aws, service, body, FORM)
        assert answer.status_code == 400
        assert "<Code>InvalidAction</Code>" in answer.text

    @pytest.mark.parametrize("body", [b"\xff\xfe%%%&&==", b'{"Action": 1}'])
    @pytest.mark.parametrize("service", VERSIONS)
    def test_no_action(self, aws: Aws, service: str, body: bytes) -> None:
        answer = send(aws, service, body, FORM)
        assert answer.status_code == 400
        assert "Action</Code>" in answer.text

    def test_a_number_that_is_none(self, aws: Aws) -> None:
        body = b"Action=RunInstances&Version=2016-11-15&MinCount=one&MaxCount=1&ImageId=ami-1"
        answer = send(aws, "ec2", body, FORM)
        assert answer.status_code == 400
        assert "<Code>InvalidParameterValue</Code>" in answer.text


def test_a_service_that_is_not_there_says_so(aws: Aws) -> None:
    code, message = error(aws.client("service-quotas").list_services)
    assert code == "UnsupportedOperation"
    assert message == "The embedded sandbox has no service servicequotas. Nothing was done."


class TestContentTypes:
    """A body is what its service expects, whatever its header says."""

    def test_json_that_says_it_is_text(self, aws: Aws) -> None:
        text = target("sqs") | {"Content-Type": "text/plain"}
        assert send(aws, "sqs", b"{broken", text).status_code == 400

    def test_a_form_that_says_it_is_json(self, aws: Aws) -> None:
        body = b"Action=DescribeVpcs&Version=2016-11-15"
        for service in ("ec2", "sts"):
            answer = send(aws, service, body, {"Content-Type": "application/x-amz-json-1.1"})
            assert 400 <= answer.status_code < 500

    def test_a_payload_that_says_it_is_text(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): return event")
        path = f"/2015-03-31/functions/{name}/invocations"
        answer = send(aws, "lambda", b"[1, 2]", {"Content-Type": "text/plain"}, path)
        assert answer.json() == [1, 2]


class TestCutShort:
    @pytest.mark.parametrize("service", ["sqs", "lambda", "s3", "ec2"])
    def test_a_body_that_ends_too_early(self, aws: Aws, service: str) -> None:
        """No answer or a refusal, at once, and nothing is done; the next request is served."""
        host, _, port = aws.endpoint.removeprefix("http://").partition(":")
        request = AWSRequest("POST", f"{aws.endpoint}/", data=b"{}", headers={})
        SigV4Auth(Credentials(aws.account, aws.secret), service, aws.region).add_auth(request)
        lines = [f"{name}: {text}" for name, text in request.headers.items()]
        head = ["POST / HTTP/1.1", f"Host: {host}:{port}", "Content-Length: 1000", *lines]
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall("\r\n".join([*head, "", '{"QueueName": "or']).encode())
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(1 << 16)
        assert not answer or answer.split()[1].startswith(b"4")
        assert aws.client("sts").get_caller_identity()["Account"] == aws.account


class TestXml:
    @pytest.mark.parametrize(
        ("setting", "code"),
        [
            ("lifecycle", "MalformedXML"),
            ("versioning", "MalformedXML"),
            ("tagging", "MalformedXML"),
            ("notification", "MalformedXML"),
            ("cors", "MalformedXML"),
            ("policy", "MalformedPolicy"),
        ],
    )
    def test_broken(self, aws: Aws, setting: str, code: str) -> None:
        bucket = aws.name("bucket")
        aws.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region}
        )
        answer = send(aws, "s3", b"<nothing", {}, f"/{bucket}?{setting}=", "PUT")
        assert answer.status_code == 400
        assert f"<Code>{code}</Code>" in answer.text


class TestSize:
    @pytest.mark.parametrize("service", ["sqs", "states"])
    def test_twenty_megabytes_of_json(self, aws: Aws, service: str) -> None:
        body = json.dumps({"Text": "x" * TWENTY_MEGABYTES}).encode()
        assert send(aws, service, body, target(service)).status_code == 413

    @pytest.mark.parametrize("service", ["ec2", "iam"])
    def test_twenty_megabytes_of_form(self, aws: Aws, service: str) -> None:
        body = b"Action=Nothing&Text=" + b"x" * TWENTY_MEGABYTES
        assert send(aws, service, body, FORM).status_code == 413

    def test_a_payload(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): return 1")
        body = b'"' + b"x" * TWENTY_MEGABYTES + b'"'
        path = f"/2015-03-31/functions/{name}/invocations"
        answer = send(aws, "lambda", body, JSON, path)
        assert answer.status_code == 413
        assert answer.headers["x-amzn-ErrorType"] == "RequestTooLargeException"


class TestSignature:
    @pytest.fixture
    def key(self, aws: Aws) -> tuple[str, str]:
        """The access key of a user who may do everything."""
        iam, name = aws.client("iam"), aws.name("user")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    @pytest.mark.parametrize(
        ("service", "status", "code"),
        [
            ("sqs", 403, "SignatureDoesNotMatch"),
            ("states", 400, "InvalidSignatureException"),
            ("sts", 403, "SignatureDoesNotMatch"),
            ("ec2", 401, "AuthFailure"),
        ],
    )
    def test_a_wrong_one(
        self, aws: Aws, key: tuple[str, str], service: str, status: int, code: str
    ) -> None:
        body, headers = b"{}", target(service) if service in TARGETS else FORM
        if service in VERSIONS:
            action = {"ec2": "DescribeVpcs", "sts": "GetCallerIdentity"}[service]
            body = f"Action={action}&Version={VERSIONS[service]}".encode()
        assert send(aws, service, body, headers, key=key).status_code == 200
        wrong = send(aws, service, body, headers, key=(key[0], "wrong"))
        assert wrong.status_code == status
        assert code in wrong.text


class TestPackages:
    def create(self, aws: Aws, package: bytes) -> str:
        name = aws.name("function")
        aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=aws.role(BASIC_EXECUTION),
            Code={"ZipFile": package},
        )
        return name

    @pytest.mark.parametrize(
        "package", [b"not a zip", zipped({"index.py": "def handler(e, c): pass\n" * 99})[:200]]
    )
    def test_no_archive(self, aws: Aws, package: bytes) -> None:
        assert error(self.create, aws, package) == (
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        )

    @pytest.mark.parametrize("path", ["../../../{}", "/tmp/{}", "code/../../../{}"])
    def test_a_path_out_of_the_archive_stays_inside(self, aws: Aws, path: str) -> None:
        slipped = aws.name("slipped")
        source = """
import os
def handler(event, context):
    return [n for _, _, names in os.walk(os.environ["LAMBDA_TASK_ROOT"]) for n in names]
"""
        name = self.create(aws, zipped({"index.py": source, path.format(slipped): "slipped"}))
        read: Any = aws.client("lambda").get_function_configuration
        wait_for(lambda: read(FunctionName=name)["State"] == "Active")
        assert slipped in aws.invoke(name).payload
        assert not Path("/tmp", slipped).exists()
