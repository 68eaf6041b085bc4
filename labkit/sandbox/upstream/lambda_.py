"""MiniStack's Lambda."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

lambda_svc = UpstreamModule(
    "ministack.services.lambda_svc",
    {
        "_ACCOUNT_CONCURRENCY_CAP": "int",
        "_LAMBDA_STATE_TRANSITION_DELAY": "float",
        "_apply_filter_criteria": "(records, esm)",
        "_create_alias": "(func_name, data)",
        "_create_esm": "(data)",
        "_delete_esm": "(esm_id)",
        "_delete_provisioned_concurrency": "(func_name, qualifier)",
        "_effective_func_record_for_qualifier": "(func, qualifier)",
        "_emit_lambda_metrics": "(function_name, duration_ms, error, throttle)",
        "_esm_response": "(esm)",
        "_esms": "AccountRegionScopedDict",
        "_execute_function": "(func, event)",
        "_execution_record_for_config": "(func, config)",
        "_fetch_code_from_s3": "(bucket, key, version_id=None)",
        "_func_arn": "(name)",
        "_function_qualifier_exists": "(func, qualifier)",
        "_function_url_cors_headers": "(cfg, request_headers)",
        "_function_url_is_signed": "(headers, query_params)",
        "_layer_content_url": "(layer_name, version)",
        "_presigned_code_url": "(func_name)",
        "_function_urls": "AccountRegionScopedDict",
        "_vpc_config_with_id": "(request_config)",
        "_functions": "AccountRegionScopedDict",
        "_get_esm": "(esm_id)",
        "_get_func_record_for_qualifier": "(name, qualifier)",
        "_get_func_record_for_ref": "(function_ref)",
        "_get_func_record_for_ref_in_scope": "(function_ref, *, account_id=None, region=None)",
        "_get_provisioned_concurrency": "(func_name, qualifier)",
        "_inbound_invoke_depth": "(headers)",
        "_invoke_depth": "ContextVar",
        "_iter_all_esms": "()",
        "_layers": "AccountRegionScopedDict",
        "_list_esms": "(query_params)",
        "_poll_sqs": "()",
        "_put_provisioned_concurrency": "(func_name, qualifier, data)",
        "_resolve_existing_esm_function": "(function_ref)",
        "_resolve_layer_zip": "(attachment)",
        "_resolve_request_scoped_name": "(name_or_arn)",
        "_schedule_state_transition": "(func_name, delay)",
        "_sqs_message_attributes_to_camel_case": "(attrs)",
        "_url_config_key": "(func_name, qualifier)",
        "_update_alias": "(func_name, alias_name, data)",
        "_update_esm": "(esm_id, data)",
        "function_policy_for_arn": "(resource_arn)",
        "handle_function_url_request": "(url_id, method, path, headers, body, query_params, "
        "resolved=None, source_ip=None)",
        "handle_request": "(method, path, headers, body, query_params)",
        "invalidate_worker": "(func_name, qualifier=None, account=None, region=None)",
        "invoke_async_with_retry": "(func, event)",
        "json_response": "(data, status=200, *, content_type='application/x-amz-json-1.0')",
        "resolve_function_url": "(url_id)",
    },
)

runtime = UpstreamModule("ministack.core.lambda_runtime", {"execution_credentials": "(config)"})
