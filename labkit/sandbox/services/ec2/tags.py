"""A resource's own tags, found by its ID.

For each resource that it shows or filters, moto goes through the tags of all that the account ever
had, so that lists get slower with the life of a sandbox.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.moto import ec2_utils


def with_own_tags(upstream: Any) -> Any:
    """Give moto's class of resources with tags a way to its own; return the class.

    Its many subclasses are made already, so the class itself is changed.
    """
    upstream.get_tags = own_tags
    return upstream


def own_tags(resource: Any) -> list[dict[str, str]]:
    """Return a resource's tags, as moto's `get_tags` does."""
    if not resource.id:
        return []
    kind = ec2_utils.EC2_PREFIX_TO_RESOURCE.get(ec2_utils.get_prefix(resource.id), "")
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind}
        for key, value in resource.ec2_backend.tags.get(resource.id, {}).items()
    ]
