"""Who sent a request: the principal whose key signed it.

MiniStack checks the signature that its application has noted; here it is asked once for a request.
Source: IAM User Guide, "AWS Signature Version 4 for API requests".
"""

from __future__ import annotations

from labkit.sandbox.gateway import registry
from labkit.sandbox.gateway.actions import action_of
from labkit.sandbox.gateway.refusals import unauthenticated
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.resources import resource_of
from labkit.sandbox.upstream.app import router
from labkit.sandbox.upstream.iam import actions, evaluator


def authenticate(request: Request) -> None:
    """Note a request's caller.

    Raises
    ------
    labkit.sandbox.gateway.errors.AuthenticationError
        If it is not signed, or by a key that is not known or with another secret.
    """
    service = registry.by_name(request.service).upstream
    evaluator.pin_request_caller(request.headers, request.query)
    if failure := evaluator._s3_scope_failure(service):
        raise unauthenticated(service, failure, request.headers)
    if evaluator._anonymous.get() and not _is_served_unsigned(request, service):
        message = actions.anonymous_denial_message(
            service, action_of(request) or "", resource_of(request)
        )
        failure = evaluator.AuthError("MissingAuthenticationToken", message)
        raise unauthenticated(service, failure, request.headers)
    if evaluator._anonymous.get() and request.service == "sts":
        return  # a token in the request says who it is
    key = router.extract_access_key_id(request.headers, request.query)
    checked = evaluator.authenticate(key or "", request.account)
    if not isinstance(checked, evaluator.AuthError):
        checked = evaluator.resolve_principal(key or "", request.account, checked)
    if isinstance(checked, evaluator.AuthError):
        raise unauthenticated(service, checked, request.headers)
    request.caller = checked


def _is_served_unsigned(request: Request, service: str) -> bool:
    action = action_of(request)
    return action is not None and bool(evaluator._served_unsigned(service, action))
