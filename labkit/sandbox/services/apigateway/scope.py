"""An unsigned call finds the API of whichever account owns it.

On AWS an API's id is part of its host name and unique, so a call needs no signature to say whose
API it is. MiniStack looks in one account only.
Source: API Gateway Developer Guide, "Invoke REST APIs in API Gateway" and "Create an HTTP API".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.apigateway import apigateway, apigateway_v1
from labkit.sandbox.upstream.app import responses


def owner_of(api_id: str) -> tuple[str, str] | None:
    """Return the account and region that own a REST API, the caller's own account first."""
    return _owner(api_id, apigateway_v1._rest_apis)


def owner_of_http_api(api_id: str) -> tuple[str, str] | None:
    """Return those that own an HTTP or a WebSocket API."""
    return _owner(api_id, apigateway._apis)


def _owner(api_id: str, apis: Any) -> tuple[str, str] | None:
    caller = responses.get_account_id()
    owners = [
        (account, region) for (account, region, known), _ in apis.all_items() if known == api_id
    ]
    return min(owners, key=lambda owner: owner[0] != caller, default=None)
