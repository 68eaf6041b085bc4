"""Topics and rules call functions asynchronously: with retries, destinations and dead letters.

MiniStack calls them once and synchronously, and drops what fails. What stands here is for the rooms
of the callers, and takes no seam.
Source: Lambda Developer Guide, "Invoking a Lambda function asynchronously".
"""

from __future__ import annotations

import uuid
from contextvars import copy_context
from typing import Any

from labkit.sandbox.services.lambda_ import api_request
from labkit.sandbox.upstream import seams

SERVICE = "ministack.services.lambda_svc"

_scope = seams.use("ministack.core.responses", "request_scope", like="(account_id, region)")
_find = seams.use(SERVICE, "_get_func_record_for_ref", like="(function_ref)")
_record_of = seams.use(SERVICE, "_execution_record_for_config", like="(func, config)")


def call(function: str, event: Any) -> None:
    """Call a function by its ARN asynchronously, in its own account, as a request of its own."""
    copy_context().run(_call, function, event)


def _call(function: str, event: Any) -> None:
    from ministack.services import lambda_svc

    _, _, _, region, account, *_ = function.split(":")
    with _scope(account, region):
        func, config, _ = _find(function)
        if func is not None and config is not None:
            api_request.current.set(api_request.ApiRequest(str(uuid.uuid4())))
            lambda_svc.invoke_async_with_retry(_record_of(func, config), event)
