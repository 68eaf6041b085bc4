"""The process of one execution environment, seen from the server: requests, answers, its log."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.sandbox.process.processes import end_group
from labkit.sandbox.services.lambda_ import process_tree
from labkit.sandbox.services.lambda_.cpu_share import CpuShare
from labkit.sandbox.services.lambda_.platform_log import LogLine

LENGTH = struct.Struct("!I")
"""A frame's length, before its bytes; `runtime/bootstrap.py` has the same."""

CHUNK_BYTES = 1 << 16

MEMORY_SECONDS = 0.1
"""How often the memory of a process is looked at while it works."""

EXIT_SECONDS = 1
"""How long a process that has closed its control socket may take to end."""


class TimedOutError(Exception):
    """The process did not answer in time."""


class ExitedError(Exception):
    """The process ended instead of answering; the message is the reason as AWS words it."""


class OutOfMemoryError(ExitedError):
    """The process was killed because it held more memory than its function has."""


class RuntimeProcess:
    """A process that runs one bootstrap, with everything that it prints.

    Parameters
    ----------
    command
        Makes the command line from the descriptor of the process's end of the control socket.
    variables
        Its whole environment.
    folder
        Its working directory.
    lifeline
        A descriptor to inherit: the reading end of a pipe that only the server can write to.
    memory
        The function's memory in MB: it limits the process and buys its share of the CPU.
    """

    def __init__(
        self,
        command: Callable[[int], list[str]],
        variables: dict[str, str],
        folder: Path,
        lifeline: int,
        memory: int,
    ) -> None:
        self._control, theirs = socket.socketpair()
        self._output, output = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._process = subprocess.Popen(
                command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=variables,
                cwd=folder,
                pass_fds=[theirs.fileno(), lifeline],
                process_group=0,
            )
        finally:
            theirs.close()
            os.close(output)
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._output, select.POLLIN)
        self._output_watched = True
        self._received = bytearray()
        self._unfinished = b""
        self._lines: list[LogLine] = []
        self._memory = memory
        self._memory_look = 0.0
        self._peak_memory = 0
        self._share = CpuShare(self.pid, memory)

    @property
    def pid(self) -> int:
        """The process's number, which is its group's number too."""
        return self._process.pid

    @property
    def peak_memory(self) -> int:
        """The most memory that the process was seen to hold, in MB."""
        return self._peak_memory

    def initialize(self, deadline: float) -> dict[str, Any]:
        """Wait for the end of INIT, which has all the CPU there is; return what it said.

        Raises
        ------
        TimedOutError, ExitedError
            As `serve`.
        """
        header, _ = self._answer(deadline, scaled=False)
        return header

    def serve(
        self, request: dict[str, Any], payload: bytes, deadline: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send one request and wait for its answer, within the function's share of the CPU.

        `deadline` is on the monotonic clock.

        Raises
        ------
        TimedOutError
            If there is none by then; the process still runs.
        ExitedError
            If the process ended first, or was ended because it held too much memory.
        """
        self._share.begin()
        self._send(request, payload)
        try:
            answer = self._answer(deadline, scaled=True)
        finally:
            self._share.resume()
        debt = self._share.debt()
        if time.monotonic() + debt > deadline:
            raise TimedOutError
        time.sleep(debt)
        return answer

    def _send(self, header: dict[str, Any], payload: bytes) -> None:
        """Send one request; a process that has ended is found out when its answer is awaited."""
        head = json.dumps(header).encode()
        frames = (LENGTH.pack(len(head)), head, LENGTH.pack(len(payload)), payload)
        try:
            self._control.sendall(b"".join(frames))
        except (BrokenPipeError, ConnectionResetError):
            return

    def _answer(self, deadline: float, *, scaled: bool) -> tuple[dict[str, Any], bytes]:
        """Wait for the answer, collecting the log and holding the process to its limits."""
        self._memory_look = time.monotonic() + MEMORY_SECONDS
        while (frames := self._take_frames()) is None:
            seconds = self._hold_to_limits(deadline, scaled=scaled)
            for descriptor, _ in self._poll.poll(max(0.0, seconds) * 1000):
                if descriptor == self._output:
                    self._read_output()
                elif not self._read_control():
                    raise ExitedError(self._exit_reason())
        self._read_output()
        self._hold_to_memory()
        header: dict[str, Any] = json.loads(frames[0])
        return header, frames[1]

    def _hold_to_limits(self, deadline: float, *, scaled: bool) -> float:
        """Enforce what is due now: time, memory, CPU; return the seconds until the next is due."""
        now = time.monotonic()
        if now >= deadline:
            raise TimedOutError
        if now >= self._memory_look:
            self._hold_to_memory()
            self._memory_look = now + MEMORY_SECONDS
        if not scaled:
            return min(deadline, self._memory_look) - now
        if now >= self._share.next_look:
            self._share.look()
        return min(deadline, self._memory_look, self._share.next_look) - now

    def _hold_to_memory(self) -> None:
        """Kill the process if it, its descendants included, holds more than its function has."""
        held, peak = process_tree.memory(self.pid)
        self._peak_memory = max(self._peak_memory, held, peak)
        if self._peak_memory > self._memory:
            end_group(self.pid)
            raise OutOfMemoryError("with error: signal: killed")

    def take_lines(self) -> list[LogLine]:
        """Return the log lines since the last call, a last one without newline included."""
        self._read_output()
        if self._unfinished:
            self._add_lines([self._unfinished])
            self._unfinished = b""
        lines, self._lines = self._lines, []
        return lines

    def is_running(self) -> bool:
        """Tell whether the process has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process with every process that it started, and free what it held."""
        end_group(self.pid)
        self._process.wait()
        self._control.close()
        os.close(self._output)

    def _take_frames(self) -> tuple[bytes, bytes] | None:
        head = _frame(self._received, 0)
        payload = _frame(self._received, LENGTH.size + len(head)) if head is not None else None
        if head is None or payload is None:
            return None
        del self._received[: 2 * LENGTH.size + len(head) + len(payload)]
        return head, payload

    def _read_control(self) -> bool:
        try:
            chunk = self._control.recv(CHUNK_BYTES)
        except ConnectionResetError:
            return False
        self._received += chunk
        return bool(chunk)

    def _read_output(self) -> None:
        while True:
            try:
                chunk = os.read(self._output, CHUNK_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._stop_watching_output()
                return
            *complete, self._unfinished = (self._unfinished + chunk).split(b"\n")
            self._add_lines(complete)

    def _stop_watching_output(self) -> None:
        """Forget the pipe once the process has closed it: it would be readable for ever."""
        if self._output_watched:
            self._poll.unregister(self._output)
            self._output_watched = False

    def _add_lines(self, lines: list[bytes]) -> None:
        now = int(time.time() * 1000)
        for line in lines:
            text = line.decode(errors="replace").replace("\r", "\n")
            self._lines.append(LogLine(now, text))

    def _exit_reason(self) -> str:
        try:
            code = self._process.wait(timeout=EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return "without providing a reason"
        if code == 0:
            return "without providing a reason"
        if code > 0:
            return f"with error: exit status {code}"
        if -code == signal.SIGKILL:
            return "with error: signal: killed"
        return f"with error: signal: {signal.strsignal(-code) or -code}".lower()


def _frame(received: bytearray, start: int) -> bytes | None:
    body = start + LENGTH.size
    if len(received) < body:
        return None
    (length,) = LENGTH.unpack_from(received, start)
    return bytes(received[body : body + length]) if len(received) >= body + length else None
