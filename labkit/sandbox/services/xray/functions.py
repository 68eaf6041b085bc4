"""The segments of a function's calls: Lambda's own, and below it the function's.

Lambda sends them with the rights of the function's role, and only for a function whose tracing is
`Active`; one that passes through hands the header on and sends nothing, whatever the header says.
INIT is a subsegment of the function's segment, and begins before it.
Source: Lambda Developer Guide, "Visualize Lambda function invocations using AWS X-Ray" (the form
without `Invocation`). Of the four times that AWS annotates, the first alone is measured here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.services.xray import messages, propagation, sampling
from labkit.sandbox.services.xray.header import TraceHeader, new_id, new_trace_id
from labkit.sandbox.services.xray.traces import MOST_LINKS_OF_A_SEGMENT, link, traces

ACTION = "xray:PutTraceSegments"

MISSING_RIGHT = (
    "The provided execution role does not have permissions to call PutTraceSegments on XRAY"
)
"""What CreateFunction and UpdateFunctionConfiguration answer."""


@dataclass(frozen=True)
class FunctionTrace:
    """A call as its trace sees it.

    Attributes
    ----------
    header
        What the function is told.
    parent
        The segment that the call comes from; empty for the first of a trace.
    service_id
        The id of Lambda's own segment; the function's is in `header`.
    links
        The traces of the messages that the call is for.
    began
        When Lambda took the call, in seconds since 1970.
    """

    header: TraceHeader
    parent: str
    service_id: str
    links: tuple[TraceHeader, ...]
    began: float = field(default_factory=time.time)

    @property
    def is_recorded(self) -> bool:
        """Whether segments are sent."""
        return bool(self.service_id)


@dataclass(frozen=True)
class Work:
    """What became of a call.

    Attributes
    ----------
    request_id
        The request.
    began
        When the function got the event, in seconds since 1970.
    duration, init
        Milliseconds; `init` is None but for the first call of an environment.
    error
        What the function failed with: its type, message and stack trace.
    """

    request_id: str
    began: float
    duration: float
    init: float | None
    error: dict[str, Any] | None


def begin(version: FunctionVersion) -> FunctionTrace:
    """Return the trace of a call that begins now."""
    arriving, links = propagation.arriving(), messages.linked()
    root, parent = (arriving.root, arriving.parent) if arriving else (new_trace_id(), "")
    if not version.is_traced:
        sampled = bool(arriving and arriving.sampled)
        return FunctionTrace(TraceHeader(root, parent or new_id(), sampled), parent, "", ())
    sampled = _is_sampled(arriving, links, version)
    service_id = new_id() if sampled else ""
    return FunctionTrace(TraceHeader(root, new_id(), sampled), parent, service_id, links)


def end(version: FunctionVersion, trace: FunctionTrace, work: Work) -> None:
    """Send the segments of a call that has ended, if the role of its function may."""
    if trace.is_recorded and _may(version):
        store = traces(version.account, version.region)
        store.put(_of_lambda(version, trace, work.request_id, 200))
        store.put(_of_function(version, trace, work))


def throttled(version: FunctionVersion, trace: FunctionTrace, request_id: str) -> None:
    """Send the segment of a call that was throttled."""
    if trace.is_recorded and _may(version):
        segment = _of_lambda(version, trace, request_id, 429) | {"error": True, "throttle": True}
        traces(version.account, version.region).put(segment)


def lacks_right(settings: dict[str, Any], role: str) -> bool:
    """Tell whether a function's settings ask for traces that its role may not send."""
    mode = (settings.get("TracingConfig") or {}).get("Mode")
    return mode == "Active" and not permissions.role_allows(role, ACTION, "*")


def _is_sampled(
    arriving: TraceHeader | None, links: tuple[TraceHeader, ...], version: FunctionVersion
) -> bool:
    if arriving is not None and arriving.sampled is not None:
        return arriving.sampled
    return bool(links) or sampling.decide_for_function(version.config["FunctionArn"])


def _may(version: FunctionVersion) -> bool:
    return permissions.role_allows(version.config.get("Role", ""), ACTION, "*", version.name)


def _of_lambda(
    version: FunctionVersion, trace: FunctionTrace, request_id: str, status: int
) -> dict[str, Any]:
    segment = {
        "id": trace.service_id,
        "name": version.name,
        "trace_id": trace.header.root,
        "start_time": trace.began,
        "end_time": time.time(),
        "http": {"response": {"status": status}},
        "aws": {"request_id": request_id},
        "origin": "AWS::Lambda",
        "resource_arn": _arn(version),
    }
    if trace.parent:
        segment["parent_id"] = trace.parent
    if trace.links:
        linked = trace.links[:MOST_LINKS_OF_A_SEGMENT]
        segment["links"] = [link(one.root, one.parent, "parent") for one in linked]
    return segment


def _of_function(version: FunctionVersion, trace: FunctionTrace, work: Work) -> dict[str, Any]:
    arn = _arn(version)
    segment = {
        "id": trace.header.parent,
        "name": version.name,
        "trace_id": trace.header.root,
        "parent_id": trace.service_id,
        "start_time": work.began,
        "end_time": work.began + work.duration / 1000,
        "aws": {
            "account_id": version.account,
            "function_arn": arn,
            "request_id": work.request_id,
            "resource_names": [version.name],
        },
        "annotations": {"aws.responseLatency": round(work.duration, 3)},
        "origin": "AWS::Lambda::Function",
        "resource_arn": arn,
    }
    if work.init is not None:
        segment["subsegments"] = [_init(work, arn)]
    if work.error is not None:
        segment |= {"fault": True, "cause": _cause(work.error)}
    return segment


def _init(work: Work, arn: str) -> dict[str, Any]:
    began = work.began - (work.init or 0.0) / 1000
    return {
        "id": new_id(),
        "name": "Init",
        "start_time": began,
        "end_time": work.began,
        "aws": {"function_arn": arn},
    }


def _cause(error: dict[str, Any]) -> dict[str, Any]:
    exception = {
        "id": new_id(),
        "type": str(error.get("errorType", "")),
        "message": str(error.get("errorMessage", "")),
    }
    return {"working_directory": "/var/task", "exceptions": [exception]}


def _arn(version: FunctionVersion) -> str:
    return str(version.config["FunctionArn"])
