"""MiniStack's SQS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sqs = UpstreamModule(
    "ministack.services.sqs",
    {
        "_Err": "type",
        "_HANDLERS": "dict",
        "_QUERY_COMPAT_CODES": "dict",
        "_build_send_sys_attrs": "(now, sys_attrs_input)",
        "_delete_messages_for_esm": "(queue_url, receipt_handles)",
        "_dispatch": "(action, data, qurl)",
        "_normalise": "(action, params)",
        "_queue_by_arn": "(arn)",
        "_queue_url": "(name)",
        "_queue_url_for_account": "(account_id, name)",
        "_receive_messages_for_esm": "(queue_url, max_number)",
    },
)
