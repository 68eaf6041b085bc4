"""Topics and rules call functions asynchronously: with retries, destinations and dead letters.

MiniStack calls them once and synchronously, and drops what fails. What stands here is for the
folders of the callers, and takes no seam.
Source: Lambda Developer Guide, "Invoking a Lambda function asynchronously".
"""

from __future__ import annotations

import uuid
from contextvars import copy_context
from typing import Any

from labkit.sandbox.services.lambda_ import api_request
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.lambda_ import lambda_svc


def call(function: str, event: Any) -> None:
    """Call a function by its ARN asynchronously, in its own account, as a request of its own."""
    copy_context().run(_call, function, event)


def _call(function: str, event: Any) -> None:
    _, _, _, region, account, *_ = function.split(":")
    with responses.request_scope(account, region):
        func, config, _ = lambda_svc._get_func_record_for_ref(function)
        if func is not None and config is not None:
            api_request.current.set(api_request.ApiRequest(str(uuid.uuid4())))
            lambda_svc.invoke_async_with_retry(
                lambda_svc._execution_record_for_config(func, config), event
            )
