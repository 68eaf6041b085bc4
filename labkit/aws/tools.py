"""The environment in which AWS's own command-line tools work at a target."""

from __future__ import annotations

import os

from labkit.aws import guard
from labkit.aws.targets import Target


def environment(target: Target) -> dict[str, str]:
    """Return this process's environment with the target's address, Region and credentials.

    What a tool creates is in no run's journal: let it change only what a run created.

    Raises
    ------
    Refused
        When labkit may not work in the account.
    """
    guard.admit(target)
    credentials = target.session.get_credentials().get_frozen_credentials()
    named = {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
        "AWS_DEFAULT_REGION": target.region,
        "AWS_REGION": target.region,
        "AWS_ENDPOINT_URL": target.endpoint_url,
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return others | {name: value for name, value in named.items() if value}
