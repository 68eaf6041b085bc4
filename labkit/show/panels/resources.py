"""The resources panel: what the unfinished runs hold and cost, and a button that removes it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from html import escape
from typing import Any

import ipywidgets as widgets

from labkit.errors import LabkitError
from labkit.resources import runs
from labkit.resources.cost import running
from labkit.resources.journal import Item, Journal
from labkit.resources.report import TeardownReport
from labkit.show.panels.frame import Panel, framed, rows, sign
from labkit.show.panels.ticker import Ticker
from labkit.show.sliders import front_end
from labkit.show.words import count

EVERY_S = 3.0
NOTHING = "Nothing is there: no run is unfinished."


class ResourcesPanel(Panel):
    """Shows what this user's unfinished runs hold; in a front end with buttons for the teardown.

    It reads the journals and the price sheet, so it asks AWS for nothing.
    """

    title = "Resources and cost"

    def __init__(self) -> None:
        self._reports: list[TeardownReport] = []
        self._wrong = ""

    def html(self) -> str:
        """Return a table for each unfinished run, and what the last teardown did."""
        journals = runs.unfinished()
        parts = [self._run_html(journal) for journal in journals]
        parts += [f"<p>{sign('bad', self._wrong)}</p>"] if self._wrong else []
        parts += [_outcome_html(report) for report in self._reports]
        return "".join(parts) or f"<p>{sign('good', NOTHING)}</p>"

    def text(self) -> str:
        """Return the same as lines of text."""
        lines = []
        for journal in runs.unfinished():
            lines += [_heading(journal), f"  {_cost(journal)}"]
            lines += [f"  {item.kind}  {_plain_name(item)}" for item in journal.open_items()]
        lines += [self._wrong] if self._wrong else []
        lines += [repr(report) for report in self._reports]
        return "\n".join(lines) or NOTHING

    def tear_down(self) -> None:
        """Tear down every unfinished run, and keep what came of it to show it."""
        self._reports, self._wrong = [], ""
        try:
            self._reports = runs.teardown_all(progress=False)
        except LabkitError as error:
            self._wrong = str(error)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Give Jupyter the buttons where someone can press them, else HTML and text."""
        plain = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        if not front_end():
            return plain
        bundle: dict[str, Any] = ResourcesControls(self).widget._repr_mimebundle_()
        return bundle | {"text/plain": repr(self)}

    def _run_html(self, journal: Journal) -> str:
        lines = [(escape(item.kind), escape(_plain_name(item))) for item in journal.open_items()]
        table = rows(("Kind", "Name"), lines) if lines else "<p>Nothing was created yet.</p>"
        cost = f'<p class="labkit-quiet">{escape(_cost(journal))}</p>'
        return f"<p><strong>{escape(_heading(journal))}</strong></p>{cost}{table}"


class ResourcesControls:
    """The panel with its buttons, kept up to date by a thread.

    Attributes
    ----------
    widget
        To be displayed.
    """

    def __init__(self, panel: ResourcesPanel) -> None:
        self._panel = panel
        self._one_at_a_time = threading.Lock()
        self._view = widgets.HTML()
        self._ask = widgets.Button(description="Tear down…", icon="trash")
        self._yes = widgets.Button(description="Yes, delete all of it", button_style="danger")
        self._no = widgets.Button(description="No, keep it")
        self._ask.on_click(lambda _: self._confirm(True))
        self._no.on_click(lambda _: self._confirm(False))
        self._yes.on_click(lambda _: self._begin())
        for button in (self._ask, self._yes, self._no):
            button.layout.width = "auto"
        self._confirm(False)
        buttons = widgets.HBox([self._ask, self._yes, self._no])
        self.widget = widgets.VBox([self._view, buttons])
        self.ticker = Ticker(self._refresh, EVERY_S, self._failed)
        self.ticker.start()

    def _refresh(self) -> None:
        with self._one_at_a_time:
            if self._yes.layout.display == "none" and not self._ask.disabled:
                self._ask.layout.display = "" if runs.unfinished() else "none"
        shown = framed(self._panel.title, self._panel.html())
        if shown != self._view.value:
            self._view.value = shown

    def _failed(self, error: Exception) -> None:
        self._view.value = framed(self._panel.title, f"<p>{sign('bad', str(error))}</p>")

    def _confirm(self, asked: bool) -> None:
        with self._one_at_a_time:
            self._ask.layout.display = "none" if asked else ""
            for button in (self._yes, self._no):
                button.layout.display = "" if asked else "none"

    def _begin(self) -> None:
        """Tear down in a thread, so that the kernel stays free."""
        self._confirm(False)
        self._ask.disabled = True
        self._ask.description = "Tearing down…"
        threading.Thread(target=self._tear_down, name="labkit-teardown").start()

    def _tear_down(self) -> None:
        try:
            self._panel.tear_down()
        finally:
            self._ask.disabled = False
            self._ask.description = "Tear down…"
            self.ticker.hurry()


def _heading(journal: Journal) -> str:
    run = journal.run
    where = "sandbox" if run.target == "local" else f"AWS account {run.account}"
    held = count(len(journal.open_items()), "resource")
    return f"{run.lesson} in the {where} since {run.started_at.astimezone():%H:%M}: {held}"


def _cost(journal: Journal) -> str:
    return running(journal, datetime.now(UTC)).summary


def _plain_name(item: Item) -> str:
    return item.name or item.id or "(not named)"


def _outcome_html(report: TeardownReport) -> str:
    mood = "good" if report.clean else "bad"
    lines = [
        (escape(item.kind), escape(item.name or item.id), escape(f"{item.outcome}: {item.why}"))
        for item in report.items
        if item.outcome != "gone"
    ]
    table = rows(("Kind", "Name", "Outcome"), lines) if lines else ""
    return f"<p>{sign(mood, report.summary)}</p>{table}"
