"""What PutTargets refuses of a target's input, and what input transformers make of an event.

Expected values: EventBridge User Guide, "Amazon EventBridge input transformation"; answers of AWS
that others have recorded.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from labkit.sandbox.services.events import transformers

EVENT = {
    "version": "0", "detail-type": "order", "source": "kitchen",
    "detail": {"id": "o-1", "cups": 2, "sizes": ["S", "L"], "guest": {"name": "Kim"}},
}  # fmt: skip
VIEW = SimpleNamespace(
    event_with_detail=lambda: EVENT,
    envelope=lambda: {k: v for k, v in EVENT.items() if k != "detail"},
)
PATHS = {"id": "$.detail.id", "cups": "$.detail.cups", "sizes": "$.detail.sizes",
         "guest": "$.detail.guest", "first": "$.detail.sizes[0]",
         "none": "$.detail.none"}  # fmt: skip


def made(template: str) -> str:
    """What a target gets."""
    transformer = {"InputPathsMap": PATHS, "InputTemplate": template}
    return transformers.transformed(transformer, {"Name": "rule"}, VIEW)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('"<id> for <guest>"', '"o-1 for {name:Kim}"'),
        ('"<sizes> and <none>"', '"[S,L] and "'),
        ('{"id": <id>, "cups": <cups>, "sizes": <sizes>}',
         '{"id": "o-1", "cups": 2, "sizes": ["S","L"]}'),
        ('{"text": "order <id>", "first": "<first>"}', '{"text": "order o-1", "first": "S"}'),
        ('{"by": "<aws.events.rule-name>", "of": <aws.events.event>}',
         '{"by": "rule", "of": {"version":"0","detailType":"order","source":"kitchen"}}'),
        ("no quotes: <id>", "no quotes: o-1"),
    ],
)  # fmt: skip
def test_what_is_made(template: str, text: str) -> None:
    assert made(template) == text


@pytest.mark.parametrize("template", ['{"guest": "<guest>"}', '{"a": "x <sizes>"}'])
def test_an_object_is_no_part_of_a_text(template: str) -> None:
    with pytest.raises(transformers.UnusableError):
        made(template)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"Input": "{}", "InputPath": "$"},
         "Only one of Input, InputPath, or InputTransformer must be provided for target t."),
        ({"InputTransformer": {"InputPathsMap": {"a": "$.a"}, "InputTemplate": '"<a> <b>"'}},
         "InputTemplate for target t contains invalid placeholder b."),
        ({"Input": "text"}, "JSON syntax error in input for target t."),
        ({"InputPath": "detail"}, "Parameter InputPath is not valid for target t."),
        ({"InputPath": "$.detail"}, None),
        ({"InputTransformer": {"InputTemplate": '"<aws.events.rule-arn>"'}}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_what_is_refused(given: dict[str, Any], text: str | None) -> None:
    assert transformers.problem({"Id": "t", **given}) == text
