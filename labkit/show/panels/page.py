"""Whole pages of HTML that need nothing else: no script, no network, no second file."""

from __future__ import annotations

from html import escape

from labkit.show.panels.look import PAGE_CSS


def page(title: str, body: str, css: str = "") -> str:
    """Return a page.

    Parameters
    ----------
    title
        Plain text, for the browser's tab.
    body
        HTML; it has the page's one ``<h1>``.
    css
        Rules that this page alone needs.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{PAGE_CSS}{css}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
