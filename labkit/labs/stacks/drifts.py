"""Where a stack's resources differ from its template, as a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from labkit.measure.frames import TEXT, typed_frame

DIFFERENCE_COLUMNS = {"resource": TEXT, "property": TEXT, "in_template": TEXT, "in_world": TEXT}


def differences(drifts: Mapping[str, Any]) -> pd.DataFrame:
    """Read what drift detection found.

    Parameters
    ----------
    drifts : mapping
        As boto3's ``describe_stack_resource_drifts`` answers it.

    Returns
    -------
    pandas.DataFrame
        One row per difference: ``resource`` (logical id), ``property`` (a path such as
        ``/VisibilityTimeout``), ``in_template``, ``in_world``. Of a resource that was deleted the
        last three are missing.
    """
    return typed_frame(
        (
            {
                "resource": drift["LogicalResourceId"],
                "property": difference.get("PropertyPath"),
                "in_template": difference.get("ExpectedValue"),
                "in_world": difference.get("ActualValue"),
            }
            for drift in drifts["StackResourceDrifts"]
            if drift["StackResourceDriftStatus"] in ("MODIFIED", "DELETED")
            for difference in drift.get("PropertyDifferences") or [{}]
        ),
        DIFFERENCE_COLUMNS,
    )
