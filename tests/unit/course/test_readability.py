"""The readability report: sentences as they are counted, and every lesson and page in it."""

from __future__ import annotations

from labkit.course.lesson import course_folder, lesson_paths
from labkit.course.readability import measure, measured, report, sentences


def test_code_tables_and_headings_are_no_sentences() -> None:
    text = (
        "## A heading\n\nOne `x. y` here. Two!\n\n| a | b |\n|---|---|\n\n```text\nno. prose\n```"
    )
    assert list(sentences(text)) == ["One X here."]


def test_each_point_of_a_list_is_a_sentence_of_its_own() -> None:
    assert len(list(sentences("- first point here\n- second point here\n\nand a third"))) == 3


def test_long_sentences_passive_verbs_and_long_words_are_counted() -> None:
    long = "word " * 30 + "end."
    found = measure(
        "x", f"The order is sent. {long} We congratulation-wards extraordinarily read it."
    )
    assert (found.sentences, found.longest) == (3, long)
    assert found.long == 1 / 3
    assert found.passive == 1 / 3
    assert "extraordinarily" in found.long_words


def test_the_report_has_every_lesson_and_page() -> None:
    found = measured()
    names = {one.name for one in found}
    assert {path.stem for path in lesson_paths()} <= names
    assert {path.name for path in (course_folder() / "docs").glob("*.md")} <= names
    assert all(name in report(found) for name in names)
