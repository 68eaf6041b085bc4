"""The segment of a request to a stage, and the trace that begins there.

A stage with tracing asks the sampling rules, unless whoever calls it has decided already; one
without records what was decided to be recorded, and nothing else. In any case the request has a
header from there on.
Source: API Gateway Developer Guide, "Tracing user requests to REST APIs using X-Ray" (the segment's
form is that of its example).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.xray import header, propagation, sampling
from labkit.sandbox.services.xray.header import TraceHeader, new_id, new_trace_id
from labkit.sandbox.services.xray.traces import traces

ORIGIN = "AWS::ApiGateway::Stage"
BACKENDS = (("lambda", "Lambda", "Invoke"), ("sqs", "SQS", "SendMessage"))
"""By what an integration's URI names: what its subsegment is called, and the operation."""


@dataclass(frozen=True)
class Request:
    """A request to a stage.

    Attributes
    ----------
    api_id, api, stage
        The API's id and name, and the stage's name.
    method, path, host, user_agent, client_ip
        What was asked, and by whom.
    id
        API Gateway's id of the request.
    account, region
        Whose API it is.
    sent_header
        The value of `X-Amzn-Trace-Id` that came along; empty without one.
    is_traced
        Whether the stage has tracing on.
    began
        When the request came, in seconds since 1970.
    """

    api_id: str
    api: str
    stage: str
    method: str
    path: str
    host: str
    user_agent: str
    client_ip: str
    id: str
    account: str
    region: str
    sent_header: str
    is_traced: bool
    began: float

    @property
    def name(self) -> str:
        """The segment's name."""
        return f"{self.api}/{self.stage}"

    @property
    def arn(self) -> str:
        """The stage's ARN."""
        return f"arn:aws:apigateway:{self.region}::/restapis/{self.api_id}/stages/{self.stage}"


@dataclass(frozen=True)
class Backend:
    """What served a request.

    Attributes
    ----------
    uri
        The integration's.
    began
        When it was asked, in seconds since 1970.
    milliseconds
        How long it took.
    failed
        Whether it failed, so that API Gateway answered by itself.
    """

    uri: str
    began: float
    milliseconds: float
    failed: bool


@dataclass(frozen=True)
class StageTrace:
    """A request as its trace sees it.

    Attributes
    ----------
    request
        The request.
    carried
        What goes on to the backend: below the segment of the call to it.
    parent
        The segment that the request comes from; empty for the first of a trace.
    rule
        The sampling rule that decided; empty if somebody else did.
    """

    request: Request
    carried: TraceHeader
    parent: str
    rule: str


def begin(request: Request) -> StageTrace:
    """Begin the trace of a request, or take it on; what the request leads to belongs to it."""
    sent = header.read(request.sent_header)
    sampled, rule = sent.sampled if sent else None, ""
    if sampled is None and request.is_traced:
        sampled, rule = sampling.decide(_asked(request), request.account, request.region)
    root = sent.root if sent else new_trace_id()
    parent = sent.parent if sent else ""
    below = new_id() if sampled else parent
    carried = TraceHeader(root, below, sampled)
    propagation.carry(carried)
    return StageTrace(request, carried, parent, rule)


def end(trace: StageTrace, status: int, length: int, ended: float, backend: Backend | None) -> None:
    """Send the segment of a request that was answered, if it is recorded."""
    if trace.carried.sampled:
        request = trace.request
        traces(request.account, request.region).put(_segment(trace, status, length, ended, backend))


def _asked(request: Request) -> sampling.Asked:
    return sampling.Asked(
        request.name, ORIGIN, request.arn, request.host, request.method, request.path
    )


def _segment(
    trace: StageTrace, status: int, length: int, ended: float, backend: Backend | None
) -> dict[str, Any]:
    request = trace.request
    segment = {
        "id": new_id(),
        "name": request.name,
        "trace_id": trace.carried.root,
        "start_time": request.began,
        "end_time": ended,
        "http": _http(request, status, length),
        "aws": {
            "xray": {"sampling_rule_name": trace.rule} if trace.rule else {},
            "api_gateway": {
                "account_id": request.account,
                "rest_api_id": request.api_id,
                "stage": request.stage,
                "request_id": request.id,
            },
        },
        "annotations": {"aws:api_id": request.api_id, "aws:api_stage": request.stage},
        "metadata": {"default": {"request_id": request.id}},
        "origin": ORIGIN,
        "resource_arn": request.arn,
        **_went_wrong(status),
    }
    if trace.parent:
        segment["parent_id"] = trace.parent
    if backend is not None:
        segment["subsegments"] = [_subsegment(trace, backend)]
    return segment


def _http(request: Request, status: int, length: int) -> dict[str, Any]:
    asked = {
        "url": f"https://{request.host}/{request.stage}{request.path}",
        "method": request.method,
        "client_ip": request.client_ip,
        "user_agent": request.user_agent,
    }
    return {"request": asked, "response": {"status": status, "content_length": length}}


def _subsegment(trace: StageTrace, backend: Backend) -> dict[str, Any]:
    service, name, operation = _service(backend.uri)
    target = backend.uri.removesuffix("/invocations").rpartition("/")[2].rpartition(":")[2]
    region = trace.request.region
    found: dict[str, Any] = {
        "id": trace.carried.parent,
        "name": name,
        "start_time": backend.began,
        "end_time": backend.began + backend.milliseconds / 1000,
        **({"fault": True} if backend.failed else {}),
    }
    if not operation:
        return found | {"namespace": "remote"}
    aws = {"region": region, "operation": operation, "resource_names": [target]}
    if service == "lambda":
        aws["function_name"] = target
    else:
        account = trace.request.account
        aws["queue_url"] = f"https://sqs.{region}.amazonaws.com/{account}/{target}"
    return found | {"namespace": "aws", "aws": aws}


def _service(uri: str) -> tuple[str, str, str]:
    found = (one for one in BACKENDS if f":{one[0]}:path/" in uri)
    host = uri.partition("://")[2].partition("/")[0]
    return next(found, ("", host or "integration", ""))


def _went_wrong(status: int) -> dict[str, bool]:
    if status == 429:
        return {"error": True, "throttle": True}
    return {"fault": True} if status >= 500 else {"error": True} if status >= 400 else {}
