"""MiniStack's Lambda."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

lambda_svc = UpstreamModule(
    "ministack.services.lambda_svc",
    {
        "_LAMBDA_STATE_TRANSITION_DELAY": "float",
        "_esms": "AccountRegionScopedDict",
        "_fetch_code_from_s3": "(bucket, key, version_id=None)",
        "_layer_content_url": "(layer_name, version)",
        "_presigned_code_url": "(func_name)",
        "_functions": "AccountRegionScopedDict",
        "_get_func_record_for_ref_in_scope": "(function_ref, *, account_id=None, region=None)",
        "_schedule_state_transition": "(func_name, delay)",
        "resolve_function_url": "(url_id)",
        "function_policy_for_arn": "(resource_arn)",
    },
)
