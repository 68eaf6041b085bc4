"""The tags that `aws:ResourceTag` conditions meet, also of API Gateway's and of what moto keeps.

What belongs to an API or a usage plan (methods, stages, keys of a plan) is judged by its tags.
Source: API Gateway Developer Guide, "API Gateway resources that can be tagged"; Amazon EC2 User
Guide, "Control access to EC2 resources using resource tags".
"""

from __future__ import annotations

import sys
from typing import Any

from labkit.sandbox.upstream.apigateway import apigateway, apigateway_v1
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.moto import ec2_models


def resource_tags(upstream: Any, arn: str) -> dict[str, str] | None:
    """Return the tags of what an ARN names; None if nothing is known of it."""
    service = arn.split(":")[2] if arn.count(":") > 4 else ""
    if service == "apigateway":
        return _tags_in_api_gateway(arn)
    if service == "ec2":
        return _tags_in_moto(arn)
    found: dict[str, str] | None = upstream(arn)
    return found


def _tags_in_api_gateway(arn: str) -> dict[str, str] | None:
    kind, _, rest = arn.partition("::/")[2].partition("/")
    store = {
        "apikeys": apigateway_v1._api_keys,
        "apis": apigateway._apis,
        "restapis": apigateway_v1._rest_apis,
        "usageplans": apigateway_v1._usage_plans,
    }.get(kind, {})
    found = store.get(rest.partition("/")[0])
    return dict(found.get("tags") or {}) if found else None


def _tags_in_moto(arn: str) -> dict[str, str] | None:
    if "moto.ec2" not in sys.modules:
        return None  # nothing was made yet, so nothing has to be loaded
    backend = ec2_models.ec2_backends[responses.get_account_id()][arn.split(":")[3]]
    found = backend.describe_tags({"resource-id": [arn.rpartition("/")[2]]})
    return {tag["key"]: tag["value"] for tag in found}
