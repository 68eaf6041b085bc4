"""What DynamoDB's model says of the members of a request, where MiniStack takes them as they are.

MiniStack says of most members what AWS was measured to say, so only the others are looked at.
Source: the model's lengths, ranges and enumerations; AWS writes an enumeration in an order of its
own, as others have recorded it.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.validate import missing

WHOLE = frozenset({"AttributeValue"})
"""Values of items, which MiniStack looks at, and which there can be many of."""

WORDING = constraints.Wording(
    whole=WHOLE,
    values={
        "ConditionalOperator": ("OR", "AND"),
        "ProjectionType": ("ALL", "INCLUDE", "KEYS_ONLY"),
        "ReturnValue": ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
        "Select": (
            "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES",
        ),
    },
    shapes=frozenset({
        "AttributeAction", "AttributeName", "AttributeNameList", "BackupName",
        "BackupsInputLimit", "ComparisonOperator",
        "ConditionalOperator", "KeySchemaAttributeName", "ListTablesInputLimit",
        "NonKeyAttributeName", "NonKeyAttributeNameList", "PositiveLongObject", "ProjectionType",
        "RecoveryPeriodInDays", "ReturnValue", "ReturnValuesOnConditionCheckFailure", "SSEType",
        "Select", "StreamViewType", "TagKeyString", "TagValueString", "TimeToLiveAttributeName",
    }),
)  # fmt: skip

WORDED_BY_TAGS = "Tags"
"""A member whose parts AWS misses in words of their own: see `tags`."""


def check(request: Request) -> None:
    """Check the members of a request.

    Raises
    ------
    ValidationError
        If one is not as the model says, or is without a member that it has to have.
    """
    broken = [*_missing(request), *constraints.problems(request, wording=WORDING)]
    if broken:
        raise ValidationError(constraints.sentence(broken))


def _place(name: str) -> str:
    return f"{name[0].lower()}{name[1:]}."


def _missing(request: Request) -> list[str]:
    """Return what members are without; what the request itself is without MiniStack says."""
    shape: Any = request.model.input_shape
    given = request.parameters
    return [
        problem
        for name in shape.members
        if name in given and name != WORDED_BY_TAGS
        for problem in missing(given[name], shape.members[name], _place(name), WHOLE)
    ]
