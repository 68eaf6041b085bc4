"""A class that is really served: hub, proxy, view and learners, and what tests do with them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import requests
import websocket

from labkit.classroom.class_settings import as_toml
from labkit.classroom.folder import SETTINGS, ClassFolder, new_class, write_private
from labkit.classroom.invitations import instructors_link, links
from labkit.polling import wait_until

PROJECT = Path(__file__).resolve().parents[2]
PROXY = PROJECT / "out" / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
START_S = 400.0
STEP_S = 60.0


@dataclass
class Served:
    """A class and the process that serves it.

    Attributes
    ----------
    output, begin
        The file into which it prints, and the place at which this process has begun in it.
    """

    folder: ClassFolder
    process: subprocess.Popen[bytes]
    output: Path
    begin: int = 0

    @property
    def url(self) -> str:
        return self.folder.settings.url

    def said(self) -> str:
        return self.output.read_bytes()[self.begin :].decode()

    def log(self, name: str) -> str:
        return self.folder.log(name).read_text(encoding="utf-8", errors="replace")

    def pid(self, name: str) -> int:
        """Return the process of one of the class's programs."""
        return int((self.folder.private / f"{name}.pid").read_text().split()[0])

    def kill(self, name: str) -> None:
        """Kill a program with -9, and wait until another one has taken its place."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pid(name) != before, STEP_S, f"another {name}")


def make_class(path: Path, names: list[str], **settings: object) -> ClassFolder:
    """Make a class on a free port of this computer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bind = f"127.0.0.1:{listener.getsockname()[1]}"
    made = new_class(path, "A class under test", names, url=f"http://{bind}")
    changed = replace(made.settings, bind=bind, **settings)  # type: ignore[arg-type]
    write_private(path / SETTINGS, as_toml(changed))
    return ClassFolder(made.path, changed, made.learners)


@contextmanager
def serving(
    folder: ClassFolder,
    *options: str,
    wait_for: str = r"\d+ of \d+ servers run",
    python: str = sys.executable,
    **variables: str,
) -> Iterator[Served]:
    """Serve a class with the command that instructors use, until the block ends."""
    output = folder.private / "logs" / "serve.log"
    begin = output.stat().st_size if output.exists() else 0
    with output.open("ab") as file:
        process = subprocess.Popen(
            [python, "-m", "labkit.cli", "class", "serve", str(folder.path), *options],
            env=os.environ | {"LABKIT_CLASS_PROXY": str(PROXY)} | variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(folder, process, output, begin)
    try:
        wait_until(
            lambda: re.search(wait_for, served.said()) or process.poll() is not None,
            START_S,
            "the class to be served",
        )
        assert process.poll() is None, served.said()
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STEP_S * 2)


@dataclass
class Browser:
    """What a person's browser is to the class, without a screen: cookies, and a kernel."""

    served: Served
    who: str
    session: requests.Session = field(default_factory=requests.Session)
    kernel: str = ""

    @property
    def lab(self) -> str:
        return f"{self.served.url}/user/{self.who}"

    def join(self, link: str | None = None) -> requests.Response:
        """Open the invitation and press its button."""
        link = link or self.link()
        page = self.session.get(link)
        if page.status_code != 200 or "_xsrf" not in page.text:
            return page
        fields = dict(re.findall(r'name="(_xsrf|token)" value="([^"]+)"', page.text))
        return self.session.post(f"{self.served.url}/hub/join", data=fields)

    def link(self) -> str:
        if self.who == "instructor":
            return instructors_link(self.served.folder)
        return links(self.served.folder)[self.who]

    def api(self, method: str, path: str, **options: object) -> requests.Response:
        """Ask the learner's own server, as its page would."""
        xsrf = {one.path: one.value for one in self.session.cookies if one.name == "_xsrf"}.get(
            f"/user/{self.who}/", ""
        )
        headers = {"X-XSRFToken": xsrf}
        return self.session.request(method, f"{self.lab}/{path}", headers=headers, **options)  # type: ignore[arg-type]

    def run(self, code: str, timeout: float = STEP_S) -> str:
        """Run code in the learner's kernel and return what it printed, its error included."""
        if not self.kernel:
            self.session.get(f"{self.lab}/lab/tree")
            answer = self.api("POST", "api/kernels", json={"name": "python3"})
            assert answer.ok, (answer.status_code, answer.text)
            self.kernel = answer.json()["id"]
        return self._execute(code, timeout)

    def _execute(self, code: str, timeout: float) -> str:
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.session.cookies)
        address = self.lab.replace("http", "ws", 1) + f"/api/kernels/{self.kernel}/channels"
        channel = websocket.create_connection(
            address, cookie=cookies, timeout=timeout, origin=self.served.url
        )
        message = uuid.uuid4().hex
        header = {"msg_id": message, "msg_type": "execute_request", "session": uuid.uuid4().hex}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        channel.send(
            json.dumps(
                {
                    "header": header | {"username": self.who, "version": "5.3", "date": ""},
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "channel": "shell",
                    "buffers": [],
                }
            )
        )
        try:
            return "".join(_printed(channel, message))
        finally:
            channel.close()


class KernelDied(Exception):
    """The kernel ended while a cell ran."""


def _printed(channel: websocket.WebSocket, message: str) -> Iterator[str]:
    """Yield what a cell prints until its kernel is idle again."""
    while True:
        got = json.loads(channel.recv())
        if got["content"].get("execution_state") in ("restarting", "autorestarting", "dead"):
            raise KernelDied
        if got.get("parent_header", {}).get("msg_id") != message:
            continue
        kind, content = got["msg_type"], got["content"]
        if kind == "stream":
            yield content["text"]
        elif kind == "error":
            yield f"{content['ename']}: {content['evalue']}"
        elif kind == "status" and content["execution_state"] == "idle":
            return


def let_in(served: Served) -> list[Browser]:
    """Let all learners in by their links."""
    browsers = [Browser(served, one.who) for one in served.folder.learners]
    for browser in browsers:
        assert browser.join().ok
    return browsers


def left_behind(folder: ClassFolder) -> list[str]:
    """Return what a class has left on this host: processes, interfaces, namespaces, mounts."""
    bridge = folder.settings.bridge
    found = [
        f"process {one.pid} {' '.join(one.info['cmdline'][:6])}"
        for one in psutil.process_iter(["cmdline"])
        if str(folder.path) in " ".join(one.info["cmdline"] or [])
    ]
    found += [str(one) for one in Path("/sys/class/net").glob(f"{bridge}*")]
    found += [str(one) for one in Path("/run/netns").glob(f"{bridge}*")]
    mounts = Path("/proc/mounts").read_text().splitlines()
    return found + [line for line in mounts if str(folder.path) in line]
