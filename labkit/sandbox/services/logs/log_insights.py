"""Logs Insights: StartQuery runs the whole query language, not only `fields` and `filter`.

MiniStack keeps queries and gives out their results.
Source: CloudWatch Logs API Reference, "StartQuery".
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import ResourceNotFound, refuse
from labkit.sandbox.languages.regular_expressions import SlowExpressionError
from labkit.sandbox.services.logs.log_query import run
from labkit.sandbox.services.logs.log_records import fields_of
from labkit.sandbox.services.logs.log_values import MalformedQueryError
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.logs import cloudwatch_logs

SELECTIONS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")
MOST_GROUPS = 50
"""Log groups of one query (CloudWatch Logs API Reference, StartQuery)."""

INVALID = "InvalidParameterException"
NO_QUERY = "The specified query does not exist: {}"


def check_that_it_is_there(query: str) -> None:
    """Refuse to stop a query that nobody has started.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is none with this id.
    """
    if query not in cloudwatch_logs._queries:
        raise ResourceNotFound(NO_QUERY.format(query), status=400)


def _check_selection(data: dict[str, Any]) -> None:
    """Refuse groups that are named in two ways, too many, and times that run backwards.

    AWS refuses them; nobody has recorded in which words.
    """
    given = [name for name in SELECTIONS if data.get(name)]
    if len(given) > 1:
        refuse(INVALID, f"Exactly one of {', '.join(SELECTIONS)} can be specified.")
    if given and given != ["logGroupName"] and len(data[given[0]]) > MOST_GROUPS:
        refuse(INVALID, f"At most {MOST_GROUPS} log groups can be queried at a time.")
    if data["startTime"] > data["endTime"]:
        refuse(INVALID, "The start time of a query cannot be after its end time.")


def start_query(data: dict[str, Any]) -> str:
    """Answer StartQuery: run the query at once and keep what it found; return its id.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a group is missing, the query cannot be read, or is in another language.
    """
    if (language := data.get("queryLanguage") or "CWLI") != "CWLI":
        refuse(
            "InvalidParameterException",
            f"The sandbox does not know the query language {language}, only CWLI.",
        )
    _check_selection(data)
    groups = cloudwatch_logs._resolve_query_log_groups(data)
    if not groups:
        refuse("InvalidParameterException", "No log group was given.")
    for name in groups:
        if name not in cloudwatch_logs._log_groups:
            account = responses.get_account_id()
            message = f"Log group '{name}' does not exist for account ID '{account}'"
            raise ResourceNotFound(message, status=400)
    start, end = data.get("startTime", 0), data.get("endTime", int(time.time()))
    events = cloudwatch_logs._collect_query_records(groups, start, end)
    account = responses.get_account_id()
    records = [
        fields_of(cloudwatch_logs._public_log_record(event), event["@log"])
        | {"@log": f"{account}:{event['@log']}"}
        for event in events
    ]
    try:
        rows, matched = run(data.get("queryString", ""), records)
    except (MalformedQueryError, SlowExpressionError) as error:
        refuse("MalformedQueryException", str(error))
    query_id = str(uuid.uuid4())
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
    return query_id
