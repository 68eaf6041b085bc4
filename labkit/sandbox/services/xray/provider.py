"""X-Ray: segments are sent, and traces are found, read and drawn as a map of services.

| where | what |
|---|---|
| `header.py`, `propagation.py` | how a trace goes from service to service |
| `sampling.py` | which requests are recorded |
| `functions.py`, `stages.py`, `messages.py` | the segments of Lambda and API Gateway; SQS |
| `documents.py`, `traces.py`, `inferred.py` | what is sent, and what becomes of it |
| `summaries.py`, `filters.py`, `service_graph.py` | what is found |

Nothing here is upstream's: MiniStack has no X-Ray.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.provider import Provider, around, operation
from labkit.sandbox.services.xray import documents, messages, sampling
from labkit.sandbox.services.xray.filters import FilterError, compile_filter
from labkit.sandbox.services.xray.header import TRACE_ID, as_xray_writes
from labkit.sandbox.services.xray.service_graph import service_graph
from labkit.sandbox.services.xray.summaries import TraceView
from labkit.sandbox.services.xray.traces import LARGEST_BYTES, Trace, traces
from labkit.sandbox.upstream.sqs import sqs

MOST_DOCUMENTS, MOST_TRACES = 50, 5
"""Of one PutTraceSegments, and of one BatchGetTraces (X-Ray API Reference, X-Ray quotas)."""

LONGEST_SECONDS = 24 * 3600
"""Of a search (X-Ray API Reference, GetTraceSummaries: the range is at most 24 hours)."""

Output = dict[str, Any]


class XRay(Provider):
    """X-Ray."""

    hooks = (around(sqs, "_build_send_sys_attrs", messages.with_trace_header),)

    def resource(self, request: Request) -> str | None:
        """Return the ARN of the sampling rule that a request is about."""
        given = request.parameters
        rule = given.get("SamplingRule") or given.get("SamplingRuleUpdate") or given
        if arn := rule.get("RuleARN") or given.get("ResourceARN"):
            return str(arn)
        name = rule.get("RuleName")
        place = {"region": request.region, "account": request.account}
        return sampling.ARN.format(**place, name=name) if name else None

    @operation("PutTraceSegments")
    def put_trace_segments(self, request: Request) -> Output:
        """Take segments; those that are none are named in the answer."""
        unprocessed = []
        for text in request.parameters["TraceSegmentDocuments"]:
            try:
                traces().put(documents.read(text))
            except documents.Unprocessed as refused:
                unprocessed.append(refused.answer())
        return {"UnprocessedTraceSegments": unprocessed}

    @operation("PutTelemetryRecords")
    def put_telemetry_records(self, request: Request) -> Output:
        """Take what a daemon says of itself."""
        return {}

    @operation("BatchGetTraces")
    def batch_get_traces(self, request: Request) -> Output:
        """Return traces whole."""
        wanted = [as_xray_writes(one) for one in request.parameters["TraceIds"]]
        if len(wanted) > MOST_TRACES:
            raise _invalid(f"The maximum number of trace IDs is {MOST_TRACES}")
        for one in wanted:
            if not TRACE_ID.fullmatch(one):
                raise _invalid(f"Invalid trace ID: {one}")
        found = [trace for trace in map(traces().get, dict.fromkeys(wanted)) if trace]
        return {"Traces": [_whole(trace) for trace in found], "UnprocessedTraceIds": []}

    @operation("GetTraceSummaries")
    def get_trace_summaries(self, request: Request) -> Output:
        """Search the traces of a period."""
        views = list(_within(request))
        if expression := request.parameters.get("FilterExpression"):
            try:
                fits = compile_filter(expression)
            except FilterError as error:
                raise _invalid(str(error)) from error
            found = [view for view in views if fits(view)]
        else:
            found = views
        return {
            "TraceSummaries": [view.summary() for view in found],
            "ApproximateTime": dt.datetime.now(dt.UTC).timestamp(),
            "TracesProcessedCount": len(views),
        }

    @operation("GetServiceGraph")
    def get_service_graph(self, request: Request) -> Output:
        """Return the map of services of a period."""
        start, end = _period(request)
        services = service_graph(_within(request), request.account)
        return {
            "StartTime": start, "EndTime": end, "Services": services,
            "ContainsOldGroupVersions": False,
        }  # fmt: skip

    @operation("GetTraceGraph")
    def get_trace_graph(self, request: Request) -> Output:
        """Return the map of services of some traces."""
        found = [traces().get(as_xray_writes(one)) for one in request.parameters["TraceIds"]]
        views = [TraceView(trace) for trace in found if trace]
        return {"Services": service_graph(views, request.account)}

    @operation("GetTraceSegmentDestination")
    def get_trace_segment_destination(self, request: Request) -> Output:
        """Say where segments go: Transaction Search is off."""
        return {"Destination": "XRay", "Status": "ACTIVE"}

    @operation("GetSamplingRules")
    def get_sampling_rules(self, request: Request) -> Output:
        """List the rules."""
        return {"SamplingRuleRecords": [one.record() for one in sampling.rules().values()]}

    @operation("CreateSamplingRule")
    def create_sampling_rule(self, request: Request) -> Output:
        """Make a rule."""
        given = request.parameters
        made = sampling.create(given["SamplingRule"], given.get("Tags") or [])
        return {"SamplingRuleRecord": made.record()}

    @operation("UpdateSamplingRule")
    def update_sampling_rule(self, request: Request) -> Output:
        """Change a rule."""
        changed = sampling.update(request.parameters["SamplingRuleUpdate"])
        return {"SamplingRuleRecord": changed.record()}

    @operation("DeleteSamplingRule")
    def delete_sampling_rule(self, request: Request) -> Output:
        """Delete a rule."""
        return {"SamplingRuleRecord": sampling.delete(request.parameters).record()}

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Request) -> Output:
        """List the tags of a rule."""
        tags = sampling.tagged(request.parameters["ResourceARN"]).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    @operation("TagResource")
    def tag_resource(self, request: Request) -> Output:
        """Give a rule tags."""
        given = {tag["Key"]: tag["Value"] for tag in request.parameters["Tags"]}
        sampling.tagged(request.parameters["ResourceARN"]).tags.update(given)
        return {}

    @operation("UntagResource")
    def untag_resource(self, request: Request) -> Output:
        """Take tags off a rule."""
        tags = sampling.tagged(request.parameters["ResourceARN"]).tags
        for key in request.parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    @operation("GetSamplingStatisticSummaries")
    def get_sampling_statistic_summaries(self, request: Request) -> Output:
        """Say what the rules have decided."""
        return {"SamplingStatisticSummaries": sampling.statistics()}


def _whole(trace: Trace) -> Output:
    view = TraceView(trace)
    segments = [node.document for node in view.nodes()]
    written = [{"Id": one["id"], "Document": json.dumps(one)} for one in segments]
    exceeded = sum(len(one["Document"]) for one in written) > LARGEST_BYTES
    return {
        "Id": trace.id,
        "Duration": round(view.seconds, 3),
        "LimitExceeded": exceeded,
        "Segments": written,
    }


def _within(request: Request) -> Iterator[TraceView]:
    """Yield the traces that began in the period of a search, the oldest first.

    A search finds a trace by the time in its id, unless it asks otherwise; a trace that is told by
    its id not to be meant is not put together.
    """
    start, end = _period(request)
    found = traces().all()
    if request.parameters.get("TimeRangeType", "TraceId") == "TraceId":
        views = [TraceView(one) for one in found if start <= _time_in_id(one) < end]
    else:
        views = [view for view in map(TraceView, found) if start <= view.begin < end]
    yield from sorted(views, key=lambda view: view.begin)


def _time_in_id(trace: Trace) -> float:
    return float(int(trace.id.split("-")[1], 16))


def _period(request: Request) -> tuple[float, float]:
    given = request.parameters
    start, end = (_seconds(given[name]) for name in ("StartTime", "EndTime"))
    if end <= start:
        raise _invalid("The start time must be before the end time")
    if end - start > LONGEST_SECONDS:
        raise _invalid("Time range cannot be longer than 24 hours")
    return start, end


def _seconds(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    return dt.datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()


def _invalid(message: str) -> AwsError:
    return AwsError(message, "InvalidRequestException")


PROVIDER = XRay()
