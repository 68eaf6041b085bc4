"""The sandbox's page: it names every line of the contract, and every service of the lessons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labkit.aws import policies
from tests.sandbox.contract import LINES

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "sandbox.md").read_text(encoding="utf-8")
SERVICES = sorted(
    {
        action.partition(":")[0]
        for name in policies.STUDENT
        for statement in policies.load(name)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str)
                       else statement["Action"])
    }
)  # fmt: skip
SOURCES = list((DOCS.parent / "labkit" / "sandbox").rglob("*.py"))


def test_the_contract_is_that_of_the_tests() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(str(number), text) for number, text in enumerate(LINES, start=1)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_of_the_learners_policy_is_described(service: str) -> None:
    section = PAGE.partition("## Service by service")[2]
    assert f"`{service}`" in section or f"`{service}:" in section


def test_a_difference_has_one_of_the_reasons() -> None:
    reasons = set(re.findall(r"^- \*\*(.+?)\*\*: ", PAGE.partition("## How")[0], re.MULTILINE))
    assert len(reasons) == 4
    assert all(PAGE.count(reason) > 1 for reason in reasons)


def test_the_settings_are_the_codes() -> None:
    pattern = re.compile(r"LABKIT_SANDBOX_[A-Z_]+")
    known = {name for file in SOURCES for name in pattern.findall(file.read_text())}
    assert set(pattern.findall((DOCS / "sandbox-lambda.md").read_text())) <= known
