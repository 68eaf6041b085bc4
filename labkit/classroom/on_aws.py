"""What a learner's server needs where a class works in accounts of AWS."""

from __future__ import annotations

import json
import os
from pathlib import Path

from labkit.aws.guard import SETTINGS
from labkit.aws.opening import TARGET
from labkit.classroom.account_list import account_of
from labkit.classroom.class_settings import AWS
from labkit.classroom.folder import ClassFolder, Learner, write_private
from labkit.classroom.learners_role import LearnersRole
from labkit.errors import LabkitError
from labkit.state import state_dir

CONFIG = Path(__file__).with_name("aws_config")
ACCOUNT_ENV, REGION_ENV = "LABKIT_CLASS_ACCOUNT", "AWS_REGION"


def environment(folder: ClassFolder, learner: Learner, way_out: str | None) -> dict[str, str]:
    """Return the variables with which a server works in its learner's account.

    Nothing for a class that works in sandboxes, nor for an instructor without an account.

    Parameters
    ----------
    way_out
        The proxy by which a room reaches AWS; None where the server has the host's network.

    Raises
    ------
    LabkitError
        A learner has no account.
    """
    if folder.settings.target != AWS:
        return {}
    try:
        account = account_of(folder, learner.who)
    except LabkitError:
        if learner in folder.learners:
            raise
        return {}
    region = folder.settings.region
    return {
        TARGET: AWS,
        ACCOUNT_ENV: account,
        REGION_ENV: region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": str(CONFIG),
        "AWS_EC2_METADATA_DISABLED": "true",  # the host's own role is nobody's here
        **LearnersRole.of(folder, learner, account).environment(),
        **({"HTTPS_PROXY": way_out, "https_proxy": way_out} if way_out else {}),
    }


def allow_account() -> None:
    """Let labkit's guard admit the account that the class gave to this server, and no other."""
    account = os.environ.get(ACCOUNT_ENV)
    if account is None:
        return
    lists = {"accounts": [account], "regions": [os.environ[REGION_ENV]]}
    lines = [f"{name} = {json.dumps(values)}" for name, values in lists.items()]
    folder = state_dir()
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / SETTINGS, "\n".join(["[aws]", *lines, ""]))
