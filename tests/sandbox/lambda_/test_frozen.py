"""An environment stands still between its calls, and still ends with its sandbox."""

from __future__ import annotations

import os
import signal
import time

import psutil

from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for


class TestFrozen:
    def test_nothing_goes_on_between_calls(self, aws: Aws) -> None:
        name = aws.function(
            "import threading, time\n"
            "turns = []\n"
            "def turn():\n"
            "    while True:\n"
            "        turns.append(1)\n"
            "        time.sleep(0.02)\n"
            "def handler(event, context):\n"
            "    if not turns:\n"
            "        threading.Thread(target=turn, daemon=True).start()\n"
            "        time.sleep(0.2)\n"
            "    return len(turns)\n"
        )
        before = aws.invoke(name).payload
        time.sleep(2)
        assert before <= aws.invoke(name).payload <= before + 5

    def test_nothing_is_left_of_one_whose_sandbox_is_killed(self) -> None:
        with running_sandbox() as sandbox:
            aws = aws_of(sandbox)
            assert aws.invoke(aws.function("def handler(event, context): return 1")).payload == 1
            session = psutil.Process(sandbox["server_pid"]).children(recursive=True)
            wait_for(lambda: any(one.status() == psutil.STATUS_STOPPED for one in session))
            for pid in (sandbox["pid"], sandbox["server_pid"]):
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not any(map(lives, session)))


def lives(process: psutil.Process) -> bool:
    """Tell whether a process has not ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
