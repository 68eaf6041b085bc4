"""Which resource an operation is about: what its own parameter names, by botocore's models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from labkit.resources.kind import Kind, value_at
from labkit.resources.kinds import KINDS

REST = frozenset(["rest-json", "rest-xml"])
"""Protocols whose requests have what they are about in their path."""

NAMES_SOMETHING = re.compile(r"(Arn|ARN|Id|id|Identifier|Name|Resource|Url)s?(List)?$")
"""How parameters end that name a resource, in all services' models."""

ENDS = re.compile(r"(Name|Arn|ARN|Id)$")
"""What is left without it is the same in all parameters for one sort of resource."""

ANYTHINGS = frozenset(["Name", "name"])
"""Parameters that may be the new name of something else, unless the operation requires them."""


def addressed(model: Any, params: Mapping[str, Any]) -> list[str]:
    """Return what a call names as the resource that it is about; nothing of its other parameters.

    A request with a path names it there first: ``/functions/{FunctionName}``. In another protocol
    it is the first required parameter that names a kind of the service; failing that, what does so
    within a required one (``pipeline.name``); failing that, the first required one that by its name
    names a resource of any sort; failing that, what is given of these. A kind says which operations
    are otherwise (`Kind.addresses`). EC2's required parameters count all: it has no part that is
    told by a name.

    Parameters
    ----------
    model
        botocore's ``OperationModel``.
    params
        What the call was given.

    Returns
    -------
    list of str
        Names, ids, ARNs or URLs; none where the call names nothing.
    """
    for names in candidates(model):
        found = [text for name in names for text in _texts(value_at(params, name))]
        if found:
            return found
    return []


def candidates(model: Any) -> Iterator[list[str]]:
    """Yield groups of parameters, of which the first that is given says what a call is about.

    A parameter within another is told by its path.
    """
    if model.input_shape is None:
        return
    members, service = model.input_shape.members, model.service_model.service_name
    if model.service_model.protocol in REST and (path := _in_path(model)):
        yield path[:1]
        return
    yield [kind.addresses[model.name] for kind in _kinds(service) if model.name in kind.addresses]
    known = known_parameters(service)
    required = [name for name in members if name in model.input_shape.required_members]
    named = [name for name in members if _names_something(name, members[name])]
    if service == "ec2":
        yield [name for name in required if name in named or _holds(members[name])]
    else:
        yield [name for name in required if _names_a_kind(name, known)][:1]
        yield [path for name in required for path in _within(name, members[name], known)]
        in_required = [name for name in required if name in named or _holds(members[name])]
        yield in_required[:1]
    yield [name for name in members if _names_a_kind(name, known) and name not in ANYTHINGS]
    yield named


@cache
def _kinds(service: str) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS.values() if kind.service == service)


@cache
def known_parameters(service: str) -> frozenset[str]:
    """Return the parameters by which a service's operations name the kinds of it."""
    known = {
        one for kind in _kinds(service) for one in (*kind.parts.values(), *kind.deletes.values())
    }
    return frozenset(known - {""})


def _names_a_kind(name: str, known: frozenset[str]) -> bool:
    return not {name, f"{name}s", name.removesuffix("s")}.isdisjoint(known)


def _within(name: str, shape: Any, known: frozenset[str]) -> Iterator[str]:
    """Yield the paths to what names a kind within a structure, by its name, its id or its ARN."""
    stems = {ENDS.sub("", one) for one in known} - {""}
    for inner in shape.members if shape.type_name == "structure" else ():
        if _names_a_kind(inner, known) or (ENDS.search(inner) and ENDS.sub("", inner) in stems):
            yield f"{name}.{inner}"


def _names_something(name: str, shape: Any) -> bool:
    """Tell whether a parameter is a text, or a list of texts, that by its name names a resource."""
    of = shape.member if shape.type_name == "list" else shape
    return of.type_name == "string" and not of.enum and NAMES_SOMETHING.search(name) is not None


def _holds(shape: Any) -> bool:
    """Tell whether a parameter is a structure, or a list of them, in which one may be named."""
    of = shape.member if shape.type_name == "list" else shape
    return bool(of.type_name == "structure")


def _in_path(model: Any) -> list[str]:
    """Return the parameters in a request's path, in its order.

    botocore takes the bucket out of the path of S3's operations at the first call of each, for it
    goes into the host's name; the whole path is then ``authPath``.
    """
    by_word = {
        shape.serialization.get("name", name): name
        for name, shape in model.input_shape.members.items()
        if shape.serialization.get("location") == "uri"
    }
    path = model.http.get("authPath") or model.http.get("requestUri", "")
    words = re.findall(r"{([^}+]+)\+?}", path)
    return [by_word[word] for word in words if word in by_word]


def _texts(value: Any) -> Iterator[str]:
    """Yield a text, the texts of a list, or those that name something in a structure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if NAMES_SOMETHING.search(key):
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
