"""`labkit slides` and `labkit instructor`, over the whole course."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.cli import main
from tests.accessibility import problems
from tests.support.lessons import LESSONS


@pytest.mark.parametrize("command", ["slides", "instructor"])
def test_the_commands_write_a_page_for_each_lesson_and_name_the_list_of_them(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--folder", str(tmp_path)]) == 0
    written = sorted(path.stem for path in tmp_path.glob("*.html"))
    assert written == [*(lesson.name for lesson in LESSONS), "index"]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert problems(index) == []
    assert all(f'href="{lesson.name}.html"' in index for lesson in LESSONS)
    assert capsys.readouterr().out.count("file://") == 1
    pages = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html"))
    assert "<script" not in pages
