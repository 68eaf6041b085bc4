"""Announcements on their way: four routes compared, and a reader that cannot read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.labs.events import compare_routes, message_routes
from labkit.labs.events.message_arrivals import message_arrivals


def test_what_keeps_the_reader_from_reading_is_raised(plain: Callable[[str], Any]) -> None:
    sqs = plain("sqs")
    url = sqs.create_queue(QueueName="arrivals")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(ClientError, match="NonExistentQueue"):
        message_arrivals(lambda message: None, sqs, url, messages=2, timeout_s=20)


def test_only_fifo_recognises_a_repeated_message() -> None:
    with Lab("announcing", run="new") as lab:
        seen = compare_routes(lab, message_routes(lab), messages=5)
        assert lab.teardown(progress=False).clean
    assert seen["copies of the one sent twice"].tolist() == [2, 2, 2, 1]
    assert (seen["median_ms"] > 0).all()
