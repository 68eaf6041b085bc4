"""A program that is started again when it dies, also after its keeper was killed."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

PAUSES_S = (0.0, 1.0, 5.0)
"""Before a program is started again: at once the first time, later with a pause."""
CALM_S = 30.0
"""A program that ran so long has started well."""
END_S = 15.0


@dataclass
class Program:
    """One of a class's programs.

    Attributes
    ----------
    name
        What people call it.
    folder
        Where it runs, and where its number is kept.
    log
        Where its output goes.
    deaths
        How often it died in a row.
    due
        When it is to be started again, on the monotonic clock.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    began: float = 0.0
    due: float = 0.0

    def look(self) -> str:
        """Start the program if it does not run and its pause is over; return what to say of it."""
        now = time.monotonic()
        said = ""
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return ""
            said = self._died(status, now)
        if now >= self.due:
            self._start(now)
        return said

    def end(self) -> None:
        """Ask it to end, and see to it that it does."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._number.unlink(missing_ok=True)

    def end_earlier(self) -> None:
        """End the one that an earlier keeper started and could not end any more."""
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            pid, began = self._number.read_text().split()
            earlier = psutil.Process(int(pid))
            if f"{earlier.create_time():.2f}" == began:
                earlier.terminate()
                _, alive = psutil.wait_procs([earlier], END_S)
                for one in alive:
                    one.kill()

    @property
    def _number(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def _start(self, now: float) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the keeper, which ends them in order
            )
        self.began = now
        with suppress(psutil.NoSuchProcess):
            began = psutil.Process(self.process.pid).create_time()
            self._number.write_text(f"{self.process.pid} {began:.2f}")

    def _died(self, status: int, now: float) -> str:
        self.process = None
        self.deaths = 1 if now - self.began > CALM_S else self.deaths + 1
        pause = PAUSES_S[min(self.deaths, len(PAUSES_S)) - 1]
        self.due = now + pause
        why = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        when = f"in {pause:g} s" if pause else "at once"
        return f"The {self.name} ended ({why}) and is started again {when}. Its log: {self.log}"
