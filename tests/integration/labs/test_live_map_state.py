"""What a live map knows of its logs and calls from one look to the next."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from labkit.lab import Lab
from labkit.labs.delivery import live_map_state
from labkit.labs.delivery.live_map_state import LogTail, Watcher

STARTS = [f"START RequestId: {uuid.uuid4()} Version: $LATEST" for _ in range(2)]


@pytest.fixture
def tail(lab: Lab) -> LogTail:
    """The tail of a log in which two calls began, ten minutes and a second ago."""
    logs, group = lab.client("logs"), f"/aws/lambda/{lab.name('order')}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    began = {STARTS[0]: 600, STARTS[1]: 1}
    now_ms = time.time() * 1000
    logs.put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[
            {"timestamp": int(now_ms - ago_s * 1000), "message": message}
            for message, ago_s in began.items()
        ],
    )
    return LogTail(logs, group)


def test_a_tail_forgets_what_is_older_than_it_looks_back(
    tail: LogTail, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [event["message"] for event in tail.read()] == STARTS
    monkeypatch.setattr(live_map_state, "LOOK_BACK", timedelta(minutes=5))
    assert [event["message"] for event in tail.read()] == STARTS[1:]


def test_a_log_that_has_gone_leaves_what_was_seen_of_it(lab: Lab, tail: LogTail) -> None:
    assert [event["message"] for event in tail.read()] == STARTS
    lab.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{lab.name('order')}")
    assert [event["message"] for event in tail.read()] == STARTS
    assert tail.exists


def test_a_log_that_never_was_has_nothing(lab: Lab) -> None:
    tail = LogTail(lab.client("logs"), f"/aws/lambda/{lab.name('none')}")
    assert (tail.read(), tail.exists) == ([], False)


def test_a_call_that_takes_the_place_of_a_forgotten_one_moves_the_map(lab: Lab) -> None:
    watcher = Watcher(lab)
    moving = []
    for name in "aab":
        now = datetime.now(UTC)
        call = {"request_id": name, "started_at": now, "ended_at": now}
        moving.append(watcher._moving({}, {"order": pd.DataFrame([call])}))
    assert moving == [set(), set(), {"order"}]
