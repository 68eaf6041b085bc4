"""Which target is opened, and that a sandbox ends with the process that owns it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.embedded import SHARED, Sandbox
from labkit.aws.opening import open_target
from labkit.aws.targets import AccountTarget, EmbeddedTarget
from labkit.errors import SandboxUnavailable
from labkit.polling import wait_until


def test_the_default_is_the_sandbox_that_the_variable_names(sandbox: dict[str, Any]) -> None:
    target = open_target()
    assert isinstance(target, EmbeddedTarget)
    assert target.endpoint_url == sandbox["endpoint"]
    assert (target.name, target.account, target.region) == (
        "local",
        sandbox["account"],
        sandbox["region"],
    )
    url = f"{sandbox['endpoint']}/_aws/execute-api/abc123/prod"
    assert target.invoke_url("abc123", "prod") == url


def test_a_call_to_a_host_with_a_prefix_arrives(sandbox: dict[str, Any]) -> None:
    target = open_target()
    states = Clients(target, guard.admit(target))("stepfunctions")
    arn = f"arn:aws:states:{target.region}:{target.account}:stateMachine:none"
    with pytest.raises(states.exceptions.StateMachineDoesNotExist):
        states.start_sync_execution(stateMachineArn=arn)


def test_a_sandbox_that_has_ended(sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ended = sandbox | {"directory": sandbox["directory"] + "-gone"}
    monkeypatch.setenv(SHARED, json.dumps(ended))
    with pytest.raises(SandboxUnavailable, match="has ended"):
        open_target("local")


def test_a_port_that_somebody_else_has_now(sandbox: dict[str, Any]) -> None:
    assert Sandbox.from_json(sandbox).lives()
    assert not Sandbox.from_json(sandbox | {"endpoint": "http://127.0.0.1:9"}).lives()
    assert not Sandbox.from_json(sandbox | {"account": "999999999999"}).lives()


def test_an_accounts_invoke_url(sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox["endpoint"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox["secret_access_key"])
    target = open_target("aws", "eu-west-1")
    assert isinstance(target, AccountTarget)
    assert target.account == sandbox["account"]
    url = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"
    assert target.invoke_url("abc123", "prod") == url


OWNER = """
import json, os, sys
from labkit.aws.opening import open_target
target = open_target("local")
assert open_target("local").sandbox == target.sandbox
print(json.dumps(target.sandbox.as_json()), flush=True)
if "wait" in sys.argv:
    sys.stdin.read()
"""


def test_the_sandbox_ends_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARED, raising=False)
    done = subprocess.run([sys.executable, "-c", OWNER], capture_output=True, text=True, check=True)
    sandbox = Sandbox.from_json(json.loads(done.stdout))
    assert not psutil.pid_exists(sandbox.pid)
    assert not Path(sandbox.directory).exists()


def test_the_sandbox_ends_when_its_process_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARED, raising=False)
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        sandbox = Sandbox.from_json(json.loads(owner.stdout.readline()))
        assert sandbox.lives()
        owner.kill()
    wait_until(lambda: not Path(sandbox.directory).exists(), seconds=20)
    wait_until(lambda: not psutil.pid_exists(sandbox.server_pid), seconds=20)
