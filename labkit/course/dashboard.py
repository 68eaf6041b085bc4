"""The live panel beside a lesson: resources with their teardown, progress, environment."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import ipywidgets as widgets

from labkit.aws.targets import open_target
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.start_page import write_start_page
from labkit.course.status import standings
from labkit.errors import LabkitError
from labkit.show.panels import EnvironmentPanel, Panel, ProgressPanel, ResourcesPanel
from labkit.show.panels.environment import Fact
from labkit.show.panels.resources import ResourcesControls
from labkit.show.panels.ticker import Ticker
from labkit.show.sliders import front_end

PACKAGES = ("jupyterlab", "boto3", "pandas", "matplotlib", "ipywidgets")
EVERY_S = 3.0


class Dashboard:
    """All panels, one below the other; they keep themselves up to date."""

    def __init__(self) -> None:
        self.lessons = [read_lesson(path) for path in lesson_paths()]
        self.resources = ResourcesPanel()
        self.environment = EnvironmentPanel(facts())

    @property
    def progress(self) -> ProgressPanel:
        """The progress as it is now."""
        return ProgressPanel(standings(self.lessons))

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self._panels()))

    def _panels(self) -> list[Panel]:
        return [self.resources, self.progress, self.environment]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Give Jupyter live widgets where there is a front end, else HTML and text."""
        plain = {
            "text/html": "".join(panel._repr_html_() for panel in self._panels()),
            "text/plain": repr(self),
        }
        if not front_end():
            return plain
        progress = widgets.HTML()
        Ticker(lambda: self._refresh(progress), EVERY_S, lambda error: None).start()
        environment = widgets.HTML(self.environment._repr_html_())
        controls = ResourcesControls(self.resources)
        box: dict[str, Any] = widgets.VBox(
            [controls.widget, progress, environment]
        )._repr_mimebundle_()
        return box | {"text/plain": repr(self)}

    def _refresh(self, progress: widgets.HTML) -> None:
        shown = self.progress._repr_html_()
        if shown != progress.value:
            progress.value = shown
            write_start_page(course_folder(), self.lessons)


def facts() -> list[Fact]:
    """Return what the lessons run on; nothing is changed, and AWS is asked only who we are."""
    found = [
        Fact("Python", platform.python_version()),
        Fact("Packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    ]
    try:
        target = open_target(None, None)
    except LabkitError as error:
        return [*found, Fact("Target", "not reachable", "bad", str(error))]
    where = "sandbox on this machine" if target.name == "local" else "AWS"
    return [
        *found,
        Fact("Target", where),
        Fact("Account", target.account),
        Fact("Region", target.region),
    ]
