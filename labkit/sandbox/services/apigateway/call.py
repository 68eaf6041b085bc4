"""One request on its way through a method: what came in, and what is noted about it."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """A request to a method.

    Attributes
    ----------
    routed
        What MiniStack found out on the way: `path_params`, `resource_path`, `request_id`, `stage`.
    test
        Whether it is the console's Test (TestInvokeMethod), which has no stage.
    log
        Lines of the execution log, in the order in which they happened.
    failed
        Whether the integration failed, so that API Gateway answers by itself.
    integration_ms
        How long the integration took, in ms; None when there was none.
    integration_uri, integration_began
        Which backend served it, and from when, in seconds since 1970; empty when there was none.
    began
        When the request came, in seconds since 1970.
    canary
        The stage variables of the canary that the request meets; None if it meets none.
    request_override, response_override
        What a mapping template has put into `$context.requestOverride` and `responseOverride`.
    """

    api_id: str
    stage_name: str
    method: str
    path: str
    headers: dict[str, Any]
    query: dict[str, Any]
    body: bytes
    account: str
    region: str
    routed: dict[str, Any]
    authorizer: dict[str, Any] | None = None
    test: bool = False
    log: list[str] = field(default_factory=list)
    failed: bool = False
    integration_ms: float | None = None
    integration_uri: str = ""
    integration_began: float = 0.0
    began: float = field(default_factory=time.time)
    canary: dict[str, str] | None = None
    request_override: dict[str, Any] = field(
        default_factory=lambda: {"header": {}, "path": {}, "querystring": {}}
    )
    response_override: dict[str, Any] = field(default_factory=lambda: {"header": {}})

    @property
    def stage_variables(self) -> dict[str, str]:
        """The variables of the stage that was called, and of its canary if that is met."""
        return (self.routed["stage"].get("variables") or {}) | (self.canary or {})

    @property
    def path_parameters(self) -> dict[str, str]:
        """The values of the resource's {parameters}."""
        parameters: dict[str, str] = self.routed["path_params"]
        return parameters

    @property
    def source_arn(self) -> str:
        """The ARN that a permission's SourceArn is matched with.

        Its path is the resource's, with `{parameters}` as they are written there; the console's
        Test comes from the stage `test-invoke-stage`.
        """
        stage = "test-invoke-stage" if self.test else self.stage_name
        api = f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}"
        return f"{api}/{stage}/{self.method}{self.routed['resource_path']}"

    def note(self, line: str) -> None:
        """Add a line to the execution log."""
        self.log.append(line)


_current: ContextVar[Call] = ContextVar("call")


def current() -> Call:
    """Return the request that is being served in this context."""
    return _current.get()


def enter(call: Call) -> None:
    """Make `call` the one that is being served in this context."""
    _current.set(call)
