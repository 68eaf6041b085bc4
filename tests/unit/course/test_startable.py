"""What keeps JupyterLab from being started: each reason in a sentence, and what helps."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labkit.course.startable import expect_free, expect_writable
from labkit.errors import LabkitError

NOBODY = 65534


@contextmanager
def nobody() -> Iterator[None]:
    """Have no more rights than a user has; where one is not root, one has no more anyway."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def ours() -> Iterator[Path]:
    """A folder of the user as whom the test looks, where that user can get at it."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "ours"
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder
        folder.chmod(0o700)


def said(folder: Path) -> str:
    """What is said of a folder that cannot be written."""
    with nobody(), pytest.raises(LabkitError) as refused:
        expect_writable(folder, "your notebooks", "choose another one")
    return str(refused.value)


def test_a_folder_that_can_be_written_is_made_and_left_empty(ours: Path) -> None:
    with nobody():
        expect_writable(ours / "a" / "b", "your notebooks", "choose another one")
    assert list((ours / "a" / "b").iterdir()) == []


def test_ones_own_folder_without_the_permission(ours: Path) -> None:
    ours.chmod(0o500)
    assert said(ours / "mine") == (
        f"{ours / 'mine'}, the folder for your notebooks, cannot be written (Permission denied); "
        f"nothing was started. Allow yourself to write there (chmod u+rwx '{ours}'), or choose "
        "another one; then start again."
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another user")
def test_somebody_elses_folder(ours: Path) -> None:
    """As after a start with sudo."""
    os.chown(ours, 0, 0)
    assert f"Make it yours (sudo chown -R \"$USER\" '{ours}')" in said(ours)
    ours.chmod(0o700)
    assert f"Make it yours (sudo chown -R \"$USER\" '{ours}')" in said(ours / "deeper" / "still")


def test_a_file_in_the_way(ours: Path) -> None:
    (ours / "file").touch()
    assert "(File exists)" in said(ours / "file")
    assert "A file is where a folder should be: move it elsewhere" in said(ours / "file" / "mine")


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabkitError) as refused:
            expect_free(port)
    assert str(refused.value) == (
        f"Port {port} cannot be used (Address already in use); nothing was started. Choose another "
        "one, or leave --port out to get a free one."
    )
    expect_free(port)
