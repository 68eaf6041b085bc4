"""The delivery map as a picture and in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from labkit.labs.delivery.delivery_map import (
    BOX,
    DeliveryArrow,
    DeliveryMapState,
    Part,
    draw,
    places,
)
from labkit.labs.delivery.live_map_state import function_facts


def calls(*rows: tuple[str, float, float | None, str | None]) -> pd.DataFrame:
    """Make invocations: log stream, begin and end in seconds before now, status."""
    now = datetime.now(UTC)
    columns = ["log_stream", "started_at", "ended_at", "status"]
    frame = pd.DataFrame(
        [
            (stream, now - timedelta(seconds=began), ended and now - timedelta(seconds=ended), how)
            for stream, began, ended, how in rows
        ],
        columns=columns,
    )
    times = {name: pd.to_datetime(frame[name], utc=True) for name in columns[1:3]}
    return frame.assign(**times)


@pytest.mark.parametrize(
    ("rows", "facts", "alarm"),
    [
        ([], ("no environment yet",), False),
        ([("a", 5, 4, "success")], ("1 cold start ✳",), False),
        ([("a", 5, 4, "success"), ("b", 3, None, None)], ("2 cold starts ✳",), False),
        ([("a", 300, 299, "success"), ("a", 20, 19, "success")], ("1 warm ○",), False),
        ([("a", 300, 299, "success"), ("a", 20, None, None)], ("1 busy ●",), False),
        ([("a", 300, 299, "success"), ("a", 20, 19, "error")], ("1 failed", "1 warm ○"), True),
        ([("a", 300, 299, "error"), ("a", 20, 19, "success")], ("1 failed", "1 warm ○"), False),
        ([("old", 5000, 4999, "success")], ("no environment yet",), False),
    ],
)
def test_what_calls_say_of_environments(
    rows: list[Any], facts: tuple[str, ...], alarm: bool
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=600)
    assert function_facts(calls(*rows), since) == (facts, alarm)


def test_a_function_behind_the_api_is_reached_round_a_queue() -> None:
    parts = (
        Part("a", "API", "api"),
        Part("q", "queue", "orders"),
        Part("f", "function", "order"),
    )
    drawn = draw(DeliveryMapState(parts, (DeliveryArrow("a", "f"),)))
    at = places(parts)
    assert f"H{at['f'].x + BOX / 2}" in drawn
    assert at["a"].y == at["q"].y == at["f"].y


def test_a_name_stays_in_its_box_and_is_whole_in_words() -> None:
    long = "delivery-Worker-A8F490C1EFF7D"
    parts = (Part("f", "function", long), Part("l", "log", f"{long} log", count=12))
    drawn = draw(DeliveryMapState((*parts, Part("q", "queue", "orders-of-the-evening", count=0))))
    assert ">λ Worker</text>" in drawn
    assert ">¶ Worker log</text>" in drawn
    assert ">≡ orders-of-t…</text>" in drawn
    assert drawn.count(f"function {long}") == 1
    assert f"<title>{long}</title>" in drawn


def test_arrows_need_nothing_that_another_drawing_of_the_page_has() -> None:
    parts = (Part("q", "queue", "orders"), Part("f", "function", "order"), Part("l", "log", "log"))
    arrows = (DeliveryArrow("q", "f", moving=True), DeliveryArrow("f", "l"))
    drawn = draw(DeliveryMapState(parts, arrows))
    assert re.findall(r' id="|url\(', drawn) == []
    tips = [tuple(map(float, tip)) for tip in re.findall(r"L([\d.]+) ([\d.]+)", drawn)]
    at = places(parts)
    right, down = (at["f"].x - 1, at["f"].middle), (at["l"].x + BOX / 2, at["l"].y - 1)
    assert tips == [right, down]


def test_text_of_a_learner_cannot_become_markup() -> None:
    assert "<b>" not in draw(DeliveryMapState((Part("a", "API", "<b>"),)))
