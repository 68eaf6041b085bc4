"""``python -m labkit.course.server.looking``: what the doctor finds, and whose account it is."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from labkit.aws.opening import open_target
from labkit.course.doctor.examine import examine
from labkit.course.doctor.machine import EARLIER_RUNS
from labkit.errors import LabkitError


def look() -> dict[str, Any]:
    """Return the findings, and where lessons run; an account that cannot be asked has no number."""
    diagnosis = examine()
    findings = [
        asdict(finding)
        for finding in diagnosis.findings
        if finding.about != EARLIER_RUNS  # the sidebar lists them, and stays up to date
    ]
    told: dict[str, Any] = {"healthy": diagnosis.healthy, "findings": findings}
    try:
        target = open_target()
    except LabkitError:
        return told | {"account": "", "region": ""}
    return told | {"account": target.account, "region": target.region}


if __name__ == "__main__":
    print(json.dumps(look(), ensure_ascii=False))
