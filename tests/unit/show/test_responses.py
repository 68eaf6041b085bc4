"""An answer of boto3 is shown without its HTTP headers, and keeps them."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from labkit.show.responses import shorten_answers

ANSWER = {
    "QueueUrl": "https://queue",
    "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {"x-amz-id-2": "long"}},
}


def test_an_answer_is_shown_without_headers() -> None:
    shell = InteractiveShell()
    shorten_answers(shell)

    text = shell.display_formatter.format(ANSWER)[0]["text/plain"]

    assert "'QueueUrl': 'https://queue'" in text
    assert "{'HTTPStatusCode': 200, …}" in text
    assert "x-amz-id-2" not in text
    assert ANSWER["ResponseMetadata"]["HTTPHeaders"] == {"x-amz-id-2": "long"}


def test_other_dictionaries_are_shown_as_ever() -> None:
    shell = InteractiveShell()
    shorten_answers(shell)

    assert shell.display_formatter.format({"a": [1]})[0]["text/plain"] == "{'a': [1]}"
