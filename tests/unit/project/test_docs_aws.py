"""The readiness page: its prices are those of the sheet, its policies are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from labkit import prices
from labkit.aws import policies
from labkit.prices import HOURS_A_MONTH, Quantity, Unit
from labkit.resources.account.template import FOLDER

PAGE = (Path(__file__).parents[3] / "docs" / "aws.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z0-9-]+-hour) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)


def test_the_page_names_what_is_billed_by_the_hour() -> None:
    assert len(ROWS) == 3


@pytest.mark.parametrize(("item", "hour", "month"), ROWS)
def test_prices_are_those_of_the_sheet(item: str, hour: str, month: str) -> None:
    price = prices.price(item, "ap-northeast-2")
    assert float(hour) == float(price.amount)
    assert float(month) == pytest.approx(float(price.amount) * HOURS_A_MONTH, abs=0.005)


def test_the_policies_that_it_names_are_there() -> None:
    named = set(re.findall(r"labkit-student[a-z-]*", PAGE))
    assert named == {f"labkit-{name}" for name in (*policies.STUDENT, policies.BOUNDARY)}
    assert all(f"{name}.json" in PAGE for name in policies.INSTRUCTOR)


def test_what_the_reaper_costs_is_computed_from_the_sheet() -> None:
    (seconds, usd) = re.findall(r"730 sweeps a month, at (\d+) s\neach, cost USD ([\d.]+)", PAGE)[0]
    memory_gb = (
        yaml.safe_load((FOLDER / "account.yaml").read_text(encoding="utf-8"))["Resources"][
            "Reaper"
        ]["Properties"]["MemorySize"]
        / 1024
    )
    used = Quantity(730 * float(seconds) * memory_gb, Unit.GB_SECOND)
    price = prices.price("lambda-x86-gb-second", "ap-northeast-2")
    assert float(usd) == pytest.approx(price.cost(used), abs=0.005)
