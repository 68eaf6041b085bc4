"""What the function's role has to allow before Lambda polls a queue for it.

Source: Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping". The
text of the refusal is Lambda's, as users report it.
"""

from __future__ import annotations

from labkit.sandbox.gateway.permissions import role_allows

ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def missing_permission(role_arn: str, queue_arn: str) -> str | None:
    """Return the sentence that names the first permission the role lacks, or None."""
    for action in ACTIONS:
        if not role_allows(role_arn, f"sqs:{action}", queue_arn):
            return f"The function execution role does not have permissions to call {action} on SQS"
    return None
