"""The Resource Groups Tagging API."""

from __future__ import annotations

from labkit.sandbox.services.provider import Provider, around
from labkit.sandbox.services.resourcegroupstaggingapi.resource_tags import resource_tags
from labkit.sandbox.upstream.tagging import tagging


class ResourceGroupsTaggingApi(Provider):
    """The Resource Groups Tagging API."""

    hooks = (around(tagging, "resource_tags", resource_tags),)


PROVIDER = ResourceGroupsTaggingApi()
