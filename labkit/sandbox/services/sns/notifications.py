"""SNS invokes only a function whose policy lets it; what a policy refuses is not delivered.

MiniStack asks a queue's policy by itself and a function's never; the seam is the delivery.
Source: Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.on_first_request import on_first_request

SERVICE = "sns.amazonaws.com"

INVOKE = "lambda:InvokeFunction"

DELIVER = "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)"


def install() -> None:
    """Take the delivery to functions when SNS is first asked."""
    on_first_request("sns", _install)


def _install() -> None:
    from ministack.services import lambda_svc

    def deliver(function_arn: str, envelope: str, topic_arn: str, *more: Any) -> None:
        policy, _ = lambda_svc.function_policy_for_arn(function_arn) or (None, "")
        if permissions.service_allowed(policy, SERVICE, INVOKE, function_arn, topic_arn):
            upstream(function_arn, envelope, topic_arn, *more)

    upstream = seams.replace("ministack.services.sns", "_deliver_to_lambda", deliver, like=DELIVER)
