"""MiniStack's SQS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sqs = UpstreamModule(
    "ministack.services.sqs",
    {
        "_Err": "type",
        "_HANDLERS": "dict",
        "_QUERY_COMPAT_CODES": "dict",
        "_act_create_queue": "(data, _u)",
        "_act_delete_message": "(data, qurl)",
        "_act_delete_message_batch": "(data, qurl)",
        "_act_delete_queue": "(data, qurl)",
        "_act_purge_queue": "(data, qurl)",
        "_act_receive_message": "(data, qurl)",
        "_act_send_message": "(data, qurl)",
        "_act_send_message_batch": "(data, qurl)",
        "_act_set_queue_attributes": "(data, qurl)",
        "_build_send_sys_attrs": "(now, sys_attrs_input)",
        "_collect_fifo": "(q, max_n, vis_timeout, now)",
        "_collect_msgs": "(q, max_n, vis_timeout)",
        "_delete_messages_for_esm": "(queue_url, receipt_handles)",
        "_dispatch": "(action, data, qurl)",
        "_dlq_sweep": "(q)",
        "_expire_retained": "(q)",
        "_externalize_url": "(url)",
        "_get_q": "(url, action=None)",
        "_md5_msg_attrs": "(attrs)",
        "_normalise": "(action, params)",
        "_queue_by_arn": "(arn)",
        "_queue_url": "(name)",
        "_queue_url_for_account": "(account_id, name)",
        "_queues": "AccountRegionScopedDict",
        "_receive_messages_for_esm": "(queue_url, max_number)",
        "_refresh_counts": "(q)",
        "_request_host": "ContextVar",
        "_url_from_path": "(path)",
    },
)
