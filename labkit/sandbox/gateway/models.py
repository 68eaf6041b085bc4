"""botocore's models of the services: loaded when they are first needed, each of them once."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from labkit.sandbox.gateway import older_names

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel


class Route(NamedTuple):
    """Where an operation of a REST protocol is found."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: dict[str, str | None]
    """Parameters that the query string has to hold, with their values where these are fixed."""


@functools.cache
def service(name: str, protocol: str = "") -> ServiceModel:
    """Return botocore's model of a service, with the names that a protocol of its has.

    Raises
    ------
    botocore.exceptions.UnknownServiceError
        If botocore has no service of that name.
    """
    from botocore.model import ServiceModel

    model = _loader().load_service_model(name, "service-2")
    if older_names.has(name, protocol):
        model = older_names.completed(name, model)
    return ServiceModel(model, name)


def metadata(name: str) -> dict[str, Any]:
    """Return what the model says of a service as a whole; nothing of one that botocore has not."""
    from botocore.exceptions import UnknownServiceError

    try:
        return dict(service(name).metadata) if name else {}
    except UnknownServiceError:
        return {}


@functools.cache
def _loader() -> Any:
    from botocore.loaders import Loader

    return Loader()


@functools.cache
def names() -> frozenset[str]:
    """Return boto's names of all services; no model is loaded for that."""
    return frozenset(_loader().list_available_services("service-2"))


@functools.cache
def operation(name: str, operation: str, protocol: str = "") -> OperationModel:
    """Return botocore's model of an operation; one, so that its shapes are resolved once.

    It has the names of `protocol`, if they are others.

    Raises
    ------
    botocore.model.OperationNotFoundError
        If the service has no such operation.
    """
    of = service(name, protocol) if older_names.has(name, protocol) else service(name)
    return of.operation_model(operation)


def has_operation(name: str, operation: str) -> bool:
    """Tell whether a service has an operation."""
    return operation in service(name).operation_names


@functools.cache
def members_of(name: str, shape: str) -> frozenset[str]:
    """Return the members of one of a service's structures; none of one that it does not have."""
    from botocore.exceptions import UnknownServiceError
    from botocore.model import NoShapeFoundError

    try:
        return frozenset(getattr(service(name).shape_for(shape), "members", ()))
    except (NoShapeFoundError, UnknownServiceError):
        return frozenset()


def operation_at(
    name: str, method: str, path: str, query: dict[str, list[str]]
) -> tuple[str, dict[str, str]] | None:
    """Return a REST service's operation for a method and path, and the path's parameters."""
    for route in routes(name):
        if route.method != method or not _asks_for(route, query):
            continue
        if found := route.path.fullmatch(path):
            return route.operation, {_member(k): unquote(v) for k, v in found.groupdict().items()}
    return None


@functools.cache
def routes(name: str) -> tuple[Route, ...]:
    """Return the routes of a REST service, the more exact ones first."""
    model = service(name)
    found = [_route(model.operation_model(operation)) for operation in model.operation_names]
    return tuple(
        sorted(found, key=lambda r: (-len(r.query), r.path.pattern.count("(?P<"), r.operation))
    )


def _route(model: OperationModel) -> Route:
    path, _, query = model.http["requestUri"].partition("?")
    wanted: dict[str, str | None] = {}
    for part in filter(None, query.split("&")):
        key, equals, value = part.partition("=")
        wanted[key] = value if equals else None
    return Route(model.name, model.http["method"], re.compile(_pattern(path)), wanted)


def _pattern(path: str) -> str:
    """Return a regular expression for the path of a request URI, a closing slash or none."""
    parts = re.split(r"\{(.+?)\}", path.rstrip("/"))
    texts = []
    for number, part in enumerate(parts):
        if number % 2 == 0:
            texts.append(re.escape(part))
        else:
            greedy = part.endswith("+")
            texts.append(f"(?P<{_group(part.rstrip('+'))}>{'.+' if greedy else '[^/]+'})")
    return "".join(texts) + "/?"


def _group(name: str) -> str:
    return "g_" + name.replace("-", "_dash_").replace(".", "_dot_")


def _member(group: str) -> str:
    return group.removeprefix("g_").replace("_dash_", "-").replace("_dot_", ".")


def _asks_for(route: Route, query: dict[str, list[str]]) -> bool:
    return all(
        key in query and (value is None or query[key][0] == value)
        for key, value in route.query.items()
    )
