"""The delivery map: drawn from what is there, at work, with orders from its buttons."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from labkit.lab import Lab
from labkit.labs.delivery import DeliveryMap, live_map, queued_order_service
from labkit.labs.delivery.architecture import prefix_of
from labkit.labs.delivery.delivery_map import (
    DeliveryMapState,
    Part,
    places,
    words,
)
from labkit.labs.delivery.live_map import LiveMap
from labkit.labs.delivery.live_map_state import Watcher
from labkit.labs.delivery.traced_orders import NoTrace, TracedOrders
from labkit.measure.traces import new_trace
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


@pytest.fixture
def service(lab: Lab) -> Lab:
    """A lab with API, queue, function and dead-letter queue."""
    (lab.folder / "worker.py").write_text(WORKER)
    built = queued_order_service(lab, "worker.py", timeout_s=1, visibility_s=1)
    add_dead_letters(lab, built.queue_url)
    return lab


def add_dead_letters(lab: Lab, queue_url: str) -> None:
    """Give a queue a dead-letter queue, which takes what was received once in vain."""
    sqs = lab.client("sqs")
    dead = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": 1}
    attributes = {"RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes=attributes)


@pytest.fixture
def live(service: Lab) -> Iterator[LiveMap]:
    """A live map of it, as a front end would show it."""
    shown = live_map_of(service)
    shown.start(shown._watcher.look())
    yield shown
    shown.close()


def live_map_of(lab: Lab) -> LiveMap:
    """A live map of a run, which nobody is told the end of."""
    return LiveMap(Watcher(lab), traced(lab), lambda *_: None)


def traced(lab: Lab) -> TracedOrders:
    """The orders of a run that have traces."""
    return TracedOrders(lab.client("xray"), prefix_of(lab))


def button(shown: LiveMap, words: str) -> Any:
    stage, controls, _, orders, _ = shown.widget.children
    buttons = (*stage.children[1:], *controls.children, *orders.children)
    found = [one for one in buttons if one.description == words]
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


def test_a_table_and_a_queue_of_one_name_are_two_parts(service: Lab) -> None:
    awslambda, dynamodb = service.client("lambda"), service.client("dynamodb")
    table = service.name("orders")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
    )
    variables = {"Variables": {"ORDERS": table}}
    function = service.name("order")
    awslambda.update_function_configuration(FunctionName=function, Environment=variables)
    watcher = Watcher(service)
    state = watcher.look()
    keys = {part.kind: part.key for part in state.parts if part.name == "orders"}
    assert set(keys) == {"queue", "table"}
    at = places(state.parts)
    assert at[keys["queue"]].x < at[function].x < at[keys["table"]].x
    ways = {(one.source, one.target) for one in state.arrows}
    assert ways >= {(keys["queue"], function), (function, keys["table"])}


def test_the_buttons_place_orders_and_the_map_shows_what_became_of_them(live: LiveMap) -> None:
    button(live, "Place an order").click()
    button(live, "Place a failing order").click()
    _, _, said, _, log = live.widget.children
    wait_until(lambda: "2 × 202" in said.value, seconds=20, what="two answers")
    stage = live.widget.children[0]
    view = stage.children[0]
    wait_until(lambda: "⚠ 1 waiting" in view.value, seconds=30, what="the dead letter")
    button(live, "Log lines of function order").click()
    wait_until(lambda: "cooked map-1-" in log.value, seconds=20, what="the log line")
    wait_until(lambda: "REPORT" in log.value, seconds=20, what="the report behind it")


def test_a_failing_order_is_offered_where_dead_letters_catch_it(lab: Lab) -> None:
    """Lesson 09 has none yet: there it would come back to the function among the rush's orders."""
    (lab.folder / "worker.py").write_text(WORKER)
    built = queued_order_service(lab, "worker.py", timeout_s=1, visibility_s=1)
    shown = live_map_of(lab)
    shown.start(shown._watcher.look())
    try:
        assert button(shown, live_map.UNCAUGHT).disabled
        add_dead_letters(lab, built.queue_url)
        failing = [one for one in shown.widget.children[1].children if "failing" in one.description]
        wait_until(lambda: not failing[0].disabled, seconds=20, what="the dead-letter queue")
        assert failing[0].description == live_map.FAILING
    finally:
        shown.close()


def test_beside_the_live_map_is_its_picture_for_when_the_kernel_has_ended(
    service: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_map, "front_end", lambda: True)
    shown = DeliveryMap(service)
    bundle = shown._repr_mimebundle_()
    shown.close()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'role="img" aria-label="The delivery service: customers' in bundle["text/html"]


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What a front end is given for each output, in order."""
    found: dict[str, list[Any]] = defaultdict(list)

    def shown(bundle: Any, *, raw: bool, display_id: str) -> None:
        assert raw
        found[display_id].append(bundle)

    monkeypatch.setattr(live_map, "front_end", lambda: True)
    monkeypatch.setattr(live_map, "display", shown)
    monkeypatch.setattr(live_map, "update_display", shown)
    return found


@pytest.mark.parametrize(
    ("end", "why", "shows"),
    [
        (lambda live, _: button(live, "Close the map").click(), live_map.CLOSED, "1 cold start"),
        (lambda _, lab: lab.teardown(progress=False), live_map.TORN_DOWN, "customers"),
        (lambda _, lab: DeliveryMap(lab)._ipython_display_(), live_map.CLOSED, "1 cold start"),
    ],
)
def test_when_it_stops_its_last_picture_takes_its_place(
    service: Lab,
    outputs: dict[str, list[Any]],
    end: Callable[[LiveMap, Lab], Any],
    why: str,
    shows: str,
) -> None:
    shown = DeliveryMap(service)
    shown._ipython_display_()
    [bundles] = outputs.values()
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
    assert shown._live is not None
    button(shown._live, "Place an order").click()
    view = shown._live.widget.children[0].children[0]
    wait_until(lambda: "1 cold start" in view.value, seconds=30, what="the order's call")
    end(shown._live, service)
    wait_until(lambda: len(bundles) > 1, seconds=20, what="the last picture")
    shown.close()
    [first, last] = bundles
    assert set(last) == {"text/html", "text/plain"}
    assert "1 cold start" not in first["text/plain"]
    assert shows in last["text/plain"]
    assert last["text/plain"].endswith(f"{why} This is what it showed last.")
    assert 'role="img" aria-label="The delivery service: customers' in last["text/html"]
    live_map._open.pop(service.run_id).close()


def test_without_a_front_end_it_is_no_output_of_its_own(lab: Lab) -> None:
    with pytest.raises(NotImplementedError):
        DeliveryMap(lab)._ipython_display_()


def test_an_orders_button_shows_its_trace(live: LiveMap) -> None:
    button(live, "Place an order").click()
    *_, orders, detail = live.widget.children
    chosen = wait_until(lambda: orders.children[0].description, seconds=10, what="its button")
    assert chosen.startswith("Trace of map-1-")
    orders.children[0].click()
    wait_until(lambda: 'alt="A trace of' in detail.value, seconds=10, what="the waterfall")
    assert "delivery/prod · API Gateway from" in detail.value
    assert f'aria-label="{chosen}"' in detail.value
    button(live, "Log lines of function order").click()
    assert "A trace of" not in detail.value


def test_a_ninth_order_takes_the_first_ones_button_and_the_others_stay(live: LiveMap) -> None:
    orders = live.widget.children[3]
    live.ticker.stop()
    for number in range(live_map.ORDERS_SHOWN + 1):
        live._traced.placed(f"o-{number}", f"t-{number}")
    live._list_orders()
    shown = [one.description.removeprefix("Trace of o-") for one in orders.children]
    assert shown == ["8", *map(str, range(1, live_map.ORDERS_SHOWN))]
    assert all(one.layout.display is None for one in orders.children)


def send_segment(plain: Callable[[str], Any], name: str, order_id: str, url: str = "") -> str:
    """Send a segment that is annotated with an order, of a request if a URL is given."""
    trace, now = new_trace(), time.time()
    segment = {"id": secrets.token_hex(8), "trace_id": trace, "name": name} | {
        "start_time": now - 0.5, "end_time": now, "annotations": {"orderId": order_id}
    }  # fmt: skip
    if url:
        segment["http"] = {"request": {"url": url, "method": "POST"}}
    plain("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    return trace


def test_without_widgets_a_trace_is_had_by_the_orders_number(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    order_id = f"ord-{secrets.token_hex(4)}"
    send_segment(plain, lab.name("kitchen"), order_id)
    shown = DeliveryMap(lab)
    assert "kitchen from" in shown.trace(order_id).alt
    send_segment(plain, lab.name("front"), order_id, url="https://shop/order")
    orders = traced(lab)
    orders.look()
    assert "front" in orders.so_far(order_id)["name"].iloc[0]
    assert f'DeliveryMap(lab).trace("{order_id}")' in repr(shown)
    assert order_id in shown._repr_mimebundle_()["text/html"]


def test_the_trace_of_its_request_takes_the_place_of_its_messages(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    order_id, orders = f"ord-{secrets.token_hex(4)}", traced(lab)
    send_segment(plain, lab.name("kitchen"), order_id)
    orders._search()
    request = send_segment(plain, lab.name("front"), order_id, url="https://shop/order")
    orders._search()
    send_segment(plain, lab.name("kitchen"), order_id)
    orders._search()
    assert set(orders.so_far(order_id)["trace"]) == {request}


def test_an_order_of_nobody_or_of_another_run_has_no_trace(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    order_id = f"ord-{secrets.token_hex(4)}"
    send_segment(plain, "lk-other-00000000-front", order_id)
    for one in (order_id, "ord-of-nobody"):
        with pytest.raises(NoTrace, match="TracingConfig"):
            DeliveryMap(lab).trace(one)


def test_of_answers_at_the_same_moment_the_last_count_is_shown(
    live: LiveMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, line = live.widget.children[2], live_map._line

    def first_last(text: str) -> str:
        if "1 × 202" in text:
            with suppress(NotInTime):
                wait_until(lambda: "2 × 202" in said.value, 0.3)
        return line(text)

    def post_order(url: str, order: dict[str, Any], trace: str) -> dict[str, Any]:
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
    shown = live_map_of(lab)
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
    shown = live_map_of(lab)
    shown.place(1)
    assert "no deployed API" in shown.widget.children[2].value
    shown.close()
