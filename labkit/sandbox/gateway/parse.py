"""Reading a request's parameters in each of AWS's protocols, and writing them for another service.

Sources: Smithy 2.0, "AWS Protocols" (AWS query, EC2 query, AWS JSON 1.0 and 1.1, AWS restJson1,
AWS restXml) and "Smithy RPC v2 CBOR".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlencode

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import SerializationError, ValidationError

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

FORM = "application/x-www-form-urlencoded"
CBOR = "smithy-rpc-v2-cbor"

NOT_AN_OBJECT = "Could not parse the request body as a JSON object."


class Form(dict[str, str]):
    """The fields of a request of the query protocols; a rule may complete them."""

    def text(self, name: str) -> str:
        """Return a field's text, empty if it was not given."""
        return self.get(name, "")

    def texts(self, name: str) -> list[str]:
        """Return the texts of `name.1`, `name.2`, … (or `name.member.1`, …) in order."""
        found = {
            int(key.rpartition(".")[2]): value
            for key, value in self.items()
            if key.rpartition(".")[0] in (name, f"{name}.member")
        }
        return [found[number] for number in sorted(found)]

    def is_true(self, name: str) -> bool:
        """Tell whether a field was given as true."""
        return self.text(name).lower() == "true"


class Wire(Protocol):
    """What a request's parameters are read from, which a `Request` of the gateway has."""

    method: str
    path: str
    raw_path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    service: str
    protocol: str

    @property
    def model(self) -> OperationModel:
        """botocore's model of the operation."""

    @property
    def form(self) -> Form:
        """The fields of a form."""

    @property
    def decoded(self) -> Any:
        """The decoded body."""


Tree = dict[str, Any]
"""The fields of a form by the parts of their names; a leaf is a text."""


def form(request: Wire) -> Form:
    """Return the fields of the query string, and those of a body that is a form."""
    given = Form({name: values[0] for name, values in request.query.items() if values})
    if not request.headers.get("content-type", FORM).startswith(FORM):
        return given
    text = request.body.decode(errors="replace")
    given.update(parse_qsl(text, keep_blank_values=True))
    return given


def body(request: Wire) -> Any:
    """Decode a body of JSON or CBOR; an empty one is an empty object.

    Raises
    ------
    labkit.sandbox.gateway.errors.SerializationError
        If it cannot be decoded, or is no object where the protocol writes one.
    """
    if not request.body:
        return {}
    try:
        content = (_from_cbor if request.protocol == CBOR else _from_json)(request.body)
    except ValueError:
        raise SerializationError(NOT_AN_OBJECT) from None
    if not isinstance(content, dict):
        raise SerializationError(NOT_AN_OBJECT)
    nulls = request.protocol == CBOR or b"null" in request.body
    return without_nulls(content) if nulls else content


def _from_json(content: bytes) -> Any:
    return DECODER.decode(content.decode())


def _no_json(constant: str) -> float:
    raise ValueError(constant)


DECODER = json.JSONDecoder(parse_constant=_no_json)
"""Python's own also takes NaN and Infinity, which JSON does not have."""


def without_nulls(value: Any) -> Any:
    """Return a decoded value without the members that are `null`: they count as not given."""
    if isinstance(value, dict):
        return {k: without_nulls(inner) for k, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def parameters(request: Wire) -> dict[str, Any]:
    """Return a request's parameters by botocore's names of its input's members.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If they cannot be read.
    """
    shape = request.model.input_shape
    if shape is None:
        return {}
    if request.protocol in ("query", "ec2"):
        return _structure_of_form(shape, _tree(request.form), request.protocol)
    if request.protocol in ("rest-json", "rest-xml"):
        return _rest_parameters(request, shape)
    decoded: dict[str, Any] = request.decoded
    return decoded


def changed(request: Wire, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of the request as it would have been sent with other parameters."""
    return _written(request.model, parameters, request.protocol)


def written(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a request (method, path, headers, query, body) that asks a service."""
    model = models.service(service)
    protocol = model.metadata["protocol"]
    protocol = "json" if protocol == CBOR else protocol
    return _written(model.operation_model(operation), parameters, protocol) | {"protocol": protocol}


def _written(model: OperationModel, values: dict[str, Any], protocol: str) -> dict[str, Any]:
    from botocore.serialize import create_serializer

    made = create_serializer(protocol, include_validation=False).serialize_to_request(values, model)
    content, query = made["body"], made["query_string"]
    headers = {name.lower(): str(text) for name, text in made["headers"].items()}
    if isinstance(content, dict):
        content = urlencode(content).encode()
        headers["content-type"] = FORM
    return {
        "method": made["method"],
        "path": made["url_path"],
        "raw_path": made["url_path"],
        "headers": headers,
        "query": {k: v if isinstance(v, list) else [str(v)] for k, v in dict(query or {}).items()},
        "body": content.encode() if isinstance(content, str) else content,
    }


def _from_cbor(content: bytes) -> Any:
    import cbor2

    try:
        return cbor2.loads(content)
    except cbor2.CBORDecodeError as error:
        raise ValueError(str(error)) from error


def _tree(fields: dict[str, str]) -> Tree:
    root: Tree = {}
    for name, text in fields.items():
        node, *parts = root, *name.split(".")
        for part in parts[:-1]:
            inner = node.get(part)
            if not isinstance(inner, dict):
                inner = node[part] = {}
            node = inner
        node.setdefault(parts[-1], text)
    return root


def _structure_of_form(shape: Any, tree: Tree, protocol: str, where: str = "") -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        node = tree.get(_name_in_form(name, member, protocol))
        if node is not None:
            found[name] = _value_of_form(member, node, protocol, f"{where}{_lower(name)}")
    return found


def _name_in_form(name: str, member: Shape, protocol: str) -> str:
    serialized = member.serialization
    if protocol == "ec2":
        own = serialized.get("name", name)
        return str(serialized.get("queryName") or own[0].upper() + own[1:])
    if member.type_name == "list" and serialized.get("flattened"):
        return str(member.member.serialization.get("name") or serialized.get("name", name))
    return str(serialized.get("name", name))


def _value_of_form(shape: Any, node: Any, protocol: str, where: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        tree = node if isinstance(node, dict) else {}
        return _structure_of_form(shape, tree, protocol, f"{where}.")
    if kind == "list":
        values = _numbered(shape, node)
        return [
            _value_of_form(shape.member, value, protocol, f"{where}.{number}.member")
            for number, value in enumerate(values, 1)
        ]
    if kind == "map":
        return _map_of_form(shape, node, protocol, where)
    return _scalar(kind, node if isinstance(node, str) else "", where)


def _numbered(shape: Any, node: Any) -> list[Any]:
    """Return the elements of a list in order: of `name.1` as of `name.member.1`."""
    if not isinstance(node, dict):
        return []
    for wrapper in ("member", shape.member.serialization.get("name", "member")):
        if isinstance(node.get(wrapper), dict):
            node = node[wrapper]
            break
    return [node[number] for number in sorted(filter(str.isdecimal, node), key=int)]


def _map_of_form(shape: Any, node: Any, protocol: str, where: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    entries = node.get("entry", node)
    key = shape.key.serialization.get("name", "key")
    value = shape.value.serialization.get("name", "value")
    return {
        entries[number][key]: _value_of_form(
            shape.value, entries[number].get(value, ""), protocol, where
        )
        for number in sorted(filter(str.isdecimal, entries), key=int)
        if isinstance(entries[number], dict) and isinstance(entries[number].get(key), str)
    }


def _scalar(kind: str, text: str, where: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError:
        raise ValidationError(
            f"1 validation error detected: Value '{text}' at '{where}' must be a number"
        ) from None
    return text.lower() == "true" if kind == "boolean" else text


def _rest_parameters(request: Wire, shape: Any) -> dict[str, Any]:
    found = models.operation_at(
        request.service, request.method, request.raw_path or request.path, request.query
    )
    in_path = found[1] if found else {}
    in_body = {} if shape.serialization.get("payload") or _is_xml(request) else request.decoded
    values: dict[str, Any] = {}
    keys = {member.serialization.get("name", name) for name, member in shape.members.items()}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        key = member.serialization.get("name", name)
        if location == "uri":
            values[name] = in_path.get(key)
        elif location == "querystring" and member.type_name == "map":  # each entry by itself
            more = {k: v[-1] for k, v in request.query.items() if k not in keys and v}
            values[name] = more or None
        elif location == "querystring":
            values[name] = _of_query(member, request.query.get(key))
        elif location == "header":
            values[name] = request.headers.get(key.lower())
        elif name == shape.serialization.get("payload"):
            values[name] = _payload(member, request)
        elif location is None and isinstance(in_body, dict):
            values[name] = in_body.get(key)
    return {name: value for name, value in values.items() if value is not None}


def _is_xml(request: Wire) -> bool:
    return request.protocol == "rest-xml"


def _of_query(shape: Any, values: list[str] | None) -> Any:
    if not values:
        return None
    if shape.type_name == "list":
        return values
    return _scalar(shape.type_name, values[0], _lower(shape.name))


def _payload(shape: Any, request: Wire) -> Any:
    if shape.type_name == "structure" and not _is_xml(request):
        return request.decoded
    return request.body


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
