"""Browsers: what a page of another origin can send reaches no service; bad requests are refused."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Aws, aws_of, running_sandbox
from tests.sandbox.delivery import Account, Api

BODY = b"Action=CreateTopic&Name=made&Version=2010-03-31"
FORM = "application/x-www-form-urlencoded"
KILOBYTES_64 = 64 * 1024
PRINTABLE = st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"])


@dataclass
class Raw:
    """What came back for a request that was written by hand."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def code(self) -> str:
        """The error's code in AWS's XML or JSON."""
        found = re.search(r"<Code>(\w+)</Code>|\"__type\": \"(\w+)\"", self.body)
        return (found[1] or found[2]) if found else ""


def exchange(aws: Aws, lines: list[str], body: bytes = b"") -> Raw:
    """Send a request line by line; read one answer, within five seconds."""
    host, _, port = aws.endpoint.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        connection.sendall(head.encode("latin-1") + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = received.decode("latin-1").partition("\r\n\r\n")
    if head.startswith("HTTP/1.1 100"):
        head, _, rest = rest.partition("\r\n\r\n")
    status, *fields = head.split("\r\n")
    pairs = (line.partition(": ") for line in fields)
    return Raw(int(status.split()[1]), {name.lower(): text for name, _, text in pairs}, rest)


def signed(aws: Aws, **headers: str) -> list[str]:
    """The lines of a call that is signed as it should be: it makes a topic."""
    request = AWSRequest("POST", f"{aws.endpoint}/", data=BODY, headers={"Content-Type": FORM})
    SigV4Auth(Credentials(aws.account, aws.secret), "sns", aws.region).add_auth(request)
    own = {"Host": aws.endpoint.removeprefix("http://"), "Content-Length": str(len(BODY))}
    fields = own | dict(request.headers.items()) | headers
    return ["POST / HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]


def port(aws: Aws) -> str:
    return aws.endpoint.rpartition(":")[2]


def was_made(aws: Aws) -> bool:
    """Whether a call has reached SNS; takes away what it made."""
    sns = aws.client("sns")
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    made = [arn for arn in topics if arn.endswith(":made")]
    for arn in made:
        sns.delete_topic(TopicArn=arn)
    return bool(made)


@pytest.fixture
def untouched(aws: Aws) -> Iterator[None]:
    """No request of the test reaches a service; one of another test, well signed, may have."""
    was_made(aws)
    yield
    assert not was_made(aws)


class TestHost:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1:{}", "localhost:{}", "LOCALHOST:{}", "localhost.:{}", "[::1]:{}",
                 "sns.us-east-1.amazonaws.com", "sns.localhost:{}", "localhost", "127.0.0.1:1"],
    )  # fmt: skip
    def test_a_name_of_ours(self, aws: Aws, host: str) -> None:
        name = host.format(port(aws))
        request = AWSRequest(
            "POST", f"{aws.endpoint}/", data=BODY, headers={"Content-Type": FORM, "Host": name}
        )
        SigV4Auth(Credentials(aws.account, aws.secret), "sns", aws.region).add_auth(request)
        answer = requests.post(
            request.url, data=BODY, headers=dict(request.headers.items()), timeout=10
        )
        assert (answer.status_code, was_made(aws)) == (200, True)

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize(
        "host", ["evil.test", "evil.test:{}", "127.0.0.1.evil.test:{}", "localhost.evil.test",
                 "amazonaws.com.evil.test", "evilamazonaws.com", "169.254.169.254", "0.0.0.0:{}",
                 "abcd1234.execute-api.evil.test", "bucket.s3.evil.test",
                 f"{'a' * 32}.lambda-url.us-east-1.evil.test", "host.docker.internal:{}"],
    )  # fmt: skip
    def test_a_foreign_one(self, aws: Aws, host: str) -> None:
        answer = exchange(aws, signed(aws, Host=host.format(port(aws))), BODY)
        assert (answer.status, answer.code) == (403, "AccessDenied")
        assert "not called" in answer.body

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize("host", ["", "a b", "::1", "[evil]", "a:b", "http://localhost", "é"])
    def test_none(self, aws: Aws, host: str) -> None:
        answer = exchange(aws, signed(aws, Host=host), BODY)
        assert (answer.status, answer.code) == (400, "InvalidHostHeader")

    @pytest.mark.usefixtures("untouched")
    def test_an_absolute_uri_of_another(self, aws: Aws) -> None:
        _, *headers = signed(aws)
        answer = exchange(aws, ["POST http://evil.test/ HTTP/1.1", *headers], BODY)
        assert (answer.status, answer.code) == (400, "InvalidURI")


class TestPages:
    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize(
        "origin", ["http://evil.test", "null", "http://localhost:1", "http://u:p@127.0.0.1:{}",
                   "https://127.0.0.1:{}", "http://127.0.0.1:{}.evil.test", "file://", "x" * 200],
    )  # fmt: skip
    def test_of_another_origin(self, aws: Aws, origin: str) -> None:
        answer = exchange(aws, signed(aws, Origin=origin.format(port(aws))), BODY)
        assert (answer.status, answer.code) == (403, "AccessDenied")
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize("site", ["cross-site", "same-site", "", "anything"])
    def test_that_say_where_they_come_from(self, aws: Aws, site: str) -> None:
        headers = {"Sec-Fetch-Site": site or "cross-site"}
        if not site:
            headers |= {"Origin": aws.endpoint}
        answer = exchange(aws, signed(aws, **headers), BODY)
        assert (answer.status, answer.code) == (403, "AccessDenied")

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "none"}, {"Origin": "own"}])
    def test_of_its_own(self, aws: Aws, headers: dict[str, str]) -> None:
        own = {name: aws.endpoint if text == "own" else text for name, text in headers.items()}
        answer = exchange(aws, signed(aws, **own), BODY)
        assert (answer.status, was_made(aws)) == (200, True)
        assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_ask_in_vain(self, aws: Aws) -> None:
        headers = {"Origin": "http://evil.test", "Access-Control-Request-Method": "POST"}
        answer = requests.options(aws.endpoint, headers=headers, timeout=10)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]

    def test_open_no_socket(self, aws: Aws) -> None:
        answer = exchange(
            aws,
            ["GET / HTTP/1.1", f"Host: 127.0.0.1:{port(aws)}", "Upgrade: websocket",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"],
        )  # fmt: skip
        assert answer.status in (400, 403)


@pytest.mark.usefixtures("own_sandbox")
def test_an_origin_that_was_allowed() -> None:
    page = "http://localhost:5173"
    with running_sandbox("--allow-origin", page) as sandbox:
        aws = aws_of(sandbox)
        asked = {
            "Origin": page,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-amz-date",
        }
        granted = requests.options(aws.endpoint, headers=asked, timeout=10)
        assert granted.status_code == 204
        assert granted.headers["Access-Control-Allow-Origin"] == page
        assert granted.headers["Access-Control-Allow-Headers"] == "authorization,x-amz-date"
        answer = exchange(aws, signed(aws, Origin=page), BODY)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, page)
        unsigned = requests.post(aws.endpoint, headers={"Origin": page}, timeout=10)
        assert unsigned.status_code == 403
        other = requests.post(aws.endpoint, headers={"Origin": "http://localhost:1"}, timeout=10)
        assert "Access-Control-Allow-Origin" not in other.headers


class TestDataPlanes:
    """What AWS serves pages of any origin, with the headers that it is configured to send."""

    ORIGIN: ClassVar = {"Origin": "http://page.test", "Sec-Fetch-Site": "cross-site"}

    def test_an_api(self, aws: Aws) -> None:
        account = Account.of(aws)
        api = Api(account)
        answers = {"application/json": '{"statusCode": 200}'}
        api.answers(api.method(api.resource(), type="MOCK", requestTemplates=answers), "200")
        api.deploy()
        answer = api.call(headers=self.ORIGIN)
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_a_bucket_with_rules_for_it(self, aws: Aws) -> None:
        s3, bucket = aws.client("s3"), aws.name("bucket")
        where = {"LocationConstraint": aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        rule = {"AllowedOrigins": ["http://page.test"], "AllowedMethods": ["GET"]}
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
        s3.put_object(Bucket=bucket, Key="a", Body=b"text")
        url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"})
        read = requests.get(url, headers=self.ORIGIN, timeout=10)
        assert (read.content, read.headers["Access-Control-Allow-Origin"]) == (
            b"text",
            "http://page.test",
        )
        other = requests.get(url, headers={"Origin": "http://other.test"}, timeout=10)
        assert "Access-Control-Allow-Origin" not in other.headers
        asked = self.ORIGIN | {"Access-Control-Request-Method": "GET"}
        assert requests.options(url, headers=asked, timeout=10).status_code == 200
        assert (
            requests.options(
                url, headers=asked | {"Origin": "http://other.test"}, timeout=10
            ).status_code
            == 403
        )
        unsigned = requests.get(url.partition("?")[0], headers=self.ORIGIN, timeout=10)
        assert unsigned.status_code == 403

    @pytest.mark.parametrize(
        "path", ["/v2/repository/manifests/latest", "/_ministack/reset", "/iceberg/v1/config"]
    )
    def test_a_host_of_one_opens_nothing_else(self, aws: Aws, path: str) -> None:
        account = Account.of(aws)
        api = Api(account)
        hosts = f"{api.id[:8]}.execute-api.localhost", f"{'0' * 32}.lambda-url.x.localhost"
        for host in hosts:
            answer = requests.get(aws.endpoint + path, headers={"Host": host}, timeout=10)
            assert answer.status_code in (400, 403)


class TestBadInput:
    def test_each_header_missing(self, aws: Aws) -> None:
        lines = signed(aws)
        for line in lines[1:]:
            name = line.partition(":")[0]
            if name == "Content-Type":
                continue  # then the form is read all the same
            answer = exchange(aws, [other for other in lines if other != line], BODY)
            assert answer.status in (400, 403), name

    @pytest.mark.usefixtures("untouched")
    def test_each_header_doubled(self, aws: Aws) -> None:
        lines = signed(aws)
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            if name == "Content-Length":
                continue  # RFC 9110, 8.6: twice the same is allowed to mean once
            for second in (value, "another"):
                answer = exchange(aws, [*lines, f"{name}: {second}"], BODY)
                assert answer.status == 400, name

    @pytest.mark.usefixtures("untouched")
    def test_each_header_64_kilobytes_long(self, aws: Aws) -> None:
        lines = signed(aws)
        for line in [*lines[1:], "Origin: ", "Sec-Fetch-Site: ", "X-Amz-Security-Token: ", "X: "]:
            name = line.partition(":")[0]
            if name == "Content-Length":
                continue
            others = [other for other in lines if other != line]
            answer = exchange(aws, [*others, f"{name}: {'7' * KILOBYTES_64}"], BODY)
            assert (answer.status, answer.code) == (400, "RequestHeaderSectionTooLarge"), name

    @pytest.mark.usefixtures("untouched")
    def test_credentials_in_the_query_and_the_header(self, aws: Aws) -> None:
        request = AWSRequest("POST", f"{aws.endpoint}/")
        keys = Credentials(aws.account, aws.secret)
        SigV4QueryAuth(keys, "sns", aws.region, expires=60).add_auth(request)
        _, *headers = signed(aws)
        query = request.url.partition("?")[2]
        answer = exchange(aws, [f"POST /?{query} HTTP/1.1", *headers], BODY)
        assert (answer.status, answer.code) == (400, "IncompleteSignature")

    @pytest.mark.parametrize("minutes", [-24 * 60, -16, 16, 24 * 60])
    @pytest.mark.parametrize("service", ["sns", "s3", "logs"])
    def test_a_clock_that_is_wrong(self, aws: Aws, service: str, minutes: int) -> None:
        answer = at(aws, service, datetime.now(UTC) + timedelta(minutes=minutes))
        assert answer.status_code in (400, 403)
        assert re.search("Signature(DoesNotMatch|Exception)|RequestTimeTooSkewed", answer.text)

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize(
        "date", ["", "today", "20260101", "20269999T999999Z", "2026-01-01T00:00:00Z", "٢" * 16]
    )
    def test_a_date_that_is_none(self, aws: Aws, date: str) -> None:
        lines = [line for line in signed(aws) if not line.startswith("X-Amz-Date")]
        answer = exchange(aws, [*lines, f"X-Amz-Date: {date}".encode().decode("latin-1")], BODY)
        assert answer.status in (400, 403)
        assert answer.code in ("IncompleteSignature", "SignatureDoesNotMatch")

    @settings(max_examples=150, deadline=None)
    @given(
        name=st.sampled_from(
            ["Host", "Origin", "Sec-Fetch-Site", "Authorization", "X-Amz-Date", "X-Amz-Target",
             "X-Amz-Security-Token", "X-Amz-Content-SHA256", "Content-Type", "Content-Encoding",
             "Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "X-Amz-Region-Set"],
        ),
        value=st.one_of(
            st.text(PRINTABLE, max_size=60),
            st.sampled_from(
                ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=/////,Signature=,SignedHeaders=",
                 "AWS4-HMAC-SHA256 Credential=111122223333/20260101/x/sqs/aws4_request,"
                 "SignedHeaders=host,Signature=0", "AWS 111122223333:x", "Bearer x",
                 "AWS4-ECDSA-P256-SHA256 Credential=111122223333/20260101/sqs/aws4_request,"
                 "SignedHeaders=host;x-amz-region-set,Signature=zz",
                 "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                 "aws-chunked", "chunked", "gzip", "h2c", "websocket", "100-continue", "0", "-1"],
            ),
        ),
        target=st.sampled_from(
            ["/", "/%00", "/%ff%fe", "/..", "//", "/?Action", "/?X-Amz-Signature=x", "/bucket/..",
             "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=1/2/3/4/5&X-Amz-Date=x",
             "/?AWSAccessKeyId=111122223333&Signature=x&Expires=9999999999", "/?%ff=%ff",
             "/restapis/x/y/_user_request_", "/_aws/execute-api/", "/_aws/lambda-url/x/", "/_"],
        ),
    )  # fmt: skip
    def test_anything(self, aws: Aws, name: str, value: str, target: str) -> None:
        """A refusal in one piece, never a failure inside and never silence."""
        _, *headers = signed(aws)
        kept = [line for line in headers if not line.startswith(f"{name}:")]
        answer = exchange(aws, [f"POST {target} HTTP/1.1", *kept, f"{name}: {value}"], BODY)
        served = answer.status == 200 and ":made" in answer.body
        assert served or answer.status in REFUSALS, answer


REFUSALS = (400, 401, 403, 404, 405, 411, 413, 431, 501)
"""Statuses of refusals; 404 is what a data plane says of an API or a URL that there is not."""


def at(aws: Aws, service: str, when: datetime) -> requests.Response:
    """Send a call that was signed at `when`."""

    class Signer(SigV4Auth):
        def _set_necessary_date_headers(self, request: Any) -> None:
            request.headers["X-Amz-Date"] = request.context["timestamp"]

        def add_auth(self, request: Any) -> None:
            request.context["timestamp"] = when.strftime("%Y%m%dT%H%M%SZ")
            self._modify_request_before_signing(request)
            canonical = self.canonical_request(request)
            text = self.string_to_sign(request, canonical)
            self._inject_signature_to_request(request, self.signature(text, request))

    request = AWSRequest("POST", f"{aws.endpoint}/", data=BODY, headers={"Content-Type": FORM})
    Signer(Credentials(aws.account, aws.secret), service, aws.region).add_auth(request)
    return requests.post(request.url, data=BODY, headers=dict(request.headers.items()), timeout=10)
