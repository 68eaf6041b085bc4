"""A function that counts, and what its REPORT line tells."""

from __future__ import annotations

import re

REQUEST_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
REPORT = re.compile(
    rf"REPORT RequestId: (?P<id>{REQUEST_ID})\tDuration: (?P<duration>\d+\.\d\d) ms\t"
    r"Billed Duration: (?P<billed>\d+) ms\tMemory Size: (?P<size>\d+) MB\t"
    r"Max Memory Used: (?P<used>\d+) MB\t(?:Init Duration: (?P<init>\d+\.\d\d) ms\t)?"
    r"(?P<status>Status: .*)?\n$"
)

COUNTER = """\
import os
print("init")
calls = 0
def handler(event, context):
    global calls
    calls += 1
    print("one\\ntwo")
    if "error" in event:
        raise ValueError(event["error"])
    if "exit" in event:
        os._exit(event["exit"])
    if "sleep" in event:
        import time
        time.sleep(event["sleep"])
    return {"calls": calls, "pid": os.getpid()}
"""


def report(log: str) -> dict[str, str]:
    """The fields of the REPORT line at the end of a log."""
    match = REPORT.search(log)
    assert match, log
    return match.groupdict()
