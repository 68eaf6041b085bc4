"""What a computer has set for other purposes does not reach the local target."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.aws.surroundings import core_session


def test_no_file_and_no_profile_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        file = tmp_path / name
        file.write_text("[default\nregion", encoding="utf-8")
        monkeypatch.setenv(name, str(file))
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert core_session().get_service_model("ec2").service_name == "ec2"
