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


def test_a_learner_finds_the_course_at_home(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LABKIT_CLASS_COURSE": str(PROJECT),
        "LABKIT_STATE_DIR": str(tmp_path / "state"),
        "LABKIT_TARGET": "aws",  # no sandbox has to be started for this
    }
    ran = subprocess.run(
        [sys.executable, str(TLJH / "learner.py"), "--version"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
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
    ran = subprocess.run(
        [sys.executable, "-P", "-c", PREPARE],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    notebooks, solutions = ran.stdout.split()
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
    ran = subprocess.run(
        [str(PROJECT / ".binder" / "start"), "echo", "started", "with these"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "started with these\n"), ran.stderr
    assert list((tmp_path / "my-lessons").rglob("08-*.ipynb"))
