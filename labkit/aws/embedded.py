"""Finds the sandbox that this process may use, or starts one that ends with this process."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO, Any

from labkit.aws import policies
from labkit.aws.surroundings import sandbox_session
from labkit.errors import SandboxUnavailable
from labkit.polling import NotInTime, wait_until

SHARED = "LABKIT_SANDBOX"
"""Environment variable that holds the JSON line of a sandbox which someone else owns."""

START_S = 30.0
"""Bound for a start, in seconds; it takes under one, and an overloaded machine may need more."""

END_S = 10.0
"""Bound for an end, in seconds; it takes a fraction of one."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, as the JSON line of ``python -m labkit.sandbox`` describes it."""

    endpoint: str
    account: str
    region: str
    access_key_id: str
    secret_access_key: str
    pid: int
    server_pid: int
    directory: str
    root_secret_file: str

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Sandbox:
        """Take the fields that labkit knows; a later sandbox may print more of them."""
        try:
            return cls(**{name: fields[name] for name in cls.__dataclass_fields__})
        except (KeyError, TypeError) as error:
            raise SandboxUnavailable(
                f"This does not describe a sandbox: {fields!r} ({error}). Unset {SHARED} to let "
                "labkit start one."
            ) from None

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return asdict(self)

    def as_root(self) -> Sandbox:
        """Return the sandbox as its account's root user sees it.

        Raises
        ------
        SandboxUnavailable
            If the file with root's secret cannot be read.
        """
        try:
            secret = Path(self.root_secret_file).read_text(encoding="utf-8")
        except OSError as error:
            raise SandboxUnavailable(
                f"The secret of the sandbox at {self.endpoint} cannot be read ({error}), so "
                "nothing was done as its owner. Start the sandbox again."
            ) from error
        return replace(self, access_key_id=self.account, secret_access_key=secret)

    def lives(self) -> bool:
        """Tell whether this very sandbox still answers.

        Its private folder goes when it ends, and no later sandbox has the same one: so a port or a
        process number that was given away again does not mislead.
        """
        return not self.ended() and self._answers()

    def ended(self) -> bool:
        """Tell whether it is over for certain: its private folder is gone, or both its processes.

        An answer that fails to come proves nothing.
        """
        gone = not (_exists(self.pid) or _exists(self.server_pid))
        return gone or not Path(self.directory).is_dir()

    def ends(self) -> bool:
        """Tell whether it is over, and wait for that if it is about to be.

        A sandbox that ends stops answering first, and its folder goes last: whoever met the one has
        to wait for the other to know what it met.
        """
        with suppress(NotInTime):
            wait_until(lambda: self.ended() or self._answers(), END_S, "the sandbox to end")
        return self.ended()

    def _answers(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return bool(_sts(self).get_caller_identity()["Account"] == self.account)
        except (BotoCoreError, ClientError):
            return False


def _exists(pid: int) -> bool:
    """Tell whether a process is there; one that only waits for its parent to notice is not."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


@cache
def _sts(sandbox: Sandbox) -> Any:
    from botocore.config import Config

    quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    session = sandbox_session(sandbox.access_key_id, sandbox.secret_access_key, sandbox.region)
    return session.client("sts", endpoint_url=sandbox.endpoint, config=quick)


class _Owned:
    """The sandbox of this process: it ends when its standard input closes, killed -9 included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sandbox: Sandbox | None = None

    def get(self) -> Sandbox:
        """Return the running one; start it when there is none or when it has ended."""
        with self._lock:
            running = self._process is not None and self._process.poll() is None
            if not running or self._sandbox is None:
                self._sandbox = self._start()
            return self._sandbox

    def end(self) -> None:
        """Close its standard input and wait until it is gone."""
        with self._lock:
            process, self._process, self._sandbox = self._process, None, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(timeout=START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> Sandbox:
        options = ["--json", "--until-stdin-closes", *policies.sandbox_arguments()]
        command = [sys.executable, "-m", "labkit.sandbox", *options]
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,  # Ctrl-C in the notebook must not end the sandbox
            )
            assert process.stdout is not None
            line = _read_line(process.stdout)
            if not line:
                process.kill()
                process.wait()
                complaints.seek(0)
                why = complaints.read().decode(errors="replace").strip()
                raise SandboxUnavailable(f"The sandbox did not start. {why or 'It said nothing.'}")
        self._process = process
        return Sandbox.from_json(json.loads(line))


def _read_line(stream: IO[bytes]) -> bytes:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(START_S) else b""


_owned = _Owned()
atexit.register(_owned.end)


def sandbox() -> Sandbox:
    """Return the sandbox to use: the one that ``LABKIT_SANDBOX`` names, else this process's own.

    Raises
    ------
    SandboxUnavailable
        When the named one has ended or does not answer, or one could not be started.
    """
    line = os.environ.get(SHARED)
    if not line:
        return _owned.get()
    try:
        shared = Sandbox.from_json(json.loads(line))
    except ValueError:
        raise SandboxUnavailable(f"{SHARED} does not hold a line of JSON: {line!r}.") from None
    if shared.lives() or (not shared.ends() and shared.lives()):
        return shared
    if not shared.ended():
        raise SandboxUnavailable(
            f"The sandbox at {shared.endpoint} has not answered for {END_S:g} s, and has not "
            "ended. Is this computer busy? Try again."
        )
    raise SandboxUnavailable(
        f"The sandbox at {shared.endpoint} has ended, and with it everything in it. Start it "
        f"again (`labkit lab` does), or unset {SHARED}: labkit then starts one by itself."
    )
