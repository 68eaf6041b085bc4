"""The class folder: made once, private, and read with every mistake named."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from labkit.classroom.class_settings import as_toml
from labkit.classroom.folder import (
    MOST_LEARNERS,
    ROSTER,
    SETTINGS,
    ClassFolder,
    new_class,
    open_class,
)
from labkit.errors import LabkitError


def test_what_is_made_is_read_again(folder: ClassFolder) -> None:
    assert open_class(folder.path) == folder
    assert [one.shown for one in folder.learners] == ["Kim", "Lee, Min", "learner-03"]


def test_nobody_else_can_look_into_it(folder: ClassFolder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for file in (folder.private / "secret", folder.path / SETTINGS, folder.path / ROSTER):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_setting_survives_the_file(folder: ClassFolder) -> None:
    changed = replace(
        folder.settings,
        name='The "best" \\ class\n한국',
        expires=datetime(2027, 1, 2, 3, 4, tzinfo=UTC),
        keep_until=date(2027, 2, 3),
        start=time(9, 30),
        end=time(16, 15),
        url="https://lab.example.org",
        bind="0.0.0.0:443",
        tls_cert="/etc/cert.pem",
        tls_key="/etc/key.pem",
        memory_mb=2048,
        cpus=1.5,
        disk_mb=0,
        processes=100,
        cull_after_h=3.5,
        target="aws",
        region="ap-northeast-2",
        account="111122223333",
    )
    (folder.path / SETTINGS).write_text(as_toml(changed), encoding="utf-8")
    assert open_class(folder.path).settings == changed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("memory_mb", "memorymb", "does not know memorymb"),
        ('tls_cert = ""', 'tls_cert = "a"', "go together"),
        ("Z  ", "   ", "time zone"),
        ("cpus = 1", "cpus = [", "class.toml cannot be used"),
        ('id = "', 'id = "../', "is not of a-z"),
        ("memory_mb = ", 'memory_mb = "" #', "memory_mb needs a whole number"),
        ("cpus = 1", "cpus = true", "cpus needs a number"),
        ("cpus = 1", "cpus = -1", "below 0"),
        ("start = ", 'start = "10" #', "start needs a time of day"),
        ("/24", "/25", "smaller than a /24"),
        ('target = "local"', 'target = "azure"', "none of local, aws"),
        ('target = "local"', 'target = "aws"', "needs a region"),
        ('account = ""', 'account = "12"', "not of 12 digits"),
        ('bind = "127.0.0.1:8000"', 'bind = "127.0.0.1"', "needs an address and a port"),
    ],
)
def test_a_mistake_in_the_settings_is_named(
    folder: ClassFolder, old: str, new: str, said: str
) -> None:
    file = folder.path / SETTINGS
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LabkitError, match=said):
        open_class(folder.path)


@pytest.mark.parametrize(
    "line",
    ["learner-01,,4,0", "instructor,,4,0", "../x,,4,0", "learner-04,,1,0", "a,,251,0", "b,,x,0"],
)
def test_a_line_of_the_roster_that_cannot_be_is_named(folder: ClassFolder, line: str) -> None:
    with (folder.path / ROSTER).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(LabkitError, match=rf"{ROSTER}:5:"):
        open_class(folder.path)


@pytest.mark.parametrize("number", [0, MOST_LEARNERS + 1])
def test_a_class_of_none_or_of_too_many_is_refused(tmp_path: Path, number: int) -> None:
    with pytest.raises(LabkitError, match="nothing was made"):
        new_class(tmp_path / "class", "A", [""] * number)
    assert not (tmp_path / "class").exists()


def test_a_class_is_not_made_over_another(folder: ClassFolder) -> None:
    secret = folder.secret
    with pytest.raises(LabkitError, match="exists already"):
        new_class(folder.path, "Another", ["A"])
    assert folder.secret == secret
