"""The integration that publishes to a topic, with everything that a message may have.

MiniStack's forgets a message's attributes and its number.
Source: Step Functions Developer Guide, "Publish messages to an Amazon SNS topic with Step
Functions"; the error is AWS's answer as others have recorded it.
"""

from __future__ import annotations

import uuid
from typing import Any

from labkit.sandbox.gateway import parse
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.sns import phones, publishing
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.upstream.app import responses


def publish(given: dict[str, Any]) -> dict[str, Any]:
    """Publish a message; one that is no text is sent as JSON.

    Raises
    ------
    StateError
        If SNS refuses it.
    """
    message = given.get("Message")
    if message is not None and not isinstance(message, str):
        given = given | {"Message": compact(message)}
    request = Request(
        **parse.written("sns", "Publish", given),
        service="sns",
        operation="Publish",
        account=responses.get_account_id(),
        region=responses.get_region(),
        id=str(uuid.uuid4()),
    )
    try:
        if "PhoneNumber" in given:
            return phones.published(given)
        return publishing.publish(request)
    except AwsError as error:
        code = error.code("query")
        cause = (
            f"{error.message} (Service: AmazonSNS; Status Code: {error.status}; "
            f"Error Code: {code}; Request ID: {request.id}; Proxy: null)"
        )
        raise StateError(f"SNS.{code}Exception", cause) from error
