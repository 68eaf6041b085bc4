"""Asks AWS's index of tags what bears labkit's, and reads each of it: the index is out of date.

The index goes on naming what was deleted, lags behind what was made, covers one Region, and lacks
IAM's roles (Resource Groups Tagging API reference, GetResources): so it only adds to the listings.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.resources.kind import Found, GetClient, Kind, pages
from labkit.resources.kinds import KINDS
from labkit.resources.run import OWNER_TAG, RUN_TAG


def tagged(get_client: GetClient, whose: str | None) -> Iterator[str]:
    """Yield the ARNs of what bears labkit's tags.

    Parameters
    ----------
    get_client
        Gives the client of a service.
    whose
        The owner's 6 digits; None for everybody's.
    """
    wanted = {"Key": OWNER_TAG, "Values": [whose]} if whose else {"Key": RUN_TAG}
    client = get_client("resourcegroupstaggingapi")
    yield from pages(
        client, "get_resources", "ResourceTagMappingList[].ResourceARN", TagFilters=[wanted]
    )


def read(get_client: GetClient, arn: str) -> tuple[Kind, Found] | None:
    """Return what an ARN names as its own service shows it; None where no kind finds it there."""
    service = arn.split(":")[2]
    words = (arn, arn.rpartition("/")[2], arn.rpartition(":")[2])
    for kind in KINDS.values():
        if (kind.in_arns or kind.service) == service:
            for word in words:
                found = _look(kind, get_client, word)
                if found is not None:
                    return kind, found
    return None


def _look(kind: Kind, get_client: GetClient, word: str) -> Found | None:
    """Look for an id that may be none of this kind's; then AWS's errors say nothing."""
    try:
        found = kind.look(get_client, word)
    except Exception:
        return None
    return found if found is not None and RUN_TAG in (found.tags or {}) else None
