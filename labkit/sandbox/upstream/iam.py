"""MiniStack's IAM: its stores, its evaluation of policies, and how it names what is asked."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

iam = UpstreamModule(
    "ministack.services.iam",
    {
        "_oidc_providers": "AccountScopedDict",
        "_policies": "AccountScopedDict",
        "_roles": "AccountScopedDict",
        "_users": "AccountScopedDict",
        "handle_request": "(method, path, headers, body, query_params)",
    },
)

evaluator = UpstreamModule(
    "ministack.core.iam_evaluator",
    {
        "AmbiguousAccessKeyError": "type",
        "AuthError": "type",
        "EvalContext": "type",
        "ResolvedCredential": "type",
        "_ALWAYS_ALLOWED_ACTIONS": "frozenset",
        "_POLICY_REQUIRED": "frozenset",
        "_anonymous": "ContextVar",
        "_gather_role_policies": "(role_name, account_id)",
        "_names_condition_key": "(policies, prefix)",
        "_fnmatch_compile": "(pattern, ignore_case)",
        "_first_match": "(ctx, stmts, effect)",
        "_permissions_boundary": "(store, name, account_id)",
        "_resolve_condition_key": "(key, ctx)",
        "_resource_policy": "(service, resource_arn)",
        "_s3_scope_failure": "(service)",
        "_served_unsigned": "(service, iam_action)",
        "_is_root_key": "(access_key_id)",
        "_signed_request": "ContextVar",
        "check_credentials": "(access_key_id, service=None)",
        "resolve_caller_identity": "(access_key_id)",
        "_verified_key": "ContextVar",
        "authenticate": "(access_key_id, account_id)",
        "combine_resource_policy": "(identity, ctx, policy, owner_account, required=False, "
        "limits=())",
        "enforce": "(access_key_id, iam_action, service, region, resource_arn='*', "
        "service_context=None)",
        "evaluate": "(ctx, policies, *limits)",
        "evaluate_resource_policy": "(doc, ctx, service=None, named_only=False, direct_only=False)",
        "find_iam_access_key_account": "(access_key_id)",
        "parse_policy_document": "(doc)",
        "pin_signed_request": "(method, raw_path, query_params, raw_headers, handshake=False)",
        "pin_request_origin": "(source_ip, secure_transport)",
        "pin_signed_body": "(body)",
        "pin_request_caller": "(headers, query_params=None)",
        "resolve_credential": "(access_key_id, account_id=None, session_token=object())",
        "resolve_principal": "(access_key_id, account_id, credential=None)",
    },
)

actions = UpstreamModule(
    "ministack.core.iam_actions",
    {
        "SERVICE_TO_IAM_NAMESPACE": "dict",
        "_AUTH_FAILURES": "dict",
        "_IAM_NAMESPACE_BY_OPERATION": "dict",
        "_auth_failure": "(service, code, message, headers)",
        "_lambda_action": "(method, path)",
        "_load_botocore_model": "(botocore_service)",
        "_load_botocore_routes": "(botocore_service)",
        "_resource_policy_denial": "(service, action, principal_arn, resource_arn)",
        "_tag_operations": "(service)",
        "access_denied_response": "(service, action, principal_arn, request_id, *, error_code='', "
        "message='', headers=None, resource_arn='*', explicit_deny=False, resource_policy_arn='')",
        "anonymous_denial_message": "(service, iam_action, resource_arn)",
        "dynamodb_resource_arns": "(body, region, account_id)",
        "dynamodb_service_context": "(body)",
        "dynamodb_transaction_checks": "(iam_action, body, region, account_id)",
        "eventbridge_resource_arns": "(body, region, account_id)",
        "extract_iam_action": "(service, method, path, headers, body, query_params)",
        "extract_resource_arn": "(service, method, path, headers, body, query_params, region, "
        "account_id)",
        "identity_denial_message": "(action, principal_arn, resource, explicit_deny)",
        "logs_service_context": "(action, body, resource_arn, region, account_id)",
        "request_tag_context": "(service, iam_action, body, params)",
    },
)

sigv4 = UpstreamModule("ministack.core.sigv4", {"_amz_datetime": "(value)"})
