"""The target local on computers that are set up for something else."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.aws import surroundings

NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody answers: whoever goes there fails."""

PROGRAM = """
import sys
from labkit.aws.opening import open_target
import requests
target = open_target("local")
sts = target.session.client("sts", endpoint_url=target.endpoint_url)
assert sts.get_caller_identity()["Account"] == target.account
assert requests.get(target.endpoint_url, timeout=5).status_code < 500
print("served")
"""

CONDITIONS = {
    "a company's proxy": {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "http_proxy": NOWHERE},
    "proxies with exceptions": {"ALL_PROXY": NOWHERE, "NO_PROXY": "intranet.example"},
    "a profile that names nothing": {"AWS_PROFILE": "nobody"},
    "a broken config file": {"AWS_CONFIG_FILE": "BROKEN"},
    "no config file": {"AWS_CONFIG_FILE": "/nowhere/config"},
    "another endpoint": {"AWS_ENDPOINT_URL": NOWHERE, "AWS_ENDPOINT_URL_SQS": NOWHERE},
    "FIPS and dual stack": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "other defaults": {"AWS_DEFAULTS_MODE": "standard", "AWS_RETRY_MODE": "adaptive"},
    "keys of an account": {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SESSION_TOKEN": "x"},
    "a poor locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
    "a start-up file": {"PYTHONSTARTUP": "/nowhere/startup.py"},
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_sandbox_serves(condition: str, tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_text("[profile x\nregion == \n", encoding="utf-8")
    variables = {k: str(broken) if v == "BROKEN" else v for k, v in CONDITIONS[condition].items()}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "served", done.stderr[-2000:]


def test_exceptions_that_are_there_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example,localhost")
    monkeypatch.setenv("no_proxy", "*")
    surroundings.spare_loopback_from_proxies()
    assert os.environ["NO_PROXY"] == "intranet.example,localhost,127.0.0.1,::1"
    assert os.environ["no_proxy"] == "*"


def test_open_files_are_raised_as_far_as_the_system_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource\n"
        "from labkit.aws.surroundings import allow_many_files\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))\n"
        "print(allow_many_files())"
    )
    for hard, expected in ((min(before[1], 2048), min(before[1], 2048)), (256, 256)):
        done = subprocess.run(
            [sys.executable, "-c", program.format(hard=hard)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert int(done.stdout) == expected
