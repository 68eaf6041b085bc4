"""What a function's process has from the server: what it needs, and nothing of labkit's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import labkit
from tests.sandbox.conftest import Aws, zipped

PACKAGE = str(Path(labkit.__file__).parent)

PYTHON = """
import json, os, sys
def handler(event, context):
    descriptors = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            descriptors[name] = os.readlink(f"/proc/self/fd/{name}").partition(":")[0]
        except OSError:
            pass  # the one that listed them
    return {"descriptors": descriptors, "environ": open("/proc/self/environ").read(),
            "arguments": open("/proc/self/cmdline").read(), "path": sys.path,
            "modules": [n for n in sys.modules if n.partition(".")[0] in ("labkit", "ministack")],
            "umask": os.umask(0o22), "folder": os.getcwd()}
"""

NODE = """
const fs = require("fs");
exports.handler = async () => {
  const descriptors = {};
  for (const name of fs.readdirSync("/proc/self/fd")) {
    try { descriptors[name] = fs.readlinkSync("/proc/self/fd/" + name).split(":")[0]; } catch {}
  }
  return {descriptors, environ: fs.readFileSync("/proc/self/environ", "utf8"),
          arguments: fs.readFileSync("/proc/self/cmdline", "utf8"), path: module.paths,
          umask: process.umask(), folder: process.cwd()};
};
"""


@pytest.fixture(scope="module", params=["python3.13", "nodejs22.x"])
def seen(aws: Aws, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a handler sees of its process."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("there is no /proc to look at")
    if request.param.startswith("node"):
        if shutil.which("node") is None:
            pytest.skip("there is no node")
        code = {"ZipFile": zipped({"index.js": NODE})}
        name = aws.function("", Runtime=request.param, Code=code)
    else:
        name = aws.function(PYTHON)
    payload: dict[str, Any] = aws.invoke(name).payload
    return payload


def test_no_path_of_labkit(seen: dict[str, Any]) -> None:
    assert PACKAGE not in seen["environ"] + seen["folder"] + json.dumps(seen["path"])
    assert f"{PACKAGE}/" not in seen["arguments"]
    assert not seen.get("modules")


def test_no_secret_of_the_server(aws: Aws, seen: dict[str, Any]) -> None:
    assert aws.secret not in seen["environ"] + seen["arguments"]
    variables = dict(line.partition("=")[::2] for line in seen["environ"].split("\0"))
    assert not [name for name in variables if name.startswith("LABKIT")]
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_no_descriptor_of_the_server(seen: dict[str, Any]) -> None:
    """Standard streams, the control socket and the lifeline; node has some of its own."""
    kinds = list(seen["descriptors"].values())
    if "modules" in seen:
        assert sorted(kinds) == ["/dev/null", "pipe", "pipe", "pipe", "socket"]
    assert kinds.count("socket") == 1
    assert not [kind for kind in kinds if kind.endswith(("secret", ".log"))]


def test_files_get_the_mode_that_aws_gives_them(seen: dict[str, Any]) -> None:
    assert seen["umask"] == 0o022
