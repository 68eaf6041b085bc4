"""A smoke run over a Dask cluster of two workers on this machine: the same report as without."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from labkit.course.build import build
from labkit.course.smoke.cluster import run_on_cluster
from labkit.course.smoke.jobs import SmokeOptions, plan
from labkit.course.smoke.scratch import PREFIX
from labkit.errors import LabkitError
from labkit.polling import wait_until
from tests.support.course_kernel import KERNEL_SAMPLE
from tests.support.course_samples import write_course

pytestmark = pytest.mark.slow


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of two lessons, the second of which fails."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    write_course(tmp_path, KERNEL_SAMPLE)
    broken = KERNEL_SAMPLE.replace("start = 40\n", "start = 1 / 0\n").replace('"01"', '"02"')
    write_course(tmp_path, broken, "02-greeting.py")
    build(tmp_path)
    return tmp_path


@pytest.fixture
def address(course: Path) -> Iterator[str]:
    """The address of a cluster of two workers, one lesson at a time on each."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(course / "dask"),
    ) as cluster:
        yield cluster.scheduler_address


def test_lessons_spread_over_two_workers_give_the_same_report(address: str) -> None:
    passing, failing = run_on_cluster(plan(SmokeOptions()), address)
    assert passing.passed
    assert {e.outcome for e in passing.exercises.values()} == {"passed"}
    assert "안녕" in passing.executed
    assert failing.details == [
        "cell 7\n  ZeroDivisionError: division by zero",
        "exercise number: not checked",
    ]


def test_an_address_where_nobody_answers_is_an_error(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.course.smoke.cluster.CONNECT_S", 1)
    with pytest.raises(LabkitError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        run_on_cluster(plan(SmokeOptions()), "tcp://127.0.0.1:1")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_the_workers_notice_when_the_run_is_stopped_or_killed(
    course: Path, address: str, number: signal.Signals, code: int
) -> None:
    marker = course / "marker"
    waits = f"import time\n\nopen({str(marker)!r}, 'w').close()\ntime.sleep(1000)\nstart = 40\n"
    write_course(course, KERNEL_SAMPLE.replace("start = 40\n", waits))
    build(course)
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.cli", "smoke", "01", "--dask", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    wait_until(marker.exists, seconds=60)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert code == -9 or "01-greeting: cell 7: was interrupted" in said
    wait_until(lambda: not list(course.glob(f"{PREFIX}*")), seconds=60, what="the folder to go")
