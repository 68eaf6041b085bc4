"""Instructions for assistants: there from the start, and never written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.course.copies import COPIES
from labkit.course.tutor import PLACES, write_instructions


@pytest.mark.parametrize("place", PLACES)
def test_assistants_are_asked_for_hints_before_answers(tmp_path: Path, place: str) -> None:
    write_instructions(tmp_path)
    text = (tmp_path / COPIES / place).read_text(encoding="utf-8")
    assert text.index("Ask first") < text.index("Then a hint") < text.index("The answer only")
    assert "solutions lie outside it" in text


@pytest.mark.parametrize("place", PLACES)
def test_what_a_learner_has_written_stays(tmp_path: Path, place: str) -> None:
    mine = tmp_path / COPIES / place
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    write_instructions(tmp_path)
    assert mine.read_text() == "mine"
