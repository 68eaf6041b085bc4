"""EventBridge's patterns are read by the matcher that SNS and event source mappings use, too."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.sandbox.services.events import patterns


def matched(pattern: Any, event: dict[str, Any]) -> bool:
    """Tell whether an event matches a pattern."""
    view = SimpleNamespace(event_with_detail=lambda: event)
    return patterns.matches(json.dumps(pattern), view)


def test_fields_of_one_element_belong_together() -> None:
    pattern = {"detail": {"items": {"dish": ["tea"], "cups": [2]}}}
    assert matched(pattern, {"detail": {"items": [{"dish": "tea", "cups": 2}]}})
    apart = [{"dish": "tea", "cups": 1}, {"dish": "rice", "cups": 2}]
    assert not matched(pattern, {"detail": {"items": apart}})


def test_a_detail_that_is_a_text_has_no_fields() -> None:
    assert not matched({"detail": {"a": ["x"]}}, {"detail": '{"a": "x"}'})


def test_or_with_an_operators_name_is_a_field() -> None:
    pattern = {"detail": {"$or": [{"prefix": "a"}, {"suffix": "z"}]}}
    assert matched(pattern, {"detail": {"$or": "abc"}})
    assert not matched(pattern, {"detail": {"$or": "bcd"}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"),
        ('{"a": [NaN]}', "Invalid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        (
            json.dumps({f"f{n}": {"$or": [{"a": [1]}, {"b": [2]}]} for n in range(10)}),
            "Event pattern contains more than 1000 rule combinations",
        ),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    assert patterns.problem(text) == reason


def test_a_pattern_that_cannot_be_read_matches_nothing() -> None:
    view = SimpleNamespace(event_with_detail=dict)
    assert not patterns.matches("{", view)
