"""Files as JupyterLab sees them: the course's own can be opened and run, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado import web

from labkit.course.places import COPIES, LEARNER, PAGES, SOLVED, course_folder


class CourseFiles(AsyncLargeFileManager):
    """Jupyter's own way to files, except that both editions and the course's pages are read-only.

    Git tracks them: a saved output there would stand in the way of the next update.
    """

    def is_writable(self, path: str) -> bool:
        """Tell whether a file can be saved; JupyterLab then offers *Save As* alone."""
        untyped: Any = super()
        return not self._of_the_course(path) and bool(untyped.is_writable(path))

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        """Save a file.

        Raises
        ------
        HTTPError
            403 for one of the course's own.
        """
        if self._of_the_course(path):
            raise web.HTTPError(
                403,
                f"{path} is the course's own and stays as it is. Save it under another name, or "
                f"work in your copy in {COPIES}/.",
            )
        untyped: Any = super()
        return await untyped.save(model, path)

    def _of_the_course(self, path: str) -> bool:
        untyped: Any = self
        where = Path(untyped._get_os_path(path.strip("/"))).resolve()
        own = [(course_folder() / name).resolve() for name in (LEARNER, SOLVED, PAGES)]
        return any(one in where.parents for one in own)
