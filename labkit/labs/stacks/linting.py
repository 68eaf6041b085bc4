"""What cfn-lint finds in a template before AWS sees it."""

from __future__ import annotations

import pandas as pd

from labkit.measure.frames import COUNT, TEXT, typed_frame

FINDING_COLUMNS = {"line": COUNT, "rule": TEXT, "level": TEXT, "message": TEXT}


def lint(template: str, region: str) -> pd.DataFrame:
    """Hold a template against the schemas of its resource types; AWS is not asked.

    Parameters
    ----------
    template : str
        YAML or JSON; SAM templates too.
    region : str
        Whose resource types and properties count.

    Returns
    -------
    pandas.DataFrame
        One row per finding, from the top: ``line``, ``rule`` (``E…`` for an error), ``level``,
        ``message``.
    """
    from cfnlint.api import lint as look

    found = sorted(look(template, regions=[region]), key=lambda match: match.linenumber)
    return typed_frame(
        (
            {
                "line": match.linenumber,
                "rule": match.rule.id,
                "level": match.rule.severity,
                "message": match.message,
            }
            for match in found
        ),
        FINDING_COLUMNS,
    )
