"""The condition keys that a request is known by to policies, beside the global ones.

Tags that a request sets or removes, and keys of single services that the lessons' policies name.
Source: Service Authorization Reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.resources import resource_of
from labkit.sandbox.upstream.iam import actions, evaluator, iam
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.tagging import tagging

Keys = dict[str, Any]

TAG_MEMBERS = {"TagKeys", "TagSpecifications", "Tags", "tagKeys", "tags"}
"""Members of an operation's input that hold tags, or their keys."""

RESOURCE_TAG = "aws:resourcetag/"
"""Begins the key of a resource's tag, in lower case."""

TAG_FIELD = re.compile(r"(.*\bTags?(?:\.member)?\.\d+)\.Key")
TAG_KEY_FIELD = re.compile(r"TagKeys?(?:\.member)?\.\d+")

BOUNDARY_OF_THE_REQUEST = {"CreateRole", "PutRolePermissionsBoundary"}
BOUNDARY_OF_THE_ROLE = {
    "iam:AttachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
}
OF_A_MAPPING = {"lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"}


def keys_of_the_request(request: Request) -> Keys:
    """Return the keys that a request's parameters give."""
    if not request.operation:
        return {}
    return _tags(request) | _of_the_operation(request) | _of_the_service(request)


def known(action: str, resource_arn: str, keys: Keys, policies: Any, limits: Any) -> Keys:
    """Return all keys by which a request is known to policies, by their names in lower case.

    Parameters
    ----------
    action, resource_arn
        What is about to be done, and to what.
    keys
        Those that the request itself gives.
    policies, limits
        What is about to be evaluated; the resource's tags are looked up only if one of them asks.
    """
    given = keys_of_the_resource(action, resource_arn) | keys
    found: Keys = {name.lower(): value for name, value in given.items()}
    found.setdefault("aws:tagkeys", None)  # a request that names no tags has none
    if any(evaluator._names_condition_key(one, RESOURCE_TAG) for one in (policies, *limits)):
        for name, value in (tagging.resource_tags(resource_arn) or {}).items():
            found.setdefault(f"{RESOURCE_TAG}{name}".lower(), value)
    return found


def keys_of_the_resource(action: str, resource_arn: str) -> Keys:
    """Return the keys that what is there gives: a role's boundary, a mapping's function."""
    if action in BOUNDARY_OF_THE_ROLE:
        role = iam._roles.get(resource_arn.rpartition("/")[2]) or {}
        return _present("iam:PermissionsBoundary", role.get("PermissionsBoundary"))
    if ":oidc-provider/" in resource_arn:
        provider = iam._oidc_providers.get(resource_arn) or {}
        tags = provider.get("Tags") or []
        return {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in tags}
    if action in OF_A_MAPPING:
        mapping = lambda_svc._esms.get(resource_arn.rpartition(":")[2]) or {}
        return _present("lambda:FunctionArn", mapping.get("FunctionArn"))
    return {}


def _of_the_operation(request: Request) -> Keys:
    match request.service, request.operation:
        case "iam", operation if operation in BOUNDARY_OF_THE_REQUEST:
            boundary = request.form.get("PermissionsBoundary")
            return _present("iam:PermissionsBoundary", boundary)
        case "iam", "AttachRolePolicy" | "DetachRolePolicy":
            return _present("iam:PolicyARN", request.form.get("PolicyArn"))
        case "ec2", "RunInstances":
            return _present("ec2:InstanceType", request.form.get("InstanceType"))
        case "lambda", "CreateEventSourceMapping":
            return _present("lambda:FunctionArn", _function_arn(request))
    return {}


def _of_the_service(request: Request) -> Keys:
    if request.service == "dynamodb":
        found: Keys = actions.dynamodb_service_context(request.body)
        return found
    if request.service == "logs":
        given = resource_of(request), request.region, request.account
        return actions.logs_service_context(request.operation, request.body, *given) or {}
    return {}


def _tags(request: Request) -> Keys:
    """Return `aws:RequestTag/…` of every tag that is set, `aws:TagKeys` of all that are named."""
    shape = request.model.input_shape
    if shape is None or not TAG_MEMBERS & shape.members.keys():
        return {}
    fields = request.protocol in ("query", "ec2")
    tags = list(_tags_in_form(request.form) if fields else _tags_in_object(request.decoded))
    names = [name for name, _ in tags]
    names += _keys_in_form(request) if fields else _keys_in_object(request)
    values: dict[str, list[str]] = {}
    for name, value in tags:
        values.setdefault(f"aws:requesttag/{name}".lower(), []).append(value)
    keys: Keys = {key: found[0] if len(found) == 1 else found for key, found in values.items()}
    return keys | ({"aws:TagKeys": names} if names else {})


def _tags_in_form(form: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in form.items():
        if found := TAG_FIELD.fullmatch(name):
            yield text, form.get(f"{found[1]}.Value", "")


def _keys_in_form(request: Request) -> list[str]:
    return [text for name, text in request.form.items() if TAG_KEY_FIELD.fullmatch(name)]


def _tags_in_object(given: Any) -> Iterator[tuple[str, str]]:
    tags = given.get("Tags", given.get("tags"))
    if isinstance(tags, dict):
        yield from ((str(key), str(value)) for key, value in tags.items())
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, dict):
            lower = {str(key).lower(): value for key, value in tag.items()}
            key = lower.get("key", lower.get("tagkey"))
            yield str(key), str(lower.get("value", lower.get("tagvalue", "")))


def _keys_in_object(request: Request) -> list[str]:
    given = request.parameters.get("TagKeys") or request.parameters.get("tagKeys")
    return [str(key) for key in given] if isinstance(given, list) else []


def _function_arn(request: Request) -> str | None:
    function = request.parameters.get("FunctionName")
    if not isinstance(function, str) or function.startswith("arn:"):
        return function if isinstance(function, str) else None
    name = function.rpartition("function:")[2]
    return f"arn:aws:lambda:{request.region}:{request.account}:function:{name}"


def _present(key: str, value: str | None) -> Keys:
    return {key: value} if value else {}
