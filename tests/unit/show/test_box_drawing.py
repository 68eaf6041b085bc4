"""Drawings of boxes and arrows: words, one scale for any width, colours that can be read."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from labkit.course.lesson import lesson_paths, read_lesson
from labkit.labs.functions.call_paths import STEPS, call_paths
from labkit.show import box_drawing
from labkit.show.panels.look import LEAST_CONTRAST
from tests.accessibility import problems


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_dark_theme_can_be_read() -> None:
    dark = dict(re.findall(r"--labkit-(\w+): (#\w+)", box_drawing.DARK))
    for words in ("ink", "quiet", "good", "link", "bad"):
        for behind in ("paper", "shade"):
            light, deep = sorted((luminance(dark[words]), luminance(dark[behind])))[::-1]
            assert (light + 0.05) / (deep + 0.05) >= LEAST_CONTRAST, (words, behind)


def test_the_two_ways_of_a_call_fit_any_width_and_are_said_in_words() -> None:
    drawn = call_paths()
    root = ElementTree.fromstring(drawn.svg)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert "width: 100%" in root.attrib["style"]
    shown = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {*STEPS, "handler", "no: cold", "yes: warm"} <= {*shown}
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= width
        assert float(rect.attrib["y"]) + float(rect.attrib["height"]) <= height
    assert "cold" in drawn.alt
    assert "warm" in drawn.alt
    assert problems(drawn.svg, whole_page=False) == []


def test_no_lesson_draws_with_letters() -> None:
    for path in lesson_paths():
        for cell in read_lesson(path).cells:
            if cell.kind == "markdown":
                assert not re.search("[\u2500-\u257f]|[▶◀▲▼►]|--+>", cell.source), path.name
