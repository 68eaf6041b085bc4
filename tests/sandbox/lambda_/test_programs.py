"""Programs that a function starts: AWS's paths lead where they lead for the function itself."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.sandbox.conftest import Aws

RUNS = """
import subprocess

def handler(event, context):
    open("/tmp/menu.txt", "w").write("rice")
    return subprocess.check_output(event["run"], text=True, close_fds=event["close"]).strip()
"""

SCRIPT = "import sys; print(*(open(name).read() for name in sys.argv[1:]))"


@pytest.fixture(scope="module")
def function(aws: Aws) -> str:
    """A function that runs what its event says, with programs in a layer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as layer:
        for name, first in (
            ("tool/for-aws", "#!/var/lang/bin/python"),
            ("tool/for-aws-3", "#!/var/lang/bin/python3.13"),
            ("tool/for-any", "#!/usr/bin/env python3"),
        ):
            file = zipfile.ZipInfo(name)
            file.external_attr = 0o755 << 16
            layer.writestr(file, f"{first}\n{SCRIPT}\n")
    arn = aws.client("lambda").publish_layer_version(
        LayerName=aws.name("layer"), Content={"ZipFile": archive.getvalue()}
    )["LayerVersionArn"]
    return aws.function(RUNS, Layers=[arn])


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize("program", ["for-aws", "for-aws-3", "for-any"])
def test_of_a_layer(aws: Aws, function: str, program: str, close: bool) -> None:
    answer = run(aws, function, [f"/opt/tool/{program}", "/tmp/menu.txt"], close)
    assert (answer.payload, answer.error) == ("rice", None)


@pytest.mark.parametrize("close", [True, False])
def test_of_this_computer(aws: Aws, function: str, close: bool) -> None:
    assert run(aws, function, ["cat", "/tmp/menu.txt"], close).payload == "rice"
    assert run(aws, function, ["/bin/cat", "/tmp/menu.txt"], close).payload == "rice"
    assert "def handler" in run(aws, function, ["cat", "/var/task/index.py"], close).payload
    assert run(aws, function, ["echo", "/opt/none"], close).payload == "/opt/none"


def test_that_is_not_there(aws: Aws, function: str) -> None:
    answer = run(aws, function, ["/opt/tool/none"], True)
    assert answer.payload["errorType"] == "FileNotFoundError"


def run(aws: Aws, function: str, arguments: list[str], close: bool) -> Any:
    """Let the function run a program."""
    return aws.invoke(function, {"run": arguments, "close": close})
