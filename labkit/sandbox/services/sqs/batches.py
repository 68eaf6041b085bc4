"""What SQS refuses of a batch before it looks at any entry.

Source: SQS API Reference, SendMessageBatch; the texts are AWS's answers as others have recorded
them.
"""

from __future__ import annotations

import re
from typing import Any

from labkit.sandbox.services.sqs.errors import refused

MOST_ENTRIES = 10
ID = re.compile(r"[\w-]{1,80}", re.ASCII)


def check(entries: list[dict[str, Any]], entry_name: str) -> None:
    """Check the number of entries and their ids.

    Parameters
    ----------
    entry_name
        What SQS calls an entry of the batch.

    Raises
    ------
    SqsError
        If SQS refuses the batch.
    """
    if not entries:
        text = f"There should be at least one {entry_name} in the request."
        raise refused("EmptyBatchRequest", text)
    if len(entries) > MOST_ENTRIES:
        text = (
            f"Maximum number of entries per request are {MOST_ENTRIES}. You have sent "
            f"{len(entries)}."
        )
        raise refused("TooManyEntriesInBatchRequest", text)
    seen: set[str] = set()
    for entry in entries:
        identifier = entry.get("Id") or ""
        if not ID.fullmatch(identifier):
            text = (
                "A batch entry id can only contain alphanumeric characters, hyphens and "
                "underscores. It can be at most 80 letters long."
            )
            raise refused("InvalidBatchEntryId", text)
        if identifier in seen:
            raise refused("BatchEntryIdsNotDistinct", f"Id {identifier} repeated.")
        seen.add(identifier)
