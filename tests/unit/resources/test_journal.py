"""The journal: torn lines, threads, full disks, and what its lines add up to."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.resources.journal import Journal
from labkit.resources.run import Run

RUN = Run(
    id="0123456789abcdef0123456789abcdef",
    owner="a1b2c3",
    lesson="delivery-queue",
    target="local",
    account="111122223333",
    region="ap-northeast-2",
    started_at=datetime(2026, 11, 23, tzinfo=UTC),
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.start(tmp_path / "runs", RUN)


def states(journal: Journal) -> list[tuple[str, str | None, str]]:
    return [(item.name, item.id, item.state) for item in journal.items()]


def test_it_says_which_run_it_is_of(journal: Journal) -> None:
    assert Journal(journal.path).run == RUN


def test_from_maybe_to_gone(journal: Journal) -> None:
    journal.intend("SQS queue", "orders", "CreateQueue", [], op="1")
    assert states(journal) == [("orders", None, "maybe")]
    journal.created("1", "https://q")
    assert states(journal) == [("orders", "https://q", "live")]
    journal.deleting("1")
    assert states(journal) == [("orders", "https://q", "deleting")]
    journal.gone("1", "three misses")
    assert states(journal) == [("orders", "https://q", "gone")]
    assert journal.open_items() == []


def test_a_refused_call_never_was(journal: Journal) -> None:
    journal.intend("Lambda function", "f", "CreateFunction", [("log group", "/f")], op="1")
    journal.refused("1", "ResourceConflictException")
    assert journal.items() == []


def test_what_aws_makes_alongside_is_on_record_from_the_start(journal: Journal) -> None:
    journal.intend("Lambda function", "f", "CreateFunction", [("log group", "/f")], op="1")
    assert states(journal) == [("f", None, "maybe"), ("/f", "/f", "live")]
    assert [item.implied for item in journal.items()] == [False, True]


def test_made_again_after_its_deletion_is_another_item(journal: Journal) -> None:
    for op in ("1", "2"):
        journal.intend("IAM role", "r", "CreateRole", [], op=op)
        journal.created(op, "r")
        journal.deleting("1")
    assert states(journal) == [("r", "r", "gone"), ("r", "r", "live")]


@pytest.mark.parametrize("torn", [b'{"at": "2026-', b'{"event": "GONE", "op"', b"\xff\xfe", b"[1]"])
def test_a_torn_line_is_ignored_and_the_next_one_is_not(journal: Journal, torn: bytes) -> None:
    journal.intend("SQS queue", "orders", "CreateQueue", [], op="1")
    with journal.path.open("ab") as file:
        file.write(torn)
    assert states(journal) == [("orders", None, "maybe")]
    journal.created("1", "https://q")
    assert states(Journal(journal.path)) == [("orders", "https://q", "live")]


def test_a_file_without_its_first_line_is_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"event": "RU')
    with pytest.raises(LabkitError, match="not a journal"):
        Journal(path)


def test_threads_do_not_mix_their_lines(journal: Journal) -> None:
    def make(number: int) -> None:
        journal.intend("SQS queue", f"q{number}", "CreateQueue", [], op=str(number))
        journal.created(str(number), f"https://q{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(60)))
    assert sorted(item.id or "" for item in journal.items()) == sorted(
        f"https://q{number}" for number in range(60)
    )


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from labkit.errors import LabkitError
from labkit.resources.journal import Journal
journal = Journal(Path(sys.argv[1]))
size = journal.path.stat().st_size
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
try:
    journal.intend("SQS queue", "orders", "CreateQueue", [], op="1")
except LabkitError as error:
    print(error)
"""


def test_a_full_disk_is_one_clear_error(journal: Journal) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(journal.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is not taken. Make room on the disk" in done.stdout
    assert journal.items() == []
    journal.intend("SQS queue", "orders", "CreateQueue", [], op="2")
    assert states(journal) == [("orders", None, "maybe")]


def test_a_journal_that_is_gone_takes_no_more_steps(journal: Journal) -> None:
    journal.path.unlink()
    with pytest.raises(LabkitError, match="is not taken"):
        journal.intend("SQS queue", "orders", "CreateQueue", [], op="1")
    with pytest.raises(LabkitError, match="labkit sweep"):
        journal.items()
    assert not journal.path.exists()


def test_an_answer_that_is_lost_after_a_teardown_elsewhere_opens_the_run_again(
    journal: Journal,
) -> None:
    journal.intend("SQS queue", "orders", "CreateQueue", [], op="1")
    journal.gone("1", "there was no such thing (any more)")
    journal.close("the inventory shows nothing")
    journal.unanswered("1")
    assert not journal.closed
    assert states(journal) == [("orders", None, "maybe")]
    assert [item.name for item in journal.open_items()] == ["orders"]


def test_closing(journal: Journal) -> None:
    assert not journal.closed
    journal.close("the inventory shows nothing")
    assert journal.closed
