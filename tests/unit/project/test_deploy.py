"""The files that others start labkit from: each names only what is there, and what it runs runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
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


def copied() -> list[str]:
    """Return what the Dockerfile copies from the project."""
    lines = re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_the_image_copies_what_is_there_and_not_ignored() -> None:
    allowed = (PROJECT / ".dockerignore").read_text().split("\n")
    for source in copied():
        assert (PROJECT / source).exists(), source
        assert any(fnmatch(source, line[1:]) for line in allowed if line.startswith("!")), source


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


@pytest.mark.parametrize("name", ["values.yaml", "my-values.example.yaml"])
def test_the_values_are_yaml_of_the_charts_own_sections(name: str) -> None:
    found = yaml.safe_load((PROJECT / "deploy" / "kubernetes" / name).read_text())
    sections = {"hub", "proxy", "singleuser", "scheduling", "prePuller", "ingress", "cull"}
    assert set(found) <= sections


def test_the_dev_container_runs_what_is_there() -> None:
    found = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text())
    script, lock, _ = found["postCreateCommand"].split()
    assert os.access(PROJECT / script, os.X_OK)
    assert (PROJECT / lock).exists()
    assert found["forwardPorts"] == [8888]
    assert "--port 8888" in found["postAttachCommand"]


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


def test_the_image_installs_the_learners_lock_and_nothing_by_address() -> None:
    assert "--no-deps --requirement requirements.lock" in DOCKERFILE
    assert "://" not in DOCKERFILE
