"""Logs Insights: StartQuery runs the whole query language, not only `fields` and `filter`.

MiniStack keeps queries and gives out their results; the seam is their start.
Source: CloudWatch Logs API Reference, "StartQuery".
"""

from __future__ import annotations

import time
from typing import Any

from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import cloudwatch_logs

from labkit.sandbox.services.logs.log_query import run
from labkit.sandbox.services.logs.log_records import fields_of
from labkit.sandbox.services.logs.log_values import MalformedQueryError
from labkit.sandbox.upstream import seams

MODULE = cloudwatch_logs.__name__


def install() -> None:
    """Take the start of a query."""
    seams.replace(MODULE, "_start_query", start_query, like="(data)")


def start_query(data: dict[str, Any]) -> Any:
    """Answer StartQuery: run the query at once and keep what it found."""
    groups = cloudwatch_logs._resolve_query_log_groups(data)
    if not groups:
        return error_response_json("InvalidParameterException", "No log group was given.", 400)
    for name in groups:
        if name not in cloudwatch_logs._log_groups:
            message = f"Log group '{name}' does not exist for account ID"
            return error_response_json("ResourceNotFoundException", message, 400)
    start, end = data.get("startTime", 0), data.get("endTime", int(time.time()))
    events = cloudwatch_logs._collect_query_records(groups, start, end)
    records = [
        fields_of(cloudwatch_logs._public_log_record(event), event["@log"]) for event in events
    ]
    try:
        rows, matched = run(data.get("queryString", ""), records)
    except MalformedQueryError as error:
        return error_response_json("MalformedQueryException", str(error), 400)
    query_id = new_uuid()
    most = data.get("limit") or len(rows)
    cloudwatch_logs._queries[query_id] = {
        "queryId": query_id,
        "logGroupName": groups[0],
        "logGroupNames": groups,
        "startTime": start,
        "endTime": end,
        "queryString": data.get("queryString", ""),
        "status": "Complete",
        "results": [
            [{"field": name, "value": value} for name, value in row] for row in rows[:most]
        ],
        "statistics": {
            "recordsMatched": float(matched),
            "recordsScanned": float(len(events)),
            "bytesScanned": float(sum(len(event["@message"].encode()) for event in events)),
        },
    }
    return json_response({"queryId": query_id})
