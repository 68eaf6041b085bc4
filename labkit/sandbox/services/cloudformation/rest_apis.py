"""A REST API's definition that changes is put into the API that is there: its id and URL stay.

MiniStack makes a new API; and an API is regional where the template does not say.
Source: CloudFormation Template Reference, AWS::ApiGateway::RestApi.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.apigateway.definitions import overwrite
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties

REST_API = "AWS::ApiGateway::RestApi"

EDGE: Properties = {"EndpointConfiguration": {"types": ["EDGE"]}}
"""The endpoint of an API whose template names none."""


def updated_in_place(upstream: Handlers) -> Handlers:
    """Return the handlers of REST APIs that keep an API whose definition changes."""

    def create(logical_id: str, properties: Properties, *more: Any) -> Any:
        return upstream["create"](logical_id, EDGE | properties, *more)

    def update(
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        if new.get("Body") != old.get("Body"):
            overwrite(physical_id, new.get("Body") or {})
        unchanged = {**old, "Body": new.get("Body")}
        return upstream["update"](physical_id, unchanged, new, stack_name, logical_id)

    return upstream | {"create": create, "update": update}
