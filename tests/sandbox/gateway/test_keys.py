"""Keys: each is this server's own, each signature is verified, and without one nothing answers."""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, aws_of, cached_client, running_sandbox, zipped
from tests.sandbox.delivery import error

CALLS = {
    "dynamodb": "list_tables",
    "ec2": "describe_vpcs",
    "iam": "list_users",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "sqs": "list_queues",
    "stepfunctions": "list_state_machines",
    "sts": "get_caller_identity",
}
"""A harmless call of each protocol."""

MISMATCH = {
    "ec2": "AuthFailure",
    "iam": "SignatureDoesNotMatch",
    "s3": "SignatureDoesNotMatch",
    "sqs": "SignatureDoesNotMatch",
    "sts": "SignatureDoesNotMatch",
}
"""What a service says to a wrong signature, if not `InvalidSignatureException`."""

UNSIGNED = {
    "dynamodb": "MissingAuthenticationTokenException",
    "ec2": "MissingParameter",
    "iam": "MissingAuthenticationToken",
    "lambda": "MissingAuthenticationTokenException",
    "logs": "MissingAuthenticationTokenException",
    "s3": "AccessDenied",
    "sqs": "AccessDenied",
    "stepfunctions": "MissingAuthenticationTokenException",
    "sts": "MissingAuthenticationToken",
}

CLOSED = [
    ("GET", "/_ministack/health"),
    ("POST", "/_ministack/reset"),
    ("POST", "/_ministack/config"),
    ("GET", "/_ministack/ready"),
    ("GET", "/_ministack/sqs/messages"),
    ("GET", "/_ministack/ses/messages"),
    ("GET", "/_ministack/sns/sms-messages"),
    ("GET", "/_ministack/lambda-code/111122223333/ap-northeast-2/function"),
    ("GET", "/_ministack/iot/ca.pem"),
    ("POST", "/_ministack/eks-auth/cluster"),
    ("POST", "/_ministack/rds/iam-auth"),
    ("GET", "/_localstack/health"),
    ("GET", "/_localstack/init"),
    ("GET", "/_aws/anything"),
    ("GET", "/_alb/name/"),
    ("GET", "/health"),
    ("GET", "/v2/_catalog"),
    ("PUT", "/v2/repository/manifests/latest"),
    ("GET", "/oauth2/authorize"),
    ("POST", "/oauth2/token"),
    ("POST", "/login"),
    ("GET", "/pool/.well-known/jwks.json"),
    ("POST", "/Execute"),
    ("GET", "/iceberg/v1/config"),
    ("GET", "/v20180820/bucket"),
    ("GET", "/v2/email/identities"),
    ("PUT", "/a-new-bucket"),
    ("GET", "/"),
    ("OPTIONS", "/"),
]
"""What MiniStack would answer without a key, and an account's own calls."""


@pytest.mark.usefixtures("own_sandbox")
class TestSecret:
    def test_it_is_made_for_each_server(self) -> None:
        with running_sandbox() as one, running_sandbox() as other:
            assert len(one["secret_access_key"]) == 40
            assert one["secret_access_key"] != other["secret_access_key"]
            file = Path(one["root_secret_file"])
            assert file.read_text() == one["secret_access_key"]
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
            here = cached_client(
                one["endpoint"], one["region"], one["account"], other["secret_access_key"], "sqs"
            )
            with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
                here.list_queues()

    def test_it_holds_when_its_file_is_gone(self) -> None:
        with running_sandbox() as sandbox:
            aws = aws_of(sandbox)
            Path(sandbox["root_secret_file"]).unlink()
            assert aws.client("sts").get_caller_identity()["Account"] == aws.account

    def test_a_given_one_is_taken_and_warned_of(self) -> None:
        command = [sys.executable, "-m", "labkit.sandbox", "--secret", "known", "--json"]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*command, "--until-stdin-closes"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        ) as process:
            assert process.stdout is not None
            sandbox = json.loads(process.stdout.readline())
            aws = aws_of(sandbox)
            assert aws.client("sts", "222233334444").get_caller_identity()
            assert (aws.secret, sandbox["secret_access_key"]) == ("known", "known")
            _, complaints = process.communicate("")
        assert "everybody on this computer who knows the value" in complaints

    @pytest.mark.parametrize("value", ["", "with space", "ümlaut"])
    def test_one_that_cannot_be_signed_with_is_refused(self, value: str) -> None:
        command = [sys.executable, "-m", "labkit.sandbox", "--secret", value]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 2
        assert "printable ASCII" in ended.stderr

    def test_it_is_in_no_process_that_others_can_list(self) -> None:
        with running_sandbox() as sandbox:
            for pid in (sandbox["pid"], sandbox["server_pid"]):
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
                assert sandbox["secret_access_key"].encode() not in line


class TestSignatures:
    @pytest.mark.parametrize("service", CALLS)
    def test_a_wrong_one_is_refused(self, aws: Aws, service: str) -> None:
        client = cached_client(aws.endpoint, aws.region, aws.account, "wrong", service)
        refused, _ = error(getattr(client, CALLS[service]))
        assert refused == MISMATCH.get(service, "InvalidSignatureException")

    @pytest.mark.parametrize("service", CALLS)
    def test_none_is_refused(self, aws: Aws, service: str) -> None:
        from botocore import UNSIGNED as NOT_SIGNED
        from botocore.config import Config

        client = boto3.client(
            service,
            endpoint_url=aws.endpoint,
            region_name=aws.region,
            config=Config(signature_version=NOT_SIGNED),
        )
        assert error(getattr(client, CALLS[service]))[0] == UNSIGNED[service]

    @pytest.mark.parametrize(("method", "path"), CLOSED)
    def test_nothing_answers_without_one(self, aws: Aws, method: str, path: str) -> None:
        answer = requests.request(method, aws.endpoint + path, timeout=10)
        assert answer.status_code in (400, 403)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert b"AccessDenied" in answer.content or b"Missing" in answer.content

    @pytest.mark.parametrize("key", ["test", "AKIAIOSFODNN7EXAMPLE", "12345678901", "root"])
    def test_a_key_that_was_not_given_out(self, aws: Aws, key: str) -> None:
        client = cached_client(aws.endpoint, aws.region, key, "wrong", "sts")
        refused, _ = error(client.get_caller_identity)
        assert refused in ("InvalidClientTokenId", "SignatureDoesNotMatch")

    def test_every_account_has_the_servers_secret(self, aws: Aws) -> None:
        for account in ("000000000000", "999999999999"):
            assert aws.client("sts", account).get_caller_identity()["Account"] == account

    def test_another_body_than_the_signed_one(self, aws: Aws) -> None:
        answer = sent(aws, "sts", lambda request: setattr(request, "data", b"Action=Other"))
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)

    @pytest.mark.parametrize("service", ["s3", "sts"])
    def test_a_hash_that_is_not_the_bodys(self, aws: Aws, service: str) -> None:
        """The header was signed, the body was not: it is another's."""
        request = AWSRequest("PUT", f"{aws.endpoint}/bucket", data=b"mine")
        request.headers["X-Amz-Content-SHA256"] = "0" * 64
        SigV4Auth(Credentials(aws.account, aws.secret), service, aws.region).add_auth(request)
        answer = requests.put(request.url, data=b"other", headers=dict(request.headers), timeout=10)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)

    def test_a_session_needs_its_token(self, aws: Aws) -> None:
        given = aws.client("sts").get_session_token()["Credentials"]
        keys = given["AccessKeyId"], given["SecretAccessKey"]
        assert session(aws, *keys, given["SessionToken"]).get_caller_identity()
        for token in (None, "another", given["SessionToken"] + "x"):
            with pytest.raises(ClientError, match="InvalidClientTokenId"):
                session(aws, *keys, token).get_caller_identity()

    def test_a_roots_key_has_no_token(self, aws: Aws) -> None:
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            session(aws, aws.account, aws.secret, "token").get_caller_identity()


class TestPresigned:
    def test_a_functions_package(self, aws: Aws) -> None:
        """The link is for whom GetFunction gave it, as AWS's is."""
        name = aws.function("def handler(event, context): return 1")
        link = aws.client("lambda").get_function(FunctionName=name)["Code"]["Location"]
        package = requests.get(link, timeout=10)
        assert zipfile.ZipFile(io.BytesIO(package.content)).namelist() == ["index.py"]
        plain, _, query = link.partition("?")
        expired = re.sub(r"Expires=\d+", "Expires=1", link)
        later = re.sub(r"Expires=\d+", "Expires=9999999999", link)
        other = link.replace(name, "another")
        for refused in (plain, f"{plain}?{query}0", expired, later, other):
            assert requests.get(refused, timeout=10).status_code == 403

    def test_the_package_of_a_version(self, aws: Aws) -> None:
        lambda_, name = aws.client("lambda"), aws.function("print(1)")
        first = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": "print(2)"}))
        lambda_.create_alias(FunctionName=name, Name="old", FunctionVersion=first)
        for which, text in ((first, b"print(1)"), ("old", b"print(1)"), ("$LATEST", b"print(2)")):
            for named in ({"FunctionName": f"{name}:{which}"}, {"Qualifier": which}):
                code = lambda_.get_function(**{"FunctionName": name} | named)["Code"]
                package = requests.get(code["Location"], timeout=10)
                archive = zipfile.ZipFile(io.BytesIO(package.content))
                assert archive.read("index.py") == text

    def test_a_layers_package(self, aws: Aws) -> None:
        published = aws.client("lambda").publish_layer_version(
            LayerName=aws.name("layer"), Content={"ZipFile": zipped({"python/a.py": ""})}
        )
        link = published["Content"]["Location"]
        package = requests.get(link, timeout=10)
        assert zipfile.ZipFile(io.BytesIO(package.content)).namelist() == ["python/a.py"]
        assert requests.get(link.partition("?")[0], timeout=10).status_code == 403

    def test_a_url_of_s3(self, aws: Aws) -> None:
        s3, bucket = aws.client("s3"), aws.name("bucket")
        where = {"LocationConstraint": aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        target = {"Bucket": bucket, "Key": "a"}
        put = s3.generate_presigned_url("put_object", target)
        assert requests.put(put, data=b"text", timeout=10).status_code == 200
        get = s3.generate_presigned_url("get_object", target)
        assert requests.get(get, timeout=10).content == b"text"
        listed = s3.generate_presigned_url("list_buckets")
        assert bucket in requests.get(listed, timeout=10).text
        plain = get.partition("?")[0]
        for refused in (plain, get.replace("Signature=", "Signature=0"), forged(aws, get)):
            assert requests.get(refused, timeout=10).status_code == 403

    def test_a_url_of_another_service(self, aws: Aws) -> None:
        good, bad = (presigned(aws, secret) for secret in (aws.secret, "wrong"))
        assert aws.account in requests.get(good, timeout=10).text
        assert "SignatureDoesNotMatch" in requests.get(bad, timeout=10).text

    def test_a_form_of_s3(self, aws: Aws) -> None:
        s3, bucket = aws.client("s3"), aws.name("bucket")
        where = {"LocationConstraint": aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        for secret, status in ((aws.secret, 204), ("wrong", 403)):
            client = cached_client(aws.endpoint, aws.region, aws.account, secret, "s3")
            form = client.generate_presigned_post(bucket, "a")
            sent_form = requests.post(
                form["url"], data=form["fields"], files={"file": b"text"}, timeout=10
            )
            assert sent_form.status_code == status


def sent(aws: Aws, service: str, change: Callable[[AWSRequest], object]) -> requests.Response:
    """Sign a call of a query service, change it, and send it."""
    request = AWSRequest(
        "POST",
        f"{aws.endpoint}/",
        data=b"Action=GetCallerIdentity&Version=2011-06-15",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    SigV4Auth(Credentials(aws.account, aws.secret), service, aws.region).add_auth(request)
    change(request)
    return requests.post(request.url, data=request.data, headers=dict(request.headers), timeout=10)


def session(aws: Aws, key: str, secret: str, token: str | None) -> Any:
    """A client of STS with such credentials."""
    made = boto3.Session(key, secret, token, region_name=aws.region)
    return made.client("sts", endpoint_url=aws.endpoint)


def presigned(aws: Aws, secret: str) -> str:
    """A URL that asks STS who signed it."""
    url = f"{aws.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url)
    signer = SigV4QueryAuth(Credentials(aws.account, secret), "sts", aws.region, expires=60)
    signer.add_auth(request)
    return str(request.url)


def forged(aws: Aws, url: str) -> str:
    """The same URL as somebody would sign it who knows the account and not the secret."""
    client = cached_client(aws.endpoint, aws.region, aws.account, "guessed", "s3")
    bucket, _, key = url.partition("?")[0].removeprefix(f"{aws.endpoint}/").partition("/")
    return str(client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}))
