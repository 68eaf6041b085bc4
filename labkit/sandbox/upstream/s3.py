"""MiniStack's S3."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

s3 = UpstreamModule(
    "ministack.services.s3",
    {
        "_ARCHIVE_STORAGE_CLASSES": "frozenset",
        "_bucket_has_versions": "(name)",
        "_bucket_lifecycle": "AccountScopedDict",
        "_bucket_tags": "AccountScopedDict",
        "_buckets": "AccountScopedDict",
        "_multipart_uploads": "AccountScopedDict",
        "_object_tags": "AccountScopedDict",
        "_copy_object": "(bucket_name, dest_key, headers)",
        "_deliver_event_to_lambda": "(arn, event_payload, bucket_region)",
        "_lifecycle_rules_error": "(rules)",
        "_parse_bucket_key": "(path, headers)",
        "_restore_object": "(bucket_name, key, body)",
        "_sync_restore": "(bucket_name, key, obj)",
        "_validate_notification_configs": "(configs, bucket_region, bucket_name='', "
        "skip_destination_validation=False)",
        "_verify_presigned_sigv4": "(method, path, headers, query_params)",
        "handle_request": "(method, path, headers, body, query_params, signed_path=None, "
        "enforce_bucket_region=True, internal=False, access_point_region=None, access_point=None)",
    },
)
