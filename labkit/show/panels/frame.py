"""A titled frame around what a notebook shows live."""

from __future__ import annotations

from html import escape

from labkit.show.panels.look import PANEL_CSS


def framed(title: str, body: str) -> str:
    """Return HTML of one framed panel, with its style."""
    return (
        f'<style>{PANEL_CSS}</style><section class="labkit-panel" aria-label="{escape(title)}">'
        f'<p class="labkit-title">{escape(title)}</p>{body}</section>'
    )
