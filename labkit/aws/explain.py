"""Says in one sentence what a beginner can do about an error of boto3."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """What to say about an error.

    Attributes
    ----------
    found
        Looked for in ``"Code|operation|message"`` of an answer, or in ``"ExceptionName|message"``
        where AWS gave none; the first note that fits is said.
    text
        What happened, and what to do next.
    """

    found: re.Pattern[str]
    text: str


def _note(found: str, text: str) -> Note:
    return Note(re.compile(found, re.IGNORECASE), text)


NOTES = (
    _note(
        r"^(NoCredentials|PartialCredentials|CredentialRetrieval|ProfileNotFound|UnauthorizedSSO)",
        "boto3 found no usable AWS credentials. Sign in (`aws sso login`, or set AWS_PROFILE), or "
        'leave out target="aws" to work in the sandbox on this machine.',
    ),
    _note(
        r"^(ExpiredToken|RequestExpired|TokenRefreshRequired|SSOTokenLoad|TokenRetrieval)",
        "The credentials have expired. Sign in again and run this cell again; what was created is "
        "remembered.",
    ),
    _note(
        r"^(InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature)",
        "AWS does not know these credentials. Check AWS_PROFILE and the other AWS_… variables.",
    ),
    _note(
        r"^(EndpointConnection|ConnectionClosed|ConnectTimeout|ReadTimeout|EndpointProvider|SSL|Proxy)",
        "Nothing answers at that address. If it is the sandbox (127.0.0.1), it has ended, and what "
        "was in it is gone: run the lesson's first cell again. Otherwise check the network.",
    ),
    _note(
        r"^InvalidParameterValue\w*\|.*cannot be assumed by Lambda",
        "The role's trust policy has to let the service lambda.amazonaws.com do sts:AssumeRole. "
        "Correct it (`iam.update_assume_role_policy`) and run this cell again.",
    ),
    _note(
        r"^InvalidParameterValue\w*\|.*permissions to call",
        "The function's role lacks that permission. Attach a policy that grants it to the role "
        "(for a queue: sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes) and run this "
        "cell again.",
    ),
    _note(
        r"^InvalidParameterValue\w*\|.*visibility timeout",
        "Set the queue's VisibilityTimeout to at least the function's Timeout; AWS recommends six "
        "times as much.",
    ),
    _note(
        r"^InvalidParameterValue\w*\|.*must use this format to specify the \w+: arn:",
        "It takes an ARN, not a URL or a name. sqs.get_queue_attributes(QueueUrl=…, "
        'AttributeNames=["QueueArn"]) tells a queue\'s.',
    ),
    _note(
        r"^InvalidParameterValue\w*\|.*(unzip|zip file|code size)",
        "The code has to be the bytes of a zip file that holds the handler's file. "
        'lab.zip("file.py") makes them.',
    ),
    _note(
        r"^ResourceInUse\w*\|\w*\|Table already exist",
        "It is there already. Was this cell run before? Then go on with the next one. Did you just "
        "delete the table? That takes a moment; wait for it with "
        'dynamodb.get_waiter("table_not_exists").wait(TableName=…), then run this cell again.',
    ),
    _note(
        r"^[\w.]*(AlreadyExist|NameExists|Duplicate)"
        r"|^(ResourceConflict|ResourceInUse|Conflict)\w*\|\w*\|.*(already|exist)",
        "It is there already: this cell was probably run before. Go on with the next cell; or "
        "start over with lab.teardown(), then the lesson's first cell.",
    ),
    _note(
        r"QueueDeletedRecently",
        "SQS keeps a deleted queue's name back for 60 s. Choose another lab.name(...), or wait.",
    ),
    _note(
        r"^(ResourceConflict|TooManyRequests)\w*\|.*(state: Pending|in progress)",
        "The function is still being made ready. Wait for it: "
        'lab.client("lambda").get_waiter("function_active_v2").wait(FunctionName=…).',
    ),
    _note(
        r"^ResourceInUse",
        "It is still changing state, or in use. Wait a moment and run this cell again.",
    ),
    _note(
        r"^DeleteConflict",
        "Something is still attached to it: detach and delete that first. lab.teardown() knows the "
        "order.",
    ),
    _note(
        r"^(AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden)",
        "The credentials may not do this. Whoever runs the account has to allow the action named "
        "above; running the cell again will not help.",
    ),
    _note(
        r"^(\w*LimitExceeded|ServiceQuotaExceeded|\w*QuotaExceeded)",
        "A quota of the account is used up. lab.resources() lists what this lesson holds, and "
        "lab.teardown() frees it.",
    ),
    _note(
        r"^(Throttling|TooManyRequests|RequestLimitExceeded)",
        "AWS takes only so many such calls per second. Run the cell again in a moment.",
    ),
    _note(
        r"^(ResourceNotFound|NoSuchEntity|NotFound|[\w.]+NonExistentQueue|QueueDoesNotExist)",
        "There is no such thing (yet). Has the cell that creates it been run? lab.resources() "
        "lists what there is.",
    ),
    _note(
        r"^ParamValidation",
        "A parameter is missing, misspelt or of the wrong type; nothing was sent.",
    ),
)
"""Codes and wordings as AWS writes them; see botocore's service models."""


def explain(error: BaseException) -> str | None:
    """Return what to do about an error of boto3, or None where there is nothing to add.

    Parameters
    ----------
    error
        A ``ClientError`` (an answer of AWS), or a ``BotoCoreError`` (there was none).
    """
    text = _text(error)
    return next((note.text for note in NOTES if note.found.search(text)), None)


def _text(error: BaseException) -> str:
    answer = getattr(error, "response", None)
    if isinstance(answer, dict) and "Error" in answer:
        operation = getattr(error, "operation_name", "")
        code, message = answer["Error"].get("Code", ""), answer["Error"].get("Message", "")
        return f"{code}|{operation}|{message}"
    return f"{type(error).__name__}|{error}"
