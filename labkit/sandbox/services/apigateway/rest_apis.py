"""REST APIs: what CreateRestApi and UpdateRestApi refuse, and an API's endpoint.

MiniStack makes a regional endpoint where none is asked for; on AWS it is edge-optimized.
Source: API Gateway API Reference, CreateRestApi, EndpointConfiguration and "Patch operations"
(RestApi); the texts as AWS answers them.
"""

from __future__ import annotations

import copy
from typing import Any

from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]

COMPRESSION = "minimumCompressionSize"
LARGEST_COMPRESSION = 10_485_760
TYPES = ("REGIONAL", "EDGE", "PRIVATE")
TYPES_PATH = "/endpointConfiguration/types/"
IP_TYPES = ("ipv4", "dualstack")


def check_new(given: Members) -> None:
    """Check what a new API is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    if given.get("description") == "":
        raise bad_request("Description cannot be an empty string")
    _check_compression(given.get(COMPRESSION))
    endpoint = given.get("endpointConfiguration")
    if endpoint is None:
        return
    types = endpoint.get("types")
    if types == []:
        raise bad_request("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if types and len(types) > 1:
        raise bad_request("Cannot create an api with multiple Endpoint Types.")
    _check_ip_type(endpoint)


def with_endpoint(api: Members) -> Members:
    """Give an API's record the endpoint that it has, what was not asked for included."""
    endpoint = api.get("endpointConfiguration") or {}
    types = endpoint.get("types") or ["EDGE"]
    default = "dualstack" if types == ["PRIVATE"] else "ipv4"
    complete = {"types": types, "ipAddressType": endpoint.get("ipAddressType") or default}
    api["endpointConfiguration"] = endpoint | complete
    return api


def update(api_id: str, patches: list[Patch]) -> None:
    """Change an API as patches ask, all of them or none.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    api = apigateway_v1._rest_apis[api_id]
    changed = with_endpoint(copy.deepcopy(api))
    for patch in patches:
        if str(patch.get("path")).startswith(TYPES_PATH):
            _change_type(changed["endpointConfiguration"], patch)
        elif patch.get("path") == f"/{COMPRESSION}" and patch.get("op") == "replace":
            changed[COMPRESSION] = _compression(patch.get("value"))
        else:
            patching.apply("UpdateRestApi", [patch], changed)
            _check_ip_type(changed["endpointConfiguration"])
    api.update(changed)
    for name in api.keys() - changed.keys():
        del api[name]


def _compression(value: str | None) -> int | None:
    """Read a size of compression; None switches it off."""
    if not value:
        return None
    size = int(value) if value.isdecimal() else -1
    _check_compression(size)
    return size


def _check_compression(size: int | None) -> None:
    if size is not None and not 0 <= size <= LARGEST_COMPRESSION:
        raise bad_request(
            f"Invalid minimum compression size, must be between 0 and {LARGEST_COMPRESSION}"
        )


def _change_type(endpoint: Members, patch: Patch) -> None:
    if patch.get("op") not in ("add", "replace"):
        raise bad_request("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
    if patch.get("value") not in TYPES:
        raise bad_request(f"Invalid EndpointTypes specified. Valid options are {','.join(TYPES)}")
    endpoint["types"] = [patch["value"]]
    if patch["value"] == "PRIVATE":
        endpoint["ipAddressType"] = "dualstack"


def _check_ip_type(endpoint: Members) -> None:
    kind = endpoint.get("ipAddressType")
    if kind is not None and kind not in IP_TYPES:
        raise bad_request("ipAddressType must be either ipv4 or dualstack.")
    if kind == "ipv4" and endpoint.get("types") == ["PRIVATE"]:
        raise bad_request("Only dualstack ipAddressType is supported for Private APIs.")
