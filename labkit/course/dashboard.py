"""The live panel beside a lesson: resources with their teardown, progress, environment."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets as widgets

from labkit.aws.opening import open_target
from labkit.course.doctor.examine import examine
from labkit.course.doctor.findings import Verdict
from labkit.course.doctor.machine import EARLIER_RUNS
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.start_page import next_lesson, write_start_page
from labkit.course.status import standings
from labkit.errors import LabkitError
from labkit.show.panels import EnvironmentPanel, Panel, ProgressPanel, ResourcesPanel
from labkit.show.panels.environment import Fact
from labkit.show.panels.frame import framed, sign
from labkit.show.panels.resources import ResourcesControls
from labkit.show.panels.ticker import Ticker
from labkit.show.sliders import front_end

EVERY_S = 3.0
LOOKING = Fact("labkit doctor", "is looking…", "none")
MOODS: dict[Verdict, str] = {"fine": "good", "warning": "warn", "problem": "bad"}


class LivePanel:
    """All panels, one below the other; they keep themselves up to date."""

    def __init__(self) -> None:
        self.lessons = [read_lesson(path) for path in lesson_paths()]
        self.resources = ResourcesPanel()

    @property
    def progress(self) -> ProgressPanel:
        """The progress as it is now: of the lessons that were begun, and of the next one."""
        every = standings(self.lessons)
        coming = next_lesson(every)
        return ProgressPanel([one for one in every if one.begun or one is coming])

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self._panels()))

    def _panels(self) -> list[Panel]:
        return [self.resources, self.progress, EnvironmentPanel(facts())]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Give Jupyter live widgets where there is a front end, else HTML and text."""
        if not front_end():
            panels = self._panels()
            html = "".join(panel._repr_html_() for panel in panels)
            return {"text/html": html, "text/plain": "\n\n".join(map(repr, panels))}
        progress = widgets.HTML()
        ticker = Ticker(
            lambda: self._refresh(progress), EVERY_S, lambda error: _show_failure(progress, error)
        )
        ticker.start()
        environment = widgets.HTML(EnvironmentPanel([LOOKING])._repr_html_())
        threading.Thread(target=_examine, args=[environment], daemon=True).start()
        controls = ResourcesControls(self.resources)
        replace_live([ticker, controls.ticker])
        box: dict[str, Any] = widgets.VBox(
            [controls.widget, progress, environment]
        )._repr_mimebundle_()
        return box | {"text/plain": "The live panel; in a terminal, `labkit status`."}

    def _refresh(self, progress: widgets.HTML) -> None:
        shown = self.progress._repr_html_()
        if shown != progress.value:
            progress.value = shown
            write_start_page(course_folder(), self.lessons)


def _show_failure(view: widgets.HTML, error: Exception) -> None:
    view.value = framed(ProgressPanel.title, f"<p>{sign('bad', str(error))}</p>")


_live: list[Ticker] = []
"""What keeps the panel up to date that was shown last."""


def replace_live(tickers: list[Ticker]) -> None:
    """Stop what kept an earlier panel of this kernel up to date: a reloaded page shows it anew."""
    for earlier in _live:
        earlier.stop()
    _live[:] = tickers


def _examine(view: widgets.HTML) -> None:
    """Let the doctor look; that takes a moment, so a thread of its own does it."""
    try:
        found = facts()
    except Exception as error:  # a thread's own would be told to nobody
        found = [Fact("labkit doctor", "could not look", "bad", str(error))]
    view.value = EnvironmentPanel(found)._repr_html_()


def facts() -> list[Fact]:
    """Return what the doctor finds, and where the lessons run; nothing is changed."""
    found = [
        Fact(finding.about, finding.found, MOODS[finding.verdict], finding.remedy)
        for finding in examine().findings
        if finding.about != EARLIER_RUNS  # the panel of resources lists them, and stays up to date
    ]
    try:
        target = open_target(None, None)
    except LabkitError as error:
        return [*found, Fact("target", "not reachable", "bad", str(error))]
    where = "the sandbox on this machine" if target.name == "local" else "AWS"
    return [*found, Fact("target", f"{where}, account {target.account}, {target.region}")]
