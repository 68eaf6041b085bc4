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
    "ignore_configured_endpoint_urls": True,
    "disable_host_prefix_injection": True,
}
"""botocore's settings that are other than its defaults here. Some calls go to a host with a prefix
(`sync-` for StartSyncExecution); a sandbox has one host."""


def core_session() -> Any:
    """Return a session of botocore that reads nothing of this computer's AWS settings.

    botocore describes each setting by its name in a file, its variable, its default and how it is
    read; here the first two are of nothing, so that each has its default.
    """
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
    from botocore.session import Session

    unread = {
        name: (None, None, default, read)
        for name, (_, _, default, read) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    core = Session(session_vars=unread)
    for name, value in SET_ASIDE.items():
        core.set_config_variable(name, value)
    core.get_component("config_store").set_config_variable("s3", {})  # it has variables of its own
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
