"""What a learner's server is: the course as `labkit lab` opens it, and a sandbox, under a hub."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from labkit.classroom.frontend import EXTENSIONS as CLASS_EXTENSIONS
from labkit.classroom.on_aws import allow_account
from labkit.course.launch import EXTENSIONS, set_environment
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.roots import LEARNERS
from labkit.course.shared import take_course
from labkit.course.workspace import prepare, workspaces

HUBS_SERVER = ("-m", "jupyterhub.singleuser")
LEARNER = "labkit.classroom.learner"


def main(arguments: Sequence[str]) -> NoReturn:
    """Make the learner's course, start a sandbox, and become the server that the hub waits for."""
    folder = course_folder()
    take_course(folder)
    prepare(folder, [read_lesson(path) for path in lesson_paths(folder)])
    set_environment()
    allow_account()
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


if __name__ == "__main__":
    main(sys.argv[1:])
