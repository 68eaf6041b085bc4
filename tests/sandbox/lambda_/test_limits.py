"""What a function's memory setting means: its share of the CPU, and the most it may hold."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from tests.sandbox.conftest import ENDS_WITHIN_SECONDS, Aws, aws_of, running_sandbox, wait_for
from tests.sandbox.lambda_.test_environments import report
from tests.sandbox.process.test_server import is_gone, members

only_linux_scales = pytest.mark.skipif(
    sys.platform != "linux", reason="handlers have their share of the CPU on Linux only"
)

only_with_the_cores_to_itself = pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" in os.environ,
    reason="another worker keeps a core busy; make contract measures the share alone",
)

BUSY = """\
import pathlib, subprocess, sys, time

def waited():
    \"\"\"Seconds for which this process could have run and the computer was busy with others.\"\"\"
    try:
        return int(pathlib.Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0

def measure(seconds, used=time.process_time):
    wall, cpu, queue = time.perf_counter(), used(), waited()
    while time.perf_counter() - wall < seconds:
        pass
    wall = time.perf_counter() - wall
    return {"share": (used() - cpu) / wall, "kept_waiting": (waited() - queue) / wall}
"""
LOOP = BUSY + "def handler(event, context): return measure(event['seconds'])\n"
IN_INIT = BUSY + "seen = measure(0.5)\ndef handler(event, context): return seen\n"
IN_A_CHILD = BUSY + (
    "def handler(event, context):\n"
    "    code = 'import time\\nend = time.perf_counter() + 1\\n'\n"
    "    code += 'while time.perf_counter() < end: pass\\nprint(time.process_time())'\n"
    "    wall, own = time.perf_counter(), time.process_time()\n"
    "    child = subprocess.run([sys.executable, '-S', '-c', code], capture_output=True)\n"
    "    used = float(child.stdout) + time.process_time() - own\n"
    "    return {'share': used / (time.perf_counter() - wall), 'kept_waiting': 0}\n"
)
HOLDING = """\
import subprocess, sys, time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if "child" in event:
        code = f"held = b'x' * {event['child'] * 1_000_000}; import time; time.sleep(60)"
        subprocess.run([sys.executable, "-S", "-c", code])
    held = b"x" * (event.get("mb", 0) * 1_000_000)
    time.sleep(event.get("seconds", 0))
    return calls
"""


def measured(aws: Aws, name: str, share: float) -> float:
    """The median share of three one-second loops."""
    seen = [aws.invoke(name, {"seconds": 1}).payload for _ in range(3)]
    found = statistics.median(one["share"] for one in seen)
    kept_waiting = statistics.median(one["kept_waiting"] for one in seen)
    return unless_busy(found, 0.95 * share, kept_waiting)


def unless_busy(found: float, least: float, kept_waiting: float) -> float:
    """Return a share; skip where it is too small because the computer was busy.

    A loop that was ready to run and did not was `kept_waiting`, a part of the time.
    """
    if found < least and kept_waiting > 0.02 * least:
        pytest.skip(
            f"other programs kept the loop waiting for {kept_waiting:.1%} of the time: "
            f"it got {found:.1%} of the CPU where {least:.1%} were wanted"
        )
    return found


@pytest.mark.contract(4)
@only_linux_scales
class TestCpu:
    @only_with_the_cores_to_itself
    @pytest.mark.parametrize("memory", [128, 442, 1024, 1769])
    def test_the_share_is_the_memorys(self, aws: Aws, memory: int) -> None:
        name = aws.function(LOOP, MemorySize=memory)
        share = memory / 1769
        assert measured(aws, name, share) == pytest.approx(share, rel=0.05)

    @pytest.mark.parametrize("memory", [128, 1024])
    def test_duration_is_that_of_the_work(self, aws: Aws, memory: int) -> None:
        """30 ms of CPU take 415 ms at 128 MB, whatever the handler's own clock says."""
        source = (
            "import time\ndef handler(event, context):\n"
            "    end = time.process_time() + 0.03\n"
            "    while time.process_time() < end: pass\n"
        )
        name = aws.function(source, MemorySize=memory)
        duration = float(report(aws.invoke(name).log)["duration"])
        assert duration >= 0.95 * 30 / (memory / 1769)

    def test_children_are_counted(self, aws: Aws) -> None:
        share = 442 / 1769
        name = aws.function(IN_A_CHILD, MemorySize=442)
        assert measured(aws, name, share) <= share * 1.05

    def test_init_is_not_scaled(self, aws: Aws) -> None:
        seen, least = aws.invoke(aws.function(IN_INIT)).payload, 4 * 128 / 1769
        assert unless_busy(seen["share"], least, seen["kept_waiting"]) >= least

    def test_waiting_is_not_slowed(self, aws: Aws) -> None:
        source = "import time\ndef handler(event, context): time.sleep(0.2)\n"
        duration = float(report(aws.invoke(aws.function(source)).log)["duration"])
        assert 200 <= duration < 0.5 * 200 / (128 / 1769)

    def test_a_short_handler_is_never_stopped(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): pass\n")
        durations = [float(report(aws.invoke(name).log)["duration"]) for _ in range(20)]
        assert statistics.median(durations) < 20 * (1 - 128 / 1769)

    def test_a_timeout_while_it_stands_still(self, aws: Aws) -> None:
        name = aws.function(LOOP, Timeout=1)
        assert aws.invoke(name, {"seconds": 60}).payload["errorType"] == "Sandbox.Timedout"

    def test_fifty_at_once(self) -> None:
        """All answer, and again though they were frozen; busy ones end with the server too."""
        with running_sandbox() as sandbox:
            aws = aws_of(sandbox)
            name = aws.function(LOOP, Timeout=60)
            with ThreadPoolExecutor(50) as threads:
                answers = list(threads.map(lambda _: aws.invoke(name, {"seconds": 0.1}), range(50)))
                assert [answer.error for answer in answers] == [None] * 50
                wait_for(lambda: states(sandbox).count(psutil.STATUS_STOPPED) > 4)
                again = list(threads.map(lambda _: aws.invoke(name, {"seconds": 0.1}), range(50)))
                assert [answer.error for answer in again] == [None] * 50
            for _ in range(10):
                aws.client("lambda").invoke(
                    FunctionName=name,
                    InvocationType="Event",
                    Payload=json.dumps({"seconds": 60}),
                )
            wait_for(lambda: states(sandbox).count(psutil.STATUS_STOPPED) > 4, seconds=60)
            os.kill(sandbox["server_pid"], signal.SIGKILL)
            wait_for(lambda: is_gone(sandbox), ENDS_WITHIN_SECONDS)


def states(sandbox: dict[str, Any]) -> list[str]:
    """The states of the server's processes."""
    found = []
    for process in members(sandbox["server_pid"]):
        try:
            found.append(process.status())
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.contract(5)
class TestMemory:
    @pytest.mark.parametrize(
        "event",
        [{"mb": 200, "seconds": 60}, {"mb": 200}, {"child": 200}],
        ids=["held", "given back at once", "held by a child"],
    )
    def test_passing_the_limit_ends_it(self, aws: Aws, event: dict[str, Any]) -> None:
        name = aws.function(HOLDING)
        assert aws.invoke(name).payload == 1
        failed = aws.invoke(name, event)
        fields = report(failed.log)
        assert failed.error == "Unhandled"
        assert failed.payload == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {fields['id']} Error: "
            "Runtime exited with error: signal: killed",
        }
        assert fields["status"] == "Status: error\tError Type: Runtime.OutOfMemory"
        assert int(fields["used"]) > int(fields["size"]) == 128
        assert "Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n" in failed.log
        after = aws.invoke(name)
        assert after.payload == 1
        assert report(after.log)["init"] is None

    def test_what_fits_is_served(self, aws: Aws) -> None:
        name = aws.function(HOLDING, MemorySize=512)
        assert [aws.invoke(name, {"mb": 200}).payload for _ in range(2)] == [1, 2]

    def test_in_init(self, aws: Aws) -> None:
        name = aws.function("held = b'x' * 200_000_000\n")
        fields = report(aws.invoke(name).log)
        assert fields["status"] == "Status: error\tError Type: Runtime.OutOfMemory"
        (messages,) = aws.log(f"/aws/lambda/{name}").values()
        ended = [m for m in messages if re.search("INIT_REPORT.*Runtime.OutOfMemory", m)]
        assert len(ended) == 2
