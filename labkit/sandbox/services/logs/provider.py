"""CloudWatch Logs: filter patterns, what new events set off, and Logs Insights.

| where | what |
|---|---|
| `log_filters.py` | filter patterns, and FilterLogEvents |
| `new_events.py`, `log_subscriptions.py`, `metric_filters.py` | what new events set off |
| `rules.py` | what is refused |
| `log_batches.py` | which batches are refused, and which events are not kept |
| `log_insights.py`, `log_query.py`, `log_expressions.py`, … | the language of Logs Insights |
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.logs import (
    log_batches,
    log_filters,
    log_insights,
    log_records,
    log_subscriptions,
    metric_filters,
    new_events,
    rules,
)
from labkit.sandbox.services.provider import Output, Provider, around, instead, operation
from labkit.sandbox.upstream.logs import cloudwatch_logs


class Logs(Provider):
    """CloudWatch Logs; groups, streams and events are kept by MiniStack."""

    hooks = (
        around(cloudwatch_logs, "_build_log_record", log_records.built),
        around(cloudwatch_logs, "_put_metric_filter", metric_filters.put),
        around(cloudwatch_logs, "_put_subscription_filter", log_subscriptions.put),
        instead(cloudwatch_logs, "_compile_filter_pattern", log_filters.compile_pattern),
        instead(cloudwatch_logs, "_fanout_to_subscription_filters", new_events.pass_on),
        instead(cloudwatch_logs, "_subscription_pattern_matches", log_filters.matches),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request whose parameters keep their constraints."""
        rules.check(request)
        output = await super().answer(request)
        return rules.as_aws(request, output) if isinstance(output, Response) else output

    @operation("DescribeLogStreams")
    async def describe_log_streams(self, request: Request) -> Response:
        """List the streams of a group."""
        return await rules.named_by_identifier(request).forward()

    @operation("PutLogEvents")
    async def put_log_events(self, request: Request) -> Response:
        """Write events."""
        return await log_batches.put(request)

    @operation("TestMetricFilter")
    def test_metric_filter(self, request: Request) -> dict[str, Any]:
        """Tell which messages match a pattern."""
        return metric_filters.tested(request.parameters)

    @operation("StopQuery")
    async def stop_query(self, request: Request) -> Response:
        """Stop a query, which has ended."""
        log_insights.check_that_it_is_there(request.parameters["queryId"])
        return await request.forward()

    @operation("FilterLogEvents")
    async def filter_log_events(self, request: Request) -> Response:
        """Return a page of the events that match a pattern."""
        return await log_filters.page(request)

    @operation("StartQuery")
    def start_query(self, request: Request) -> dict[str, Any]:
        """Run a query of Logs Insights."""
        return {"queryId": log_insights.start_query(request.parameters)}


PROVIDER = Logs()
