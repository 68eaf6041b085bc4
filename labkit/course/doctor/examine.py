"""Puts the doctor's findings about a target together."""

from __future__ import annotations

import os

from labkit.aws.opening import TARGET, open_target
from labkit.aws.targets import AccountTarget, Target
from labkit.course.doctor.account import examine_account
from labkit.course.doctor.findings import Diagnosis, Finding, problem
from labkit.course.doctor.machine import examine_machine
from labkit.course.doctor.shared_host import examine_sharing
from labkit.errors import LabkitError


def examine(name: str | None = None, region: str | None = None) -> Diagnosis:
    """Look at this machine and, for the target ``aws``, at the account; change nothing.

    Parameters
    ----------
    name
        ``"local"`` or ``"aws"``; by default what ``LABKIT_TARGET`` says, else ``"local"``.
    region
        AWS region, as for `Lab`.
    """
    chosen = name or os.environ.get(TARGET) or "local"
    findings = [*examine_machine(), *examine_sharing()]
    if chosen != "local":
        findings += _opened(chosen, region)
    return Diagnosis(chosen, findings)


def _opened(name: str, region: str | None) -> list[Finding]:
    try:
        target: Target = open_target(name, region)
    except LabkitError as error:
        return [problem("identity", str(error), "docs/aws.md says how to sign in.")]
    return list(examine_account(target)) if isinstance(target, AccountTarget) else []
