"""Lab as a notebook meets it: names, folder, zip, a run that goes on, and a light import."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from labkit.aws.clients import Clients
from labkit.aws.embedded import Sandbox
from labkit.aws.targets import EmbeddedTarget
from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.resources import runs
from tests.support import samples


def test_a_name_is_the_same_each_time_and_only_this_runs(lab: Lab) -> None:
    name = lab.name("orders")
    assert name == lab.name("orders")
    assert name.startswith("lk-dq-")
    assert lab.run_id[:8] in name
    assert Lab("delivery-queue", run="new").name("orders") != name


@pytest.mark.parametrize("logical", ["", "or ders", "주문", "a/b", "-a", "x.fifo.y"])
def test_a_name_that_no_service_takes(logical: str, lab: Lab) -> None:
    with pytest.raises(LabkitError, match="use letters"):
        lab.name(logical)


def test_a_name_that_is_too_long_says_what_fits(lab: Lab) -> None:
    room = 64 - len(lab.name("x")) + 1
    assert len(lab.name(room * "x")) == 64
    with pytest.raises(LabkitError, match=f"yours can have {room}"):
        lab.name((room + 1) * "x")


def test_a_zip_has_the_same_bytes_each_time_and_readable_files(lab: Lab) -> None:
    (lab.folder / "order.py").write_text("def handler(event, context): ...\n")
    (lab.folder / "pay.py").write_text("x = 1\n")
    first = lab.zip("order.py", "pay.py")
    (lab.folder / "order.py").touch()
    assert lab.zip("order.py", "pay.py") == first
    entries = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert [entry.filename for entry in entries] == ["order.py", "pay.py"]
    assert all(entry.external_attr >> 16 == 0o644 for entry in entries)


def test_a_file_that_is_not_there(lab: Lab) -> None:
    with pytest.raises(LabkitError, match=r"%%function_file order\.py"):
        lab.zip("order.py")


def test_a_restarted_kernel_goes_on(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    samples.queue(lab)
    (lab.folder / "order.py").write_text("x = 1\n")
    again = Lab("delivery-queue")
    assert "Going on with this lesson's run" in capsys.readouterr().out
    assert again.run_id == lab.run_id
    assert again.folder == lab.folder
    assert again.resources()["kind"].tolist() == ["SQS queue"]


def test_an_ended_sandboxs_run_is_closed_and_said_so(
    sandbox: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    gone = Sandbox.from_json(sandbox | {"directory": str(tmp_path / "gone")})
    old = runs.start("delivery-queue", EmbeddedTarget(gone, sandbox["region"]))
    with Lab("delivery-queue") as lab:
        assert lab.run_id != old.run.id
    assert "earlier run has ended" in capsys.readouterr().out
    assert old.closed


def test_a_new_run_beside_the_old_one(lab: Lab) -> None:
    samples.queue(lab)
    beside = Lab("delivery-queue", run="new")
    assert beside.run_id != lab.run_id
    assert beside.resources().empty
    assert beside.teardown(progress=False).clean
    assert lab.resources()["state"].tolist() == ["live"]


def test_a_new_run_after_the_old_ones_teardown(lab: Lab) -> None:
    samples.queue(lab)
    after = Lab("delivery-queue", run="teardown")
    assert after.run_id != lab.run_id
    assert [journal.run.id for journal in runs.unfinished()] == [after.run_id]


@pytest.mark.usefixtures("sandbox")
def test_an_unknown_choice() -> None:
    with pytest.raises(LabkitError, match='"continue", "new" or "teardown"'):
        Lab("delivery-queue", run="restart")  # type: ignore[arg-type]


@pytest.mark.usefixtures("lab")
def test_another_lessons_run_is_not_gone_on_with() -> None:
    with Lab("delivery-order-api") as other:
        assert other.resources().empty


def test_the_folder_goes_with_the_run(lab: Lab) -> None:
    folder = lab.folder
    (folder / "order.py").write_text("x = 1\n")
    assert lab.teardown(progress=False).clean
    assert not folder.exists()
    with pytest.raises(LabkitError, match="torn down"):
        _ = lab.folder
    assert "(torn down)" in repr(lab)


@pytest.mark.usefixtures("sandbox")
def test_a_context_manager_tears_down() -> None:
    with Lab("delivery-queue") as lab:
        samples.queue(lab)
    assert runs.unfinished() == []


def test_the_table_of_resources(lab: Lab) -> None:
    samples.function(lab)
    frame = lab.resources()
    assert list(frame.columns) == ["kind", "name", "id", "state", "created_at"]
    assert frame["kind"].tolist() == ["IAM role", "Lambda function", "log group"]
    assert str(frame["created_at"].dt.tz) == "UTC"


def test_an_empty_table_has_the_same_columns(lab: Lab) -> None:
    frame = lab.resources()
    assert list(frame.columns) == ["kind", "name", "id", "state", "created_at"]
    assert str(frame["created_at"].dt.tz) == "UTC"


def test_clients_are_boto3s_own(lab: Lab) -> None:
    sqs = lab.client("sqs")
    assert sqs is lab.client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName=lab.name("nothing"))
    assert "Has the cell that creates it been run?" in caught.value.__notes__[0]


def test_an_ended_sandbox_is_explained(sandbox: dict[str, Any]) -> None:
    ended = Sandbox.from_json(sandbox | {"endpoint": "http://127.0.0.1:9"})
    clients = Clients(EmbeddedTarget(ended, "us-east-1"))
    with pytest.raises(EndpointConnectionError) as caught:
        clients("sqs").list_queues()
    assert "run the lesson's first cell again" in caught.value.__notes__[0]
