"""A bucket tells a queue, a topic or a function of its objects only if that lets S3.

A configuration with a destination that does not is refused, and what stops letting S3 later gets
nothing. MiniStack asks no function, and takes a topic's default policy for one that lets S3: its
condition, `aws:SourceOwner`, is one that S3 does not meet. The seams are the check of a
configuration, the check of a topic, and the call of a function.
Source: S3 User Guide, "Granting permissions to publish event notification messages to a
destination"; SNS Developer Guide, "aws:SourceAccount versus aws:SourceOwner".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.s3"

Configuration = dict[str, Any]


def install() -> None:
    """Take S3's seams as soon as it is loaded, and the check of a topic."""
    when_loaded(MODULE, _install)
    when_loaded("ministack.services.sns", _ask_topics)


def _install() -> None:
    _check_configurations()
    _call_functions()


def _check_configurations() -> None:
    from ministack.services import s3

    def check(
        configurations: list[Configuration],
        region: str,
        bucket: str = "",
        skip_destination_validation: bool = False,
    ) -> Any:
        if refused := upstream(configurations, region, bucket, skip_destination_validation):
            return refused
        functions = [one["arn"] for one in configurations if one["type"] == "lambda"]
        closed = [arn for arn in functions if not _may_invoke(arn, bucket)]
        if skip_destination_validation or not closed:
            return None
        text = "Unable to validate the following destination configurations: "
        return s3._invalid_notification_config(text + ", ".join(closed))

    upstream = seams.replace(
        MODULE,
        "_validate_notification_configs",
        check,
        like="(configs, bucket_region, bucket_name='', skip_destination_validation=False)",
    )


def _call_functions() -> None:
    def deliver(function: str, event: dict[str, Any], region: str) -> None:
        if _may_invoke(function, event["Records"][0]["s3"]["bucket"]["name"]):
            upstream(function, event, region)

    upstream = seams.replace(
        MODULE, "_deliver_event_to_lambda", deliver, like="(arn, event_payload, bucket_region)"
    )


def _may_invoke(function: str, bucket: str) -> bool:
    from ministack.core.responses import get_account_id

    source = f"arn:aws:s3:::{bucket}"
    return permissions.resource_allows(
        permissions.S3, permissions.INVOKE, function, source, SourceAccount=get_account_id()
    )


def _ask_topics() -> None:
    def allows(topic: str, service: str, source: str, account: str) -> bool:
        return permissions.resource_allows(
            service, "sns:Publish", topic, source, SourceAccount=account
        )

    seams.replace(
        "ministack.services.sns",
        "topic_policy_allows",
        allows,
        like="(topic_arn, service, source_arn, source_account)",
    )
