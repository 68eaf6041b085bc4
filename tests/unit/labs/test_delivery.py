"""The delivery lessons' own parts: orders, placing them, and the accounts drawn from the logs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from labkit.labs.delivery import journey, ledger, order_lines, orders, place, post_order
from labkit.measure.load import burst
from tests.support.http_service import http_service

REQUEST = "8f5f4d2e-7c5e-4a6b-9d3c-1f2e3d4c5b6a"
RETRY = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


def test_the_same_seed_gives_the_same_orders() -> None:
    assert orders(20, seed=3, failing=0.2) == orders(20, seed=3, failing=0.2)
    assert orders(20, seed=3) != orders(20, seed=4)


def test_orders_are_whole_and_no_two_have_the_same_number() -> None:
    stream = orders(500)
    assert len({order["orderId"] for order in stream}) == 500
    for order in stream:
        assert re.fullmatch(r"ord-[0-9a-f]{6}", order["orderId"])
        assert re.fullmatch(r"010-\*\*\*\*-\d{4}", order["customer"]["phone"])
        assert order["items"]
        assert order["totalKRW"] == sum(i["quantity"] * i["priceKRW"] for i in order["items"])
        assert order["error"] is False
    times = [datetime.fromisoformat(order["placedAt"]) for order in stream]
    assert times == sorted(times)


def test_orders_hold_the_characters_that_break_careless_code() -> None:
    text = json.dumps(orders(100), ensure_ascii=False)
    for awkward in ("&", '\\"', "'", "+", "=", "é", "떡볶이", "서울", "🙏"):
        assert awkward in text


@pytest.mark.parametrize(("n", "share", "expected"), [(40, 0.1, 4), (10, 1, 10), (3, 0, 0)])
def test_the_share_of_failing_orders_is_exact(n: int, share: float, expected: int) -> None:
    assert sum(order["error"] for order in orders(n, failing=share)) == expected


def test_a_share_is_between_nothing_and_all() -> None:
    with pytest.raises(ValueError, match="not 5"):
        orders(10, failing=5)


def test_an_order_is_posted_as_it_is() -> None:
    order = orders(1, seed=8)[0]
    with http_service() as service:
        row = post_order(service.url, order)
    assert service.received == [order]
    assert service.types == ["application/json"]
    assert row == {
        "order_id": order["orderId"],
        "failing": False,
        "status": 200,
        "answer": {"id": order["orderId"]},
        "error": None,
    }


def test_an_answer_that_is_no_json_is_kept_as_text() -> None:
    with http_service() as service:
        row = post_order(
            service.url, {"orderId": "a", "text": "Service Unavailable", "answer": 503}
        )
    assert (row["status"], row["answer"]) == (503, "Service Unavailable")


def test_an_order_without_an_answer_is_a_row() -> None:
    with http_service() as service:
        row = post_order(service.url, {"orderId": "a", "answer": 0, "error": True})
        gone = service.url
    assert row["status"] is None
    assert row["failing"] is True
    assert row["error"].startswith("ConnectionError: ")
    assert post_order(gone, {"orderId": "b"})["error"].startswith("ConnectionError: ")


def test_an_answer_that_takes_too_long_is_a_row() -> None:
    with http_service() as service:
        row = post_order(service.url, {"orderId": "a", "work_s": 0.5}, timeout_s=0.1)
    assert row["error"].startswith("ReadTimeout: ")


def test_placed_orders_are_rows_whatever_became_of_them() -> None:
    stream = [
        {"orderId": "good"},
        {"orderId": "refused", "answer": 500, "error": True},
        {"orderId": "unheard", "answer": 0},
    ]
    with http_service() as service:
        frame = place(service.url, stream, burst(3), progress=False)
    assert frame["order_id"].tolist() == ["good", "refused", "unheard"]
    assert frame["failing"].tolist() == [False, True, False]
    assert frame["outcome"].tolist() == ["answered", "answered", "failed"]
    assert frame["status"].tolist()[:2] == [200, 500]
    assert pd.isna(frame.loc[2, "status"])


def test_the_executor_that_is_given_places_the_orders() -> None:
    with http_service() as service, ThreadPoolExecutor(1, "mine") as mine:
        place(service.url, [{"orderId": "a"}], [0], executor=mine, progress=False)
        assert [thread.name for thread in mine._threads] == ["mine_0"]


class Log:
    """A function's log being written: each line a millisecond after the one before."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._at_ms = int(NOON.timestamp() * 1000)

    def later(self, seconds: float) -> Log:
        self._at_ms += round(seconds * 1000)
        return self

    def write(self, text: str) -> Log:
        event = {"message": text + "\n", "timestamp": self._at_ms, "logStreamName": "stream"}
        self.events.append(event)
        self._at_ms += 1
        return self

    def line(self, event: str, order_id: str, **more: Any) -> Log:
        return self.write(json.dumps({"event": event, "orderId": order_id} | more))

    def run(self, request_id: str, order_id: str, *events: str, **more: Any) -> Log:
        self.write(f"START RequestId: {request_id} Version: $LATEST")
        for event in events:
            self.line(event, order_id, **more)
        self.write(f"END RequestId: {request_id}")
        return self.write(
            f"REPORT RequestId: {request_id}\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 36 MB\t"
        )


def sqs(received: int, enqueued_s: float = 0.0) -> dict[str, str]:
    """The attributes of an SQS record, as Lambda hands them to a function."""
    sent_ms = round((NOON.timestamp() + enqueued_s) * 1000)
    return {
        "ApproximateReceiveCount": str(received),
        "SentTimestamp": str(sent_ms),
        "ApproximateFirstReceiveTimestamp": str(sent_ms + 250),
    }


def test_a_line_about_an_order_is_found_with_its_invocation_and_its_record() -> None:
    log = Log().run(REQUEST, "ord-1", "order.received", messageId="m", attributes=sqs(2))
    (line,) = order_lines(log.events).to_dict("records")
    assert line == {
        "order_id": "ord-1",
        "event": "order.received",
        "at": pd.Timestamp(NOON) + pd.Timedelta(milliseconds=1),
        "request_id": REQUEST,
        "log_stream": "stream",
        "message_id": "m",
        "receive_count": 2,
        "enqueued_at": pd.Timestamp(NOON),
        "first_received_at": pd.Timestamp(NOON) + pd.Timedelta(milliseconds=250),
    }


def test_a_line_may_say_its_invocation_itself() -> None:
    log = Log().line("order.received", "ord-1", requestId=RETRY)
    assert order_lines(log.events)["request_id"].tolist() == [RETRY]


def test_a_line_written_by_pythons_logging_is_a_line_too() -> None:
    message = json.dumps({"event": "order.received", "orderId": "ord-1"})
    log = Log().write(f"[INFO]\t2026-03-06T12:00:00.000Z\t{REQUEST}\t{message}")
    assert order_lines(log.events)["order_id"].tolist() == ["ord-1"]


@pytest.mark.parametrize(
    "text", ["hello", "{", '{"event": "x"}', '{"orderId": "ord-1"}', "[1]", "null", "12"]
)
def test_other_lines_are_not_about_orders(text: str) -> None:
    assert order_lines(Log().write(text).events).empty


def letter(order_id: str, seconds: float) -> dict[str, Any]:
    body = json.dumps({"orderId": order_id})
    return {"Body": body, "ReceivedAt": NOON + timedelta(seconds=seconds)}


def placed(*statuses: int | None) -> pd.DataFrame:
    """Orders ord-0, ord-1, … placed at noon and answered so after 40 ms, or not at all."""
    return pd.DataFrame(
        {
            "order_id": [f"ord-{n}" for n in range(len(statuses))],
            "failing": False,
            "intended_at": pd.Timestamp(NOON),
            "sent_at": pd.Timestamp(NOON),
            "done_at": pd.Timestamp(NOON) + pd.Timedelta(milliseconds=40),
            "latency_ms": 40.0,
            "outcome": ["failed" if status is None else "answered" for status in statuses],
            "status": pd.array(statuses, dtype="Int64"),
            "error": "ReadTimeout",
        }
    )


FAILED = ("order.received", "order.failed")
DONE = ("order.received", "order.processed")


@pytest.mark.parametrize(
    ("status", "log", "letters", "ended"),
    [
        (202, Log().run(REQUEST, "ord-0", *DONE), [], "processed"),
        (504, Log().run(REQUEST, "ord-0", *DONE), [], "processed"),
        (202, Log(), [], "missing"),
        (500, Log(), [], "refused"),
        (None, Log(), [], "refused"),
        (502, Log().run(REQUEST, "ord-0", *FAILED), [], "refused"),
        (202, Log().run(REQUEST, "ord-0", *FAILED), [], "unsettled"),
        (202, Log().run(REQUEST, "ord-0", *FAILED), [letter("ord-0", 9)], "dead-lettered"),
        (202, Log(), [letter("ord-0", 9)], "dead-lettered"),
        (
            202,
            Log().run(REQUEST, "ord-0", *DONE),
            [letter("ord-0", 9)],
            "processed and dead-lettered",
        ),
        (
            202,
            Log().run(REQUEST, "ord-0", *FAILED).later(20).run(RETRY, "ord-0", *DONE),
            [letter("ord-0", 9), letter("ord-0", 12)],
            "redriven",
        ),
    ],
)
def test_the_ledger_says_how_each_order_ended(
    status: int | None, log: Log, letters: Sequence[dict[str, Any]], ended: str
) -> None:
    book = ledger(placed(status), log.events, letters)
    assert book["ended"].tolist() == [ended]


def test_the_ledger_counts_attempts_and_waits() -> None:
    log = Log().later(1).run(REQUEST, "ord-1", *FAILED).later(2).run(RETRY, "ord-1", *DONE)
    book = ledger(placed(202, 202), log.events).set_index("order_id")
    assert book.loc["ord-1", ["received", "processed", "failed"]].tolist() == [2, 1, 1]
    assert book.loc["ord-1", "wait_for_answer_ms"] == 40
    assert book.loc["ord-1", "wait_for_kitchen_ms"] == 3007
    assert pd.isna(book.loc["ord-0", "wait_for_kitchen_ms"])


def test_an_order_that_was_cooked_twice_is_seen_to_be() -> None:
    log = Log().run(REQUEST, "ord-0", *DONE).run(RETRY, "ord-0", *DONE)
    assert ledger(placed(202), log.events)["processed"].tolist() == [2]


def test_orders_that_were_not_placed_over_http_have_an_account_too() -> None:
    sent = pd.DataFrame({"order_id": ["ord-0", "ord-1"]})
    log = Log().run(REQUEST, "ord-1", *DONE)
    book = ledger(sent, log.events, [{"Body": "not an order", "ReceivedAt": NOON}])
    assert book["ended"].tolist() == ["missing", "processed"]


def steps(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["service"], frame["event"], strict=True))


def test_a_journey_follows_an_order_from_the_customer_to_the_redrive() -> None:
    log = Log().later(0.05).write("INIT_START Runtime Version: python:3.13.v68").later(0.3)
    log.run(REQUEST, "ord-0", *FAILED, attributes=sqs(1)).later(20)
    log.run(RETRY, "ord-0", *DONE, attributes=sqs(1, enqueued_s=15))
    report = next(e for e in log.events if e["message"].startswith("REPORT"))
    report["message"] = report["message"].rstrip("\n") + "Init Duration: 110.10 ms\t\n"
    frame = journey(placed(202), log.events, [letter("ord-0", 9)])
    assert steps(frame) == [
        ("customer", "sent"),
        ("SQS queue", "enqueued"),
        ("customer", "answered"),
        ("Lambda", "INIT_START"),
        ("SQS queue", "received"),
        ("Lambda", "START"),
        ("Lambda", "order.received"),
        ("Lambda", "order.failed"),
        ("Lambda", "END"),
        ("dead letters", "seen"),
        ("SQS queue", "enqueued"),
        ("SQS queue", "received"),
        ("Lambda", "START"),
        ("Lambda", "order.received"),
        ("Lambda", "order.processed"),
        ("Lambda", "END"),
    ]
    assert frame["at"].is_monotonic_increasing
    assert frame.set_index("event").loc["answered", "detail"] == "202"


def test_a_journey_keeps_to_the_orders_asked_for() -> None:
    log = Log().run(REQUEST, "ord-0", *DONE).run(RETRY, "ord-1", *DONE)
    assert journey(None, log.events, order_ids=["ord-1"])["order_id"].unique() == ["ord-1"]
    assert set(journey(None, log.events)["order_id"]) == {"ord-0", "ord-1"}


def test_an_order_without_an_answer_begins_a_journey_too() -> None:
    frame = journey(placed(None), [])
    assert steps(frame) == [("customer", "sent"), ("customer", "failed")]
    assert frame["detail"].tolist()[1] == "ReadTimeout"


def test_orders_of_one_batch_share_their_invocation() -> None:
    log = Log().write(f"START RequestId: {REQUEST} Version: $LATEST")
    log.line("order.received", "ord-0").line("order.received", "ord-1")
    log.write(f"END RequestId: {REQUEST}")
    frame = journey(None, log.events)
    starts = frame[frame["event"] == "START"]
    assert sorted(starts["order_id"]) == ["ord-0", "ord-1"]
    assert starts["at"].nunique() == 1
