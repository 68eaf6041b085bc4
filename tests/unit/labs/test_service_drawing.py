"""The drawing of the delivery service: what each lesson adds, and the same in words."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from labkit.labs.delivery.service_drawing import BOXES, LINKS, service_drawing

LESSONS = [f"{number:02}" for number in range(8, 17)]


@pytest.mark.parametrize("lesson", ["00", *LESSONS])
def test_it_is_an_svg_whose_label_is_its_text(lesson: str) -> None:
    drawn = service_drawing(lesson)
    root = ElementTree.fromstring(drawn.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawn.alt
    assert drawn._repr_mimebundle_() == {"text/html": drawn.svg, "text/plain": drawn.alt}


def test_it_grows_from_lesson_to_lesson() -> None:
    for one, other in pairwise(LESSONS):
        assert len(service_drawing(one).svg) < len(service_drawing(other).svg) + 400
        parts = [box.name for box in BOXES if box.since <= one < box.until]
        assert all(name in service_drawing(other).alt for name in parts)


def test_what_is_new_is_said_and_marked() -> None:
    drawn = service_drawing("10")
    assert drawn.alt.endswith("New: dead letters.")
    assert drawn.svg.count(">new<") == 1


def test_the_queue_takes_the_place_of_the_direct_way() -> None:
    assert "API to function" in service_drawing("08").alt
    assert "API to function" not in service_drawing("09").alt
    assert "API to queue (sends)" in service_drawing("09").alt


def test_lesson_00_shows_the_whole_first_day() -> None:
    drawn = service_drawing("00")
    assert "dead letters" in drawn.alt
    assert "new" not in drawn.svg


def test_a_part_can_be_pointed_out() -> None:
    assert service_drawing("10", focus="function").alt.endswith("This lesson is about: function.")
    with pytest.raises(ValueError, match="there are: customers, API"):
        service_drawing("08", focus="queue")


def test_no_two_boxes_share_a_place_and_every_arrow_has_its_ends() -> None:
    for lesson in LESSONS:
        there = [box for box in BOXES if box.since <= lesson < box.until]
        assert len({(box.column, box.row) for box in there}) == len(there)
        names = {box.name for box in there}
        used = [link for link in LINKS if link.since <= lesson < link.until]
        assert all({link.source, link.target} <= names for link in used)
