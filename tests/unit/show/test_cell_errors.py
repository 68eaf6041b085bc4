"""A cell's error says what AWS said first, and leaves out the frames of labkit and botocore."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from IPython.core.interactiveshell import InteractiveShell

from labkit.show.cell_errors import shorten_errors

CELL = """\
import boto3
from labkit.polling import wait_until

sqs = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

def probe():
    raise ValueError("out of the learner's own function")
"""


@pytest.fixture
def shown() -> Callable[[str], str]:
    """Run a cell and return what it shows of its error."""
    shell = InteractiveShell(colors="nocolor")
    shell.user_module.__name__ = "__main__"
    shorten_errors(shell)
    seen: list[str] = []
    shell._showtraceback = lambda kind, error, lines: seen.append("\n".join(lines))
    shell.run_cell(CELL)

    def shown(source: str) -> str:
        seen.clear()
        shell.run_cell(source)
        return "".join(seen)

    return shown


def test_what_was_said_comes_first_then_the_line_of_the_cell(shown: Callable[[str], str]) -> None:
    text = shown("url = 'a'\nsqs.send_message(QueueUrl=url)")
    assert text.startswith("ParamValidationError: Parameter validation failed:")
    assert "----> 2 sqs.send_message(QueueUrl=url)" in text
    assert "_make_api_call" not in text
    assert "frames of labkit and botocore not shown. %tb shows them" in text


def test_all_frames_are_one_line_away(shown: Callable[[str], str]) -> None:
    shown("sqs.send_message(QueueUrl='a')")
    assert "_make_api_call" in shown("%tb")
    shown("%library_frames show")
    assert "_make_api_call" in shown("sqs.send_message(QueueUrl='a')")
    shown("%library_frames hide")
    assert "_make_api_call" not in shown("sqs.send_message(QueueUrl='a')")


def test_a_function_of_the_cell_that_labkit_calls_is_shown(shown: Callable[[str], str]) -> None:
    text = shown("wait_until(probe, 1)")
    assert "out of the learner's own function" in text
    assert "in probe()" in text
    assert "in wait_until(" not in text


def test_what_a_pool_of_threads_does_in_between_is_not_shown(shown: Callable[[str], str]) -> None:
    shown("from concurrent.futures import ThreadPoolExecutor")
    text = shown(
        "with ThreadPoolExecutor(2) as clerks:\n"
        "    clerks.submit(sqs.send_message, QueueUrl='a').result()"
    )
    assert text.startswith("ParamValidationError: Parameter validation failed:")
    assert "----> 2     clerks.submit(" in text
    assert "_base.py" not in text
    assert "thread.py" not in text


def test_an_error_inside_labkit_says_where(shown: Callable[[str], str]) -> None:
    text = shown("wait_until(probe, 'soon')")
    assert text.startswith("TypeError:")
    assert "Raised in labkit/polling.py, line " in text


def test_other_errors_are_shown_as_ever(shown: Callable[[str], str]) -> None:
    assert "ZeroDivisionError                         Traceback" in shown("1 / 0")
    assert "SyntaxError" in shown("1 +")


def test_notes_stand_apart_from_what_was_said(shown: Callable[[str], str]) -> None:
    text = shown(
        "e = ValueError('said')\n"
        "e.add_note('meant')\n"
        "wait_until(lambda: (_ for _ in ()).throw(e), 1)"
    )
    assert text.startswith("ValueError: said\n\nmeant\n\n")


def test_a_check_of_what_nobody_has_made_says_what_to_do(shown: Callable[[str], str]) -> None:
    shown("from types import SimpleNamespace\nlab = SimpleNamespace(check=print)")
    text = shown('lab.check("pattern", answer=big_in_seoul)')
    said = "NameError: name 'big_in_seoul' is not defined\n\nThe exercise's own cell, above, makes"
    assert text.startswith(said)
    assert '1 lab.check("pattern"' in text
    assert "above, makes" not in shown("big_in_seoul")
