"""SNS invokes only a function whose policy lets it; what a policy refuses is not delivered.

MiniStack asks a queue's policy by itself and a function's never, and calls a function once; the
seam is the delivery.
Source: Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.sns"
SERVICE = "sns.amazonaws.com"

INVOKE = "lambda:InvokeFunction"

DELIVER = "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)"


def install() -> None:
    """Take the delivery to functions as soon as SNS is loaded."""
    when_loaded(MODULE, _install)


def _install() -> None:
    from ministack.services import lambda_svc

    def deliver(
        endpoint: str,
        envelope: str,
        topic_arn: str,
        sub_arn: str,
        msg_id: str,
        raw_message: str,
        message_attributes: dict[str, Any],
    ) -> None:
        policy, _ = lambda_svc.function_policy_for_arn(endpoint) or (None, "")
        if not permissions.service_allowed(policy, SERVICE, INVOKE, endpoint, topic_arn):
            return
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": sub_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        asynchronous_sources.call(endpoint, {"Records": [record]})

    seams.replace(MODULE, "_deliver_to_lambda", deliver, like=DELIVER)
