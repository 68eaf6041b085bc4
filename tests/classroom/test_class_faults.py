"""What happens to a class in practice: programs die, links go astray, disks and memories fill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from labkit.classroom.folder import ClassFolder, write_roster
from labkit.classroom.invitations import Invitation, link, links
from labkit.classroom.rooms import missing
from labkit.polling import wait_until
from tests.classroom.hub_class import Browser, KernelDied, Served, left_behind, make_class, serving

pytestmark = pytest.mark.timeout(900)

HELD = {"memory_mb": 700, "disk_mb": 64}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:  # type: ignore[misc]
    """Serve a class of two whose memory and disk are small."""
    if reasons := missing():
        pytest.skip(" ".join(reasons))
    folder = make_class(tmp_path_factory.mktemp("faults") / "class", ["Kim", "Lee"], **HELD)
    with serving(folder) as running:
        yield running  # type: ignore[misc]


@pytest.fixture(scope="module")
def kim(served: Served) -> Browser:
    browser = Browser(served, "learner-01")
    assert browser.join().ok
    assert browser.run("kept = 41").strip() == ""
    return browser


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code < 500
    except requests.RequestException:
        return False


def runs(browser: Browser, code: str) -> str:
    """Run code as soon as the way to the kernel is open again."""
    found: list[str] = []

    def tried() -> bool:
        try:
            found.append(browser.run(code))
        except (OSError, AssertionError, ValueError, _closed()):
            return False
        return True

    wait_until(tried, 60, "the kernel to be reached")
    return found[-1].strip()


def _closed() -> type[Exception]:
    import websocket

    return websocket.WebSocketException


def test_the_proxy_is_killed_and_kernels_live_on(served: Served, kim: Browser) -> None:
    served.kill("proxy")
    assert runs(kim, "print(kept + 1)") == "42"
    assert "The proxy ended (signal SIGKILL)" in served.said()


def test_the_hub_is_killed_and_kernels_live_on(served: Served, kim: Browser) -> None:
    before = served.pid("hub")
    os.kill(before, signal.SIGKILL)
    assert runs(kim, "print(kept + 1)") == "42"  # the proxy has its routes without the hub
    wait_until(lambda: served.pid("hub") != before, 60, "another hub")
    wait_until(lambda: answers(f"{served.url}/hub/health"), 90, "the hub's answer")
    assert runs(kim, "print(kept + 1)") == "42"


def test_the_class_view_is_killed_and_events_catch_up(served: Served, kim: Browser) -> None:
    assert kim.api("POST", "labkit/class", json={"shares": True}).ok
    served.kill("class view")
    code = """
from labkit.course.progress import LessonProgress, ProgressEvent
for n in range(3):
    LessonProgress("delivery-queue").append(ProgressEvent.now("delivery-queue", "", "open"))
print("written")
"""
    assert kim.run(code).strip() == "written"  # nobody waited for the view
    state = wait_until(lambda: _sent(kim, 3), 90, "the events to be sent")
    assert [line["event"] for line in state["lines"]][-3:] == ["open"] * 3


def _sent(browser: Browser, number: int) -> dict[str, list[dict[str, str]]] | None:
    found = browser.api("GET", "labkit/class")
    state: dict[str, list[dict[str, str]]] = found.json() if found.ok else {"lines": []}
    return state if len(state["lines"]) >= number else None


def test_two_with_one_link_are_told_and_the_first_is_signed_out(served: Served) -> None:
    first, second = Browser(served, "learner-02"), Browser(served, "learner-02")
    assert first.join().ok
    assert first.session.get(f"{served.url}/hub/home").url.endswith("/hub/home")
    page = second.session.get(second.link())
    assert "It was used before" in page.text
    assert "signed out" in page.text
    assert second.join().ok
    assert "/hub/login" in first.session.get(f"{served.url}/hub/home").url


def test_a_mail_program_that_opens_a_link_signs_nobody_in_or_out(served: Served) -> None:
    browser = Browser(served, "learner-02")
    assert browser.join().ok
    requests.get(browser.link(), timeout=30)
    assert browser.session.get(f"{served.url}/hub/home").url.endswith("/hub/home")


@pytest.mark.parametrize(
    ("change", "said"),
    [("forged", "no invitation to this class"), ("expired", "This invitation ended on")],
)
def test_a_link_that_does_not_hold_says_why(served: Served, change: str, said: str) -> None:
    folder = served.folder
    if change == "expired":
        wrong = link(folder, Invitation("learner-01", int(time.time()) - 1, 0))
    else:
        wrong = links(folder)["learner-01"].replace("learner-01", "learner-02")
    browser = Browser(served, "learner-01")
    answer = browser.join(wrong)
    assert answer.status_code == 403
    assert said in answer.text
    assert "/hub/login" in browser.session.get(f"{served.url}/hub/home").url


def test_a_renewed_link_ends_the_old_one_while_the_class_is_served(served: Served) -> None:
    first, *others = served.folder.learners
    old = links(served.folder)["learner-01"]
    renewed = replace(served.folder, learners=(replace(first, generation=1), *others))
    write_roster(renewed)
    try:
        assert Browser(served, "learner-01").join(old).status_code == 403
        assert Browser(served, "learner-01").join(links(renewed)["learner-01"]).ok
    finally:
        write_roster(served.folder)


def test_a_learner_who_fills_the_disk_fills_only_their_own(served: Served, kim: Browser) -> None:
    # the test above signed this browser out
    assert kim.join().ok
    code = """
import os
try:
    with open(os.path.expanduser("~/big"), "wb") as file:
        for _ in range(200):
            file.write(b"x" * 2**20)
    print("no end")
except OSError as error:
    print(error.strerror)
from labkit.course.progress import LessonProgress, ProgressEvent
try:
    LessonProgress("delivery-queue").append(ProgressEvent.now("delivery-queue", "", "open"))
except OSError as error:
    print(error.strerror)
os.unlink(os.path.expanduser("~/big"))
LessonProgress("delivery-queue").append(ProgressEvent.now("delivery-queue", "", "open"))
print(len(LessonProgress("delivery-queue").events()) >= 4)
"""
    said = runs(kim, code).splitlines()
    assert said[0] == "No space left on device"
    assert said[-1] == "True"
    assert shutil.disk_usage(served.folder.path).free > 2**30


def test_a_learner_who_fills_the_memory_loses_a_kernel_and_nobody_else_anything(
    served: Served, kim: Browser
) -> None:
    server = served.url + "/user/learner-01/api"
    with pytest.raises(KernelDied):
        kim.run("hog = bytearray(2 * 2**30); print(len(hog))")
    kim.kernel = ""
    assert runs(kim, "print('a new kernel')") == "a new kernel"
    assert kim.session.get(server, timeout=30).ok
    assert answers(f"{served.url}/hub/health")


def test_the_host_is_rebooted_in_the_lunch_break(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Everything dies at once, a process number is given away again, and the class goes on."""
    if reasons := missing():
        pytest.skip(" ".join(reasons))
    folder = make_class(tmp_path_factory.mktemp("reboot") / "class", ["Kim"])
    with serving(folder) as running:
        browser = Browser(running, "learner-01")
        assert browser.join().ok
        write = "import os; open(os.path.expanduser('~/course/my-lessons/mine'), 'w').write('kept')"
        assert browser.run(write).strip() == ""
        _reboot(running)
    with serving(folder, wait_for="1 of 1 servers run") as again:
        after = Browser(again, "learner-01")
        assert after.join().ok  # the link holds as before
        assert (
            runs(after, "print(open('/home/learner-01/course/my-lessons/mine').read())") == "kept"
        )
    assert left_behind(folder) == []


def _reboot(running: Served) -> None:
    """Kill everything of a class with -9, and take away what a reboot takes."""
    running.process.kill()
    running.process.wait()
    folder: ClassFolder = running.folder
    for name in ("hub", "proxy", "class view"):
        os.kill(running.pid(name), signal.SIGKILL)
    for room in Path("/run/netns").glob(f"{folder.settings.bridge}-*"):
        pids = subprocess.run(
            ["ip", "netns", "pids", room.name], capture_output=True, text=True, check=True
        )
        for pid in pids.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", room.name], check=True)
    subprocess.run(["ip", "link", "delete", folder.settings.bridge], check=True)
    for home in folder.homes.iterdir():
        if home.is_mount():
            subprocess.run(["umount", "--lazy", str(home)], check=True)
    database = folder.private / "jupyterhub.sqlite"
    _give_number_away(database)


def _give_number_away(database: Path) -> None:
    """Let the hub remember the number of a process that is another's now: this test's."""
    import sqlite3

    with sqlite3.connect(database) as connection:
        for row, state in connection.execute("SELECT id, state FROM spawners").fetchall():
            remembered = json.loads(state or "{}")
            if "pid" in remembered:
                remembered["pid"] = psutil.Process().pid
                connection.execute(
                    "UPDATE spawners SET state = ? WHERE id = ?", (json.dumps(remembered), row)
                )
