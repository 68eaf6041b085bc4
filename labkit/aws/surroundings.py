"""What a computer has set for other purposes, and a local lesson must not meet.

A company's proxy, an AWS profile that names nothing, a broken `~/.aws/config`, few open files: none
of them has to do with a sandbox on 127.0.0.1.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost", "::1")

NO_PROXY = ("NO_PROXY", "no_proxy")
"""Variables that botocore, requests and urllib all read."""

MANY_FILES = 4096
"""Open files that a process of labkit asks for, where the system allows as many."""

ENOUGH_FILES = 1024
"""Open files that every lesson runs with: lesson 07 holds some 700 connections and pipes."""

SET_ASIDE: dict[str, Any] = {
    "config_file": os.devnull,
    "credentials_file": os.devnull,
    "use_fips_endpoint": False,
    "use_dualstack_endpoint": False,
    "ignore_configured_endpoint_urls": True,
    "defaults_mode": "legacy",
    "auth_scheme_preference": None,
    "disable_host_prefix_injection": True,
}
"""botocore's settings that variables or files would give, and what they are here instead. Some
calls go to a host with a prefix (`sync-` for StartSyncExecution); a sandbox has one host."""


NO_PROFILE = {"profile": (None, None, None, None)}
"""botocore's description of the setting `profile`: no variable names one."""


def core_session() -> Any:
    """Return a session of botocore that reads nothing of this computer's AWS settings."""
    from botocore.session import Session

    core = Session(session_vars=NO_PROFILE)
    for name, value in SET_ASIDE.items():
        core.set_config_variable(name, value)
    return core


def sandbox_session(
    access_key_id: str, secret_access_key: str, region: str, session_token: str | None = None
) -> Any:
    """Return a boto3 session for a sandbox, which reads nothing of this computer's AWS settings."""
    import boto3

    return boto3.Session(
        access_key_id,
        secret_access_key,
        session_token,
        region_name=region,
        botocore_session=core_session(),
    )


def spare_loopback_from_proxies() -> None:
    """Let no proxy of this process's variables stand between it and this computer itself."""
    for name in NO_PROXY:
        known = [host for host in os.environ.get(name, "").split(",") if host]
        missing = [host for host in LOOPBACK if host not in known]
        if missing and known != ["*"]:
            os.environ[name] = ",".join([*known, *missing])


def allow_many_files() -> int | None:
    """Raise how many files this process may have open; return how many, None if nobody says."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = MANY_FILES if hard == unlimited else min(MANY_FILES, hard)
    if soft not in (unlimited, wanted) and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MANY_FILES if soft == unlimited else soft
