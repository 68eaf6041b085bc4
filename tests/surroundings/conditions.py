"""What computers have set, or lack, for reasons that have nothing to do with labkit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOBODY_LISTENS = "http://127.0.0.1:9"

SPEAKS = "import sys\nsys.stderr.write('a module of somebody else\\n')\n"

HIDES = f"{SPEAKS}raise ImportError('this module is somebody else’s')\n"
"""A module that stops whoever takes it for the one of the same name."""

OTHERS = ("requests.py", "orders.py", "handler.py", "prices.py", "pandas.py")
"""Modules that lie in somebody's PYTHONPATH under names that lessons import, too."""

CONFIG = """\
[default]
region = mars-north-1
output = text
sso_start_url = https://example.awsapps.com/start
endpoint_url = {nobody}
s3 =
    addressing_style = virtual
    signature_version = s3
[profile old]
aws_security_token = gone
"""

Prefix = Sequence[str]


@dataclass(frozen=True, eq=False)
class Condition:
    """A computer as some learners have it.

    Attributes
    ----------
    name
        Short, for ``-k``.
    variables
        Environment variables; the folder's name stands for ``{folder}``.
    files
        Files in the folder, which is the user's home, and what is in them.
    prefix
        Command line that the command is appended to; the folder's name stands for ``{folder}``.
    needs
        Programs without which it cannot be had, and whether root.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    prefix: Prefix = ()
    needs: Sequence[str] = ()
    root: bool = False

    @property
    def missing(self) -> str:
        """What this computer lacks to stand for the other; empty if nothing."""
        if self.root and os.geteuid() != 0:
            return "needs root"
        lacking = [program for program in self.needs if shutil.which(program) is None]
        return f"needs {', '.join(lacking)}" if lacking else ""

    def command(self, folder: Path, command: Sequence[str]) -> list[str]:
        """Return the command line that runs a command under this condition."""
        return [*(word.replace("{folder}", str(folder)) for word in self.prefix), *command]

    def environment(self, folder: Path) -> dict[str, str]:
        """Write the files, and return the variables that a command has to be run with."""
        for name, text in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        own = {
            name: value.replace("{folder}", str(folder)) for name, value in self.variables.items()
        }
        (folder / "tmp").mkdir(exist_ok=True)
        return {**os.environ, "HOME": str(folder), "TMPDIR": str(folder / "tmp"), **own}


def _inside(script: str) -> Prefix:
    """Return a prefix: a shell in mounts and networks of its own, which prepares, then runs."""
    return ("unshare", "--mount", "--net", "bash", "-ec", f'{script}; exec "$@"', "bash")


UP = "ip link set lo up"

NO_IPV6 = f"{UP}; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"

HARMLESS = (
    Condition(
        "proxy",
        {
            name: NOBODY_LISTENS
            for lower in ("http_proxy", "https_proxy", "all_proxy")
            for name in (lower, lower.upper())
        },
    ),
    Condition("profile-unknown", {"AWS_PROFILE": "gone", "AWS_DEFAULT_PROFILE": "gone"}),
    Condition("config-broken", files={".aws/config": "[default\nregion", ".aws/credentials": "{"}),
    Condition("config-old", files={".aws/config": CONFIG.format(nobody=NOBODY_LISTENS)}),
    Condition(
        "aws-variables",
        {
            "AWS_ENDPOINT_URL": NOBODY_LISTENS,
            "AWS_ENDPOINT_URL_S3": NOBODY_LISTENS,
            "AWS_REGION": "mars-north-1",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_SESSION_TOKEN": "x",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_CA_BUNDLE": "/nowhere.pem",
            "AWS_MAX_ATTEMPTS": "1",
        },
    ),
    Condition("startup", {"PYTHONSTARTUP": "{folder}/start.py"}, {"start.py": HIDES}),
    Condition("sitecustomize", {"PYTHONPATH": "{folder}/site"}, {"site/sitecustomize.py": SPEAKS}),
    Condition("lang-c", {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
    Condition("no-ipv6", prefix=_inside(NO_IPV6), needs=("unshare", "ip"), root=True),
)
"""What no lesson may mind."""


def _together(conditions: Sequence[Condition]) -> Condition:
    """Return a computer that has all of them."""
    return Condition(
        "all-harmless",
        {name: value for one in conditions for name, value in one.variables.items()},
        {name: text for one in conditions for name, text in one.files.items()},
        next(one.prefix for one in conditions if one.prefix),
        tuple(program for one in conditions for program in one.needs),
        root=any(one.root for one in conditions),
    )


def _tmp(options: str) -> Prefix:
    return _inside(f"{UP}; mount -t tmpfs -o {options} none {{folder}}/tmp")


def _processes(number: int) -> Prefix:
    """Return a prefix for a user who may have few processes: one whom nothing else runs as."""
    rights = "-all,+dac_override,+dac_read_search"
    return (
        "bash", "-ec", 'chown -R 64242 {folder}; exec "$@"', "bash",
        "setpriv", "--reuid", "64242", "--clear-groups",
        "--inh-caps", rights, "--ambient-caps", rights,
        "prlimit", f"--nproc={number}",
    )  # fmt: skip


HARMFUL = (
    Condition(
        "modules-hidden",
        {"PYTHONPATH": "{folder}/modules"},
        {f"modules/{name}": HIDES for name in OTHERS},
    ),
    Condition("files-256", prefix=("prlimit", "--nofile=256:256"), needs=("prlimit",)),
    Condition("files-1024", prefix=("prlimit", "--nofile=256:1024"), needs=("prlimit",)),
    Condition("processes-60", prefix=_processes(60), needs=("setpriv", "prlimit"), root=True),
    Condition("processes-400", prefix=_processes(400), needs=("setpriv", "prlimit"), root=True),
    Condition("tmp-noexec", prefix=_tmp("noexec"), needs=("unshare", "ip"), root=True),
    Condition("tmp-full", prefix=_tmp("size=40m"), needs=("unshare", "ip"), root=True),
    Condition("tmp-small", prefix=_tmp("size=300m"), needs=("unshare", "ip"), root=True),
    Condition("tmp-read-only", prefix=_tmp("ro"), needs=("unshare", "ip"), root=True),
)
"""What may keep a lesson from running; the doctor has to know then."""

CONDITIONS = (_together(HARMLESS), *HARMLESS, *HARMFUL)
