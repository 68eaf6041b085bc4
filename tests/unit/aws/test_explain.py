"""What is said about boto3's errors: the right sentence, and none where there is nothing to add."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    TokenRetrievalError,
)

from labkit.aws.explain import explain


def answer(code: str, message: str = "", operation: str = "CreateThing") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "Sign in"),
        (TokenRetrievalError(provider="sso", error_msg="x"), "credentials have expired"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "Nothing answers"),
        (answer("ExpiredTokenException"), "credentials have expired"),
        (answer("UnrecognizedClientException"), "does not know these credentials"),
        (answer("AccessDeniedException"), "may not do this"),
        (answer("EntityAlreadyExists"), "probably run before"),
        (answer("ResourceConflictException", "Function already exist: f"), "probably run before"),
        (
            answer("ConflictException", "Another resource with the same parent already has this"),
            "probably run before",
        ),
        (
            answer("ResourceConflictException", "The function is in the following state: Pending"),
            "still being made ready",
        ),
        (
            answer("InvalidParameterValueException", "The role cannot be assumed by Lambda."),
            "trust policy",
        ),
        (
            answer(
                "InvalidParameterValueException",
                "The function execution role does not have permissions to call ReceiveMessage",
            ),
            "lacks that permission",
        ),
        (
            answer(
                "InvalidParameterValueException",
                "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
            ),
            "VisibilityTimeout",
        ),
        (
            answer(
                "InvalidParameterValue",
                "You must use this format to specify the SourceArn: arn:<partition>:<service>",
            ),
            "takes an ARN",
        ),
        (answer("ResourceInUseException", "Table already exists: t"), "just delete the table"),
        (answer("ResourceInUseException", "Table is being created: t"), "still changing state"),
        (answer("InvalidParameterValueException", "Could not unzip uploaded file."), "lab.zip"),
        (answer("AWS.SimpleQueueService.QueueDeletedRecently"), "60 s"),
        (answer("AWS.SimpleQueueService.NonExistentQueue"), "no such thing"),
        (answer("TooManyRequestsException", "Rate Exceeded."), "so many such calls"),
        (answer("LimitExceededException"), "quota"),
        (answer("DeleteConflict"), "detach"),
    ],
)
def test_a_known_error_says_what_to_do(error: Exception, said: str) -> None:
    assert said in (explain(error) or "")


@pytest.mark.parametrize("error", [answer("InternalFailure"), BotoCoreError(), ValueError("x")])
def test_nothing_is_said_where_nothing_is_known(error: Exception) -> None:
    assert explain(error) is None
