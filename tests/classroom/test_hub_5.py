"""JupyterHub 5, which TLJH and Zero to JupyterHub ship, beside the 6 of the lock file.

Everything that the hub's version could change is used once: signing in by a link, a server in a
room, the class view's scopes, and a hub that is killed.
"""

from __future__ import annotations

import csv
import io
import subprocess

import pytest

from labkit.classroom.rooms import missing
from labkit.polling import wait_until
from tests.classroom.hub_class import PROJECT, Browser, left_behind, make_class, serving

pytestmark = pytest.mark.timeout(600)

PYTHON = PROJECT / "out" / "hub-5" / "bin" / "python"
SHARED = """
from labkit.course.progress import LessonProgress, ProgressEvent
LessonProgress("delivery-queue").append(ProgressEvent.now("delivery-queue", "", "open"))
"""


def test_a_class_is_served_by_jupyterhub_5(tmp_path_factory: pytest.TempPathFactory) -> None:
    if reasons := missing():
        pytest.skip(" ".join(reasons))
    assert PYTHON.exists(), "make test-class makes out/hub-5"
    version = "import jupyterhub; print(jupyterhub.__version__)"
    said = subprocess.run([PYTHON, "-c", version], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("5.5.")
    folder = make_class(tmp_path_factory.mktemp("five") / "class", ["Kim"])
    with serving(folder, python=str(PYTHON)) as served:
        assert f"Running JupyterHub version {said.stdout.strip()}" in served.log("hub")
        kim, instructor = Browser(served, "learner-01"), Browser(served, "instructor")
        assert kim.join().ok
        assert kim.run("kept = 41; import jupyterhub; print(jupyterhub.__version__)").strip() == (
            said.stdout.strip()
        )
        assert kim.api("POST", "labkit/class", json={"shares": True}).ok
        assert kim.run(SHARED).strip() == ""
        assert instructor.join().ok
        wait_until(lambda: _shown(instructor, "learner-01"), 60, "the event to be shown")
        assert kim.session.get(f"{served.url}/services/class/").status_code == 403
        served.kill("hub")
        wait_until(lambda: instructor.session.get(f"{served.url}/hub/health").ok, 90)
        assert kim.run("print(kept + 1)").strip() == "42"
    assert left_behind(folder) == []


def _shown(instructor: Browser, who: str) -> bool:
    """Tell whether the class view has a learner as one who shares and is at a lesson."""
    table = instructor.session.get(f"{instructor.served.url}/services/class/class.csv")
    rows = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    return any(
        row["who"] == who and row["shares"] == "True" and row["lesson"] == "delivery-queue"
        for row in rows
    )
