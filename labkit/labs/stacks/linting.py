"""What cfn-lint finds in a template before AWS sees it."""

from __future__ import annotations

from importlib.util import find_spec

import pandas as pd

from labkit.measure.frames import COUNT, TEXT, typed_frame

FINDING_COLUMNS = {"line": COUNT, "rule": TEXT, "level": TEXT, "message": TEXT}

ABSENT = (
    "Nobody looked: cfn-lint is not installed here. `make extras` in a terminal installs it "
    "(146 MB); then run this cell again. The rest of the lesson goes on without it."
)


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
        ``message``. Without cfn-lint, one row that says so, and nothing was looked at.
    """
    if find_spec("cfnlint") is None:
        return typed_frame([{"level": "not looked at", "message": ABSENT}], FINDING_COLUMNS)
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
