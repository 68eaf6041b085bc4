"""The tags that `aws:ResourceTag` conditions meet, also of REST APIs and of what moto keeps.

A REST API's methods, stages and so on are judged by the tags of their API.
Source: API Gateway Developer Guide, "API Gateway resources that can be tagged"; Amazon EC2 User
Guide, "Control access to EC2 resources using resource tags".
"""

from __future__ import annotations

import sys

from ministack.core.responses import get_account_id
from ministack.services import apigateway_v1

from labkit.sandbox import seams


def install() -> None:
    """Look for tags where MiniStack knows none."""

    def resource_tags(arn: str) -> dict[str, str] | None:
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service == "apigateway" and "/restapis/" in arn:
            return _tags_of_api(arn.partition("/restapis/")[2].partition("/")[0])
        if service == "ec2":
            return _tags_in_moto(arn)
        found: dict[str, str] | None = upstream(arn)
        return found

    upstream = seams.replace(
        "ministack.services.tagging", "resource_tags", resource_tags, like="(arn)"
    )


def _tags_of_api(api_id: str) -> dict[str, str] | None:
    api = apigateway_v1._rest_apis.get(api_id)
    return dict(api.get("tags") or {}) if api else None


def _tags_in_moto(arn: str) -> dict[str, str] | None:
    if "moto.ec2" not in sys.modules:
        return None  # nothing was made yet, so nothing has to be loaded
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[get_account_id()][arn.split(":")[3]]
    found = backend.describe_tags({"resource-id": [arn.rpartition("/")[2]]})
    return {tag["key"]: tag["value"] for tag in found}
