"""Instructions for assistants: there from the start, and never written over."""

from __future__ import annotations

from pathlib import Path

from labkit.course.copies import COPIES
from labkit.course.tutor import NAME, write_instructions


def test_assistants_are_asked_for_hints_before_answers(tmp_path: Path) -> None:
    write_instructions(tmp_path)
    text = (tmp_path / COPIES / NAME).read_text(encoding="utf-8")
    assert text.index("Ask first") < text.index("Then a hint") < text.index("The answer only")
    assert "do not\n   read them" in text


def test_what_a_learner_has_written_stays(tmp_path: Path) -> None:
    (tmp_path / COPIES).mkdir()
    (tmp_path / COPIES / NAME).write_text("mine")
    write_instructions(tmp_path)
    assert (tmp_path / COPIES / NAME).read_text() == "mine"
