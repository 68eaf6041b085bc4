"""Panels over real runs, and the teardown that they start."""

from __future__ import annotations

import threading

import pytest

from labkit.course.dashboard import LivePanel
from labkit.lab import Lab
from labkit.polling import wait_until
from labkit.resources import runs
from labkit.resources.journal import Journal
from labkit.show.panels import ResourcesPanel
from labkit.show.panels.resources import ResourcesControls
from tests.support import samples


def test_resources_and_their_teardown(lab: Lab) -> None:
    samples.queue(lab)
    panel = ResourcesPanel()
    assert "delivery-queue in the sandbox" in repr(panel)
    assert "1 resource" in repr(panel)
    assert "would have cost USD 0.00 in ap-northeast-2 so far" in repr(panel)
    assert "SQS queue" in panel.html()
    panel.tear_down()
    assert "1 removed, nothing left." in repr(panel)
    assert "✔ Run" in panel.html()


def test_the_buttons_ask_first_and_then_tear_down_beside_the_kernel(lab: Lab) -> None:
    samples.queue(lab)
    controls = ResourcesControls(ResourcesPanel())
    view, buttons = controls.widget.children
    ask, yes, no = buttons.children
    try:
        wait_until(lambda: "SQS queue" in view.value, seconds=10)
        ask.click()
        assert (ask.layout.display, yes.layout.display) == ("none", "")
        no.click()
        assert (ask.layout.display, yes.layout.display) == ("", "none")
        ask.click()
        yes.click()
        wait_until(lambda: "1 removed, nothing left." in view.value, seconds=20)
        wait_until(lambda: ask.layout.display == "none", seconds=10)
    finally:
        controls.ticker.stop()


def test_a_button_that_is_pressed_during_a_look_is_not_undone_by_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.queue(lab)
    controls = ResourcesControls(ResourcesPanel())
    controls.ticker.stop()
    ask, yes, _ = controls.widget.children[1].children
    look, clicks = runs.unfinished, threading.Thread(target=ask.click)

    def unfinished() -> list[Journal]:
        if not clicks.ident:
            clicks.start()
            clicks.join(0.3)
        return look()

    monkeypatch.setattr(runs, "unfinished", unfinished)
    controls._refresh()
    clicks.join()
    assert (ask.layout.display, yes.layout.display) == ("none", "")


def test_the_dashboard_has_a_form_without_widgets(lab: Lab) -> None:
    samples.queue(lab)
    bundle = LivePanel()._repr_mimebundle_()
    for title in ("Resources and cost", "Progress", "Environment"):
        assert f'aria-label="{title}"' in bundle["text/html"]
        assert title in bundle["text/plain"].splitlines()
    assert "SQS queue" in bundle["text/plain"]
    assert "not torn down" not in bundle["text/plain"]  # it is under way, and listed above
    assert "the sandbox on this machine, account 111122223333" in bundle["text/plain"]
