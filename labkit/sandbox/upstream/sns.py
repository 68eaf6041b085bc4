"""MiniStack's SNS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sns = UpstreamModule(
    "ministack.services.sns",
    {
        "SnsPublishError": "type",
        "_fanout": "(topic_arn, msg_id, message, subject, message_structure='', "
        "message_attributes=None, message_group_id='', message_dedup_id='')",
        "_platform_endpoints": "AccountRegionScopedDict",
        "_sub_arn_to_topic": "AccountRegionScopedDict",
        "_topic_by_arn_any_scope": "(topic_arn)",
        "_topics": "AccountRegionScopedDict",
        "publish_internal": "(topic_arn, message, subject='', *, message_structure='', "
        "message_attributes=None, message_group_id='', message_deduplication_id='')",
        "topic_policy_allows": "(topic_arn, service, source_arn, source_account)",
    },
)
