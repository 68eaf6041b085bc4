"""An unsigned call finds the API of whichever account owns it.

On AWS an API's id is part of its host name and unique, so a call needs no signature to say whose
API it is. MiniStack looks in one account only.
Source: API Gateway Developer Guide, "Invoking a REST API".
"""

from __future__ import annotations

from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses


def owner_of(api_id: str) -> tuple[str, str] | None:
    """Return the account and region that own `api_id`, the caller's own account first."""
    caller = responses.get_account_id()
    owners = [
        (account, region)
        for (account, region, known), _ in apigateway_v1._rest_apis.all_items()
        if known == api_id
    ]
    return min(owners, key=lambda owner: owner[0] != caller, default=None)
