"""The image's content: the Dockerfile's own steps in a clean root, and the course running there."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest
import requests

from labkit.polling import wait_until
from tests.classroom.clean_root import Image, make_root
from tests.classroom.hub_class import PROJECT

pytestmark = pytest.mark.timeout(1200)

TOOLS = ("debootstrap", "chroot", "unshare", "python3.12")
LESSON = """
from labkit import Lab
lab = Lab("delivery-queue")
lab.client("sqs").create_queue(QueueName=lab.name("orders"))
print("clean" if lab.teardown(progress=False).clean else "left")
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Carry the Dockerfile's steps out."""
    if lacking := [name for name in TOOLS if shutil.which(name) is None]:
        pytest.skip(f"{', '.join(lacking)} is not installed")
    if subprocess.run(["python3.12", "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip("python3.12 is named on the path and does not run")
    root = tmp_path_factory.mktemp("image")
    root.chmod(0o755)
    make_root(root, "python3.12")
    built = Image(root, PROJECT)
    built.build((PROJECT / "Dockerfile").read_text(encoding="utf-8"))
    yield built
    shutil.rmtree(root)  # some 700 MB


def said(image: Image, *command: str) -> str:
    ran = subprocess.run(
        image.run(list(command)), capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_learner_works_in_it_without_any_right_on_the_course(image: Image) -> None:
    assert said(image, "id", "-un") == "learner"
    assert said(image, "python", "-c", LESSON).splitlines()[-1] == "clean"
    code = "import os, labkit; print(os.access(labkit.__path__[0], os.W_OK))"
    assert said(image, "python", "-c", code) == "False"


def test_it_has_the_hubs_version_and_no_solutions(image: Image) -> None:
    version = said(image, "python", "-c", "import jupyterhub; print(jupyterhub.__version__)")
    assert version == image.variables["JUPYTERHUB"]
    assert not (image.root / "opt" / "labkit" / "solutions").exists()
    assert "No broken requirements found" in said(image, "pip", "check")


def test_its_command_opens_the_course(image: Image) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    swapped = {"--ip=0.0.0.0": "--ip=127.0.0.1", "--port=8888": f"--port={port}"}
    assert set(swapped) <= set(image.command), "the command has other options by now"
    command = [swapped.get(word, word) for word in image.command]
    log = image.root / "tmp" / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(image.run(command), stdout=output, stderr=subprocess.STDOUT)
    try:
        found = wait_until(
            lambda: re.search(r"token=([0-9a-f]+)", log.read_text()) or process.poll(), 120
        )
        assert isinstance(found, re.Match), log.read_text()
        address = f"http://127.0.0.1:{port}/api/contents"
        listed = wait_until(lambda: _answer(address, found[1]), 60, "JupyterLab to answer")
        assert "day-1" in {one["name"] for one in listed["content"]}
    finally:
        process.terminate()
        process.wait(60)


def _answer(address: str, token: str) -> dict[str, list[dict[str, str]]] | None:
    try:
        got = requests.get(address, headers={"Authorization": f"token {token}"}, timeout=5)
    except requests.RequestException:
        return None
    found: dict[str, list[dict[str, str]]] = got.json() if got.ok else {}
    return found or None
