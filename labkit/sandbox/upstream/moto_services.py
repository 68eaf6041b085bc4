"""EC2, Auto Scaling, RDS and Elastic Load Balancing by moto, behind MiniStack's endpoint.

moto refuses most of what EC2 refuses where MiniStack says yes, so these services are its own; what
it accepts and AWS refuses is caught in front of it, by the modules of `FRONTS`. Its import takes a
second, so moto and the modules in front of it wait for the first request to one of them.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

ENTRY_POINTS = {
    "autoscaling": "moto.autoscaling.urls",
    "ec2": "moto.ec2.urls",
    "elasticloadbalancing": "moto.elb.urls",
    "rds": "moto.rds.urls",
}
"""MiniStack's name of each service, and the moto module that maps its one URL to a function.
`moto.elb.urls` tells the classic from the newer API by the version in the request."""

FRONTS = {
    "autoscaling": "labkit.sandbox.services.autoscaling",
    "ec2": "labkit.sandbox.services.ec2",
    "elasticloadbalancing": "labkit.sandbox.services.elbv2.load_balancers",
}
"""The module that stands in front of a service: its `answer` takes a `Call`."""

PREPARED = {
    "moto.autoscaling.models": "labkit.sandbox.services.autoscaling.groups",
    "moto.autoscaling.urls": "labkit.sandbox.services.autoscaling.operations",
    "moto.ec2.models": "labkit.sandbox.services.ec2",
    "moto.elbv2.models": "labkit.sandbox.services.elbv2.load_balancers",
}
"""By module of moto: the module of ours whose `prepare` takes the seams in it once it is loaded."""

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]

LOG = logging.getLogger(__name__)

_one_at_a_time = threading.RLock()
"""moto's backends know one another and no threads."""


@dataclass(frozen=True)
class Call:
    """One call of a service whose parameters are a form; a rule may complete them."""

    account: str
    region: str
    parameters: dict[str, str]
    ask: Callable[[], Response]
    """Ask moto, with the parameters as they are then."""

    @property
    def action(self) -> str:
        """The operation's name, for example `CreateVpc`."""
        return self.parameters.get("Action", "")

    def get(self, name: str) -> str:
        """Return a parameter's text, empty if it was not given."""
        return self.parameters.get(name, "")

    def list(self, name: str) -> list[str]:
        """Return the texts of `name.1`, `name.2`, … (or `name.member.1`, …) in order."""
        found = {
            int(key.rpartition(".")[2]): value
            for key, value in self.parameters.items()
            if key.rpartition(".")[0] in (name, f"{name}.member")
        }
        return [found[number] for number in sorted(found)]

    def is_true(self, name: str) -> bool:
        """Tell whether a parameter was given as true."""
        return self.get(name).lower() == "true"


class RefusedError(Exception):
    """A call that AWS refuses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def refuse(code: str, message: str, status: int = 400) -> NoReturn:
    """Refuse the call in hand.

    Raises
    ------
    RefusedError
        Always.
    """
    raise RefusedError(code, message, status)


def query_refusal(error: RefusedError) -> Response:
    """Write a refusal as the services of AWS's query protocol do."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    )
    return error.status, {"Content-Type": "text/xml"}, body.encode()


def install() -> None:
    """Hand the services of `ENTRY_POINTS` to moto; MiniStack still checks the caller's rights."""
    for service in ENTRY_POINTS:
        seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, _handler(service))
    for module, ours in PREPARED.items():
        when_loaded(module, functools.partial(_prepare, ours))


def _prepare(module: str) -> None:
    importlib.import_module(module).prepare()


@functools.cache
def _load() -> None:
    """Load moto's services, all of them: their backends know one another."""
    for module in ENTRY_POINTS.values():
        importlib.import_module(module)


def _handler(service: str) -> Handler:
    async def handle(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
    ) -> Response:
        from ministack.core.responses import get_account_id, get_region

        account, region = get_account_id(), get_region()
        url = f"https://{service}.{region}.amazonaws.com{path or '/'}"
        given = {key: values[0] for key, values in query.items() if values}
        parameters = given | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        scoped = {
            "Content-Type": "application/x-www-form-urlencoded",
            "x-moto-account-id": account,
            **{key: text for key, text in headers.items() if key.lower() == "authorization"},
        }

        def ask() -> Response:
            return _ask_moto(service, url, scoped, urlencode(parameters).encode())

        call = Call(account, region, parameters, ask)

        def answer() -> Response:
            with _one_at_a_time:
                _load()
                return _answer(service, call)

        return await asyncio.to_thread(answer)

    return handle


def _answer(service: str, call: Call) -> Response:
    """Answer a call; what moto cannot read or fails on is refused, as it would be by AWS."""
    from botocore.model import OperationNotFoundError

    if not call.action:
        return query_refusal(RefusedError("MissingAction", "Missing Action"))
    unknown = f"The action {call.action} is not valid for this web service."
    try:
        return _front(service)(call)
    except OperationNotFoundError:
        return query_refusal(RefusedError("InvalidAction", unknown))
    except NotImplementedError as error:
        return query_refusal(RefusedError("UnsupportedOperation", f"Not in the sandbox: {error}"))
    except ValueError as error:
        return query_refusal(RefusedError("InvalidParameterValue", str(error)))
    except Exception:
        LOG.exception("moto failed at %s", call.action)
        return query_refusal(
            RefusedError(
                "InvalidParameterValue" if service == "ec2" else "ValidationError",
                f"{call.action} names something that does not exist, or takes no such value.",
            )
        )


def _front(service: str) -> Callable[[Call], Response]:
    if service not in FRONTS:
        return lambda call: call.ask()
    answer: Callable[[Call], Response] = importlib.import_module(FRONTS[service]).answer
    return answer


def _ask_moto(service: str, url: str, headers: dict[str, str], body: bytes) -> Response:
    from moto.core.request import Request
    from werkzeug.exceptions import HTTPException

    (entry,) = importlib.import_module(ENTRY_POINTS[service]).url_paths.values()
    request = Request.from_primitives("POST", url, headers, body)
    try:
        status, answered, content = entry(request, request.raw_url, request.headers)
    except HTTPException as error:
        status, answered, content = error.code, dict(error.get_headers()), error.get_body()
    return status, dict(answered), content if isinstance(content, bytes) else content.encode()
