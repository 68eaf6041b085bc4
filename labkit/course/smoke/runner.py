"""The process that runs one lesson: ``python -m labkit.course.smoke.runner``, in a scratch folder.

Its standard input is its owner. A line there means: stop, tear down, and leave the outcome to read.
The end of input means that the owner has died: stop, tear down, and remove the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import papermill
import psutil
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from labkit.course.smoke import notebook, scratch
from labkit.course.smoke.jobs import Job, lay_out

JOB = "job.json"
OUTCOME = "outcome.json"
EXECUTED = "executed.ipynb"
PREPARED = "prepared.ipynb"

NO_PORTS = Config({"KernelManager": {"transport": "ipc"}})
"""The kernel listens at files in the folder. Of ports, Jupyter looks for free ones and lets go of
them before the kernel takes them; on a busy machine another process may have one by then."""

PAUSE_S = 0.2
"""Pause between two looks for a kernel that has to end, in seconds."""


class _Stopped(Exception):
    """The owner wants the run to stop."""


class Runner:
    """Runs one job in a folder, and ends its kernel when the owner says so or dies."""

    def __init__(self, job: Job, folder: Path, progress: IO[str]) -> None:
        self._job = job
        self._folder = folder
        self._progress = progress
        self._cell: dict[str, Any] = {"id": ""}
        self._stopped = threading.Event()
        self._finished = threading.Event()
        self.orphaned = False

    def run(self) -> dict[str, Any]:
        """Run the notebook and tear down what it left; return what is known then."""
        threading.Thread(target=self._heed_owner, daemon=True).start()
        problem = self._execute()
        self._finished.set()
        left = [] if problem else scratch.not_torn_down(self._folder)
        left += [line for line in scratch.settle(self._folder) if line not in left]
        return {"error": problem, "left": left, "interrupted": self._stopped.is_set()}

    def _execute(self) -> str:
        """Run the notebook; return what kept it from its end, if anything did."""
        try:
            papermill.execute_notebook(
                PREPARED,
                EXECUTED,
                parameters=dict(self._job.parameters),
                progress_bar=False,
                execution_timeout=self._job.cell_s,
                on_cell_start=self._begin_cell,
                config=NO_PORTS,
            )
        except PapermillExecutionError:  # also where every error was one that may be raised
            return notebook.error(self._job, json.loads(Path(EXECUTED).read_text("utf-8")))
        except CellTimeoutError:
            return self._at(f"ran for more than {self._job.cell_s} s; its kernel was ended")
        except (DeadKernelError, _Stopped, RuntimeError) as error:
            if self._stopped.is_set():
                return self._at("was interrupted")
            return self._at(f"the kernel died ({type(error).__name__})")
        return ""

    def _begin_cell(self, cell: dict[str, Any], cell_index: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._cell = cell
        with suppress(OSError):  # the owner may have died
            print(cell_index + 1, file=self._progress, flush=True)

    def _at(self, what: str) -> str:
        executed = json.loads(Path(PREPARED).read_text(encoding="utf-8"))
        return f"{notebook.place(self._job, self._cell['id'], executed)}: {what}"

    def _heed_owner(self) -> None:
        self.orphaned = not sys.stdin.readline()
        self._stopped.set()
        while not self._finished.wait(PAUSE_S):
            for kernel in psutil.Process().children():
                with suppress(psutil.NoSuchProcess):
                    kernel.kill()
        if not self.orphaned:
            self.orphaned = not sys.stdin.readline()


def main() -> int:
    """Run the job in the working folder; return the exit code, which says nothing of the lesson."""
    folder = Path.cwd()
    job = Job.from_json((folder / JOB).read_text(encoding="utf-8"))
    lay_out(job, folder)
    (folder / PREPARED).write_text(json.dumps(notebook.prepared(job)), encoding="utf-8")
    if job.settings:
        (folder / "labkit.toml").write_text(job.settings, encoding="utf-8")
    runner = Runner(job, folder, _standard_output())
    outcome = runner.run()
    (folder / OUTCOME).write_text(json.dumps(outcome, ensure_ascii=False), encoding="utf-8")
    if runner.orphaned:
        scratch.processes_left(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _standard_output() -> IO[str]:
    """Take standard output away from what the lesson starts: it would keep the pipe open."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")  # what dup gives is not inherited
    os.dup2(2, 1)
    return output


if __name__ == "__main__":
    sys.exit(main())
