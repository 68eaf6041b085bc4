"""What tests share: a state folder each, one real sandbox, an independent census, a course."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from labkit.aws.consent import CONSENT
from labkit.aws.embedded import SHARED
from labkit.lab import Lab
from tests.support import shared_samples
from tests.support.account import ACCOUNT, REGION, consent, end_watchdogs, settings
from tests.support.census import census
from tests.support.clients import plain_clients


@pytest.fixture(scope="session")
def sandbox_line() -> Iterator[str]:
    """Give the JSON line of one sandbox for all tests of the session."""
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield process.stdout.readline()
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=30)


@pytest.fixture
def sandbox(state: Path, sandbox_line: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have labkit use the session's sandbox, and return its description."""
    monkeypatch.setenv(SHARED, sandbox_line)
    described: dict[str, Any] = json.loads(sandbox_line)
    return described


@pytest.fixture(scope="session")
def plain(sandbox_line: str) -> Callable[[str], Any]:
    """Give boto3 clients of the sandbox that know nothing of labkit."""
    return plain_clients(json.loads(sandbox_line))


@pytest.fixture
def lab(sandbox: dict[str, Any], plain: Callable[[str], Any]) -> Iterator[Lab]:
    """Give a lab, and see to it that the test leaves nothing in the sandbox."""
    before = census(plain)
    opened = Lab("delivery-queue")
    yield opened
    opened.teardown(progress=False)
    assert census(plain) == before


@pytest.fixture
def smoke_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a course whose kernels find the sample's helpers."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("LABKIT_SANDBOX", "not for smoke runs")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def owner(sandbox: dict[str, Any]) -> Callable[[str], Any]:
    """Give plain clients of the account's owner."""
    return plain_clients(sandbox | {"access_key_id": ACCOUNT, "region": REGION})


@pytest.fixture
def account(
    sandbox: dict[str, Any],
    owner: Callable[[str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Any]]:
    """Stand in an account that is prepared for labkit; tests take one thing away each."""
    iam = owner("iam")
    iam.create_user(UserName="learner")
    iam.put_user_policy(
        UserName="learner",
        PolicyName="all",
        PolicyDocument=shared_samples.GRANT.replace('["sqs:*", "logs:*"]', '"*"'),
    )
    key = iam.create_access_key(UserName="learner")["AccessKey"]
    consent(owner, until=date.max)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox["endpoint"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.chdir(tmp_path)
    settings(tmp_path, accounts=[ACCOUNT], regions=[REGION])
    yield owner
    for alias in iam.list_account_aliases()["AccountAliases"]:
        iam.delete_account_alias(AccountAlias=alias)
    if owner("ssm").describe_parameters()["Parameters"]:
        owner("ssm").delete_parameter(Name=CONSENT)
    end_watchdogs()
    iam.delete_access_key(UserName="learner", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="learner", PolicyName="all")
    iam.delete_user(UserName="learner")
