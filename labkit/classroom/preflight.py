"""`labkit class check`: what this host has and lacks for a class, before anybody comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil

from labkit.classroom.class_settings import LOOPBACK
from labkit.classroom.control_groups import held
from labkit.classroom.folder import ClassFolder
from labkit.classroom.homes import can_hold_disks
from labkit.classroom.rooms import missing
from labkit.classroom.serve import expect_hub, find_proxy
from labkit.course.doctor.findings import Diagnosis, Finding, fine, problem, warning
from labkit.errors import LabkitError

LEARNER_MB = 768
"""What a learner takes: 367 MB as measured with one notebook, and two more notebooks' kernels."""
HOST_MB = 1024
"""Hub, proxy, view, and the host itself."""
LEARNERS_A_CORE = 4
"""Lessons 05 to 07 measure time and feel their neighbours; more of them take turns there."""


def examine(folder: ClassFolder) -> Diagnosis:
    """Look at the host; nothing is started or changed."""
    findings = [*_programs(), *_rooms(folder), *_size(folder), *_links(folder)]
    return Diagnosis(
        "", findings, good="The class can be served", bad="The class cannot be served yet"
    )


def _programs() -> Iterator[Finding]:
    for about, look in (("JupyterHub", expect_hub), ("proxy", find_proxy)):
        try:
            found = look()
        except LabkitError as error:
            said, _, remedy = str(error).partition("; nothing was started. ")
            yield problem(about, said, remedy)
        else:
            yield fine(about, str(found or "installed"))


def _rooms(folder: ClassFolder) -> Iterator[Finding]:
    """Look whether learners can be kept apart, and held to what is theirs."""
    settings = folder.settings
    if reasons := missing():
        yield problem("rooms", " ".join(reasons), "put that right, or add --trust-each-other")
        return
    yield fine("rooms", "a network, processes and a user id for each learner")
    for name, limit in settings.limits.items():
        if limit and name not in held():
            lost = f"one learner can take all of the host's {name}"
            yield warning(name, lost, f"mount the control group controller {name}")
    if settings.disk_mb and not can_hold_disks():
        yield warning(
            "disk", "one learner can fill it for all", "install e2fsprogs; loop devices are needed"
        )


def _size(folder: ClassFolder) -> Iterator[Finding]:
    """Compare the host with what so many learners take."""
    learners = len(folder.learners)
    wanted = HOST_MB + learners * LEARNER_MB
    there = psutil.virtual_memory().total // 2**20
    said = f"{there:,} MB; {learners} learners take some {wanted:,} MB"
    if there < wanted:
        yield warning("size: memory", said, "take a larger host, or fewer learners")
    else:
        yield fine("size: memory", said)
    cores = psutil.cpu_count() or 1
    said = f"{cores} cores for {learners} learners"
    if learners > cores * LEARNERS_A_CORE:
        yield warning("size: cores", said, "let them take turns in lessons 05 to 07")
    else:
        yield fine("size: cores", said)


def _links(folder: ClassFolder) -> Iterator[Finding]:
    """Look whether people can come in, and whether others can read what they send."""
    settings = folder.settings
    left = settings.expires - datetime.now(UTC)
    if left <= timedelta():
        yield problem("links", f"ended on {settings.expires:%d %B %Y}", "set expires in class.toml")
    else:
        yield fine("links", f"hold until {settings.expires:%d %B %Y, %H:%M} UTC")
    if not settings.local and not settings.tls_cert:
        yield warning(
            "encryption", "none: invitations can be read on the way", "set tls_cert and tls_key"
        )
    if settings.local and not settings.url.startswith((f"http://{LOOPBACK}", "http://localhost")):
        yield fine("encryption", f"is up to what stands before {settings.bind}")
