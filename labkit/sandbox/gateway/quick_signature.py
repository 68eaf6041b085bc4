"""Whose signature a plain request bears, found with as little work as that takes.

A client repeats all of its `Authorization` header but the signature, so what follows from the rest
is kept: the scope, the names of the signed headers, the key that is derived for a day. Only a sound
signature is told from the others here; why another is refused is `signatures`' to say.
Source: IAM User Guide, "Create a signed AWS API request".
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from labkit.sandbox.upstream.iam import evaluator

ALGORITHM = "AWS4-HMAC-SHA256"

CLOCK_SECONDS = 300
"""How far a request's time may be from this computer's. Source: as above, for most services."""


_accounts: dict[str, str] = {}


@dataclass(frozen=True)
class Scope:
    """What a client's signatures of one day have in common."""

    key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The scope as it is signed."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @cached_property
    def names(self) -> str:
        """The names of the signed headers as they are signed."""
        return ";".join(self.headers)


@dataclass(frozen=True)
class Signer:
    """Who a request's head says to have signed it, which its signature proves.

    Attributes
    ----------
    scope
        What is signed for: the key, the day, the Region, the service.
    account, credential
        The key's account, and what MiniStack knows of the key.
    """

    scope: Scope
    account: str
    credential: Any

    def has_signed(
        self, signature: str, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> bool:
        """Tell whether a signature is the key's owner's, of this request, which has no query.

        Parameters
        ----------
        path
            The path as it was sent; one that needs no escaping.
        headers
            By their names in lower case.
        """
        try:
            values = [f"{name}:{' '.join(headers[name].split())}\n" for name in self.scope.headers]
        except KeyError:
            return False
        digest = hashlib.sha256(body).hexdigest()
        canonical = f"{method}\n{path}\n\n{''.join(values)}\n{self.scope.names}\n{digest}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{headers['x-amz-date']}\n{self.scope.text}\n{hashed}"
        computed = hmac.digest(self._signing_key, to_sign.encode(), "sha256").hex()
        return hmac.compare_digest(computed, signature)

    @cached_property
    def _signing_key(self) -> bytes:
        return _key_of_a_day(self.credential.secret_access_key, self.scope)

    def is_of_now(self, headers: dict[str, str]) -> bool:
        """Tell whether a request says to be signed on the scope's day, and about now."""
        now = headers.get("x-amz-date", "")
        in_time = abs(_seconds(now) - time.time()) <= CLOCK_SECONDS
        return in_time and now.startswith(self.scope.date)


def signer(service: str, beginning: str) -> Signer | None:
    """Return who says to have signed a request for a service; None if that is not plain to see.

    `beginning` is the `Authorization` header up to its signature.
    """
    scope = _scope(beginning)
    if scope is None or scope.service != service:
        return None
    account = scope.key if scope.key.isdecimal() else _account_of(scope.key)
    credential = evaluator.resolve_credential(scope.key, account) if account else None
    if not isinstance(credential, evaluator.ResolvedCredential) or credential.session_token:
        return None
    return Signer(scope, account, credential)


@functools.lru_cache(maxsize=256)
def _scope(beginning: str) -> Scope | None:
    """Read an `Authorization` header up to its signature."""
    algorithm, _, rest = beginning.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    parts, names = fields.get("Credential", "").split("/"), fields.get("SignedHeaders", "")
    if algorithm != ALGORITHM or len(parts) != 5 or parts[4] != "aws4_request":
        return None
    headers = tuple(names.split(";"))
    if not {"host", "x-amz-date"} <= set(headers) or list(headers) != sorted(headers):
        return None
    key, date, region, service, _ = parts
    return Scope(key, date, region, service, headers)


@functools.lru_cache(maxsize=256)
def _key_of_a_day(secret: str, scope: Scope) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@functools.lru_cache(maxsize=64)
def _seconds(stamp: str) -> float:
    """Return the time of `x-amz-date` in seconds since 1970; one that cannot be read is 1970's."""
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _account_of(key: str) -> str:
    """Return the account of an IAM user's key; empty for a session's, and one that is not known.

    A key never moves to another account, and whether it is still there is looked at each time.
    """
    if (known := _accounts.get(key)) is None:
        try:
            known = evaluator.find_iam_access_key_account(key) or ""
        except evaluator.AmbiguousAccessKeyError:
            return ""
        if known:
            _accounts[key] = known
    return known
