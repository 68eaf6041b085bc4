"""The course's lessons, read once for all the tests that look at them."""

from __future__ import annotations

from labkit.course.lesson import lesson_paths, read_lesson

LESSONS = [read_lesson(path) for path in lesson_paths()]
