"""The files that others start labkit from, run as they run them: TLJH, an image, Binder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.source import PROJECT, copied

TLJH = PROJECT / "deploy" / "tljh"
PREPARE = """
import os
from pathlib import Path
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.shared import take_course
from labkit.course.workspace import prepare
folder = course_folder()
take_course(folder)
prepare(folder, [read_lesson(path) for path in lesson_paths(folder)[:2]])
print(len(list((folder / "my-lessons").rglob("*.ipynb"))), (folder / "solutions").exists())
"""


def started(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run a command in a folder, to its good end; return what it printed."""
    ran = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_learner_finds_the_course_at_home(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LABKIT_CLASS_COURSE": str(PROJECT),
        "LABKIT_STATE_DIR": str(tmp_path / "state"),
        "LABKIT_TARGET": "aws",  # no sandbox has to be started for this
    }
    started([sys.executable, str(TLJH / "learner.py"), "--version"], environment, tmp_path)
    assert list((tmp_path / "course" / "my-lessons").rglob("08-*.ipynb"))
    assert not (tmp_path / "course" / "solutions").exists()


def test_a_learners_course_can_be_made_from_what_the_image_has(tmp_path: Path) -> None:
    image = tmp_path / "opt"
    for source in copied():
        if (PROJECT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROJECT / source, image / source, ignore=ignored)
        else:
            image.mkdir(exist_ok=True)
            shutil.copy(PROJECT / source, image / source)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image),
        "LABKIT_CLASS_COURSE": str(image),
        "LABKIT_COURSE_DIR": str(tmp_path / "home" / "course"),
        "LABKIT_STATE_DIR": str(tmp_path / "home" / "state"),
    }
    printed = started([sys.executable, "-P", "-c", PREPARE], environment, tmp_path)
    notebooks, solutions = printed.split()
    assert (int(notebooks) > 10, solutions) == (True, "False")


def test_binder_starts_what_it_is_asked_to_start(tmp_path: Path) -> None:
    for script in ("postBuild", "start"):
        assert os.access(PROJECT / ".binder" / script, os.X_OK)
    shutil.copytree(PROJECT / "lessons", tmp_path / "lessons")
    shutil.copytree(PROJECT / "notebooks", tmp_path / "notebooks")
    environment = os.environ | {
        "LABKIT_COURSE_DIR": str(tmp_path),
        "LABKIT_STATE_DIR": str(tmp_path / "state"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    start = [str(PROJECT / ".binder" / "start"), "echo", "started", "with these"]
    assert started(start, environment, tmp_path) == "started with these\n"
    assert list((tmp_path / "my-lessons").rglob("08-*.ipynb"))
