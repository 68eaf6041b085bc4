"""The commands of a phase, as a real process: bash, with the role's credentials.

All commands of a phase run in one shell, and the next phase begins where the last one was left:
with its variables, in its folder.
Source: CodeBuild User Guide, "Build specification reference" (version 0.2) and "Environment
variables in build environments".
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.process.processes import end_group
from labkit.sandbox.services.codebuild.buildspec import Phase
from labkit.sandbox.services.codebuild.records import Build

SAVE = """
__save() {{ declare -px > {state}/variables; pwd > {state}/folder; }}
trap __save EXIT
__succeeding=$CODEBUILD_BUILD_SUCCEEDING
[ -f {state}/variables ] && . {state}/variables 2>/dev/null
export CODEBUILD_BUILD_SUCCEEDING=$__succeeding
cd "$(cat {state}/folder)" || exit 1
"""

RUN = """
echo {running}
{command}
__status=$?
if [ $__status -ne 0 ]; then
  echo {index} > {state}/failed
  echo {failed} "$__status"
  exit $__status
fi
"""

OWN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
"""Variables of the sandbox's own that a build gets; PATH begins with its Python."""


async def run(build: Build, phase: Phase, variables: dict[str, str]) -> None:
    """Run the commands of a phase, then those that follow in any case.

    Raises
    ------
    FailedError
        If a command fails.
    """
    try:
        await _run(build, phase.commands, variables)
    finally:
        if phase.finally_:
            await _run(build, phase.finally_, variables)


def begin(build: Build) -> None:
    """Make the folders in which a build works."""
    for name in ("source", "state"):
        (build.folder / name).mkdir(parents=True, exist_ok=True)
    (build.folder / "state" / "folder").write_text(str(build.folder / "source"))


def exported(build: Build, names: tuple[str, ...]) -> dict[str, str]:
    """Return variables as the last phase has left them."""
    file = build.folder / "state" / "variables"
    found = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        name, equals, value = line.removeprefix("declare -x ").partition("=")
        if equals and name in names:
            found[name] = "".join(shlex.split(value))
    return found


def environment() -> dict[str, str]:
    """Return the variables that a build has of this machine."""
    own = {name: os.environ[name] for name in OWN if name in os.environ}
    here = str(Path(sys.executable).parent)
    return own | {"PATH": f"{here}{os.pathsep}{own.get('PATH', os.defpath)}"}


async def _run(build: Build, listed: tuple[str, ...], variables: dict[str, str]) -> None:
    if not listed:
        return
    state = shlex.quote(str(build.folder / "state"))
    parts = [SAVE.format(state=state)]
    for index, command in enumerate(listed):
        told = shlex.quote(f"[Container] Running command {command}")
        failed = shlex.quote("[Container] Command did not exit successfully, exit status")
        parts.append(
            RUN.format(running=told, command=command, index=index, state=state, failed=failed)
        )
    status = await _bash(build, "\n".join(parts), variables)
    if status:
        file = build.folder / "state" / "failed"
        which = int(file.read_text()) if file.exists() else len(listed) - 1
        raise FailedError(
            "COMMAND_EXECUTION_ERROR",
            f"Error while executing command: {listed[which]}. Reason: exit status {status}",
        )


async def _bash(build: Build, script: str, variables: dict[str, str]) -> int:
    """Run a script in a group of processes of its own; return its exit status."""
    process = subprocess.Popen(
        ["bash", "-c", script],
        env=variables, cwd=build.folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0,
    )  # fmt: skip
    try:
        return await _followed(build, process)
    finally:
        end_group(process.pid)


async def _followed(build: Build, process: subprocess.Popen[bytes]) -> int:
    """Write what a process says into the log, in a thread; return its exit status."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def follow() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                build.say(line.decode(errors="replace"))
        loop.call_soon_threadsafe(_tell, ended, process.wait())

    threading.Thread(target=follow, daemon=True, name=f"build-{process.pid}").start()
    return await ended


def _tell(ended: asyncio.Future[int], status: int) -> None:
    if not ended.done():
        ended.set_result(status)
