"""Lines of a function's log, as Lambda writes them."""

from __future__ import annotations

import json
from typing import Any

from labkit.measure.platform_logs import parse

ID = "8f5f4d2e-7c5e-4a6b-9d3c-1f2e3d4c5b6a"
REPORT = (
    f"REPORT RequestId: {ID}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 36 MB\t"
)


def events(*messages: str, stream: str = "s", first_ms: int = 1_700_000_000_000) -> list[Any]:
    return [
        {"message": message, "timestamp": first_ms + i, "logStreamName": stream}
        for i, message in enumerate(messages)
    ]


def only(message: str) -> Any:
    log = parse([{"message": message}])
    assert not log.unread
    assert not log.output
    (record,) = log.records
    return record


def json_line(kind: str, record: Any) -> str:
    time = "2024-05-20T16:29:44.833Z"
    return json.dumps({"time": time, "type": kind, "record": record}, separators=(",", ":"))
