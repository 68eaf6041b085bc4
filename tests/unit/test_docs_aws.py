"""The readiness page: its prices are those of the sheet, its policies are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labkit import prices
from labkit.aws import policies
from labkit.prices import HOURS_A_MONTH

PAGE = (Path(__file__).parents[2] / "docs" / "aws.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z0-9-]+-hour) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)


def test_the_page_names_what_is_billed_by_the_hour() -> None:
    assert len(ROWS) == 3


@pytest.mark.parametrize(("item", "hour", "month"), ROWS)
def test_prices_are_those_of_the_sheet(item: str, hour: str, month: str) -> None:
    price = prices.price(item, "ap-northeast-2")
    assert float(hour) == float(price.amount)
    assert float(month) == pytest.approx(float(price.amount) * HOURS_A_MONTH, abs=0.005)


def test_the_policies_that_it_attaches_are_there() -> None:
    (names,) = re.findall(r"for name in (.+); do", PAGE)
    assert names.split() == [*policies.STUDENT, policies.BOUNDARY]
    assert f"labkit-{names.split()[-1]}" == policies.BOUNDARY_POLICY
