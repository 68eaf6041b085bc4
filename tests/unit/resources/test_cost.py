"""The cost meter: sourced prices times started hours, a cap, and "unknown" where that is true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labkit import prices
from labkit.errors import Refused
from labkit.resources.cap import Cap
from labkit.resources.cost import estimate, running
from labkit.resources.journal import Journal
from labkit.resources.kinds import KINDS
from labkit.resources.run import Run

NOW = datetime.now(UTC)
SEOUL = "ap-northeast-2"


def journal_with(folder: Path, *kinds: str, region: str = SEOUL, target: str = "aws") -> Journal:
    run = Run(
        "0" * 32, "abcdef", "l", target, "1" * 12, region, NOW, None, NOW + timedelta(hours=12)
    )
    journal = Journal.start(folder, run)
    for number, kind in enumerate(kinds):
        op = f"{number:032}"
        journal.intend(kind, "", "Create", [], op)
        journal.created(op, f"id-{number}")
    return journal


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_costs_or_why_nothing(name: str) -> None:
    billing = KINDS[name].billing
    hourly = billing.hourly_unpriced or bool(billing.hourly)
    by_use = billing.meters or billing.stored or billing.unmetered
    assert bool(billing.free) != bool(hourly or by_use)
    assert not (billing.hourly_unpriced and billing.hourly)


@pytest.mark.parametrize("name", KINDS)
def test_the_price_sheet_has_what_a_kind_names(name: str) -> None:
    billing = KINDS[name].billing
    named = {*billing.hourly, *(meter.price for meter in billing.meters)}
    named |= {billing.stored} - {""}
    assert named <= set(prices.table()["item"])


def test_a_started_hour_is_billed_in_full(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, "NAT gateway", "Elastic IP", "VPC")
    cost = running(journal, datetime.now(UTC) + timedelta(minutes=61))
    hourly = [
        prices.load().price(item, SEOUL).amount for item in ("nat-gateway-hour", "public-ipv4-hour")
    ]
    assert [line.hours for line in cost.lines] == [2, 2]
    assert cost.usd == pytest.approx(2 * sum(hourly))
    assert cost.usd_a_month == pytest.approx(730 * sum(hourly))
    assert "this cost USD" in cost.summary


def test_what_is_gone_costs_no_more(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, "NAT gateway")
    journal.gone(f"{0:032}", "AWS shows it no longer")
    assert running(journal, datetime.now(UTC) + timedelta(hours=9)).lines[0].hours == 1


def test_a_price_that_is_not_known_is_never_zero(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, "Auto Scaling group", "NAT gateway", region="sa-east-1")
    cost = running(journal, NOW)
    assert [line.usd for line in cost.lines] == [None, None]
    assert cost.unknown == ["Auto Scaling group", "NAT gateway"]
    assert "Not counted" in cost.summary
    assert "unknown" in repr(cost)
    assert cost.as_json()["lines"][0]["usd"] is None


def test_the_cap_refuses_before_anything_is_created(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, *["NAT gateway"] * 6)
    Cap(journal, 0.01).require_room("IAM role", NOW)
    Cap(journal, 5.5).require_room("NAT gateway", NOW)
    with pytest.raises(Refused, match=r"its cap is USD 5\.00"):
        Cap(journal, 4.999).require_room("NAT gateway", NOW)


def test_an_estimate_reads_what_a_lesson_creates() -> None:
    creates = ("2 NAT gateways with their addresses", "1 IAM role", "1 load balancer", "a picture")
    cost = estimate(creates, 2, SEOUL, real=False)
    assert [line.kind for line in cost.lines] == ["NAT gateway", "NAT gateway", "load balancer"]
    assert [line.hours for line in cost.lines] == [2, 2, 2]
    assert "would have cost" in cost.summary


def test_a_renewal_may_not_pass_the_cap_either(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, *["NAT gateway"] * 6)
    Cap(journal, 5.0).require_room_until(NOW + timedelta(hours=12), NOW)
    with pytest.raises(Refused, match=r"not renewed.*its cap is USD 5\.00"):
        Cap(journal, 5.0).require_room_until(NOW + timedelta(hours=24), NOW)
