"""MiniStack's application: its ways of taking a request apart, and its table of services."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

app = UpstreamModule(
    "ministack.app",
    {
        "SERVICE_HANDLERS": "dict",
        "_request_account_scope": "(access_key_id)",
        "_dispatch_service_request": "(method, path, headers, body, query_params, request_id)",
        "_enforce_data_plane": "(service, iam_action, headers, query_params, request_id, "
        "resource_arn='*', service_context=None, auth_error_response=None, named_resource='')",
        "_maybe_record_cloudtrail": "(service, method, path, headers, body, query_params, "
        "request_id, region)",
        "_MAIN_LOOP": "nothing",
        "_RDS_DATA_PATHS": "tuple",
        "_get_module": "(name)",
        "_handle_lambda_download_request": "(path, method)",
        "_handle_options_request": "(method, path, headers, query_params, request_id)",
        "_handle_post_body_shortcuts": "(method, path, headers, body, query_params, request_id)",
        "_handle_pre_body_request": "(method, path, headers, query_params, request_id)",
        "_parse_execute_api_url": "(host, path)",
        "_parse_lambda_url": "(host, path)",
        "_s3_cors_target": "(host, path, path_style=True)",
        "_routing_params": "(method, path, headers, body, query_params)",
        "_send_if_handled": "(send, response, receive=None, *, head=False)",
        "app": "(scope, receive, send)",
        "call_service_handler_sync": "(handler, method, path, headers, body, query_params, "
        "timeout=None)",
    },
)

arn = UpstreamModule("ministack.core.arn", {"parse_arn": "(value)"})

responses = UpstreamModule(
    "ministack.core.responses",
    {
        "AccountRegionScopedDict": "type",
        "AccountScopedDict": "type",
        "error_response_json": "(code, message, status=400, extra=None, *, "
        "message_key='message', content_type='application/x-amz-json-1.0')",
        "fix_error_content_type": "(service, status, headers)",
        "fix_success_content_type": "(service, status, headers)",
        "get_account_id": "()",
        "get_region": "()",
        "json_response": "(data, status=200, *, content_type='application/x-amz-json-1.0')",
        "set_request_account_id": "(access_key_id)",
        "set_request_client_ip": "(address)",
        "set_request_region": "(region)",
        "request_scope": "(account_id, region)",
    },
)

router = UpstreamModule(
    "ministack.core.router",
    {
        "_is_aws_service_name": "(scope_name)",
        "detect_service": "(method, path, headers, query_params)",
        "extract_access_key_id": "(headers, query_params=None)",
        "extract_region": "(headers, query_params=None)",
    },
)

concurrency = UpstreamModule(
    "ministack.core.concurrency",
    {
        "esm_wake": "Event",
        "spawn_background": "(fn, *args, thread_name='ministack-background', **kwargs)",
    },
)
