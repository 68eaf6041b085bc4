"""MiniStack's SNS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sns = UpstreamModule(
    "ministack.services.sns",
    {
        "_deliver_to_lambda": "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, "
        "message_attributes)",
        "_deliver_to_sqs": "(endpoint, envelope, raw, raw_message, message_group_id='', "
        "message_dedup_id='', message_attributes=None, topic_arn='')",
        "_matches_filter_policy": "(sub, message_attributes, message='')",
        "_topic_by_arn_any_scope": "(topic_arn)",
        "_topics": "AccountRegionScopedDict",
        "topic_policy_allows": "(topic_arn, service, source_arn, source_account)",
    },
)
