"""Invitations: only this class's, only until they end, only the newest of a learner."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.classroom.folder import ClassFolder, new_class
from labkit.classroom.invitations import (
    Invitation,
    NotInvited,
    accept,
    instructors_link,
    links,
    signed,
)


def token(link: str) -> str:
    return link.partition("token=")[2]


def test_each_learner_has_a_link_that_lets_them_in(folder: ClassFolder) -> None:
    found = links(folder)
    assert [accept(folder, token(link)).who for link in found.values()] == list(found)


@pytest.mark.parametrize("place", range(4))
def test_no_part_of_a_link_can_be_changed(folder: ClassFolder, place: int) -> None:
    parts = token(links(folder)["learner-01"]).split(".")
    later = str(int(parts[1]) + 1)
    parts[place] = ("learner-02", later, "1", "A" * 43)[place]
    with pytest.raises(NotInvited, match="no invitation to this class"):
        accept(folder, ".".join(parts))


def test_a_learner_cannot_become_the_instructor(folder: ClassFolder) -> None:
    parts = token(links(folder)["learner-01"]).split(".")
    with pytest.raises(NotInvited):
        accept(folder, ".".join(["instructor", *parts[1:]]))


def test_a_link_of_another_class_opens_nothing(folder: ClassFolder, tmp_path: Path) -> None:
    other = new_class(tmp_path / "other", "Other", ["Kim"])
    with pytest.raises(NotInvited):
        accept(folder, token(links(other)["learner-01"]))


def test_also_one_of_a_class_with_the_same_secret(folder: ClassFolder) -> None:
    other = replace(folder, settings=replace(folder.settings, id="another-class"))
    with pytest.raises(NotInvited):
        accept(folder, token(links(other)["learner-01"]))


def test_a_link_ends(folder: ClassFolder) -> None:
    found = token(links(folder)["learner-01"])
    ends = folder.settings.expires.timestamp()
    assert accept(folder, found, ends - 1)
    with pytest.raises(NotInvited, match="ended on"):
        accept(folder, found, ends)


def test_a_renewed_link_ends_the_one_before(folder: ClassFolder) -> None:
    old = token(links(folder)["learner-01"])
    first, *others = folder.learners
    renewed = replace(folder, learners=(replace(first, generation=1), *others))
    with pytest.raises(NotInvited, match="replaced"):
        accept(renewed, old)
    assert accept(renewed, token(links(renewed)["learner-01"])).who == "learner-01"
    assert accept(renewed, token(links(folder)["learner-02"])).who == "learner-02"


def test_one_who_left_the_roster_is_not_let_in(folder: ClassFolder) -> None:
    left = replace(folder, learners=folder.learners[1:])
    with pytest.raises(NotInvited, match="taken back"):
        accept(left, token(links(folder)["learner-01"]))


def test_the_instructors_link_lasts_fifteen_minutes(folder: ClassFolder) -> None:
    found = token(instructors_link(folder))
    assert accept(folder, found).instructor
    with pytest.raises(NotInvited, match="ended"):
        accept(folder, found, time.time() + 15 * 60 + 1)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c.d", "learner-01.1.0." + "A" * 43 + "\n", "🙂" * 9]
)
def test_nonsense_is_refused(folder: ClassFolder, text: str) -> None:
    with pytest.raises(NotInvited):
        accept(folder, text)


def test_a_signed_token_is_what_it_says(folder: ClassFolder) -> None:
    until = int(time.time()) + 60
    assert accept(folder, signed(folder, Invitation("learner-02", until, 0))) == Invitation(
        "learner-02", until, 0
    )
