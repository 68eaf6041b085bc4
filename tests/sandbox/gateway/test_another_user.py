"""Another user of the same computer, who knows the port and the account, gets no call through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.aws import policies
from tests.sandbox.conftest import aws_of, running_sandbox

SOMEBODY = 4002
"""A uid that nobody here has."""

TRIES = """
import json, os, re, sys, urllib.request
sandbox = json.loads(sys.argv[2])
seen = {}

def read(path):
    try:
        return open(path, "rb").read()
    except OSError as error:
        return type(error).__name__

def answer(method, path, body=None, **headers):
    request = urllib.request.Request(sandbox["endpoint"] + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as got:
            return got.status
    except urllib.error.HTTPError as refused:
        return refused.code

answer("GET", "/")  # all that it needs of Python is loaded while it can be read
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))

files = [sandbox["root_secret_file"], f"/proc/{sandbox['server_pid']}/environ",
         f"/proc/{sandbox['pid']}/environ", f"/proc/{sandbox['server_pid']}/mem"]
seen["read"] = {path: read(path) for path in files}
seen["lines"] = [str(read(f"/proc/{sandbox[name]}/cmdline")) for name in ("pid", "server_pid")]
try:
    seen["folder"] = os.listdir(sandbox["directory"])
except OSError as error:
    seen["folder"] = type(error).__name__

form = b"Action=CreateRole&RoleName=theirs&Version=2010-05-08&AssumeRolePolicyDocument={}"
seen["plain"] = [answer("POST", "/", form), answer("GET", "/lk-bucket/code.zip"),
                 answer("PUT", "/their-bucket"), answer("POST", "/_ministack/reset"),
                 answer("POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                        f"{sandbox['account']}/20260101/x/iam/aws4_request", form),
                 answer("POST", "/", form, Authorization=f"AWS {sandbox['account']}:guess")]
print(json.dumps(seen, default=repr))
"""
"""What another user tries without a library: files, processes, calls without a key."""

SIGNED = """
import json, os, sys, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
sandbox, config = json.loads(sys.argv[2]), Config(retries={"total_max_attempts": 1})
calls = {"iam": ("create_user", {"UserName": "theirs"}),
         "sqs": ("create_queue", {"QueueName": "theirs"}),
         "lambda": ("list_functions", {}), "s3": ("create_bucket", {"Bucket": "theirs"}),
         "sts": ("get_caller_identity", {}), "ec2": ("describe_vpcs", {}),
         "dynamodb": ("list_tables", {}), "logs": ("describe_log_groups", {})}
keys = [sandbox["account"], "222233334444", "test", "AKIAIOSFODNN7EXAMPLE", sandbox["key"]]
clients = [(boto3.client(service, endpoint_url=sandbox["endpoint"], region_name=sandbox["region"],
                         aws_access_key_id=key, aws_secret_access_key=secret, config=config), *call)
           for service, call in calls.items() for key in keys
           for secret in ("sandbox", "test", sandbox["account"])]
def try_all():
    through, refused = [], 0
    for client, operation, arguments in clients:
        try:
            getattr(client, operation)(**arguments)
            through.append(operation)
        except ClientError:
            refused += 1
    return through, refused
try_all()  # all that it needs of Python is loaded while it can be read
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
through, refused = try_all()
print(json.dumps({"uid": os.getuid(), "through": through, "refused": refused}))
"""
"""What another user tries with boto3: keys that everybody can guess."""

pytestmark = [
    pytest.mark.usefixtures("own_sandbox"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


def as_somebody(program: str, sandbox: dict[str, Any]) -> dict[str, Any]:
    """Run a program as another user; it knows all but the secrets. Return what it prints."""
    known = {
        name: text for name, text in sandbox.items() if name not in ("process", "secret_access_key")
    }
    command = [sys.executable, "-c", program, str(SOMEBODY)]
    told = json.dumps(known | {"key": sandbox["access_key_id"]})
    ended = subprocess.run([*command, told], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    printed: dict[str, Any] = json.loads(ended.stdout)
    return printed


@pytest.mark.parametrize("arguments", [[], policies.sandbox_arguments()], ids=["root", "learner"])
def test_no_call_gets_through(arguments: list[str]) -> None:
    with running_sandbox(*arguments) as sandbox:
        tried = as_somebody(SIGNED, sandbox)
        assert tried["uid"] == SOMEBODY
        assert (tried["through"], tried["refused"]) == ([], 8 * 5 * 3)
        iam = aws_of(sandbox).client("iam")
        assert "theirs" not in {user["UserName"] for user in iam.list_users()["Users"]}


def test_nothing_is_read_and_nothing_answers() -> None:
    with running_sandbox() as sandbox:
        tried = as_somebody(TRIES, sandbox)
        assert set(tried["read"].values()) == {"PermissionError"}
        assert tried["folder"] == "PermissionError"
        assert sandbox["secret_access_key"] not in "".join(tried["lines"])
        assert set(tried["plain"]) <= {400, 403}
        roles = aws_of(sandbox).client("iam").list_roles()["Roles"]
        assert "theirs" not in {role["RoleName"] for role in roles}


def test_what_functions_leave_is_nobody_elses() -> None:
    """Every file and folder of the sandbox that holds code or /tmp is its owner's alone."""
    with running_sandbox() as sandbox:
        aws = aws_of(sandbox)
        name = aws.function("def handler(event, context): return open('/tmp/a', 'w').write('b')")
        assert aws.invoke(name).payload == 1
        folder = Path(sandbox["directory"])
        assert folder.stat().st_mode & 0o777 == 0o700
        inside = [path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()]
        assert inside
        assert {oct(path.stat().st_mode & 0o777) for path in inside} == {"0o700"}
