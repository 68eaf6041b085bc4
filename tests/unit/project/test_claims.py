"""The table of claims: complete, each tested by cells that exist, none left out by the lessons."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from labkit.course.cells import Cell
from labkit.course.lesson import Lesson, read_lesson

PROJECT = Path(__file__).resolve().parents[3]
TESTED = sorted((PROJECT / "lessons" / "day-1").glob("0[0-7]-*.py"))
MORNING = [path for path in TESTED if "01" <= path.name[:2] <= "04"]
SUBJECTS = {
    "VPC": 1,
    "subnets": 1,
    "NAT gateway": 5,
    "gateway endpoint": 7,
    "interface endpoint": 7,
    "SaaS": 1,
    "transfer": 3,
    "between zones": 5,
    "warm pool": 3,
    "Savings Plans": 2,
    "Spot": 2,
    "S3": 3,
    "databases": 3,
    "serverless": 4,
    "Lambda": 8,
    "cold start": 9,
    "concurrency": 3,
}
LAB_STEPS = 19
"""Steps of the notes' lab and subjects that they only name, counted likewise."""
"""How many claims the bootcamp's notes make on each subject, counted by hand in their text."""
VERDICTS = ("true", "partly", "wrong")
CLAIM = "**The claim.**"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    number: int
    subject: str
    claim: str
    where: tuple[str, str]
    cells: list[str]
    verdict: str


@cache
def rows() -> list[Row]:
    text = (PROJECT / "docs" / "claims.md").read_text(encoding="utf-8")
    found = []
    for line in re.findall(r"^\| \d+ \|.*\|$", text, re.MULTILINE):
        columns = [column.strip() for column in line[1:-1].split("|")]
        if len(columns) != 6:
            continue  # a step of the lab
        number, subject, claim, where, cells, verdict = columns
        lesson, section = where.split(", ")
        named = re.findall(r"`([^`]+)`", cells)
        found.append(Row(int(number), subject, claim, (lesson, section), named, verdict))
    return found


@cache
def lessons() -> dict[str, Lesson]:
    return {path.name[:2]: read_lesson(path) for path in TESTED}


@cache
def sections() -> dict[tuple[str, str], list[Cell]]:
    """The cells that learners see, by lesson and number of the section."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for number, lesson in lessons().items():
        section = ""
        for cell in lesson.cells:
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                if heading := re.match(r"## (?:(\d) · )?", part):
                    section = heading[1] or ""
                if cell.is_shown:
                    shown = Cell(cell.kind, part, cell.line, exercise=cell.exercise)
                    found.setdefault((number, section), []).append(shown)
    return found


def test_every_claim_has_a_row() -> None:
    assert Counter(row.subject for row in rows()) == SUBJECTS
    assert [row.number for row in rows()] == list(range(1, len(rows()) + 1))
    assert len({(row.subject, row.claim) for row in rows()}) == len(rows())


def test_every_step_of_the_lab_names_its_lesson() -> None:
    text = (PROJECT / "docs" / "claims.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\| (\d+) \| [^|]+ \| lessons? ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    first = len(rows()) + 1
    assert [int(number) for number, _ in steps] == list(range(first, first + LAB_STEPS))
    planned = {f"{number:02}" for number in range(18)}
    assert all(set(re.findall(r"\d\d", where)) <= planned for _, where in steps)


def test_every_section_that_shows_a_claim_has_a_row() -> None:
    """A claim at a lesson's top is about the sections below it."""
    showing = {
        place
        for place, cells in sections().items()
        if any(CLAIM in cell.source for cell in cells if cell.kind == "markdown")
    }
    at_top = {number for number, section in showing if not section}
    tested = {row.where for row in rows()}
    assert {place for place in showing if place[1] and place[0] != "00"} <= tested
    assert at_top <= {number for number, _ in tested}
    unshown = {place for place in tested - showing if place[0] not in at_top}
    assert unshown <= {("00", "1"), ("07", "1")}


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.number))
def test_a_row_names_the_cells_that_test_its_claim(row: Row) -> None:
    code = [cell for cell in sections()[row.where] if cell.kind == "code"]
    assert row.cells
    for named in row.cells:
        if named in lessons()[row.where[0]].exercises:
            found = [cell for cell in code if cell.exercise == named]
        else:
            found = [cell for cell in code if named in cell.source]
        assert len(found) == 1, f"{named} names {len(found)} cells of {row.where}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.number))
def test_a_row_has_a_verdict(row: Row) -> None:
    word, _, why = row.verdict.partition(": ")
    assert word in VERDICTS
    assert why or word == "true"


@pytest.mark.parametrize("path", MORNING, ids=lambda path: path.name[:2])
def test_the_prose_of_the_morning_names_no_price(path: Path) -> None:
    """Prices are in the sheet, and come onto a page through it."""
    prose = [cell.source for cell in read_lesson(path).cells if cell.kind == "markdown"]
    assert not re.findall(r"\$ ?\d|\bUSD ?\d|\d ?US cents", "\n".join(prose))
