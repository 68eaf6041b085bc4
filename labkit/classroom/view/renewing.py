"""Keeps each learner's session in an account of AWS, and begins another before it ends."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from labkit.classroom.class_settings import AWS
from labkit.classroom.folder import ClassFolder
from labkit.clock import clock
from labkit.errors import LabkitError

LEFT = timedelta(minutes=20)
"""What a session has left at least when it is handed out: SDKs ask again 15 minutes before the end.

Source: botocore, `RefreshableCredentials`, the advisory time-out."""

Keys = dict[str, Any]


@dataclass
class RenewedSessions:
    """The learners' sessions.

    Attributes
    ----------
    begin
        Begins a session of one learner, and returns what AssumeRole gives.
    """

    begin: Callable[[str], Keys]
    _kept: dict[str, Keys] = field(default_factory=dict)
    _locks: defaultdict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )

    def of(self, who: str) -> dict[str, Any]:
        """Return a learner's keys as SDKs take them from a program.

        Source: AWS SDKs and Tools Reference Guide, "Process credential provider".

        Raises
        ------
        LabkitError
            AWS gives none.
        """
        with self._locks[who]:
            keys = self._kept.get(who)
            if keys is None or keys["Expiration"] - clock().now() < LEFT:
                keys = self._kept[who] = self._begun(who)
        return {
            "Version": 1,
            **{name: keys[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")},
            "Expiration": keys["Expiration"].isoformat(),
        }

    def _begun(self, who: str) -> Keys:
        try:
            return self.begin(who)
        except (BotoCoreError, ClientError) as error:
            raise LabkitError(f"AWS gives no session for {who}: {error}") from error


def sessions_of(folder: ClassFolder) -> RenewedSessions:
    """Return the sessions of a class, which begin with the keys that this program has.

    The account is looked at when the first one is asked for.
    """
    opened: list[Any] = []

    def begin(who: str) -> Keys:
        from labkit.aws.opening import open_target
        from labkit.classroom.account_sessions import AccountSessions

        if folder.settings.target != AWS:
            raise LabkitError("This class works in its own sandboxes; there are no keys of AWS.")
        if not opened:
            target = open_target(AWS, folder.settings.region)
            opened.append(AccountSessions.open(folder, target))
        keys: Keys = opened[0].session(who)
        return keys

    return RenewedSessions(begin)
