"""Custom runtimes: a package's own program, and the Runtime API that it asks."""

from __future__ import annotations

import io
import shutil
import sys
import time
import zipfile
from typing import Any

import pytest

from tests.sandbox.conftest import Aws

PROGRAM = f"""#!{sys.executable} -I
import json, os, sys, time, urllib.error, urllib.request
api = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime"

def ask(path, body=None, **headers):
    request = urllib.request.Request(api + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()

"""

LOOP = """
n = 0
while True:
    _, told, event = ask("/invocation/next")
    event, n, id = json.loads(event), n + 1, told["Lambda-Runtime-Aws-Request-Id"]
    print("order", event.get("order"), flush=True)
    {work}
    ask(f"/invocation/{{id}}/response", json.dumps(result).encode())
"""


def looping(work: str) -> str:
    """A program that sets `result` for each event."""
    return PROGRAM + LOOP.format(work=work)


def package(text: str, mode: int = 0o755, name: str = "bootstrap") -> bytes:
    """A package with one file of its mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o100000 | mode) << 16
        archive.writestr(entry, text)
    return buffer.getvalue()


def custom(aws: Aws, text: str, **more: Any) -> str:
    """A function with a custom runtime; its name."""
    code = {"ZipFile": more.pop("archive", None) or package(text)}
    runtime = more.pop("Runtime", "provided.al2023")
    return aws.function("", Runtime=runtime, Handler="shop.cook", Code=code, **more)


@pytest.mark.parametrize("runtime", ["provided.al2023", "provided.al2"])
def test_a_program_gets_events_and_answers(aws: Aws, runtime: str) -> None:
    name = custom(aws, looping("result = {'n': n, 'got': event}"), Runtime=runtime)
    first, second = (aws.invoke(name, {"order": number}) for number in (7, 8))
    assert first.payload == {"n": 1, "got": {"order": 7}}
    assert second.payload == {"n": 2, "got": {"order": 8}}
    assert "Init Duration" in first.log
    assert "Init Duration" not in second.log
    assert "\norder 8\n" in second.log
    (lines,) = aws.log(f"/aws/lambda/{name}").values()
    assert lines[0].startswith(f"INIT_START Runtime Version: {runtime.replace('.', ':')}.")


def test_what_it_is_told_of_an_invocation(aws: Aws) -> None:
    told = "{k.removeprefix('Lambda-Runtime-'): v for k, v in told.items() if 'Lambda-R' in k}"
    variables = "{k: os.environ.get(k) for k in ('_HANDLER', 'AWS_EXECUTION_ENV', 'AWS_REGION')}"
    name = custom(aws, looping(f"result = [{told}, {variables}, os.getcwd() == "
                               "os.environ['LAMBDA_TASK_ROOT']]"))  # fmt: skip
    answer = aws.invoke(name)
    headers, seen, in_task_root = answer.payload
    assert f"RequestId: {headers['Aws-Request-Id']}" in answer.log
    assert headers["Invoked-Function-Arn"].endswith(f":function:{name}")
    assert 0 < int(headers["Deadline-Ms"]) / 1000 - time.time() < 30
    assert headers["Trace-Id"].startswith("Root=1-")
    assert seen == {"_HANDLER": "shop.cook", "AWS_EXECUTION_ENV": None, "AWS_REGION": aws.region}
    assert in_task_root


def test_an_error_is_the_callers_and_the_next_call_is_served(aws: Aws) -> None:
    work = (
        "error = {'errorType': 'Shop.Closed', 'errorMessage': 'come back', 'stackTrace': []}\n"
        "    if event.get('fail'):\n"
        "        ask(f'/invocation/{id}/error', json.dumps(error).encode())\n"
        "        continue\n"
        "    result = n"
    )
    name = custom(aws, looping(work))
    failed = aws.invoke(name, {"fail": True})
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == "Shop.Closed"
    assert aws.invoke(name).payload == 2


def test_an_error_of_init(aws: Aws) -> None:
    error = "{'errorType': 'Shop.NoKeys', 'errorMessage': 'who has the keys?'}"
    text = f"{PROGRAM}ask('/init/error', json.dumps({error}).encode())\nsys.exit(1)\n"
    answer = aws.invoke(custom(aws, text))
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Shop.NoKeys"


def test_what_does_not_fit_is_refused(aws: Aws) -> None:
    work = (
        "wrong = [ask('/invocation/other/response', b'1')[0], ask('/invocation/next')[0],\n"
        "             ask('/init/error', b'{}')[0], ask('/nothing')[0], ask('/nothing', b'1')[0]]\n"
        "    result = wrong"
    )
    assert aws.invoke(custom(aws, looping(work))).payload == [400, 403, 403, 404, 404]


@pytest.mark.parametrize(
    ("text", "mode", "name", "why"),
    [
        ("#!/bin/sh\n", 0o644, "bootstrap", "permission denied"),
        ("#!/bin/sh\n", 0o755, "other", "no such file or directory"),
        ("\x01\x02", 0o755, "bootstrap", "exec format error"),
    ],
)
def test_a_program_that_cannot_be_started(
    aws: Aws, text: str, mode: int, name: str, why: str
) -> None:
    answer = aws.invoke(custom(aws, "", archive=package(text, mode, name)))
    assert answer.payload["errorType"] == "Runtime.InvalidEntrypoint"
    assert answer.payload["errorMessage"].endswith(f"fork/exec /var/task/bootstrap: {why}")


def test_a_program_that_ends(aws: Aws) -> None:
    answer = aws.invoke(custom(aws, looping("sys.exit(3)")))
    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in answer.payload["errorMessage"]


def test_a_program_that_takes_too_long(aws: Aws) -> None:
    work = looping("time.sleep(20 * event.get('slow', 0)); result = n")
    name = custom(aws, work, Timeout=4, MemorySize=1769)
    assert "Task timed out" in aws.invoke(name, {"slow": 1}).payload["errorMessage"]
    assert aws.invoke(name).payload == 1


def test_a_program_in_a_layer(aws: Aws) -> None:
    layer = aws.client("lambda").publish_layer_version(
        LayerName=aws.name("runtime"), Content={"ZipFile": package(looping("result = 'layer'"))}
    )["LayerVersionArn"]
    archive = package("", name="shop.txt")
    assert aws.invoke(custom(aws, "", archive=archive, Layers=[layer])).payload == "layer"


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_a_shell_script_as_in_awss_tutorial(aws: Aws) -> None:
    text = """#!/bin/sh
set -eu
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  HEADERS="$(mktemp)"
  EVENT=$(curl -sS -LD "$HEADERS" "$API/invocation/next")
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS "$API/invocation/$ID/response" -d "{\\"echo\\": $EVENT}"
done
"""
    assert aws.invoke(custom(aws, text), {"a": 1}).payload == {"echo": {"a": 1}}
