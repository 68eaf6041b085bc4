"""The table of claims: complete, and each row points at a section that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SUBJECTS = {
    "VPC": 1,
    "subnets": 1,
    "NAT gateway": 5,
    "gateway endpoint": 7,
    "interface endpoint": 5,
    "SaaS": 1,
    "transfer": 3,
    "between zones": 5,
    "warm pool": 3,
    "Savings Plans": 2,
    "Spot": 2,
    "S3": 3,
    "databases": 3,
}
"""How many claims the bootcamp's notes make on each subject, counted by hand in their text."""


def rows() -> list[list[str]]:
    text = (PROJECT / "docs" / "claims.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_claim_of_the_morning_has_a_row() -> None:
    assert len(rows()) == sum(SUBJECTS.values())
    assert [int(row[0]) for row in rows()] == list(range(1, len(rows()) + 1))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_has_a_verdict_and_a_section_that_shows_the_claim(row: list[str]) -> None:
    _, claim, place, verdict = row
    lesson, section = place.split(", ")
    [path] = (PROJECT / "lessons").glob(f"{lesson}-*.py")
    text = path.read_text(encoding="utf-8")
    assert claim
    assert verdict
    found = re.search(rf"^# ## {section} · .*?(?=^# ## \d|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"lesson {lesson} has no section {section}"
    assert "**The claim.**" in found[0]
