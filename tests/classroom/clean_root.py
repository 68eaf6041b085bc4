"""A Dockerfile's steps in a root of their own: what an image has, without Docker.

Debian comes from debootstrap and Python from this host, as `python:3.12-slim-bookworm` puts it into
`/usr/local`. The steps are the file's own; a step that is not known here fails.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

LIBRARIES = "ca-certificates,netbase,tzdata,libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,"
LIBRARIES += "zlib1g,libreadline8,libncursesw6,libuuid1,libexpat1"
"""What Python of the base image stands on, as Debian's packages."""
USERS_PIP = Path.home() / ".config" / "pip" / "pip.conf"
TAKEN = {
    "/etc/resolv.conf": "/etc/resolv.conf",
    "/etc/pip.conf": "/etc/pip.conf",
    str(USERS_PIP): "/etc/xdg/pip/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt",
}
"""How this host reaches packages, and where the root has it: whoever its user is, pip reads it."""
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = re.compile(r"PIP_|SSL_CERT|REQUESTS_CA|(?i:https?_proxy|no_proxy)")


def make_root(root: Path, python: str) -> None:
    """Put Debian and a Python into an empty folder."""
    script = ["debootstrap", "--variant=minbase", f"--include={LIBRARIES}", "bookworm", str(root)]
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    prefix = subprocess.run(
        [python, "-c", "import sys; print(sys.base_prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    for part in ("bin", "lib"):
        source, target = Path(prefix.stdout.strip(), part), root / "usr" / "local" / part
        packages = shutil.ignore_patterns("__pycache__", "site-packages", "test", "*.a")
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=packages)
    for file, inside in TAKEN.items():
        if Path(file).exists():
            (root / inside[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / inside[1:])
    within = ["chroot", str(root), "/usr/bin/env", f"PATH={PATH}"]
    for command in (["ldconfig"], ["python3", "-m", "ensurepip", "--upgrade"]):
        subprocess.run([*within, *command], check=True, stdout=subprocess.DEVNULL)
    for name, made in (("python", "python3"), ("pip", "pip3")):
        link = root / "usr" / "local" / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(made)


@dataclass
class Image:
    """A root as a Dockerfile's steps have made it so far."""

    root: Path
    context: Path
    variables: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    user: str = "root"
    folder: str = "/"
    command: list[str] = field(default_factory=list)

    def build(self, text: str) -> None:
        """Carry the steps out.

        Raises
        ------
        ValueError
            One of them is not known here.
        """
        joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
        for line in filter(str.strip, joined.splitlines()):
            name, _, rest = line.strip().partition(" ")
            step = getattr(self, f"_{name.lower()}", None)
            if step is None:
                raise ValueError(f"{name} is not known here")
            step(rest.strip())

    def run(self, command: list[str]) -> list[str]:
        """Return the command that runs a command in the root, as the image's user.

        What is mounted for it is gone with it.
        """
        given = {"HOME": "/root"} | self.variables
        passed = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
        variables = [f"{name}={value}" for name, value in (passed | given).items()]
        there = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        entered = ["chroot", f"--userspec={self.user}", str(self.root), "env", "-i", *variables]
        steps = [
            ["mount", "-t", "proc", "proc", str(self.root / "proc")],
            ["mount", "-t", "tmpfs", "-o", "mode=1777", "shm", str(self.root / "dev" / "shm")],
            ["exec", *entered, "sh", "-c", there],
        ]
        return ["unshare", "--mount", "sh", "-c", " && ".join(map(shlex.join, steps))]

    def _from(self, rest: str) -> None:
        assert rest == "python:3.12-slim-bookworm", "make_root stands for another image"

    def _env(self, rest: str) -> None:
        self.variables |= dict(word.split("=", 1) for word in shlex.split(rest))

    def _arg(self, rest: str) -> None:
        self._env(rest)

    def _workdir(self, rest: str) -> None:
        self.folder = rest
        (self.root / rest[1:]).mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        into = self.root / self.folder[1:] / target
        for name in sources:
            source = self.context / name
            if source.is_dir():
                shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, into)

    def _run(self, rest: str) -> None:
        ran = subprocess.run(
            self.run(["sh", "-c", rest]), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{rest}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"

    def _user(self, rest: str) -> None:
        self.user = rest

    def _expose(self, rest: str) -> None:
        assert rest.isdecimal()

    def _cmd(self, rest: str) -> None:
        self.command = list(json.loads(rest))
