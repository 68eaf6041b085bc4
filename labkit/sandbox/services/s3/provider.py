"""S3: whom a bucket's notifications reach, and what storage classes allow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import refusals
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response, current
from labkit.sandbox.services.provider import Provider, around, instead
from labkit.sandbox.services.s3 import notifications, storage
from labkit.sandbox.upstream.s3 import s3
from labkit.sandbox.upstream.sns import sns


async def answer(
    upstream: Callable[..., Awaitable[Response]], method: str, path: str, *more: Any, **named: Any
) -> Response:
    """Answer a request; MiniStack's application, which asks, knows no `AwsError`."""
    try:
        return Response(*await storage.handle(upstream, method, path, *more, **named))
    except AwsError as error:
        serving = current.get()
        number = serving.id if serving is not None and serving.service == "s3" else ""
        request = Request(method, path, {}, id=number)
        return refusals.written(request, "s3", error)


class S3(Provider):
    """S3."""

    hooks = (
        around(s3, "_copy_object", storage.copy),
        around(s3, "_deliver_event_to_lambda", notifications.call_function),
        around(s3, "_lifecycle_rules_error", storage.check_rules),
        around(s3, "_restore_object", storage.restore),
        around(s3, "_validate_notification_configs", notifications.check),
        around(s3, "handle_request", answer),
        instead(sns, "topic_policy_allows", notifications.topic_allows),
    )


PROVIDER = S3()
