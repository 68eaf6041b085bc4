"""The server itself: how it starts, what it answers for, and that nothing outlives it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import ENDS_WITHIN_SECONDS, Aws, aws_of, running_sandbox, wait_for

SLOW = """
import subprocess, time
def handler(event, context):
    subprocess.Popen(["sleep", "60"])
    time.sleep(60)
"""


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def members(session: int) -> list[psutil.Process]:
    """The living processes of a session."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return found


def mentioning(text: str) -> list[psutil.Process]:
    """The processes with `text` in their command line."""
    found = psutil.process_iter(["cmdline"])
    return [process for process in found if text in " ".join(process.info["cmdline"] or [])]


def is_gone(sandbox: dict[str, Any]) -> bool:
    port = int(sandbox["endpoint"].rpartition(":")[2])
    return not (
        members(sandbox["server_pid"]) or listening(port) or Path(sandbox["directory"]).exists()
    )


def keep_a_function_busy(sandbox: dict[str, Any]) -> None:
    """Have a function run, with a child of its own, until the sandbox ends."""
    aws = aws_of(sandbox)
    name = aws.function(SLOW, Timeout=60)
    aws.client("lambda").invoke(FunctionName=name, InvocationType="Event")
    wait_for(lambda: "sleep" in {process.name() for process in members(sandbox["server_pid"])})


@pytest.mark.contract(30)
@pytest.mark.usefixtures("own_sandbox")
class TestStart:
    def test_says_where_it_is(self) -> None:
        with running_sandbox("--region", "eu-west-1", "--account", "999988887777") as sandbox:
            assert set(sandbox) - {"process"} == {
                "endpoint",
                "account",
                "region",
                "access_key_id",
                "secret_access_key",
                "pid",
                "server_pid",
                "directory",
                "root_secret_file",
            }
            aws = aws_of(sandbox)
            assert aws.client("sts").get_caller_identity()["Account"] == "999988887777"
            url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
            assert "/999988887777/" in url
            assert (
                aws.client("ec2")
                .describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
                .startswith("eu-west-1")
            )

    def test_is_bound_to_this_computer_only(self) -> None:
        with running_sandbox() as sandbox:
            connections = psutil.Process(sandbox["server_pid"]).net_connections()
            addresses = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
            assert addresses == {"127.0.0.1"}

    def test_a_taken_port_is_one_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            ended = subprocess.run(
                [sys.executable, "-m", "labkit.sandbox", "--port", str(port)],
                capture_output=True,
                text=True,
                check=False,
            )
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert ended.stderr.count("\n") == 1
        assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr

    def test_a_moved_seam_is_one_sentence(self, tmp_path: Path) -> None:
        """An upstream package of another version: refused before anything is served."""
        package = tmp_path / "ministack-9.9.9.dist-info"
        package.mkdir()
        (package / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n"
        )
        ended = subprocess.run(
            [sys.executable, "-m", "labkit.sandbox", "--json"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)},
        )
        assert ended.returncode == 1
        assert "needs ministack 1.5.33 and found 9.9.9" in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert not list(tmp_path.glob("labkit-sandbox-*"))

    def test_the_owners_keys_do_not_reach_functions(self) -> None:
        source = "import os\ndef handler(event, context): return dict(os.environ)\n"
        with running_sandbox(AWS_PROFILE="mine", SECRET_OF_THE_OWNER="x") as sandbox:
            aws = aws_of(sandbox)
            seen = aws.invoke(aws.function(source)).payload
        assert "AWS_PROFILE" not in seen
        assert "SECRET_OF_THE_OWNER" not in seen


def end_by_itself(owner: subprocess.Popen[str], sandbox: dict[str, Any]) -> None:
    """Close what the owner holds: the ordinary end."""
    assert owner.stdin is not None
    owner.stdin.close()


def kill_both(owner: subprocess.Popen[str], sandbox: dict[str, Any]) -> None:
    """Kill supervisor and server in the same instant, so that neither sees the other's end."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for name in ("pid", "server_pid"):
            os.kill(sandbox[name], number)


WAYS: dict[str, Callable[[subprocess.Popen[str], dict[str, Any]], None]] = {
    "exit of the owner": end_by_itself,
    "SIGKILL of the owner": lambda owner, sandbox: owner.kill(),
    "SIGTERM of the supervisor": lambda owner, sandbox: os.kill(sandbox["pid"], signal.SIGTERM),
    "SIGINT of the supervisor": lambda owner, sandbox: os.kill(sandbox["pid"], signal.SIGINT),
    "SIGKILL of the supervisor": lambda owner, sandbox: os.kill(sandbox["pid"], signal.SIGKILL),
    "SIGKILL of the server": lambda owner, sandbox: os.kill(sandbox["server_pid"], signal.SIGKILL),
    "SIGKILL of both": kill_both,
}
"""How a sandbox may end, however its owner, its supervisor and its server stand to one another."""

OWNER = """
import subprocess, sys
command = [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"]
sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(sandbox.stdout.readline() or "none", end="", flush=True)
sys.stdin.read()
sandbox.stdin.close()
sandbox.wait()
"""

TIMES = int(os.environ.get("LABKIT_TEST_ENDS", "1"))
"""How often each way is gone; `make contract` says 50."""


@pytest.mark.contract(30)
@pytest.mark.usefixtures("own_sandbox")
class TestEnd:
    @pytest.mark.timeout(60 + 15 * TIMES)
    @pytest.mark.parametrize("way", WAYS)
    def test_nothing_is_left(self, way: str, tmp_path: Path) -> None:
        """No process, no port and no file, while a function and a child of its own still run."""
        for _ in range(TIMES):
            self.start_and_end(WAYS[way], tmp_path)

    @staticmethod
    def start_and_end(end: Callable[..., None], folder: Path) -> None:
        pipe = subprocess.PIPE
        environment = os.environ | {"TMPDIR": str(folder)}
        with subprocess.Popen(
            [sys.executable, "-c", OWNER], stdin=pipe, stdout=pipe, text=True, env=environment
        ) as owner:
            assert owner.stdout is not None
            sandbox = json.loads(owner.stdout.readline())
            keep_a_function_busy(sandbox)
            end(owner, sandbox)
            wait_for(lambda: is_gone(sandbox), ENDS_WITHIN_SECONDS)
            wait_for(lambda: not mentioning(sandbox["directory"]), ENDS_WITHIN_SECONDS)
        wait_for(lambda: has_ended(sandbox["pid"]))
        assert not list(folder.iterdir())

    def test_a_server_that_died_is_an_error_of_its_supervisor(self) -> None:
        with running_sandbox() as sandbox:
            os.kill(sandbox["server_pid"], signal.SIGKILL)
            assert sandbox["process"].wait(ENDS_WITHIN_SECONDS) == 1


def has_ended(pid: int) -> bool:
    """Whether a process is over, though its new parent may not have asked how."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def user_without_rights(aws: Aws, service: str) -> Any:
    """A client of a new IAM user that no policy is attached to."""
    iam, user = aws.client("iam"), aws.name("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.client(
        service,
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


@pytest.mark.contract(31)
class TestAccounts:
    def test_see_nothing_of_one_another(self, aws: Aws) -> None:
        other, name = "222233334444", aws.name("queue")
        aws.client("sqs").create_queue(QueueName=name)
        assert aws.client("sts", other).get_caller_identity()["Account"] == other
        with pytest.raises(ClientError, match="NonExistentQueue"):
            aws.client("sqs", other).get_queue_url(QueueName=name)

    def test_a_wrong_key_is_refused(self, aws: Aws) -> None:
        client = aws.client("sqs", "AKIAUNKNOWNUNKNOWN00")
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            client.list_queues()

    def test_a_users_rights_are_checked(self, aws: Aws) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            user_without_rights(aws, "sqs").list_queues()


class TestMotoServices:
    @pytest.mark.contract(31)
    def test_a_vpc_in_each_account(self, aws: Aws) -> None:
        vpc = aws.client("ec2").create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]
        assert vpc["OwnerId"] == aws.account
        other = aws.client("ec2", "222233334444").describe_vpcs()["Vpcs"]
        assert vpc["VpcId"] not in {v["VpcId"] for v in other}

    @pytest.mark.contract(25)
    def test_ec2_refuses_an_overlapping_subnet(self, aws: Aws) -> None:
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.21.0.0/16")["Vpc"]["VpcId"]
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.21.1.0/24")
        with pytest.raises(ClientError, match=r"InvalidSubnet\.Conflict"):
            ec2.create_subnet(VpcId=vpc, CidrBlock="10.21.1.0/25")

    @pytest.mark.parametrize(
        ("service", "operation", "member"),
        [
            ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"),
            ("rds", "describe_db_instances", "DBInstances"),
            ("elb", "describe_load_balancers", "LoadBalancerDescriptions"),
            ("elbv2", "describe_load_balancers", "LoadBalancers"),
        ],
    )
    def test_answers(self, aws: Aws, service: str, operation: str, member: str) -> None:
        assert getattr(aws.client(service), operation)()[member] == []

    def test_a_users_rights_are_checked(self, aws: Aws) -> None:
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            user_without_rights(aws, "ec2").describe_vpcs()


@pytest.mark.usefixtures("own_sandbox")
def test_a_connection_that_was_closed_is_not_held() -> None:
    with running_sandbox() as sandbox:
        server = psutil.Process(sandbox["server_pid"])
        port = int(sandbox["endpoint"].rpartition(":")[2])
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(4096)
        wait_for(lambda: {c.status for c in server.net_connections()} == {psutil.CONN_LISTEN})
