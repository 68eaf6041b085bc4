"""Stands before every call that changes something: only a known, consenting account passes."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labkit.aws.consent import CONSENT, read_consent
from labkit.aws.operations import only_reads
from labkit.aws.targets import AccountTarget, EmbeddedTarget, Target
from labkit.clock import clock
from labkit.errors import Refused
from labkit.state import state_dir

SETTINGS = "labkit.toml"
"""File with the accounts and regions that labkit may work in."""

PRODUCTION_LIKE = re.compile(r"prod|prd|live", re.IGNORECASE)
"""No account whose alias says so (aws-nuke's default blocklist is "prod")."""


@dataclass(frozen=True)
class SandboxToken:
    """Lets calls pass to the embedded sandbox at `endpoint`."""

    endpoint: str
    account: str


@dataclass(frozen=True)
class AccountToken:
    """Lets calls pass to one account and region, for the credentials that were looked at."""

    account: str
    region: str
    access_key_id: str


Token = SandboxToken | AccountToken

ENTERING = "AssumeRole"
"""Gives keys of another account, and changes nothing in this one."""


def admit(target: Target, preparing: bool = False) -> Token:
    """Look at the target, and return the token that calls which change something need.

    Parameters
    ----------
    target
        Where the calls go.
    preparing
        Whether these are the calls by which the account's owner gives the consent that all others
        need.

    Raises
    ------
    Refused
        When anything about an account is not as it must be, or cannot be read.
    """
    if isinstance(target, EmbeddedTarget):
        return _admit_sandbox(target)
    return _admit_account(target, preparing)


def stand_before(events: Any, target: Target, token: Token | None) -> None:
    """Have every call of a session or client that changes something show a token.

    Parameters
    ----------
    events
        The session's or client's event system; a gate that stands there already is replaced.
    target
        Where the calls go.
    token
        What `admit` gave out, or None: then every such call is refused.
    """
    events.unregister("provide-client-params", unique_id="labkit-guard")
    events.register("provide-client-params", _Gate(target, token), unique_id="labkit-guard")


def let_enter(events: Any, target: Target) -> None:
    """Have a client read and assume roles; what is done with their keys passes a gate of its own.

    An instructor's own account is no sandbox, and yet the way into those that are.
    """
    events.unregister("provide-client-params", unique_id="labkit-guard")
    events.register("provide-client-params", _Gate(target, None, ENTERING), "labkit-guard")


class _Gate:
    def __init__(self, target: Target, token: Token | None, but: str = "") -> None:
        self._target = target
        self._token = token
        self._but = but

    def __call__(self, model: Any, **_: Any) -> None:
        if only_reads(model.name) or model.name == self._but:
            return
        if self._token is None:
            raise Refused(
                f"{model.name} changes something, and this client may only read. Nothing was sent. "
                "Take the client from lab.client(...)."
            )
        if isinstance(self._token, AccountToken):
            self._recheck(self._token)

    def _recheck(self, token: AccountToken) -> None:
        credentials = self._target.session.get_credentials()
        if credentials is None or credentials.access_key != token.access_key_id:
            self._token = admit(self._target)


def _admit_sandbox(target: EmbeddedTarget) -> SandboxToken:
    host = urlsplit(target.sandbox.endpoint).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise Refused(
            f"The sandbox's address {target.sandbox.endpoint} is not on this machine, so it is not "
            "the embedded sandbox. Nothing was sent."
        )
    return SandboxToken(target.sandbox.endpoint, target.account)


def _admit_account(target: AccountTarget, preparing: bool) -> AccountToken:
    try:
        access_key_id = target.session.get_credentials().access_key
        caller = target.session.client("sts").get_caller_identity()
        for problem in _problems(target, caller, preparing):
            raise Refused(
                f"labkit will not change anything in account {caller['Account']}, region "
                f"{target.region}: {problem} Nothing was sent."
            )
    except Refused:
        raise
    except Exception as error:
        raise Refused(
            f"labkit will not change anything in account {target.account}: something that has to "
            f"be read first could not be. {error} Nothing was sent."
        ) from error
    return AccountToken(target.account, target.region, access_key_id)


def _problems(target: AccountTarget, caller: dict[str, Any], preparing: bool) -> Iterator[str]:
    if caller["Account"] != target.account:
        yield f"the credentials were switched; the lab was opened in account {target.account}."
    if caller["Arn"].endswith(":root"):
        yield "these are the root user's credentials. Use a role or user of the sandbox account."
    allowed = _settings()
    if target.account not in allowed.get("accounts", []):
        yield f'it is not in the list "accounts" of {SETTINGS}.'
    if target.region not in allowed.get("regions", []):
        yield f'the region is not in the list "regions" of {SETTINGS}.'
    aliases = target.session.client("iam").list_account_aliases()["AccountAliases"]
    for alias in aliases:
        if PRODUCTION_LIKE.search(alias):
            yield f'its alias "{alias}" looks like production.'
    if not preparing:
        yield from _problems_with_consent(target)


def _problems_with_consent(target: AccountTarget) -> Iterator[str]:
    consent = read_consent(target.session.client("ssm", region_name=target.region))
    if consent is None:
        yield (
            f"its owner has not consented: the SSM parameter {CONSENT} is missing. An instructor "
            "puts it there with `labkit account prepare`."
        )
    elif consent.until < clock().now().date():
        yield f"its owner's consent ended on {consent.until} (the SSM parameter {CONSENT})."


def settings_file() -> Path | None:
    """Return the `SETTINGS` of this folder, of the nearest one above, or of the user."""
    here = Path.cwd()
    candidates = [folder / SETTINGS for folder in (here, *here.parents, state_dir())]
    return next((file for file in candidates if file.is_file()), None)


def cap_usd(default: float) -> float:
    """Return what a run may cost, in USD, as ``labkit.toml`` says it (``[aws] cap_usd``).

    Raises
    ------
    Refused
        When the file cannot be read, or what it says is no number.
    """
    said = _settings().get("cap_usd", default)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise Refused(
            f'"cap_usd" of {settings_file()} has to be a number, and is {said!r}. Nothing was '
            "sent. Correct it and run this cell again."
        )
    return float(said)


def _settings() -> dict[str, Any]:
    file = settings_file()
    if file is None:
        return {}
    try:
        settings: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        return dict(settings.get("aws", {}))
    except (OSError, TypeError, ValueError) as error:
        raise Refused(
            f"The settings in {file} could not be read: {error}. Nothing was sent. Correct them "
            "and run this cell again."
        ) from error
