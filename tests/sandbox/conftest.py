"""What every test of the sandbox needs: an endpoint, clients, unique names, roles and functions."""

from __future__ import annotations

import base64
import functools
import io
import json
import os
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

CONFIG = Config(
    retries={"total_max_attempts": 1}, max_pool_connections=60, read_timeout=60, connect_timeout=5
)
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

FUNCTION_SECONDS = 30
"""The timeout of a function whose test is not about timeouts: none of them is to meet it, however
slow the machine. More would be more than a queue's visibility timeout, which mappings refuse."""

ENDS_WITHIN_SECONDS = 30
"""How long the end of a sandbox is waited for; on an idle computer it takes less than one."""

GIVEN = "LABKIT_TEST_ENDPOINT_GIVEN"
"""Set while the tests run against an endpoint that was running before."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--endpoint", help="test this running endpoint instead of a sandbox of our own"
    )
    parser.addoption("--account", default="111122223333", help="the account to test with")
    parser.addoption("--secret", default="sandbox", help="the secret access key of its root")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--endpoint", None):
        os.environ[GIVEN] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test's report tell the lines of the contract that it shows."""
    for item in items:
        item.user_properties += [(m.name, m.args[0]) for m in item.iter_markers("contract")]


@dataclass(frozen=True)
class Answer:
    """A synchronous invocation's response, read."""

    payload: Any
    error: str | None
    log: str


@dataclass(frozen=True)
class Aws:
    """An AWS endpoint to test, and one account of it."""

    endpoint: str
    account: str
    region: str
    secret: str
    """What root of any account signs with."""

    def client(self, service: str, account: str | None = None) -> Any:
        """A boto3 client that never retries; of another account when one is given."""
        return cached_client(
            self.endpoint, self.region, account or self.account, self.secret, service
        )

    def of_own_account(self) -> Aws:
        """The endpoint, and an account that no other test has."""
        return replace(self, account=f"{uuid.uuid4().int % 10**11 + 10**11}")

    @staticmethod
    def name(prefix: str) -> str:
        """A name that no other test has."""
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    def role(
        self,
        *managed: str,
        service: str = "lambda.amazonaws.com",
        policy: dict[str, Any] | None = None,
        account: str | None = None,
    ) -> str:
        """Create a role that `service` may assume; return its ARN."""
        iam, name = self.client("iam", account), self.name("role")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        for managed_arn in managed:
            iam.attach_role_policy(RoleName=name, PolicyArn=managed_arn)
        if policy is not None:
            text = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=text)
        return str(arn)

    def function(self, source: str, *, account: str | None = None, **settings: Any) -> str:
        """Create a function from the text of its one file and wait until it is active."""
        lambda_ = self.client("lambda", account)
        file = settings.pop("file", "index.py")
        request = {
            "FunctionName": self.name("function"),
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": settings.pop("role", None) or self.role(BASIC_EXECUTION, account=account),
            "Code": {"ZipFile": zipped({file: source})},
            "Timeout": FUNCTION_SECONDS,
        } | settings
        lambda_.create_function(**request)
        name = str(request["FunctionName"])
        wait_for(lambda: lambda_.get_function_configuration(FunctionName=name)["State"] == "Active")
        return name

    def invoke(
        self, name: str, event: Any = None, account: str | None = None, **more: Any
    ) -> Answer:
        """Invoke synchronously and read everything that comes back."""
        response = self.client("lambda", account).invoke(
            FunctionName=name, Payload=json.dumps(event or {}), LogType="Tail", **more
        )
        return read_answer(response)

    def update(self, name: str, **settings: Any) -> None:
        """Change a function's configuration and wait until the change is done."""
        lambda_ = self.client("lambda")
        lambda_.update_function_configuration(FunctionName=name, **settings)
        wait_for(
            lambda: (
                lambda_.get_function_configuration(FunctionName=name)["LastUpdateStatus"]
                == "Successful"
            )
        )

    def log(self, group: str) -> dict[str, list[str]]:
        """Every message of a log group, by stream."""
        logs = self.client("logs")
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        return {
            stream["logStreamName"]: [
                event["message"]
                for event in logs.get_log_events(
                    logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
                )["events"]
            ]
            for stream in streams
        }


@functools.cache
def cached_client(endpoint: str, region: str, account: str, secret: str, service: str) -> Any:
    """A client for every test that asks for the same one: making one takes its time."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key=secret,
        config=CONFIG,
    )


def read_answer(response: dict[str, Any]) -> Answer:
    """Read the response of a synchronous invocation."""
    return Answer(
        payload=json.loads(response["Payload"].read()),
        error=response.get("FunctionError"),
        log=base64.b64decode(response.get("LogResult", "")).decode(),
    )


def zipped(files: dict[str, str]) -> bytes:
    """A .zip file's bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Poll until `condition` gives something true; return that, or fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"the condition did not come true within {seconds} s")
        time.sleep(0.02)
    return found


def skip_where_given() -> None:
    """Skip a test that starts a sandbox of its own where an endpoint was given."""
    if os.environ.get(GIVEN):
        pytest.skip("starts a sandbox of its own, and an endpoint was given")


@pytest.fixture
def own_sandbox() -> None:
    """What a test asks for that starts a sandbox by itself."""
    skip_where_given()


@contextmanager
def running_sandbox(*arguments: str, **variables: str) -> Iterator[dict[str, Any]]:
    """Run a sandbox of our own; give what it says of itself, and its process as `process`.

    Skips a test that needs this where an endpoint was given.
    """
    skip_where_given()
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline()) | {"process": process}
    finally:
        process.stdin.close()
        process.wait(timeout=ENDS_WITHIN_SECONDS)
        process.stdout.close()


def within_a_server(code: str, folder: Path) -> Any:
    """What code prints as JSON that runs in a process which could be the sandbox's server."""
    (folder / "secret").write_text("not one that is used")
    variables = {
        "AUTH": "true",
        "GATEWAY_PORT": "1",
        "LABKIT_SANDBOX_DIRECTORY": str(folder),
        "MINISTACK_ACCOUNT_ID": "111122223333",
        "MINISTACK_REGION": "ap-northeast-2",
    }
    ended = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env=os.environ | variables,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout)


def aws_of(sandbox: dict[str, Any]) -> Aws:
    """The endpoint of a sandbox of our own."""
    return Aws(sandbox["endpoint"], sandbox["account"], sandbox["region"], roots_secret(sandbox))


def roots_secret(sandbox: dict[str, Any]) -> str:
    """What root signs with in a sandbox of our own, be it root's keys that it printed or not."""
    return Path(sandbox["root_secret_file"]).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def aws(pytestconfig: pytest.Config) -> Iterator[Aws]:
    """The endpoint under test."""
    endpoint = pytestconfig.getoption("--endpoint", None)
    if endpoint:
        options = [pytestconfig.getoption(name) for name in ("--account", "--secret")]
        yield Aws(endpoint, options[0], "ap-northeast-2", options[1])
        return
    with running_sandbox() as sandbox:
        yield aws_of(sandbox)


@pytest.fixture(scope="session")
def account(aws: Aws) -> Any:
    """The account under test, with what `tests.sandbox.delivery` builds in one."""
    from tests.sandbox.delivery import Account  # it imports this module

    return Account.of(aws)
