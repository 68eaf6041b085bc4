"""Text messages to phones: checked, given an id, and sent nowhere.

Source: SNS API Reference, Publish; the text is AWS's answer as others have recorded it.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from labkit.sandbox.services.sns import arns, messages

NUMBER = re.compile(r"\+?[1-9]\d{1,14}")
"""A number in E.164."""


def published(given: dict[str, Any]) -> dict[str, Any]:
    """Return what Publish answers for a phone.

    Raises
    ------
    ValidationError
        If SNS refuses the number or the message.
    """
    number = given["PhoneNumber"]
    if not NUMBER.fullmatch(number):
        arns.invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    messages.check(messages.read(given), {})
    return {"MessageId": str(uuid.uuid4())}
