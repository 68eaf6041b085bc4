"""The cost meter on runs in the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from labkit import prices
from labkit.cli import main
from labkit.lab import Lab
from labkit.prices import Quantity, Sheet, Unit
from labkit.resources.cost import running
from labkit.resources.kinds import KINDS
from tests.support import network_samples, samples, shared_samples

SEOUL = "ap-northeast-2"


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.billing.stored])
def test_what_a_kind_stores_is_read_from_its_service(name: str, lab: Lab) -> None:
    resource_id = samples.SAMPLES[name](lab)
    assert KINDS[name].stored_bytes(lab._unrecorded, resource_id) >= 0


def test_what_is_stored_is_priced_by_the_month(lab: Lab) -> None:
    """Two versions of three bytes each: half an upload and a delete marker hold none."""
    shared_samples.bucket(lab)
    then = datetime.now(UTC) + timedelta(hours=730)
    uses = running(lab._journal, then, prices.load(), lab._unrecorded).uses or ()
    [use] = [use for use in uses if use.kind == "S3 bucket"]
    month = prices.load().price("s3-standard-gb-month", SEOUL)
    assert use.used is not None
    assert use.used.amount == pytest.approx(6 / 2**30, rel=0.01)
    assert use.usd == pytest.approx(month.cost(use.used))


def test_what_was_used_is_read_from_the_metrics(lab: Lab) -> None:
    name = samples.function(lab)
    samples.queue(lab)
    cost = lab.cost()
    assert cost.uses is not None
    lambda_ = [use for use in cost.uses if use.name == name]
    assert [str(use.used).split()[1] for use in lambda_] == ["request", "GB-seconds"]
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


def test_the_commands_say_what_lessons_and_runs_cost_and_what_becomes_of_them(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", "01", "--json"]) == 0
    [planned] = json.loads(capsys.readouterr().out)
    assert planned["planned"]
    assert planned["usd_a_month"] > 30  # a NAT gateway
    network_samples.elastic_ip(lab)
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
    network_samples.elastic_ip(lab)
    cost = lab.cost()
    assert [line.kind for line in cost.lines] == ["Elastic IP"]
    assert cost.usd > 0
    assert "would have cost" in cost.summary
    assert "<table>" in cost._repr_html_()
