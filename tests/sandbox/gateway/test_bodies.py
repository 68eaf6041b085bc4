"""How much of a request's body is read, of whom, and what the server holds of it."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for

MIB = 1024 * 1024
GIB = 1024 * MIB
FUNCTIONS = "/2015-03-31/functions"
SQS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ListQueues"}
"""A call of a service whose protocol has no hash of the body in its head."""

LARGE = {"Content-Length": str(8 * MIB)}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def aws(sandbox: dict[str, Any]) -> Aws:
    return aws_of(sandbox)


@contextmanager
def begun(
    aws: Aws, method: str, path: str, headers: dict[str, str]
) -> Iterator[tuple[socket.socket, Any]]:
    """Send a request's head and no body; give the connection, and a file to read it."""
    host, _, port = aws.endpoint.removeprefix("http://").partition(":")
    lines = {"Host": f"{host}:{port}"} | headers
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in lines.items())]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        with connection.makefile("rb") as answer:
            yield connection, answer


def read(answer: Any) -> tuple[int, str]:
    """Read a response's status, and its body; REST-JSON's code, which a header has, before that."""
    status = int(answer.readline().split()[1])
    headers = {}
    while (line := answer.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = answer.read(int(headers.get("content-length", 0))).decode()
    return status, headers.get("x-amzn-errortype", "") + body


def unread(aws: Aws, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return the answer to a request of which only the head was sent."""
    with begun(aws, method, path, headers) as (_, answer):
        return read(answer)


def signed(
    aws: Aws,
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    *,
    key: tuple[str, str] | None = None,
    body: bytes = b"another",
) -> dict[str, str]:
    """Sign a request that has `body`."""
    request = AWSRequest(method, aws.endpoint + path, headers=dict(headers), data=body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(*(key or (aws.account, aws.secret))), service, aws.region).add_auth(request)
    return dict(request.headers)


def memory(sandbox: dict[str, Any]) -> int:
    """Return the most memory that the server has had since `reset`, in bytes."""
    status = Path(f"/proc/{sandbox['server_pid']}/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def reset(sandbox: dict[str, Any]) -> int:
    """Begin to watch the server's memory; return what it has."""
    Path(f"/proc/{sandbox['server_pid']}/clear_refs").write_text("5", encoding="ascii")
    return memory(sandbox)


class TestWithoutASignature:
    @pytest.mark.parametrize(
        "length", [{"Content-Length": str(GIB)}, {"Transfer-Encoding": "chunked"}]
    )
    @pytest.mark.parametrize(
        ("path", "headers", "status", "code"),
        [
            ("/", SQS, 403, "AccessDenied"),
            ("/a-bucket/a-key", {}, 403, "AccessDenied"),
            (FUNCTIONS, {}, 403, "MissingAuthenticationToken"),
            ("/", {"X-Amz-Target": "AWSEvents.PutRule"}, 400, "MissingAuthenticationToken"),
            ("/?Action=Publish&Version=2010-03-31", {}, 403, "MissingAuthenticationToken"),
        ],
    )
    def test_is_refused_unread(
        self, aws: Aws, path: str, headers: dict[str, str], length: dict[str, str], status: int,
        code: str,
    ) -> None:  # fmt: skip
        found, body = unread(aws, "POST", path, headers | length)
        assert (found, code in body) == (status, True), body


class TestWithASignature:
    @pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", ""])
    def test_of_no_known_key_is_refused_unread(self, aws: Aws, key: str) -> None:
        headers = signed(aws, "sqs", "POST", "/", SQS, key=(key, "nobody's"))
        status, body = unread(aws, "POST", "/", headers | LARGE)
        assert (status, "InvalidClientTokenId" in body) == (403, True)

    def test_of_another_day_is_refused_unread(self, aws: Aws) -> None:
        headers = signed(aws, "sqs", "POST", "/", SQS)
        old = {"X-Amz-Date": "20200101T000000Z"}
        status, body = unread(aws, "POST", "/", headers | old | LARGE)
        assert (status, "Signature expired" in body) == (403, True)

    def test_that_the_head_shows_to_be_wrong_is_refused_unread(self, aws: Aws) -> None:
        headers = signed(aws, "s3", "PUT", "/b/k", {}, key=(aws.account, "wrong"))
        status, body = unread(aws, "PUT", "/b/k", headers | LARGE)
        assert (status, "SignatureDoesNotMatch" in body) == (403, True)

    def test_in_a_url_that_is_wrong_is_refused_unread(self, aws: Aws) -> None:
        url = aws.client("s3").generate_presigned_url("put_object", {"Bucket": "b", "Key": "k"})
        path = url.removeprefix(aws.endpoint)
        wrong = path.replace("Signature=", "Signature=0")
        status, body = unread(aws, "PUT", wrong, LARGE)
        assert (status, "SignatureDoesNotMatch" in body) == (403, True)

    @pytest.mark.parametrize(
        ("service", "method", "path", "headers", "length", "status", "text"),
        [
            ("sqs", "POST", "/", SQS, 11 * MIB, 413, "exceeded 10485760 bytes"),
            ("lambda", "POST", f"{FUNCTIONS}/f/invocations", {}, 7 * MIB, 413, "6291456 bytes for"),
            (
                "lambda", "POST", f"{FUNCTIONS}/f/invocations", {"X-Amz-Invocation-Type": "Event"},
                2 * MIB, 413, "1048576 bytes for the InvokeAsync",
            ),
            ("lambda", "POST", FUNCTIONS, {}, 70 * MIB, 413, "69905067 bytes for"),
            ("s3", "PUT", "/a-bucket/a-key", {}, GIB, 400, "<Code>EntityTooLarge</Code>"),
        ],
    )  # fmt: skip
    def test_what_says_that_it_is_too_large_is_refused_unread(
        self, aws: Aws, service: str, method: str, path: str, headers: dict[str, str], length: int,
        status: int, text: str,
    ) -> None:  # fmt: skip
        head = signed(aws, service, method, path, headers) | {"Content-Length": str(length)}
        found, body = unread(aws, method, path, head)
        assert (found, text in body) == (status, True), body

    def test_an_api_refuses_what_is_too_large(self, aws: Aws) -> None:
        api = aws.client("apigateway").create_rest_api(name=aws.name("api"))["id"]
        path = f"/_aws/execute-api/{api}/prod/"
        status, body = unread(aws, "POST", path, {"Content-Length": str(11 * MIB)})
        assert status == 413
        assert '{"message": "HTTP content length exceeded 10485760 bytes."}' in body


class TestMemory:
    def test_a_body_without_an_end_is_cut_at_the_limit(
        self, aws: Aws, sandbox: dict[str, Any]
    ) -> None:
        headers = signed(aws, "sqs", "POST", "/", SQS, key=(aws.account, "wrong"))
        before = reset(sandbox)
        sent = 0
        with begun(aws, "POST", "/", headers | {"Transfer-Encoding": "chunked"}) as (to, answer):
            piece = b"100000\r\n" + b"x" * MIB + b"\r\n"
            try:
                while sent < 1000:
                    to.sendall(piece)
                    sent += 1
            except OSError:
                pass
            assert read(answer)[0] == 413
        assert sent > 10
        assert memory(sandbox) - before < 64 * MIB

    def test_all_bodies_together_have_little_room_until_they_are_whole(
        self, aws: Aws, sandbox: dict[str, Any]
    ) -> None:
        headers = signed(aws, "lambda", "POST", FUNCTIONS, {}, key=(aws.account, "wrong"))
        large = headers | {"Content-Length": str(60 * MIB)}
        piece, answers = b"x" * (59 * MIB), []
        before = reset(sandbox)
        with ExitStack() as stack:
            for _ in range(6):
                to, answer = stack.enter_context(begun(aws, "POST", FUNCTIONS, large))
                to.sendall(piece)
                answers.append(answer)
            refused = [read(answer) for answer in answers[4:]]
            assert aws.client("sts").get_caller_identity()["Account"] == aws.account
        assert {status for status, _ in refused} == {503}
        assert all("SlowDown" in body for _, body in refused)
        assert memory(sandbox) - before < 400 * MIB
        wait_for(lambda: len(self.package(aws, 12 * MIB)) > 0)

    @staticmethod
    def package(aws: Aws, size: int) -> str:
        """Send a package that is none, of a learner; return what is told of it."""
        body = json.dumps({"FunctionName": "f", "Code": {"ZipFile": "A" * size}}).encode()
        headers = signed(aws, "lambda", "POST", FUNCTIONS, {}, body=body)
        answer = requests.post(aws.endpoint + FUNCTIONS, body, headers=headers, timeout=30)
        code = answer.headers.get("x-amzn-ErrorType", "")
        return "" if answer.status_code == 503 else code + answer.text

    def test_what_is_compressed_may_not_be_larger_either(
        self, aws: Aws, sandbox: dict[str, Any]
    ) -> None:
        body = gzip.compress(b'{"Text": "' + b"x" * (128 * MIB) + b'"}', compresslevel=1)
        assert len(body) < MIB
        headers = signed(aws, "sqs", "POST", "/", SQS | {"Content-Encoding": "gzip"}, body=body)
        before = reset(sandbox)
        answer = requests.post(aws.endpoint, body, headers=headers, timeout=30)
        assert answer.status_code == 413
        assert memory(sandbox) - before < 64 * MIB


class TestWhatIsWanted:
    @pytest.fixture
    def bucket(self, aws: Aws) -> str:
        name = aws.name("bucket")
        place = {"LocationConstraint": aws.region}
        aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return name

    def test_a_large_object(self, aws: Aws, bucket: str) -> None:
        content = bytes(range(256)) * (20 * 4096)
        s3 = aws.client("s3")
        s3.put_object(Bucket=bucket, Key="large", Body=content)
        assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == content

    def test_an_object_for_a_presigned_url(self, aws: Aws, bucket: str) -> None:
        s3, wanted = aws.client("s3"), {"Bucket": bucket, "Key": "presigned"}
        content = b"y" * (3 * MIB)
        url = s3.generate_presigned_url("put_object", wanted)
        assert requests.put(url, content, timeout=30).status_code == 200
        assert s3.get_object(**wanted)["Body"].read() == content

    def test_an_object_that_is_compressed_stays_so(self, aws: Aws, bucket: str) -> None:
        s3, content = aws.client("s3"), gzip.compress(b"text" * 100)
        s3.put_object(Bucket=bucket, Key="c", Body=content, ContentEncoding="gzip")
        found = s3.get_object(Bucket=bucket, Key="c")
        assert (found["ContentEncoding"], found["Body"].read()) == ("gzip", content)

    def test_a_package(self, aws: Aws) -> None:
        text = TestMemory.package(aws, 12 * MIB)
        assert "TooLarge" not in text
        assert "InvalidParameterValueException" in text or "ValidationException" in text

    def test_a_body_in_chunks(self, aws: Aws) -> None:
        body = json.dumps({"QueueNamePrefix": "x" * 70}).encode()
        headers = signed(aws, "sqs", "POST", "/", SQS, body=body)
        answer = requests.post(aws.endpoint, iter([body]), headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
