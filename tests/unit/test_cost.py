"""The cost meter: sourced prices times started hours, a cap, and "unknown" where that is true."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labkit import prices
from labkit.cli import main
from labkit.errors import Refused
from labkit.lab import Lab
from labkit.prices import Quantity, Sheet, Unit
from labkit.resources.cap import Cap
from labkit.resources.cost import estimate, running
from labkit.resources.journal import Journal
from labkit.resources.kinds import KINDS
from labkit.resources.run import Run
from tests.unit import samples

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


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.billing.stored])
def test_what_a_kind_stores_is_read_from_its_service(name: str, lab: Lab) -> None:
    resource_id = samples.SAMPLES[name](lab)
    assert KINDS[name].stored_bytes(lab._unrecorded, resource_id) >= 0


def test_what_is_stored_is_priced_by_the_month(lab: Lab) -> None:
    """Two versions of three bytes each: half an upload and a delete marker hold none."""
    samples.bucket(lab)
    then = datetime.now(UTC) + timedelta(hours=730)
    uses = running(lab._journal, then, prices.load(), lab._unrecorded).uses or ()
    [use] = [use for use in uses if use.kind == "S3 bucket"]
    month = prices.load().price("s3-standard-gb-month", SEOUL)
    assert use.used is not None
    assert use.used.amount == pytest.approx(6 / 2**30, rel=0.01)
    assert use.usd == pytest.approx(month.cost(use.used))


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


def test_what_was_used_is_read_from_the_metrics(lab: Lab) -> None:
    name = samples.function(lab)
    samples.queue(lab)
    cost = lab.cost()
    assert cost.uses is not None
    lambda_ = [use for use in cost.uses if use.name == name]
    assert [str(use.used).split()[1] for use in lambda_] == ["request", "GB-second"]
    [requests, seconds] = [use.used.amount for use in lambda_ if use.used is not None]
    assert requests == 1
    assert 0 < seconds < 10 * 128 / 1024
    prices_of = [
        prices.load().price(item, SEOUL) for item in ("lambda-request", "lambda-x86-gb-second")
    ]
    expected = requests * prices_of[0].each(Unit.REQUEST)
    expected += seconds * prices_of[1].each(Unit.GB_SECOND)
    assert sum(use.usd or 0 for use in lambda_) == pytest.approx(expected)
    [sent] = [use for use in cost.uses if use.kind == "SQS queue"]
    assert sent.used == Quantity(1, Unit.REQUEST)
    assert "log group (no metrics so far)" in cost.uncounted
    assert "Not among them: log group" in cost.summary
    assert "by the metrics" in cost.summary
    assert "with the memory that it has now" in repr(cost)
    assert cost.as_json()["uses"][0]["used"]["amount"] == 1


def test_a_price_by_use_that_is_not_known_is_said(lab: Lab) -> None:
    samples.queue(lab)
    now = datetime.now(UTC) + timedelta(minutes=1)
    cost = running(lab._journal, now, Sheet([]), lab._unrecorded)
    assert [use.usd for use in cost.uses or ()] == [None]
    assert cost.unknown == ["SQS queue"]
    assert "the price sheet has no sqs-standard-request" in repr(cost)


def test_a_renewal_may_not_pass_the_cap_either(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, *["NAT gateway"] * 6)
    Cap(journal, 5.0).require_room_until(NOW + timedelta(hours=12), NOW)
    with pytest.raises(Refused, match=r"not renewed.*its cap is USD 5\.00"):
        Cap(journal, 5.0).require_room_until(NOW + timedelta(hours=24), NOW)


def test_the_commands_say_what_lessons_and_runs_cost_and_what_becomes_of_them(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", "01", "--json"]) == 0
    [planned] = json.loads(capsys.readouterr().out)
    assert planned["planned"]
    assert planned["usd_a_month"] > 30  # a NAT gateway
    samples.elastic_ip(lab)
    assert main(["cost", "--json"]) == 0
    bills = json.loads(capsys.readouterr().out)
    [mine] = [bill for bill in bills if lab.run_id[:8] in bill["about"]]
    assert (mine["planned"], mine["uses"], mine["remark"]) == (False, [], "")
    assert mine["usd"] > 0
    assert main(["status", "--json"]) == 0
    [run] = json.loads(capsys.readouterr().out)["runs"]
    assert (run["run"], run["resources"]) == (lab.run_id, 1)
    assert run["promise"] == "What is not torn down ends with the sandbox."
    assert main(["status"]) == 0
    assert run["promise"] in capsys.readouterr().out
    assert main(["cost", "99"]) == 1
    assert "There is no lesson 99" in capsys.readouterr().err


def test_a_lab_says_what_it_would_have_cost(lab: Lab) -> None:
    assert lab.cost().usd == 0
    samples.elastic_ip(lab)
    cost = lab.cost()
    assert [line.kind for line in cost.lines] == ["Elastic IP"]
    assert cost.usd > 0
    assert "would have cost" in cost.summary
    assert "<table>" in cost._repr_html_()
