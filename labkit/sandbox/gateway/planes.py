"""Which requests need no key: those of the data planes that AWS keeps open, and of secret links.

Everything else is the control plane, where each request is signed. MiniStack answers much more
without a key (health, reset, messages, a registry, sign-in pages, load balancers, distributions);
no lesson needs it, so it is closed. A host names a data plane only where one is really served.
Source: API Gateway, Lambda and S3 Developer Guides, "Access control".
"""

from __future__ import annotations

from enum import Enum, auto

from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import app, router
from labkit.sandbox.upstream.lambda_ import lambda_svc

LINKS = (("PUT", "/_ministack/cfn-response/"), ("PUT", "/_ministack/cfn-signal/"))
"""Where a custom resource and a wait condition answer CloudFormation: the rest of the path is a
random word that only who was told it knows, as a presigned URL is on AWS."""

DOWNLOADS = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")
"""Where packages of functions and layers are, for whom a signed link was given."""

PATHS_OF_SERVICES = ("/iceberg", "/v20180820/", "/v2", "/WriteGetObjectResponse")
"""How paths begin that MiniStack gives to a service whatever the host says."""

THIS_COMPUTER = ("127.", "localhost:", "[::1]")
"""How hosts begin that name no data plane, which are those of nearly all requests."""

Headers = dict[str, str]
Query = dict[str, list[str]]


class Plane(Enum):
    """What a request has to show."""

    CONTROL = auto()
    """A signature."""
    DATA = auto()
    """Whatever an API's method or a function URL asks for by itself."""
    LINK = auto()
    """The secret in its path."""
    CLOSED = auto()
    """Nothing helps: nobody is served there."""


def plane(method: str, host: str, path: str) -> Plane:
    """Return the plane of a request, for all that is not S3's."""
    if path.startswith("/_") and not path.startswith("/_aws/"):
        return Plane.LINK if _is_link(method, path) else Plane.CLOSED
    if app._parse_execute_api_url("", path) or app._parse_lambda_url("", path):
        return Plane.DATA
    if path.startswith("/_"):
        return Plane.CLOSED
    if host.startswith(THIS_COMPUTER) or is_a_services(path):
        return Plane.CONTROL
    return Plane.DATA if _names_a_data_plane(host, path) else Plane.CONTROL


def is_bucket(method: str, path: str, headers: Headers, query: Query) -> bool:
    """Tell whether S3 is asked for something in a bucket that there is.

    S3 decides by itself what it does without a key: what the bucket's owner made public.
    """
    if not is_s3(method, path, headers, query):
        return False
    return app._s3_cors_target(headers.get("host", ""), path) is not None


def is_s3(method: str, path: str, headers: Headers, query: Query) -> bool:
    """Tell whether S3 is asked; it verifies presigned URLs itself."""
    if is_a_services(path):
        return False
    return bool(router.detect_service(method, path, headers, query) == "s3")


def is_custom_domain(name: str) -> bool:
    """Tell whether `name` is a domain name that was given to an API."""
    return apigateway_v1.find_domain_scope(name) is not None


def is_websocket_api(host: str, path: str) -> bool:
    """Tell whether an upgrade goes to a WebSocket API that there is."""
    found = app._parse_execute_api_url(host, path)
    return found is not None and _has_api(found[0])


def _names_a_data_plane(host: str, path: str) -> bool:
    if api := app._parse_execute_api_url(host, path):
        return _has_api(api[0])
    if url := app._parse_lambda_url(host, path):
        return lambda_svc.resolve_function_url(url[0]) is not None
    return is_custom_domain(host.partition(":")[0].lower())


def _is_link(method: str, path: str) -> bool:
    if method == "GET" and path.startswith(DOWNLOADS):
        return True
    return any(method == its and path.startswith(prefix) for its, prefix in LINKS)


def is_a_services(path: str) -> bool:
    """Tell whether MiniStack looks at this path before it looks at the host."""
    return path.startswith(PATHS_OF_SERVICES) or path in app._RDS_DATA_PATHS


def _has_api(api_id: str) -> bool:
    return any(
        app._get_module(name).find_api_scope(api_id) is not None
        for name in ("apigateway_v1", "apigateway")
    )
