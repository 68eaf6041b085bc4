"""The records of `logging` as events of the function's log, in awslambdaric's forms.

It is loaded right after `logging`, and before whoever asked for that has it.
"""

from __future__ import annotations

import json
import logging
import os
import time

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s"
"""awslambdaric's format of a record."""

JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"
"""How awslambdaric writes the time in the log format `JSON`."""

FIELDS_OF_A_RECORD = frozenset(
    (*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "message", "asctime", "aws_request_id")
)
"""What every record has; the others came with `extra`."""


class LogHandler(logging.Handler):
    """Writes every record as one event, with the id of the request that it belongs to.

    Parameters
    ----------
    write
        Writes a text into the function's log as one event.
    in_hand
        Knows the request (`request_id`).
    """

    def __init__(self, write: Callable[[str], None], in_hand: Any) -> None:
        super().__init__()
        self._write = write
        self._in_hand = in_hand

    def emit(self, record: logging.LogRecord) -> None:
        """Write `record`."""
        record.aws_request_id = self._in_hand.request_id
        self._write(self.format(record))


class JsonFormatter(logging.Formatter):
    """The form of a record in the log format `JSON`.

    Parameters
    ----------
    describe
        Returns an error's payload, by the error and the request.
    """

    def __init__(self, describe: Callable[[BaseException, str], dict[str, Any]]) -> None:
        super().__init__(datefmt=JSON_TIME)
        self._describe = describe

    def format(self, record: logging.LogRecord) -> str:
        """Write `record` as one JSON object."""
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.__dict__.get("aws_request_id"),
        }
        if record.exc_info and record.exc_info[1] is not None:
            failure = self._describe(record.exc_info[1], "")
            fields |= {name: failure[name] for name in ("stackTrace", "errorType", "errorMessage")}
        for name, value in vars(record).items():
            if name not in FIELDS_OF_A_RECORD and value is not None:
                fields.setdefault(name, value)
        return json.dumps(fields, ensure_ascii=False, default=str)


def set_up(
    write: Callable[[str], None],
    describe: Callable[[BaseException, str], dict[str, Any]],
    in_hand: Any,
    *,
    as_json: bool,
) -> None:
    """Give the root logger its handler, and the level that the function is configured with."""
    handler = LogHandler(write, in_hand)
    if as_json:
        formatter: logging.Formatter = JsonFormatter(describe)
    else:
        formatter = logging.Formatter(LOG_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel(logging.DEBUG if level == "TRACE" else level)
