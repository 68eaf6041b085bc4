"""What a mapping's filters let through. Source: Lambda Developer Guide, "Using event filtering with
an Amazon SQS event source"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.sandbox.services.lambda_.event_sources.filters import is_pattern, passes

JSON_BODY = json.dumps({"dish": "Bibimbap", "items": [{"n": 2}], "ip": "10.0.0.7"})


def record(body: str) -> dict[str, Any]:
    attribute = {"stringValue": "app", "dataType": "String"}
    return {"messageId": "1", "body": body, "messageAttributes": {"from": attribute}}


@pytest.mark.parametrize(
    ("pattern", "body", "passed"),
    [
        ({"body": {"dish": ["Bibimbap"]}}, JSON_BODY, True),
        ({"body": {"dish": [{"equals-ignore-case": "BIBIMBAP"}]}}, JSON_BODY, True),
        ({"body": {"ip": [{"cidr": "10.0.0.0/24"}]}}, JSON_BODY, True),
        ({"body": {"items": {"n": [{"numeric": [">", 1]}]}}}, JSON_BODY, True),
        ({"body": {"dish": ["Kimchi"]}}, JSON_BODY, False),
        ({"body": {"dish": ["Bibimbap"]}}, "Bibimbap", False),
        ({"body": ["Bibimbap"]}, "Bibimbap", True),
        ({"body": [{"prefix": "{"}]}, JSON_BODY, False),
        ({"messageAttributes": {"from": {"stringValue": ["app"]}}}, "Bibimbap", True),
        ({"messageAttributes": {"from": {"stringValue": ["web"]}}}, JSON_BODY, False),
        ({}, "anything", True),
    ],
)
def test_a_filter(pattern: dict[str, Any], body: str, passed: bool) -> None:
    mapping = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}}
    assert passes(record(body), mapping) is passed


def test_one_filter_of_several_is_enough_and_none_lets_all_through() -> None:
    either = [{"Pattern": json.dumps({"body": [name]})} for name in ("a", "b")]
    assert passes(record("b"), {"FilterCriteria": {"Filters": either}})
    assert not passes(record("c"), {"FilterCriteria": {"Filters": either}})
    assert passes(record("c"), {})


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"body": "x"}', '{"body": [{"EXISTS": true}]}'])
def test_what_is_no_pattern(text: str) -> None:
    assert not is_pattern(text)
