"""Hands out ordinary boto3 clients: careful in what they repeat, helpful when they fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from labkit.aws import boundary, eventual_consistency, guard, trace
from labkit.aws.client_config import ATTEMPTS, POOL, config
from labkit.aws.explain import explain
from labkit.aws.operations import makes_another_each_time
from labkit.aws.targets import Target

Hook = Callable[[Any], None]
"""Takes a new client, to register event handlers on it."""

Send = Callable[[str, dict[str, Any]], Any]
"""Sends an operation with its parameters, and returns AWS's answer."""


class Responder(Protocol):
    """Answers some calls in AWS's place: those whose answer is known."""

    def around(self, send: Send, service: str) -> Send:
        """Return a function that sends only what the responder cannot answer."""


@dataclass(frozen=True)
class _Conduct:
    """What a client of `Clients` knows beyond an ordinary one."""

    clients: Clients
    once: Callable[[], Any] | None
    """Gives the client that sends a call only once; None for that client itself."""


class _WithConduct:
    """Put before botocore's own class: sends some calls only once, waits out delays, explains."""

    meta: Any
    labkit_conduct: _Conduct | None = None

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        conduct = self.labkit_conduct
        model = self.meta.service_model.operation_model(operation_name)
        if conduct and conduct.once and makes_another_each_time(model):
            return conduct.once()._make_api_call(operation_name, api_params)
        send = super()._make_api_call  # type: ignore[misc]
        if conduct and conduct.clients.responder:
            send = conduct.clients.responder.around(send, self.meta.service_model.service_name)
        try:
            if conduct:
                return eventual_consistency.send(send, operation_name, api_params, conduct.clients)
            return send(operation_name, api_params)
        except (BotoCoreError, ClientError) as error:
            if not getattr(error, "__notes__", ()) and (note := explain(error)):
                error.add_note(note)
            raise


def _put_first(base_classes: list[type], **_: Any) -> None:
    if _WithConduct not in base_classes:
        base_classes.insert(0, _WithConduct)


def _drop_retry_remark(parsed: dict[str, Any], **_: Any) -> None:
    """Keep "reached max retries: 0" out of the message of a call that is sent only once."""
    metadata = parsed.get("ResponseMetadata", {})
    if metadata.get("RetryAttempts") == 0:
        metadata.pop("MaxAttemptsReached", None)


class Clients:
    """The clients of one target, one per service: ``clients("sqs")``.

    Parameters
    ----------
    target
        Where the calls go.
    token
        What the guard gave out for this target: without one, a call that changes something is
        refused.
    hooks
        Called with each new client.
    responder
        Answers what it can in AWS's place.
    bounded
        Whether roles get the account's boundary: a lesson's do, and none that an instructor makes.
    """

    def __init__(
        self,
        target: Target,
        token: guard.Token | None = None,
        hooks: Iterable[Hook] = (),
        responder: Responder | None = None,
        bounded: bool = True,
    ) -> None:
        self.target = target
        self.responder = responder
        self._token = token
        self._hooks = tuple(hooks)
        self._bounded = bounded
        self._lock = threading.RLock()
        self._made: dict[tuple[str, int, int], Any] = {}
        target.session.events.register(
            "creating-client-class", _put_first, unique_id="labkit-conduct"
        )

    def __call__(self, service: str, attempts: int = ATTEMPTS, connections: int = POOL) -> Any:
        """Return the client of a service, as boto3 names it; the same one each time."""
        key = service, attempts, connections
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def _make(self, service: str, attempts: int, connections: int) -> Any:
        client = self.target.session.client(
            service,
            endpoint_url=self.target.endpoint_url,
            config=config(service, attempts, connections),
        )
        once = None if attempts == 1 else (lambda: self(service, 1, connections))
        client.labkit_conduct = _Conduct(self, once)
        client.meta.events.register("after-call", _drop_retry_remark)
        guard.stand_before(client.meta.events, self.target, self._token)
        if service == "iam" and self._bounded:
            boundary.put_on_roles(client, self.target.account)
        for hook in (trace.attach, *self._hooks):
            hook(client)
        return client
