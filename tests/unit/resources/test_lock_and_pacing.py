"""Locks and turns between processes that tear down at the same time."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit.aws.limits import ACCOUNT, SANDBOX
from labkit.clock import Clock
from labkit.polling import wait_until
from labkit.resources.lock import if_free, is_held, is_locked, keep, only_one
from labkit.resources.pacing import Pacer

LIMITED = ("apigateway", "DeleteRestApi")


def test_the_second_waits_and_says_so(tmp_path: Path) -> None:
    journal, told, order = tmp_path / "run.jsonl", list[str](), list[str]()

    def second() -> None:
        with only_one(journal, told.append):
            order.append("second")

    with only_one(journal, told.append):
        waiting = threading.Thread(target=second)
        waiting.start()
        wait_until(lambda: told, seconds=10)
        assert is_held(journal)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert "another teardown" in told[0]
    assert not is_held(journal)


def test_who_only_looks_keeps_nobody_from_looking(tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with only_one(journal, print):
        assert is_held(journal)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: is_held(journal), range(4000)))


def test_who_only_looks_keeps_nobody_from_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.watchdog"
    path.touch()
    looking = path.open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(Clock, "sleep", lambda *_: looking.close())
    with if_free(path) as free:
        assert free
        assert is_locked(path)
    assert not is_locked(path)


def test_a_program_keeps_the_lock_of_the_process_that_became_it(tmp_path: Path) -> None:
    path = tmp_path / "open.lock"
    become = "os.execv(sys.executable, [sys.executable, '-c', 'print(1, flush=True); input()'])"
    code = (
        "import os, pathlib, sys; from labkit.resources.lock import keep; "
        f"assert keep(pathlib.Path(sys.argv[1])); {become}"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        assert is_locked(path)
        assert not keep(path)
        process.kill()
    assert not is_locked(path)


def test_turns_are_kept_apart_over_processes(state: Path) -> None:
    one, other = (Pacer("111122223333", "ap-northeast-2", ACCOUNT) for _ in range(2))
    elsewhere = Pacer("444455556666", "ap-northeast-2", ACCOUNT)
    waits = [pacer.turn_in(*LIMITED) for pacer in (one, other, one, elsewhere)]
    assert [round(wait / 30) for wait in waits] == [0, 1, 2, 0]
    assert one.turn_in("sqs", "DeleteQueue") == 0
    assert Pacer("111122223333", "ap-northeast-2", SANDBOX).turn_in(*LIMITED) == 0
