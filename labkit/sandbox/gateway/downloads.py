"""Where a function's package or a layer's is downloaded: a link that was given out, for 10 minutes.

MiniStack serves packages to everybody who knows a function's name, and of each version the newest
one. Here a link is signed with the server's secret, as AWS's is presigned, and names the version.
Source: Lambda API Reference, FunctionCodeLocation, LayerVersionContentOutput.
"""

from __future__ import annotations

import hmac
import re
import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from labkit.sandbox.gateway import keys
from labkit.sandbox.gateway.planes import DOWNLOADS, Query
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.module import put

SECONDS = 600
"""How long a link holds."""

OF_VERSION = re.compile(rf"{DOWNLOADS[0]}([^/]+)/([^/]+)/([^/]+)/(\d+)")
"""Where the package of a published version is: account, Region, function, version."""

Response = tuple[int, dict[str, Any], bytes]


def install() -> None:
    """Sign the links that Lambda gives out."""
    for name in ("_presigned_code_url", "_layer_content_url"):
        put(lambda_svc, name, lambda old: partial(_signed, old))


def is_download(path: str) -> bool:
    """Tell whether a request asks for a package."""
    return path.startswith(DOWNLOADS)


def answer(path: str, query: Query) -> Response | None:
    """Return a package; None if the link is none of ours, or was not given out lately."""
    expires, signature = (query.get(name, [""])[0] for name in ("Expires", "Signature"))
    if not (expires.isascii() and expires.isdecimal()) or int(expires) < time.time():
        return None
    if not hmac.compare_digest(_signature(path, expires), signature.encode()):
        return None
    if parts := OF_VERSION.fullmatch(path):
        return _version(*parts.groups())
    found: Response | None = app._handle_lambda_download_request(path, "GET")
    return found


def of_version(link: str, version: str) -> str:
    """Return the link to the package of one version of the function that `link` leads to."""
    return _signed(lambda: f"{link.partition('?')[0]}/{version}")


def _version(account: str, region: str, name: str, version: str) -> Response | None:
    function = lambda_svc._functions.get_scoped(account, region, name) or {}
    record = function.get("versions", {}).get(version)
    if record is None:
        return None
    return 200, {"Content-Type": "application/zip"}, record.get("code_zip") or b""


def _signed(upstream: Any, *named: Any) -> str:
    """Return MiniStack's link to a package, signed."""
    url = str(upstream(*named)).partition("?")[0]
    expires = str(int(time.time()) + SECONDS)
    return f"{url}?Expires={expires}&Signature={_signature(urlsplit(url).path, expires).decode()}"


def _signature(path: str, expires: str) -> bytes:
    signed = hmac.digest(keys.server_secret().encode(), f"{path} {expires}".encode(), "sha256")
    return signed.hex().encode()
