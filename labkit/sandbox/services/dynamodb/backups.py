"""Point-in-time recovery of tables: what AWS refuses beside what the model says.

MiniStack restores and exports a table whose changes are not kept.
Source: DynamoDB API Reference, UpdateContinuousBackups, RestoreTableToPointInTime and
ExportTableToPointInTime; the texts as others have recorded them on AWS.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.dynamodb import store

NO_DAYS = (
    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
)


NOT_KEPT = "Point in time recovery is not enabled for table '{}'"


async def go_back(request: Request) -> Response:
    """Restore or export a table as it was.

    Raises
    ------
    AwsError
        If its changes are not kept.
    """
    given = request.parameters
    named = given.get("SourceTableName") or given.get("SourceTableArn") or given.get("TableArn")
    name = store.plain_name(str(named or ""))
    if store.table(name) is not None and not store.keeps_changes(name):
        raise AwsError(NOT_KEPT.format(name), "PointInTimeRecoveryUnavailableException")
    return await request.forward()


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
