"""MiniStack's API Gateway: REST APIs (v1), and HTTP and WebSocket APIs (v2)."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

apigateway = UpstreamModule(
    "ministack.services.apigateway",
    {
        "_apis": "AccountRegionScopedDict",
        "_extract_lambda_ref_from_integration_uri": "(uri)",
        "_integrations": "AccountRegionScopedDict",
        "_invoke_lambda_proxy": "(integration, api_id, stage, path, method, headers, body, "
        "query_params, route_key='$default', path_params=None, *, "
        "authorizer_claims=None, authorizer_scopes=None, "
        "authorizer_lambda_context=None, authorizer_iam=None, "
        "owner_account_id=None, owner_region=None, raw_query_string=None)",
        "_invoke_request_authorizer_lambda": "(authorizer, event, account_id, region)",
        "find_api_scope": "(api_id)",
        "_invoke_ws_lambda": "(api_id, account_id, region, route, stage, connection_id, "
        "event_type, "
        "message_id, body_text, source_ip, headers, query_params=None, "
        "**kwargs)",
    },
)

apigateway_v1 = UpstreamModule(
    "ministack.services.apigateway_v1",
    {
        "_anonymous_policy_error": "(api_id, stage_name, method, path, account_id, region)",
        "_check_api_key": "(method_obj, api_id, stage_name, headers)",
        "_deny_error": "(explicit)",
        "_resolve_api_key": "(value)",
        "_usage_plans_for_key": "(key_id, api_id, stage_name)",
        "rest_api_policy_for_arn": "(resource_arn)",
        "_deployments_v1": "AccountRegionScopedDict",
        "_documentation_parts": "AccountRegionScopedDict",
        "_gateway_responses": "AccountRegionScopedDict",
        "_usage_plan_keys": "AccountRegionScopedDict",
        "_now_unix": "()",
        "_method_setting_field_from_patch": "(rel_tokens)",
        "_parse_stage_method_setting_value": "(field, value_str)",
        "_default_method_setting_entry": "()",
        "_regex_search": "(pattern, text)",
        "_gateway_response_family": "(response_type)",
        "_gateway_response_for_type": "(customized, response_type)",
        "_compute_path": "(api_id, resource_id)",
        "_get_stage": "(api_id, stage_name)",
        "_get_resource": "(api_id, resource_id)",
        "_get_model": "(api_id, model_name)",
        "_get_api_key": "(key_id)",
        "_get_usage_plan": "(plan_id)",
        "_v1_response": "(data, status=200)",
        "_v1_paginated_response": "(items_list, query_params)",
        "_GatewayError": "type",
        "_api_keys": "AccountRegionScopedDict",
        "_authorizers_v1": "AccountRegionScopedDict",
        "_build_lambda_event_v1": "(api_id, stage_name, stage, resource, request_path, method, "
        "headers, "
        "body, query_params, path_params, *, binary_media_types=None, "
        "authorizer_context=None, caller_identity=None)",
        "_call_lambda_raw": "(function_ref, event, *, account_id=None, region=None)",
        "_check_passthrough_behavior": "(integration, headers)",
        "_check_request_validation": "(method_obj, api_id, request, headers, body, query_params)",
        "_create_deployment": "(api_id, data)",
        "_create_rest_api": "(data)",
        "_delete_deployment": "(api_id, deployment_id)",
        "_delete_rest_api": "(api_id)",
        "_deployed_gateway_responses": "AccountRegionScopedDict",
        "_execute_in_scope": "(request, api_id, stage_name, method, path, headers, body, "
        "query_params, owner_account_id, owner_region)",
        "_extract_lambda_ref_from_integration_uri": "(uri)",
        "_get_rest_api": "(api_id)",
        "_gateway_error_response": "(error, request)",
        "_gw_error": "(response_type, message)",
        "_header_ci": "(headers, name)",
        "_import_operation": "(api_id, resource_id, http_method, operation, scheme_map=None, "
        "default_security=None)",
        "_import_path_item": "(api_id, path, path_item, scheme_map=None, default_security=None)",
        "_import_rest_api": "(spec, base_data=None)",
        "_import_security_schemes": "(api_id, spec)",
        "_invoke_authorizer_lambda": "(authorizer, event, account_id, region)",
        "_invoke_http_proxy_v1": "(integration, path, method, headers, body, query_params, "
        "path_params=None)",
        "_invoke_lambda_custom_v1": "(integration, api_id, stage_name, stage, resource, "
        "request_path, "
        "method, headers, body, query_params, path_params, *, "
        "owner_account_id=None, owner_region=None, binary_media_types=None, "
        "authorizer_context=None, caller_identity=None)",
        "_invoke_lambda_proxy_v1": "(integration, api_id, stage_name, stage, resource, "
        "request_path, "
        "method, headers, body, query_params, path_params, *, "
        "owner_account_id=None, owner_region=None, binary_media_types=None, "
        "authorizer_context=None, caller_identity=None)",
        "_invoke_mock_v1": "(integration)",
        "_invoke_sqs_v1": "(integration, api_id, stage_name, stage, resource, request_path, "
        "method, headers, body, query_params, path_params, *, "
        "owner_account_id=None, owner_region=None, binary_media_types=None, "
        "authorizer_context=None, caller_identity=None)",
        "_match_resource_tree": "(api_id, segments)",
        "_media_type_matches": "(media_type, binary_media_types)",
        "_method_security": "(security, scheme_map)",
        "_models": "AccountRegionScopedDict",
        "_parse_service_integration_uri": "(uri)",
        "_put_integration": "(api_id, resource_id, http_method, data)",
        "_put_integration_response": "(api_id, resource_id, http_method, status_code, data)",
        "_put_method": "(api_id, resource_id, http_method, data)",
        "_put_method_response": "(api_id, resource_id, http_method, status_code, data)",
        "_request_validators": "AccountRegionScopedDict",
        "_resources": "AccountRegionScopedDict",
        "_rest_apis": "AccountRegionScopedDict",
        "_stages_v1": "AccountRegionScopedDict",
        "_usage_plans": "AccountRegionScopedDict",
        "find_domain_scope": "(domain_name)",
        "find_api_scope": "(api_id)",
        "method_authorization_type": "(api_id, stage_name, method, path)",
    },
)
