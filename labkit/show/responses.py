"""Shows boto3's answers without HTTP headers: a cell's output then is what the call returned."""

from __future__ import annotations

from typing import Any

METADATA = "ResponseMetadata"
"""The key under which botocore adds the status, the request's id and every header to an answer."""


def shorten_answers(shell: Any) -> None:
    """Make an IPython shell show `HTTPStatusCode` alone of an answer's `ResponseMetadata`.

    Only the display changes; the dictionary keeps everything.
    """
    formatter = shell.display_formatter.formatters["text/plain"]
    default = formatter.lookup_by_type(dict)

    def show(value: Any, printer: Any, cycle: bool) -> None:
        metadata = value.get(METADATA)
        if isinstance(metadata, dict) and "HTTPStatusCode" in metadata:
            value = value | {METADATA: Abridged(metadata["HTTPStatusCode"])}
        default(value, printer, cycle)

    formatter.for_type(dict, show)


class Abridged:
    """Stands for an answer's metadata, by its status alone."""

    def __init__(self, status: int) -> None:
        self._status = status

    def __repr__(self) -> str:
        return f"{{'HTTPStatusCode': {self._status}, …}}"
