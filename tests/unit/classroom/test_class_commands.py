"""`labkit class …` on the command line, as far as it goes without a hub."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest

from labkit.classroom import rooms, serve
from labkit.classroom.folder import open_class
from labkit.classroom.invitations import NotInvited, accept
from labkit.cli import main
from labkit.errors import LabkitError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    assert main(["class", "new", "Seoul, 13 June", "--learners", "3", "--folder", str(folder)]) == 0
    return folder


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_learner_gets_a_link_that_holds(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["class", "links", str(made)]) == 0
    lines = table(capsys.readouterr().out)
    assert [line["who"] for line in lines] == ["learner-01", "learner-02", "learner-03"]
    folder = open_class(made)
    for line in lines:
        assert accept(folder, line["link"].partition("token=")[2]).who == line["who"]


def test_names_are_read_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "names.txt"
    names.write_text("김민수\n\nLee, Min\n", encoding="utf-8")
    folder = tmp_path / "class"
    assert main(["class", "new", "A", "--names", str(names), "--folder", str(folder)]) == 0
    capsys.readouterr()
    main(["class", "links", str(folder)])
    assert [line["name"] for line in table(capsys.readouterr().out)] == ["김민수", "Lee, Min"]


def test_a_renewed_link_ends_the_old_one(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(["class", "links", str(made)])
    old = table(capsys.readouterr().out)[1]["link"].partition("token=")[2]
    assert main(["class", "renew", str(made), "learner-02"]) == 0
    new = capsys.readouterr().out.strip().partition("token=")[2]
    folder = open_class(made)
    assert accept(folder, new).who == "learner-02"
    with pytest.raises(NotInvited):
        accept(folder, old)


@pytest.mark.parametrize("who", ["learner-09", "instructor"])
def test_nobody_elses_link_is_renewed(
    made: Path, who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (made / "roster.csv").read_bytes()
    assert main(["class", "renew", str(made), who]) == 1
    assert (made / "roster.csv").read_bytes() == before


def test_where_learners_cannot_be_kept_apart_nothing_is_started(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "find_proxy", lambda: "proxy")
    monkeypatch.setattr(rooms, "missing", lambda: ["Only root can make rooms: run it with sudo."])
    assert main(["class", "serve", str(made)]) == 1
    said = capsys.readouterr().err
    assert "so nothing was started" in said
    assert "run it with sudo" in said
    assert "--trust-each-other" in said
    assert not (made / "private" / "running.json").exists()


def test_without_the_proxy_it_says_how_to_get_it(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(serve.PROXY_ENV, "/no/such/proxy")
    assert main(["class", "serve", str(made)]) == 1
    assert "npm install -g configurable-http-proxy" in capsys.readouterr().err


def test_the_proxy_that_make_has_installed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / serve.INSTALLED / serve.PROXY
    installed.parent.mkdir(parents=True)
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.delenv(serve.PROXY_ENV, raising=False)
    monkeypatch.setenv("PATH", "/no/such/folder")
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    assert serve.find_proxy() == str(installed)
    installed.unlink()
    with pytest.raises(LabkitError, match="make class-extras"):
        serve.find_proxy()


def test_what_a_host_lacks_is_said_with_what_to_do(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(serve.PROXY_ENV, "/no/such/proxy")
    assert main(["class", "check", str(made)]) == 1
    said = capsys.readouterr().out
    assert "✗ problem  proxy" in said
    assert "→ In a clone, `make class-extras` installs it" in said
    assert "The class cannot be served yet on this host" in said


def test_nothing_is_forgotten_while_the_class_is_served(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve.only_one(open_class(made)):
        assert main(["class", "forget", str(made)]) == 1
    assert "nothing was done" in capsys.readouterr().err
    assert main(["class", "forget", str(made)]) == 0


def test_a_class_of_another_user_is_left_alone(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / "private" / "served").mkdir()  # as little to be written to as somebody else's file
    assert main(["class", "forget", str(made)]) == 1
    assert "Do it as the user who serves the class" in capsys.readouterr().err


def test_what_is_no_class_folder_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["class", "links", str(tmp_path)]) == 1
    assert "`labkit class new` makes a class folder" in capsys.readouterr().err


@pytest.mark.parametrize(("at", "goes_on"), [("09:59", False), ("10:00", True), ("17:01", False)])
def test_nobody_is_stopped_while_a_day_goes_on(made: Path, at: str, goes_on: bool) -> None:
    now = datetime.fromisoformat(f"2026-06-13T{at}")
    assert serve.in_class(open_class(made).settings, now) is goes_on
