"""Learners' homes: one folder each, which outlives every server; on a disk of its own if held."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from labkit.classroom.folder import ClassFolder, Learner
from labkit.errors import LabkitError

INODES_PER_MB = 64
"""The lessons' files are small, and `my-lessons` and progress are a few hundred."""


def ensure_home(folder: ClassFolder, learner: Learner, uid: int | None) -> Path:
    """Make a learner's home unless it is there, and return it.

    Parameters
    ----------
    uid
        Whose it is; None for the user who runs this (learners who trust each other).

    Raises
    ------
    LabkitError
        It cannot be made or mounted.
    """
    home = folder.home(learner.who)
    home.mkdir(mode=0o700, exist_ok=True)
    if uid is None:
        return home
    if folder.settings.disk_mb and can_hold_disks():
        _mount_own_disk(home, folder.settings.disk_mb)
    os.chown(home, uid, uid)
    home.chmod(0o700)
    return home


def release_homes(folder: ClassFolder) -> None:
    """Unmount every home that is a disk of its own; nothing in it is lost."""
    for learner in folder.everyone:
        home = folder.home(learner.who)
        if home.is_mount():
            subprocess.run(("umount", "--lazy", str(home)), capture_output=True, check=False)


def can_hold_disks() -> bool:
    """Tell whether a home can be a file system of its own here."""
    tools = ("mkfs.ext4", "losetup", "umount")
    return (
        os.geteuid() == 0 and Path("/dev/loop-control").exists() and all(map(shutil.which, tools))
    )


def _mount_own_disk(home: Path, megabytes: int) -> None:
    """Mount the home's image, which is made at the first time and grows as it is written to."""
    if home.is_mount():
        return
    image = home.with_name(f"{home.name}.img")
    if not image.exists():
        _make_image(image, megabytes)
    _run("mount", "-o", "loop,nosuid,nodev", str(image), str(home))


def _make_image(image: Path, megabytes: int) -> None:
    """Make a sparse file with an empty file system, whole or not at all."""
    draft = image.with_name(f".{image.name}.new")
    draft.touch(mode=0o600)
    with draft.open("r+b") as file:
        file.truncate(megabytes * 1024 * 1024)
    inodes = str(max(1024, megabytes * INODES_PER_MB))
    _run("mkfs.ext4", "-q", "-m", "0", "-N", inodes, str(draft))
    draft.replace(image)


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = (ran.stderr.strip() or "it said nothing").splitlines()[-1]
        raise LabkitError(f"`{' '.join(command)}` failed: {said}.")
