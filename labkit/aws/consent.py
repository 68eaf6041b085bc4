"""The marker in an account that says: this is a sandbox for labkit, until then, swept by that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from labkit.errors import Refused

CONSENT = "/labkit/consent"
"""Name of the SSM parameter; its value is JSON, as ``account/template.yaml`` writes it."""

SANDBOX = "sandbox"


@dataclass(frozen=True)
class Consent:
    """What an account's owner has consented to.

    Attributes
    ----------
    until
        The day on which the consent ends.
    reaper, switch_role
        ARNs of the function that deletes what has expired, and of the role with which EventBridge
        Scheduler calls it; None in an account that was not prepared with the template.
    """

    until: date
    reaper: str | None = None
    switch_role: str | None = None

    @property
    def prepared(self) -> bool:
        """Whether the account has something that deletes expired runs by itself."""
        return self.reaper is not None and self.switch_role is not None

    def as_text(self) -> str:
        """Return the parameter's value."""
        arns = {"reaper": self.reaper, "switch_role": self.switch_role}
        given = {name: arn for name, arn in arns.items() if arn}
        return json.dumps({"labkit": SANDBOX, "until": self.until.isoformat(), **given})


def read_consent(ssm: Any) -> Consent | None:
    """Return an account's consent, or None where it has none.

    Parameters
    ----------
    ssm
        A boto3 client of Systems Manager.

    Raises
    ------
    Refused
        When the parameter does not say what it has to say.
    """
    try:
        text = ssm.get_parameter(Name=CONSENT)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    try:
        said = json.loads(text)
        if said["labkit"] != SANDBOX:
            raise ValueError("it names no sandbox")
        until = date.fromisoformat(said["until"])
        return Consent(until, said.get("reaper"), said.get("switch_role"))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(
            f"The SSM parameter {CONSENT} has to hold JSON such as "
            f'{{"labkit": "{SANDBOX}", "until": "2026-12-31"}}, and holds {text!r}: {error}.'
        ) from None
