"""What a change set says that CloudFormation would do, as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from labkit.measure.frames import TEXT, typed_frame

CHANGE_COLUMNS = {
    "resource": TEXT,
    "type": TEXT,
    "action": TEXT,
    "replacement": TEXT,
    "because": TEXT,
}


def changes(change_set: Mapping[str, Any]) -> pd.DataFrame:
    """Read a change set.

    Parameters
    ----------
    change_set : mapping
        As boto3's ``describe_change_set`` answers it.

    Returns
    -------
    pandas.DataFrame
        One row per resource: ``resource`` (logical id), ``type``, ``action`` ("Add", "Modify",
        "Remove"), ``replacement`` ("True", "False", "Conditional"; missing where it is not a
        change), ``because`` (the properties that change).
    """
    listed = (change["ResourceChange"] for change in change_set["Changes"])
    return typed_frame(
        (
            {
                "resource": change["LogicalResourceId"],
                "type": change["ResourceType"],
                "action": change["Action"],
                "replacement": change.get("Replacement"),
                "because": _because(change.get("Details", [])),
            }
            for change in listed
        ),
        CHANGE_COLUMNS,
    )


def _because(details: Iterable[Mapping[str, Any]]) -> str:
    targets = (detail["Target"] for detail in details)
    return ", ".join(dict.fromkeys(t.get("Name") or t["Attribute"] for t in targets))
