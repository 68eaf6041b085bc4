"""Events that are put: each entry is taken or refused by itself.

MiniStack takes events that AWS refuses; the seam is the operation.
Source: EventBridge API Reference, PutEvents.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import eventbridge

from labkit.sandbox.services.events.rules import Problem
from labkit.sandbox.upstream import seams

Data = dict[str, Any]


def install() -> None:
    """Take the operation."""

    def put(data: Data, allow_aws_source: bool = False) -> Any:
        entries = [_with_text(entry) for entry in data.get("Entries", [])]
        data = data | {"Entries": entries}
        problems = {n: found for n, entry in enumerate(entries) if (found := _problem(entry))}
        if allow_aws_source or not problems:
            return upstream(data, allow_aws_source)
        good = [entry for n, entry in enumerate(entries) if n not in problems]
        status, headers, body = upstream({**data, "Entries": good}, allow_aws_source)
        answer = json.loads(body)
        for n, (code, message) in sorted(problems.items()):
            answer["Entries"].insert(n, {"ErrorCode": code, "ErrorMessage": message})
        answer["FailedEntryCount"] += len(problems)
        return status, headers, json.dumps(answer).encode()

    upstream = seams.replace(
        eventbridge.__name__, "_put_events", put, like="(data, allow_aws_source=False)"
    )


def _with_text(entry: Data) -> Data:
    """Return an entry whose detail is text: Step Functions hands over objects."""
    detail = entry.get("Detail")
    return entry | {"Detail": json.dumps(detail)} if isinstance(detail, dict) else entry


def _problem(entry: Data) -> Problem | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", text
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
