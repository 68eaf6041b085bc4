"""Files of test results in the JUnit XML format, as pytest and most other test runners write them.

Source: CodeBuild User Guide, "Test reports" and "Test report statuses". Which attribute becomes a
test case's prefix is not documented; here it is the class's name.
"""

from __future__ import annotations

import contextlib
from xml.etree import ElementTree

from labkit.sandbox.services.codebuild.records import Info

NANOSECONDS = 1_000_000_000

OUTCOMES = {"error": "ERROR", "failure": "FAILED", "skipped": "SKIPPED"}
"""What an element within a test case says of it; one that holds none of them has succeeded."""


def cases(text: bytes) -> list[Info]:
    """Return the test cases of a file, as DescribeTestCases describes them.

    Raises
    ------
    ValueError
        If the file is no JUnit XML.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    if root.tag not in ("testsuite", "testsuites"):
        raise ValueError(f"a testsuite is expected, and not {root.tag}")
    return [
        _case(case, suite.get("name") or "")
        for suite in root.iter("testsuite")
        for case in suite.findall("testcase")
    ]


def _case(case: ElementTree.Element, suite: str) -> Info:
    found: Info = {
        "name": case.get("name") or "",
        "prefix": case.get("classname") or "",
        "testSuiteName": suite,
        "status": "SUCCEEDED",
        "durationInNanoSeconds": _nanoseconds(case.get("time")),
    }
    for element in case:
        if status := OUTCOMES.get(element.tag):
            said = (element.get("message"), element.text)
            message = "\n".join(part.strip() for part in said if part)
            return found | {"status": status} | ({"message": message} if message else {})
    return found


def _nanoseconds(seconds: str | None) -> int:
    """Return a duration; 0 where a file does not say it."""
    with contextlib.suppress(ValueError, OverflowError):
        return round(float((seconds or "0").replace(",", "")) * NANOSECONDS)
    return 0
