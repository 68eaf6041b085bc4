"""The delivery map: drawn from what is there, at work, with orders from its buttons."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from labkit.lab import Lab
from labkit.labs.delivery import DeliveryMap, live_map, live_map_state, queued_order_service
from labkit.labs.delivery.delivery_map import (
    DeliveryMapState,
    Part,
    words,
)
from labkit.labs.delivery.live_map import LiveMap
from labkit.labs.delivery.live_map_state import LogTail, Watcher
from labkit.polling import NotInTime, wait_until

WORKER = """\
import json

def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order.get("error"):
            raise RuntimeError("the card was refused")
        print("cooked", order["orderId"])
"""


STARTS = [f"START RequestId: {uuid.uuid4()} Version: $LATEST" for _ in range(2)]


@pytest.fixture
def service(lab: Lab) -> Lab:
    """A lab with API, queue, function and dead-letter queue."""
    (lab.folder / "worker.py").write_text(WORKER)
    built = queued_order_service(lab, "worker.py", timeout_s=1, visibility_s=1)
    sqs = lab.client("sqs")
    dead = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": 1}
    sqs.set_queue_attributes(
        QueueUrl=built.queue_url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    return lab


@pytest.fixture
def live(service: Lab) -> Iterator[LiveMap]:
    """A live map of it, as a front end would show it."""
    watcher = Watcher(service)
    shown = LiveMap(watcher)
    shown.start(watcher.look())
    yield shown
    shown.close()


def button(shown: LiveMap, words: str) -> Any:
    stage, controls, *_ = shown.widget.children
    found = [one for one in (*stage.children[1:], *controls.children) if one.description == words]
    assert len(found) == 1, words
    return found[0]


def test_a_run_without_resources_has_an_empty_map(lab: Lab) -> None:
    assert repr(DeliveryMap(lab)) == "Nothing of the delivery service exists yet."


def test_the_map_shows_what_is_there_and_nothing_of_another_run(service: Lab) -> None:
    other = Lab("delivery-queue", run="new")
    other.client("sqs").create_queue(QueueName=other.name("elsewhere"))
    state = DeliveryMap(service).look()
    other.teardown(progress=False)
    assert {(part.kind, part.name) for part in state.parts} >= {
        ("customers", "customers"),
        ("API", "delivery"),
        ("queue", "orders"),
        ("dead letters", "dead"),
        ("function", "order"),
    }
    assert "elsewhere" not in words(state)
    ways = words(state).partition("Ways: ")[2]
    for way in (
        "customers to delivery",
        "delivery to orders",
        "orders to order",
        "orders to dead",
    ):
        assert way in ways

    # Without a front end it is a picture with its words, and no thread looks on.
    bundle = DeliveryMap(service)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'role="img" aria-label="The delivery service: customers' in bundle["text/html"]
    assert not any(thread.name == "labkit-ticker" for thread in threading.enumerate())


def test_the_buttons_place_orders_and_the_map_shows_what_became_of_them(live: LiveMap) -> None:
    button(live, "Place an order").click()
    button(live, "Place a failing order").click()
    _, _, said, log = live.widget.children
    wait_until(lambda: "2 × 202" in said.value, seconds=20, what="two answers")
    stage = live.widget.children[0]
    view = stage.children[0]
    wait_until(lambda: "⚠ 1 waiting" in view.value, seconds=30, what="the dead letter")
    button(live, "Log lines of function order").click()
    wait_until(lambda: "cooked map-1-" in log.value, seconds=20, what="the log line")
    wait_until(lambda: "REPORT" in log.value, seconds=20, what="the report behind it")


def test_of_answers_at_the_same_moment_the_last_count_is_shown(
    live: LiveMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, line = live.widget.children[2], live_map._line

    def first_last(text: str) -> str:
        if "1 × 202" in text:
            with suppress(NotInTime):
                wait_until(lambda: "2 × 202" in said.value, 0.3)
        return line(text)

    def post_order(url: str, order: dict[str, Any]) -> dict[str, Any]:
        asked.wait(10)
        return {"status": 202}

    asked = threading.Event()
    monkeypatch.setattr(live_map, "post_order", post_order)
    monkeypatch.setattr(live_map, "_line", first_last)
    live.place(2)
    asked.set()
    wait_until(lambda: "2 × 202" in said.value, 10)
    live._pool.shutdown()
    assert "2 × 202" in said.value


def test_it_stops_by_itself_when_all_is_torn_down(live: LiveMap, service: Lab) -> None:
    wait_until(lambda: "aria-label" in live.widget.children[0].children[0].value, seconds=10)
    service.teardown(progress=False)
    wait_until(lambda: not live.ticker.running, seconds=20, what="the map to stop")
    assert "torn down" in live.widget.children[0].children[0].value


def test_it_stops_where_all_was_torn_down_before_its_first_look(lab: Lab) -> None:
    shown = LiveMap(Watcher(lab))
    shown.start(DeliveryMapState((Part("q", "queue", "orders"),)))
    wait_until(lambda: not shown.ticker.running, seconds=10, what="the map to stop")
    assert "torn down" in shown.widget.children[0].children[0].value
    shown.close()


def test_what_it_could_not_see_is_no_news_once_it_sees_again(live: LiveMap) -> None:
    live._failed(OSError("no route to host"))
    said = live.widget.children[2]
    wait_until(lambda: "no route to host" not in said.value, seconds=10)


def test_closing_ends_its_thread(live: LiveMap) -> None:
    assert live.ticker.running
    button(live, "Close the map").click()
    assert not live.ticker.running
    assert not any(thread.name == "labkit-ticker" for thread in threading.enumerate())


def test_without_a_deployed_api_an_order_is_refused_with_a_sentence(lab: Lab) -> None:
    lab.client("sqs").create_queue(QueueName=lab.name("orders"))
    shown = LiveMap(Watcher(lab))
    shown.place(1)
    assert "no deployed API" in shown.widget.children[2].value
    shown.close()


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


def test_a_call_that_takes_the_place_of_a_forgotten_one_moves_the_map(lab: Lab) -> None:
    watcher = Watcher(lab)
    moving = []
    for name in "aab":
        now = datetime.now(UTC)
        call = {"request_id": name, "started_at": now, "ended_at": now}
        moving.append(watcher._moving({}, {"order": pd.DataFrame([call])}))
    assert moving == [set(), set(), {"order"}]
