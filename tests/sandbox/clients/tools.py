"""Programs of other people that are pointed at the sandbox, each in an environment below `out/`.

An environment is made at the first run and kept; it is made anew when its packages change here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.conftest import Aws

HOME = Path(__file__).parents[3] / "out" / "clients"

PYTHON = {
    "aioboto3": ("aioboto3==15.5.0",),
    "chalice": ("chalice==1.34.0", "setuptools==80.9.0"),
    "cli": ("awscli==1.46.3", "aws-sam-cli==1.170.0"),
    "powertools": ("aws-lambda-powertools==3.37.0",),
    "zappa": ("zappa==0.63.0", "flask==3.1.3"),
}
"""The packages of each environment of Python."""

NODE = {
    "cdk": ("aws-cdk@2.1148.1", "aws-cdk-lib@2.276.0", "constructs@10.8.1"),
    "osls": ("osls@4.3.1",),
    "runtime": (
        *("@aws-sdk/client-cloudwatch-logs@3.1169.0", "@aws-sdk/client-lambda@3.1164.0"),
        "@aws-sdk/client-s3@3.1175.0",
    ),
    "sdk": (
        *("@aws-sdk/client-s3@3.1175.0", "@aws-sdk/client-sqs@3.1175.0"),
        "@aws-sdk/client-sfn@3.1164.0",
    ),
}
"""The packages of each environment of Node.js."""


@dataclass(frozen=True)
class Shell:
    """A shell at the sandbox, in a folder of its own, with one environment's programs."""

    folder: Path
    programs: Path
    variables: dict[str, str]

    def run(self, program: str, *arguments: str, typed: str = "", **more: str) -> str:
        """Run a program that must succeed; return all that it writes.

        Parameters
        ----------
        program, arguments
            The program of the environment, and its arguments.
        typed
            What is typed into it.
        more
            Further variables.
        """
        done = subprocess.run(
            [self.programs / program, *arguments],
            env=self.variables | more,
            cwd=self.folder,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments} ended with:\n{done.stdout[-6000:]}"
        return done.stdout

    def write(self, files: dict[str, str]) -> None:
        """Write files into the folder."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def python(name: str) -> Path:
    """Return the folder of an environment of Python, which is made if it is not there."""
    home = HOME / name
    uv = [sys.executable, "-m", "uv", "--quiet"]
    if _is_new(home, PYTHON[name]):
        subprocess.run([*uv, "venv", "--seed", "--clear", home], check=True)
        subprocess.run(
            [*uv, "pip", "install", "--python", home / "bin" / "python", *PYTHON[name]], check=True
        )
        _note(home, PYTHON[name])
    return home / "bin"


def node(name: str) -> Path:
    """Return the folder of an environment of Node.js, which is made if it is not there."""
    home = HOME / name
    if _is_new(home, NODE[name]):
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE[name]],
            cwd=home,
            check=True,
        )
        _note(home, NODE[name])
    return home / "node_modules" / ".bin"


def shell(aws: Aws, folder: Path, programs: Path) -> Shell:
    """Return a shell whose programs find the sandbox by AWS's own variables."""
    variables = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "VIRTUAL_ENV": str(programs.parent),
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": aws.account,
        "AWS_SECRET_ACCESS_KEY": aws.secret,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_REGION": aws.region,
        "AWS_PAGER": "",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "SAM_CLI_TELEMETRY": "0",
        "SLS_TELEMETRY_DISABLED": "1",
    }
    return Shell(folder, programs, variables)


def _is_new(home: Path, packages: tuple[str, ...]) -> bool:
    stamp = home / "packages.txt"
    return not stamp.exists() or stamp.read_text() != "\n".join(packages)


def _note(home: Path, packages: tuple[str, ...]) -> None:
    (home / "packages.txt").write_text("\n".join(packages))
