"""What a learner's server is: the course as `labkit lab` opens it, and a sandbox, under a hub."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from labkit.classroom.frontend import EXTENSIONS as CLASS_EXTENSIONS
from labkit.course.launch import EXTENSIONS, set_environment
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.roots import LEARNERS
from labkit.course.workspace import prepare, workspaces

SHARED_COURSE = "LABKIT_CLASS_COURSE"
"""Environment variable: the course that all learners read and none can change."""
SHARED_PARTS = ("lessons", "notebooks", "requirements.lock")
"""What a learner's course folder takes from it; `solutions` stays out."""
HUBS_SERVER = ("-m", "jupyterhub.singleuser")
LEARNER = "labkit.classroom.learner"


def main(arguments: Sequence[str]) -> NoReturn:
    """Make the learner's course, start a sandbox, and become the server that the hub waits for."""
    folder = course_folder()
    take_course(folder)
    prepare(folder, [read_lesson(path) for path in lesson_paths(folder)])
    set_environment()
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, *HUBS_SERVER, *options(folder), *arguments])


def options(folder: Path) -> list[str]:
    """Return the server's options: those of `labkit lab`, and the learner's part of a class."""
    extensions = f"{{'{LEARNER}': True}}"
    return [
        f"--ServerApp.root_dir={LEARNERS.folder(folder)}",
        f"--ServerApp.jpserver_extensions={extensions}",
        f"--LabApp.workspaces_dir={workspaces()}",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        f"--LabApp.extra_labextensions_path={CLASS_EXTENSIONS}",
        "--HTMLExporter.exclude_anchor_links=True",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]


def take_course(folder: Path) -> None:
    """Link the shared parts of the course into the learner's folder, where that is another one."""
    shared = os.environ.get(SHARED_COURSE)
    if not shared or Path(shared) == folder:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for part in SHARED_PARTS:
        link, source = folder / part, Path(shared) / part
        if link.is_symlink() and link.readlink() != source:
            link.unlink()
        if not link.exists() and source.exists():
            link.symlink_to(source)


if __name__ == "__main__":
    main(sys.argv[1:])
