"""A class that works in an account: keys from the hub, one way out, and an end to every session.

A sandbox on this host stands for the account, as `AWS_ENDPOINT_URL` has it for the instructor's
side. A room reaches nothing but AWS's own names, so learners' keys are tried from here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit.classroom.folder import ClassFolder
from labkit.classroom.learners_role import LearnersRole
from labkit.classroom.rooms import missing
from labkit.polling import wait_until
from tests.classroom.hub_class import Browser, Served, left_behind, let_in, make_class, serving
from tests.sandbox.conftest import CONFIG, Aws, aws_of, running_sandbox

pytestmark = pytest.mark.timeout(600)

COMMAND = (sys.executable, "-m", "labkit.cli", "class")
KEYS = """
import boto3, json
session = boto3.Session()
keys = session.get_credentials().get_frozen_credentials()
print(json.dumps([session.get_credentials().method, session.region_name, *keys[:3]]))
"""
OUT = """
import requests, socket
for url in ("https://example.org", "https://169.254.169.254", "https://10.213.1.1"):
    try: print(requests.get(url, timeout=5).status_code)
    except requests.exceptions.ProxyError as error: print("403" in str(error))
try: socket.create_connection(("192.0.2.1", 443), 2); print("open")
except OSError as error: print(error.strerror)
"""
OURS = """
import os, tomllib
from labkit.state import state_dir
print(os.environ["LABKIT_TARGET"], os.environ["LABKIT_OWNER"])
print(tomllib.loads((state_dir() / "labkit.toml").read_text())["aws"])
"""


@dataclass
class Shared:
    """An account that a class shares, and the class."""

    aws: Aws
    folder: ClassFolder
    variables: dict[str, str]

    def command(self, what: str) -> str:
        """Do one thing with the accounts, as an instructor does."""
        ran = subprocess.run(
            [*COMMAND, "accounts", str(self.folder.path), what, "--target", "aws"],
            env=os.environ | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def role(self, n: int) -> LearnersRole:
        return LearnersRole.of(self.folder, self.folder.learners[n], self.aws.account)

    def caller(self, keys: list[str]) -> str:
        """Return whose keys they are, as the account sees it."""
        return str(self.client("sts", keys).get_caller_identity()["Arn"])

    def client(self, service: str, keys: list[str]) -> Any:
        """Return a client that works with a learner's keys, from outside of the room."""
        key, secret, token = keys
        return boto3.client(
            service,
            endpoint_url=self.aws.endpoint,
            region_name=self.aws.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=CONFIG,
        )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Make an account with an instructor and a consent, and a class that is to share it."""
    if reasons := missing():
        pytest.skip(" ".join(reasons))
    path = tmp_path_factory.mktemp("on-aws")
    with running_sandbox() as running:
        aws = aws_of(running)
        folder = make_class(
            path / "class", ["Kim", "Lee"], target="aws", region=aws.region, account=aws.account
        )
        state = path / "state"
        state.mkdir()
        lists = f'[aws]\naccounts = ["{aws.account}"]\nregions = ["{aws.region}"]\n'
        (state / "labkit.toml").write_text(lists)
        consent = json.dumps({"labkit": "sandbox", "until": "2099-12-31"})
        aws.client("ssm").put_parameter(Name="/labkit/consent", Type="String", Value=consent)
        variables = _instructor(aws) | {"LABKIT_STATE_DIR": str(state)}
        yield Shared(aws, folder, variables)


def _instructor(aws: Aws) -> dict[str, str]:
    iam = aws.client("iam")
    iam.create_user(UserName="instructor")
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_user_policy(UserName="instructor", PolicyArn=everything)
    keys = iam.create_access_key(UserName="instructor")["AccessKey"]
    return {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_CONFIG_FILE": os.devnull,
    }


def test_nothing_starts_before_the_roles_are_there(shared: Shared) -> None:
    ran = subprocess.run(
        [*COMMAND, "serve", str(shared.folder.path)],
        env=os.environ | shared.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "prepare` makes missing roles" in ran.stderr
    assert left_behind(shared.folder) == []


@pytest.fixture(scope="module")
def served(shared: Shared) -> Iterator[Served]:
    """Prepare the account and serve the class."""
    assert "learner-02: role and policies are there" in shared.command("prepare")
    with serving(shared.folder, **shared.variables) as running:
        yield running
    assert left_behind(shared.folder) == []


@pytest.fixture(scope="module")
def learners(served: Served) -> list[Browser]:
    return let_in(served)


def keys_of(browser: Browser) -> list[Any]:
    return list(json.loads(browser.run(KEYS).splitlines()[-1]))


def test_each_kernel_has_its_own_learners_session(shared: Shared, learners: list[Browser]) -> None:
    for n, browser in enumerate(learners):
        method, region, *keys = keys_of(browser)
        assert (method, region) == ("custom-process", shared.aws.region)
        assert f":assumed-role/{shared.role(n).name}/{browser.who}" in shared.caller(keys)
        name, lists = browser.run(OURS).splitlines()
        assert name == f"aws {shared.role(n).owner}"
        assert lists == repr({"accounts": [shared.aws.account], "regions": [shared.aws.region]})


def test_no_kernel_has_the_instructors_keys(shared: Shared, learners: list[Browser]) -> None:
    said = learners[0].run("import os; print([v for k, v in os.environ.items() if 'AWS' in k])")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert shared.variables[name] not in said


def test_a_room_leads_to_awss_names_and_nowhere_else(learners: list[Browser]) -> None:
    *refused, directly = learners[0].run(OUT).splitlines()
    assert refused == ["True"] * 3
    assert directly == "Network is unreachable"


def test_the_way_out_is_there_again_after_it_was_killed(
    served: Served, learners: list[Browser]
) -> None:
    served.kill("way out")
    wait_until(lambda: learners[0].run(OUT).splitlines()[0] == "True", 60, "the way out")


def test_at_the_end_no_session_works_any_more(shared: Shared, learners: list[Browser]) -> None:
    _, _, *keys = keys_of(learners[0])
    shared.command("revoke")
    client = shared.client("sqs", keys)
    with pytest.raises(ClientError, match="explicit deny"):
        client.list_queues()
    assert "the role is gone" in shared.command("remove")
    assert Path(shared.folder.private).is_dir()
