"""Three learners on one hub: each has the course and a sandbox, and none reaches another's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labkit.classroom.rooms import Room
from tests.classroom.hub_class import Browser, Served

pytestmark = pytest.mark.timeout(300)

ALIVE = """
import boto3, json, os
line = json.loads(os.environ["LABKIT_SANDBOX"])
from labkit import Lab
lab = Lab("delivery-queue")
url = lab.client("sqs").create_queue(QueueName=lab.name("orders"))["QueueUrl"]
import os
print(json.dumps({"endpoint": line["endpoint"], "url": url, "directory": line["directory"],
                  "uid": os.getuid(), "pid": os.getpid(), "folder": os.getcwd(),
                  "home": os.path.expanduser("~"), "key": line["access_key_id"]}))
"""


@pytest.fixture(scope="module")
def facts(learners: list[Browser]) -> list[dict[str, str]]:
    """What each learner's own kernel says of itself, with a queue made in its sandbox."""
    return [json.loads(browser.run(ALIVE).splitlines()[-1]) for browser in learners]


def test_everybody_was_started_before_they_came(served: Served) -> None:
    assert "3 of 3 servers run" in served.said()


def test_each_learner_has_a_sandbox_and_a_home(facts: list[dict[str, str]]) -> None:
    assert [one["home"] for one in facts] == [f"/home/learner-0{n}" for n in (1, 2, 3)]
    assert len({one["uid"] for one in facts}) == 3
    assert 0 not in {one["uid"] for one in facts}


def test_no_kernel_reaches_anothers_sandbox(
    served: Served, learners: list[Browser], facts: list[dict[str, str]]
) -> None:
    rooms = [Room.of(served.folder.settings, one) for one in served.folder.learners]
    code = """
import socket
def opens(host, port):
    try:
        socket.create_connection((host, port), 2).close()
        return True
    except OSError:
        return False
print([opens(h, p) for h, p in {places!r}])
"""
    ports = [int(one["endpoint"].rsplit(":", 1)[1]) for one in facts]
    for n, browser in enumerate(learners):
        places = [("127.0.0.1", port) for port in ports]
        places += [(room.address, 8888) for room in rooms]
        places += [(room.address, port) for room, port in zip(rooms, ports, strict=True)]
        places.append((served.folder.settings.hub_address, _hub_port(served)))
        own = [k == n for k in range(3)]
        # the own sandbox listens on the own loopback alone, and the hub is open to all
        expected = own_loopback(ports, n) + own + [False] * 3 + [True]
        assert browser.run(code.replace("{places!r}", repr(places))).strip() == repr(expected)


def own_loopback(ports: list[int], n: int) -> list[bool]:
    """Two sandboxes may have the same port number: each sees its own there."""
    return [port == ports[n] for port in ports]


def _hub_port(served: Served) -> int:
    return int(json.loads((served.folder.private / "running.json").read_text())["hub_port"])


def test_no_kernel_sees_anothers_processes(
    learners: list[Browser], facts: list[dict[str, str]]
) -> None:
    code = """
import os
uids = set()
for pid in filter(str.isdigit, os.listdir("/proc")):
    try: uids.add(os.stat(f"/proc/{pid}").st_uid)
    except OSError: pass
print(sorted(uids))
"""
    for browser, own in zip(learners, facts, strict=True):
        assert browser.run(code).strip() == repr([0, own["uid"]])  # 0: the room's first process


def test_no_kernel_signals_anothers_processes(served: Served, learners: list[Browser]) -> None:
    import psutil

    outside = psutil.Process(served.pid("hub"))
    code = f"""
import os, signal
for pid in (1, {outside.pid}):
    try: os.kill(pid, signal.SIGKILL); print("killed")
    except OSError as error: print(type(error).__name__)
"""
    assert learners[0].run(code).split() == ["PermissionError", "ProcessLookupError"]
    assert outside.is_running()


def test_no_kernel_reads_anothers_files(
    served: Served, learners: list[Browser], facts: list[dict[str, str]]
) -> None:
    (served.folder.home("learner-02") / "diary").write_text("Lee's own words")
    places = [
        "/home/learner-02/diary",
        str(served.folder.home("learner-02") / "diary"),
        str(served.folder.path),
        str(Path("/proc", str(facts[1]["pid"]), "root", "home", "learner-02", "diary")),
        facts[1]["directory"],
    ]
    code = f"""
import os
for place in {places!r}:
    try: print(os.listdir(place) if os.path.isdir(place) else open(place).read())
    except OSError as error: print(type(error).__name__)
print(os.listdir("/home"), os.path.isdir("/run/netns"))
"""
    said = learners[0].run(code).splitlines()
    assert [line in ("FileNotFoundError", "PermissionError") for line in said[:5]] == [True] * 5
    assert said[5] == "['learner-01'] False"
    assert learners[1].run("print(open('/home/learner-02/diary').read())").strip() == (
        "Lee's own words"
    )


def test_no_kernel_becomes_root(learners: list[Browser]) -> None:
    code = """
import os, subprocess
print(subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0)
print(subprocess.run(["ip", "link", "set", "eth0", "down"], capture_output=True).returncode != 0)
keys = os.path.expanduser("~root/.ssh")
for call, what in ((os.setuid, 0), (open, "/proc/1/environ"), (os.listdir, keys)):
    try: call(what); print("could")
    except OSError: print(True)
"""
    assert learners[0].run(code).split() == ["True"] * 5


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core holds everybody by itself")
def test_no_kernel_takes_more_of_the_cores_than_it_is_given(
    served: Served, learners: list[Browser]
) -> None:
    code = """
import resource, subprocess, sys, time
def used():
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime
before, began = used(), time.monotonic()
busy = "import time; end = time.monotonic() + 4\\nwhile time.monotonic() < end: pass"
both = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(2)]
for one in both: one.wait()
print((used() - before) / (time.monotonic() - began))
"""
    cores = float(learners[0].run(code))
    assert 0 < cores <= served.folder.settings.cpus * 1.15  # the kernel accounts by 100 ms


def test_the_course_is_there_to_be_read_alone(learners: list[Browser]) -> None:
    code = """
import os, labkit
from labkit.course.lesson import course_folder, lesson_paths
print(len(lesson_paths()) > 10, os.access(course_folder() / "my-lessons", os.W_OK))
print(os.access(labkit.__file__, os.W_OK), os.access(lesson_paths()[0], os.W_OK))
print((course_folder() / "solutions").exists())
"""
    assert learners[0].run(code).split() == ["True", "True", "False", "False", "False"]


def test_no_learner_opens_anothers_server(served: Served, learners: list[Browser]) -> None:
    other = learners[0].session.get(f"{served.url}/user/learner-02/api/contents")
    assert other.status_code in (403, 404)
    assert "my-lessons" not in other.text
