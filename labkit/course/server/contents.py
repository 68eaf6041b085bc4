"""Files as JupyterLab sees them: the course's own can be opened and run, never changed."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado import web

from labkit.course.places import COPIES, LEARNER, PAGES, SOLVED, course_folder

WIDGET = "application/vnd.jupyter.widget-view+json"
STATIC = ("text/html", "image/png", "image/svg+xml")


LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
"""What IPython's kernel says of its language, and JupyterLab writes into each notebook it runs."""


def still(notebook: dict[str, Any]) -> None:
    """Leave of each output that a widget shows its static form, where it has one.

    A widget lives in its kernel; without it JupyterLab can only say that it finds none.
    """
    outputs = [one for cell in notebook["cells"] for one in cell.get("outputs", ())]
    for data in [output.get("data", {}) for output in outputs]:
        if any(kind in data for kind in STATIC):
            data.pop(WIDGET, None)


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

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> Any:
        """Return a file; what was live in a notebook whose kernel has ended in its static form.

        A notebook has its kernel's language already: else JupyterLab adds it, and asks whether to
        save one that was only looked at.
        """
        untyped: Any = super()
        model = await untyped.get(path, content, type, format, require_hash)
        if content and model["type"] == "notebook" and not await self._runs(path):
            still(model["content"])
        if content and model["type"] == "notebook":
            metadata = model["content"]["metadata"]
            if metadata.get("kernelspec", {}).get("name") == "python3":
                metadata["language_info"] = LANGUAGE
        return model

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Trust a notebook that shows nothing yet, such as a new copy, as one saved here.

        Jupyter warns of each notebook that it has not saved itself. Only what is shown can harm.
        """
        untyped: Any = self
        if untyped.notary.check_cells(nb):
            untyped.notary.sign(nb)
        untyped = super()
        untyped.mark_trusted_cells(nb, path)

    async def _runs(self, path: str) -> bool:
        """Tell whether a notebook has a kernel, which then knows its widgets."""
        sessions = getattr(self.parent, "session_manager", None)
        listed = await sessions.list_sessions() if sessions else []
        return path.strip("/") in [one["path"] for one in listed]

    def _of_the_course(self, path: str) -> bool:
        untyped: Any = self
        where = Path(untyped._get_os_path(path.strip("/"))).resolve()
        own = [(course_folder() / name).resolve() for name in (LEARNER, SOLVED, PAGES)]
        return any(one in where.parents for one in own)
