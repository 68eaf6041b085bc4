"""Smoke runs that are ended from outside, at each step of a lesson's run: nothing is left."""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from junitparser import JUnitXml

from labkit.course.build import build
from labkit.course.smoke.scratch import _locked, clean_abandoned, scratch_folder
from labkit.polling import wait_until
from tests.support.smoke_samples import add_lesson, processes, scratch_folders

pytestmark = pytest.mark.slow

MAKES_A_QUEUE = """\
import time
from pathlib import Path

from labkit import Lab

real = Lab("greeting")
queue = real.client("sqs").create_queue(QueueName=real.name("orders"))
Path({marker!r}).touch()
while not Path({go!r}).exists():
    time.sleep(0.1)
real.teardown()
start = 40
"""


@pytest.fixture
def smoke(smoke_course: Path) -> Iterator[subprocess.Popen[str]]:
    """A smoke run that has just begun: its first lesson makes a queue and waits for the file `go`,
    its second waits for the first."""
    source = MAKES_A_QUEUE.format(marker=str(smoke_course / "marker"), go=str(smoke_course / "go"))
    add_lesson(smoke_course, "01", "start = 40\n", source)
    add_lesson(smoke_course, "02", "start = 40\n", "start = 40\n")
    build(smoke_course)
    command = [sys.executable, "-m", "labkit.cli", "smoke", "-j", "1"]
    process = subprocess.Popen(
        [*command, "--report", str(smoke_course / "report.xml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def kernel_runs(course: Path) -> bool:
    return any(is_kernel(process) for process in processes(course))


def is_kernel(process: psutil.Process) -> bool:
    try:
        return "ipykernel_launcher" in " ".join(process.cmdline())
    except psutil.Error:  # it has ended since it was found
        return False


def noted(course: Path, event: str) -> bool:
    """Whether the lesson's journal has an event."""
    journals = course.glob("labkit-smoke-*/state/runs/*/*.jsonl")
    return any(f'"{event}"' in path.read_text(encoding="utf-8") for path in journals)


def told_to_go_on(course: Path) -> bool:
    """Let the lesson tear down as soon as it waits; whether it has begun to."""
    if (course / "marker").exists():
        (course / "go").touch()
    return noted(course, "DELETING")


def catch(moment: str, course: Path) -> None:
    """Wait for a moment, which may be over in a tenth of a second."""
    wait_until(lambda: MOMENTS[moment](course), 60, what=moment, longest_pause_s=0.01)


def kill_all(smoke: subprocess.Popen[str], course: Path) -> None:
    """Kill the run and whatever belongs to it, also what starts meanwhile; wait for their ends."""
    living = [psutil.Process(smoke.pid), *processes(course)]
    while living:
        for process in living:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(living)
        living = list(processes(course))


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "its folder is made": lambda course: bool(scratch_folders(course)),
    "its process starts": lambda course: bool(processes(course)),
    "its kernel starts": kernel_runs,
    "its sandbox starts": lambda course: any(course.glob("labkit-smoke-*/tmp/labkit-*")),
    "its run begins": lambda course: noted(course, "RUN"),
    "its queue is being made": lambda course: noted(course, "INTENT"),
    "its queue is there": lambda course: (course / "marker").exists(),
    "its queue is being deleted": told_to_go_on,
}


@pytest.mark.parametrize("moment", list(MOMENTS)[1:])
def test_a_killed_smoke_run_takes_its_lesson_along(
    smoke_course: Path,
    smoke: subprocess.Popen[str],
    moment: str,
) -> None:
    catch(moment, smoke_course)
    smoke.kill()
    smoke.wait()
    wait_until(
        lambda: not scratch_folders(smoke_course), seconds=30, what="the scratch folder to go"
    )
    wait_until(
        lambda: not processes(smoke_course), seconds=30, what="the lesson's processes to end"
    )
    assert list((smoke_course / "state").glob("runs/*/*.jsonl")) == []


@pytest.mark.parametrize("moment", ["its folder is made", "its kernel starts"])
def test_what_is_left_when_everything_is_killed_at_once_goes_with_the_next_run(
    smoke_course: Path,
    smoke: subprocess.Popen[str],
    moment: str,
) -> None:
    catch(moment, smoke_course)
    kill_all(smoke, smoke_course)
    assert len(scratch_folders(smoke_course)) == 1
    assert clean_abandoned() == []
    assert scratch_folders(smoke_course) == []
    assert processes(smoke_course) == []


def test_ctrl_c_reports_what_there_was_and_leaves_nothing(
    smoke_course: Path,
    smoke: subprocess.Popen[str],
) -> None:
    wait_until((smoke_course / "marker").exists, seconds=60)
    smoke.send_signal(signal.SIGINT)
    said, _ = smoke.communicate(timeout=60)
    assert smoke.returncode == 130
    assert "01-greeting: cell 7: was interrupted" in said
    assert said.splitlines()[-1] == "0 passed, 0 failed, 1 interrupted, 1 not run"
    suites = JUnitXml.fromfile(str(smoke_course / "report.xml"))
    assert [suite.skipped for suite in suites] == [0, 1]
    assert processes(smoke_course) == []
    assert scratch_folders(smoke_course) == []


def test_a_killed_runner_is_reported_and_cleaned_up_after(
    smoke_course: Path,
    smoke: subprocess.Popen[str],
) -> None:
    wait_until((smoke_course / "marker").exists, seconds=60)
    (runner,) = psutil.Process(smoke.pid).children()
    runner.kill()
    said, _ = smoke.communicate(timeout=90)
    assert smoke.returncode == 1
    assert "01-greeting: the process that ran the lesson ended with code -9" in said
    assert said.splitlines()[-1] == "1 passed, 1 failed"
    assert scratch_folders(smoke_course) == []


def test_a_folder_that_another_run_takes_for_abandoned_is_not_used(
    smoke_course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a folder's making and its locking another run may look for what was left."""
    looked: list[str] = []

    def make(prefix: str) -> str:
        folder = mkdtemp(prefix=prefix)
        if not looked:
            looked.append(folder)
            assert clean_abandoned() == []
        return folder

    mkdtemp = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", make)
    with scratch_folder() as (folder, _):
        assert folder.is_dir()
        assert clean_abandoned() == []
        assert (folder / "tmp").is_dir()
    assert scratch_folders(smoke_course) == []


def test_a_lock_on_a_folder_that_is_gone_is_none(
    smoke_course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the opening of a lock and the locking its folder may be removed."""
    folder = smoke_course / "labkit-smoke-x"
    folder.mkdir()
    flock = fcntl.flock

    def remove_first(lock: int, how: int) -> None:
        shutil.rmtree(folder)
        flock(lock, how)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    assert _locked(folder) is None
