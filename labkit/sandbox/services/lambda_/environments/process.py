"""The process of one execution environment, seen from the server: requests, answers, its log.

Everything but the start and the end of the process happens on the event loop: what the process
sends and prints wakes it, and a timer holds the process to its time, its memory and its CPU.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.sandbox.process.processes import end_group, signal_group
from labkit.sandbox.services.lambda_.environments.cpu_share import CpuShare
from labkit.sandbox.services.lambda_.environments.memory import LOOK_SECONDS, Memory
from labkit.sandbox.services.lambda_.report import LogLine

LENGTH = struct.Struct("!I")
"""A frame's length, before its bytes; `runtime/bootstrap.py` has the same."""

CHUNK_BYTES = 1 << 16

AWS_UMASK = 0o022
"""What a function's files get, as on AWS; the folders that they are in are the owner's alone."""

EXIT_SECONDS = 1
"""How long a process that has closed its control socket may take to end."""

FREEZE_SECONDS = 0.01
"""How long after a call a process is frozen: not at all between calls that follow one another at
once, as freezing and thawing would take a good part of such a call's time."""

TIMER_SECONDS = 0.001
"""What the event loop's timers count in."""

RESULT = b'{"result": true}'
"""The header of a result, as `runtime/bootstrap.py` writes it."""

Frames = tuple[bytes, bytes]
"""A header, which is JSON, and a payload."""


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
    names
        Folders, and what they are called in the log instead.
    """

    def __init__(
        self,
        command: Callable[[int], list[str]],
        variables: dict[str, str],
        folder: Path,
        lifeline: int,
        memory: int,
        names: list[tuple[str, str]],
    ) -> None:
        self._control, theirs = socket.socketpair()
        self._output, output = os.pipe()
        self._control.setblocking(False)
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
                umask=AWS_UMASK,
            )
        finally:
            theirs.close()
            os.close(output)
        self._received = bytearray()
        self._unfinished = b""
        self._lines: list[LogLine] = []
        self._names = names
        self._limit = memory
        self._memory = Memory(self.pid)
        self._memory_look = 0.0
        self._peak_memory = 0
        self._share = CpuShare(self.pid, memory)
        self._scaled = False
        self._deadline = 0.0
        self._answer: asyncio.Future[Frames] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_closed = self._is_frozen = False
        self._freezing: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int:
        """The process's number, which is its group's number too."""
        return self._process.pid

    @property
    def peak_memory(self) -> int:
        """The most memory that the process was seen to hold, in MB."""
        return self._peak_memory

    async def initialize(
        self, deadline: float, when_started: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        """Wait for the end of INIT, which has all the CPU there is; return what it said.

        `when_started` is called when the runtime is loaded, and is about to load the function.

        Raises
        ------
        TimedOutError, ExitedError
            As `serve`.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control, self._read_control)
        self._loop.add_reader(self._output, self._read_output)
        said = await self._next_header(deadline)
        if "started" in said:
            if when_started is not None:
                when_started()
            said = await self._next_header(deadline)
        self._memory.note_threads()
        return said

    async def _next_header(self, deadline: float) -> dict[str, Any]:
        header, _ = await self._next_answer(deadline, scaled=False)
        said: dict[str, Any] = json.loads(header)
        return said

    async def serve(
        self, request: bytes, payload: bytes, deadline: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send one request and wait for its answer, within the function's share of the CPU.

        `request` is what the runtime is told of it, as JSON, and `payload` the event; `deadline` is
        on the monotonic clock.

        Raises
        ------
        TimedOutError
            If there is none by then; the process still runs.
        ExitedError
            If the process ended first, or was ended because it held too much memory.
        """
        self.thaw()
        self._share.begin()
        self._send(request, payload)
        try:
            header, content = await self._next_answer(deadline, scaled=True)
        finally:
            self._share.resume()
        debt = self._share.debt()
        if time.monotonic() + debt > deadline:
            raise TimedOutError
        if debt > 0:
            await asyncio.sleep(debt)
        return {} if header == RESULT else json.loads(header), content

    def freeze_soon(self) -> None:
        """Let the process and its descendants stand still until they are thawed."""
        if self._loop is not None:
            self._freezing = self._loop.call_later(FREEZE_SECONDS, self._freeze)

    def _freeze(self) -> None:
        self._is_frozen = True
        signal_group(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a process that was frozen, or is about to be, go on."""
        if self._freezing is not None:
            self._freezing.cancel()
        if self._is_frozen:
            self._is_frozen = False
            signal_group(self.pid, signal.SIGCONT)

    def _send(self, head: bytes, payload: bytes) -> None:
        """Send one request; a process that has ended is found out when its answer is awaited."""
        frames = (LENGTH.pack(len(head)), head, LENGTH.pack(len(payload)), payload)
        self._send_rest(b"".join(frames))

    def _send_rest(self, data: bytes) -> None:
        """Send what the socket takes now, and the rest when it takes more."""
        try:
            sent = self._control.send(data)
        except BlockingIOError:
            sent = 0
        except (BrokenPipeError, ConnectionResetError):
            return
        if sent < len(data) and self._loop is not None:
            self._loop.add_writer(self._control, self._send_on, data[sent:])

    def _send_on(self, rest: bytes) -> None:
        assert self._loop is not None
        self._loop.remove_writer(self._control)
        self._send_rest(rest)

    async def _next_answer(self, deadline: float, *, scaled: bool) -> Frames:
        """Wait for the answer; one that was given while it was asked for is there at once."""
        self._read_control()
        frames = self._take_frames() or await self._within_limits(deadline, scaled=scaled)
        if self._hold_to_memory():
            raise OutOfMemoryError("with error: signal: killed")
        return frames

    async def _within_limits(self, deadline: float, *, scaled: bool) -> Frames:
        """Wait for the answer, holding the process to its limits meanwhile."""
        assert self._loop is not None
        self._answer = self._loop.create_future()
        self._deadline, self._scaled = deadline, scaled
        self._memory_look = time.monotonic() + LOOK_SECONDS
        self._hold_to_limits()
        if self._has_closed:
            self._fail(EOFError())
        try:
            return await self._answer
        except EOFError:
            reason = await asyncio.to_thread(self._exit_reason)
            raise ExitedError(reason) from None
        finally:
            self._answer = None
            if self._timer is not None:
                self._timer.cancel()

    def _hold_to_limits(self) -> None:
        """Enforce what is due now: time, memory, CPU; come again when the next is due."""
        now = time.monotonic()
        if now >= self._deadline:
            self._fail(TimedOutError())
            return
        if now >= self._memory_look:
            self._memory_look = now + LOOK_SECONDS
            if self._hold_to_memory():
                self._fail(OutOfMemoryError("with error: signal: killed"))
                return
        due = min(self._deadline, self._memory_look)
        if self._scaled:
            if now >= self._share.next_look:
                self._share.look()
            due = min(due, self._share.next_look)
        assert self._loop is not None
        seconds = max(due - time.monotonic(), TIMER_SECONDS)
        self._timer = self._loop.call_later(seconds, self._hold_to_limits)

    def _hold_to_memory(self) -> bool:
        """Kill the process if it, its descendants included, holds more than its function has."""
        self._peak_memory = max(self._peak_memory, self._memory.most())
        too_much = self._peak_memory > self._limit
        if too_much:
            end_group(self.pid)
        return too_much

    def _fail(self, reason: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(reason)

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

    async def close(self) -> None:
        """End the process with every process that it started, and free what it held."""
        if self._freezing is not None:
            self._freezing.cancel()
        if self._loop is not None:
            self._loop.remove_reader(self._control)
            self._loop.remove_writer(self._control)
            self._loop.remove_reader(self._output)
        end_group(self.pid)
        if self._process.poll() is None:
            await asyncio.to_thread(self._process.wait)
        self._control.close()
        os.close(self._output)
        self._memory.close()

    def _read_control(self) -> None:
        try:
            chunk = self._control.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            chunk = b""
        if chunk:
            self._received += chunk
            self._hand_over()
        else:
            assert self._loop is not None
            self._loop.remove_reader(self._control)
            self._has_closed = True
            self._fail(EOFError())

    def _hand_over(self) -> None:
        """Give whoever waits the answer that has come."""
        if self._answer is None or self._answer.done():
            return
        if (frames := self._take_frames()) is not None:
            self._answer.set_result(frames)

    def _take_frames(self) -> Frames | None:
        head = _frame(self._received, 0)
        payload = _frame(self._received, LENGTH.size + len(head)) if head is not None else None
        if head is None or payload is None:
            return None
        del self._received[: 2 * LENGTH.size + len(head) + len(payload)]
        return head, payload

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
            if len(chunk) < CHUNK_BYTES:
                return

    def _stop_watching_output(self) -> None:
        """Forget the pipe once the process has closed it: it would be readable for ever."""
        if self._loop is not None:
            self._loop.remove_reader(self._output)

    def _add_lines(self, lines: list[bytes]) -> None:
        now = int(time.time() * 1000)
        for line in lines:
            text = line.decode(errors="replace").replace("\r", "\n")
            if "/" in text:
                for folder, name in self._names:
                    text = text.replace(folder, name)
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
