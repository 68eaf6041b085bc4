"""Topics and rules call functions asynchronously: with retries, destinations and dead letters.

MiniStack calls them once and synchronously, and drops what fails. The seams are the two deliveries.
Source: Lambda Developer Guide, "Invoking a Lambda function asynchronously".
"""

from __future__ import annotations

import json
import uuid
from contextvars import copy_context
from typing import Any

from labkit.sandbox.services.lambda_ import api_request
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.on_first_request import on_first_request

SERVICE = "ministack.services.lambda_svc"

DELIVER = "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)"

_scope = seams.use("ministack.core.responses", "request_scope", like="(account_id, region)")
_find = seams.use(SERVICE, "_get_func_record_for_ref", like="(function_ref)")
_record_of = seams.use(SERVICE, "_execution_record_for_config", like="(func, config)")


def install() -> None:
    """Take the deliveries to functions: a topic's now, as others check it, a rule's when asked."""
    _take_topics()
    on_first_request("events", _take_rules)


def _take_topics() -> None:
    def deliver(
        endpoint: str,
        envelope: str,
        topic_arn: str,
        sub_arn: str,
        msg_id: str,
        raw_message: str,
        message_attributes: dict[str, Any],
    ) -> None:
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": sub_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        copy_context().run(_call, endpoint, {"Records": [record]})

    seams.replace("ministack.services.sns", "_deliver_to_lambda", deliver, like=DELIVER)


def _take_rules() -> None:
    def dispatch(function: str, payload: str) -> None:
        try:
            event = json.loads(payload)
        except ValueError:
            event = payload
        copy_context().run(_call, function, event)

    seams.replace(
        "ministack.services.eventbridge", "_dispatch_to_lambda", dispatch, like="(arn, payload)"
    )


def _call(function: str, event: Any) -> None:
    """Call a function by its ARN, in its own account, as a request of its own."""
    from ministack.services import lambda_svc

    _, _, _, region, account, *_ = function.split(":")
    with _scope(account, region):
        func, config, _ = _find(function)
        if func is not None and config is not None:
            api_request.current.set(api_request.ApiRequest(str(uuid.uuid4())))
            lambda_svc.invoke_async_with_retry(_record_of(func, config), event)
