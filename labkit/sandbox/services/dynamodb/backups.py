"""Point-in-time recovery of tables: what AWS refuses beside what the model says.

Source: DynamoDB API Reference, UpdateContinuousBackups and PointInTimeRecoverySpecification; the
text as others have recorded it on AWS.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request, Response

NO_DAYS = (
    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
)


async def update(request: Request) -> Response:
    """Switch point-in-time recovery on or off.

    Raises
    ------
    ValidationError
        If it is to be off, and for some days.
    """
    asked = request.parameters.get("PointInTimeRecoverySpecification") or {}
    if "RecoveryPeriodInDays" in asked and not asked.get("PointInTimeRecoveryEnabled"):
        raise ValidationError(NO_DAYS)
    return await request.forward()
