"""S3: whom a bucket's notifications reach, and what storage classes allow."""

from __future__ import annotations

from labkit.sandbox.services.provider import Provider, around, instead
from labkit.sandbox.services.s3 import notifications, storage
from labkit.sandbox.upstream.s3 import s3
from labkit.sandbox.upstream.sns import sns


class S3(Provider):
    """S3."""

    hooks = (
        around(s3, "_copy_object", storage.copy),
        around(s3, "_deliver_event_to_lambda", notifications.call_function),
        around(s3, "_lifecycle_rules_error", storage.check_rules),
        around(s3, "_restore_object", storage.restore),
        around(s3, "_validate_notification_configs", notifications.check),
        around(s3, "handle_request", storage.handle),
        instead(sns, "topic_policy_allows", notifications.topic_allows),
    )


PROVIDER = S3()
