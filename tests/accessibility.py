"""Checks pages for what people with a screen reader, a keyboard or weak eyes stumble over.

The rules are those of WCAG 2.2 that a program can decide: text alternatives (1.1.1), structure by
headings and table headers (1.3.1), a page's language (3.1.1) and title (2.4.2), links that say
where they go (2.4.4), and names of controls (4.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

EMPTY_WORDS = {"here", "click here", "link", "this", "this link", "more", "read more"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
HIDDEN = {"script", "style", "template"}
SHORTEST_ALT = 3
_HEADING = re.compile(r"h([1-6])")


class Problem(NamedTuple):
    """Something that a page does wrong, and at which line."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def problems(html: str, whole_page: bool = True) -> list[Problem]:
    """Return what is wrong with a page.

    Parameters
    ----------
    html
        A page, or a part of one.
    whole_page
        Whether language, title and one first heading are looked for, too.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = [*reader.found, *_heading_order(reader.headings, whole_page)]
    if whole_page and not reader.language:
        found.append(Problem(1, "the page does not say its language (<html lang>)"))
    if whole_page and not reader.title.strip():
        found.append(Problem(1, "the page has no title"))
    return sorted(found)


def _heading_order(headings: list[tuple[int, int]], whole_page: bool) -> Iterator[Problem]:
    """Find headings that skip a level; a page has one of level 1, and it comes first."""
    if whole_page and sum(level == 1 for _, level in headings) != 1:
        line = headings[0][0] if headings else 1
        yield Problem(line, "a page has exactly one heading of level 1")
    before = headings[0][1] if headings else 0
    for line, level in headings:
        if level > before + 1:
            yield Problem(line, f"a heading of level {level} follows one of level {before}")
        before = level


class _Reader(HTMLParser):
    """Reads a page once and notes what it meets."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Problem] = []
        self.headings: list[tuple[int, int]] = []
        self.language = self.title = ""
        self._open: list[tuple[str, dict[str, str], int, list[str]]] = []
        self._headers: list[bool] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        given = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "img":
            self._image(line, given)
        if tag == "table":
            self._headers.append(False)
        if tag == "th" and self._headers:
            self._headers[-1] = True
        if tag not in VOID:
            self._open.append((tag, given, line, []))

    def handle_data(self, data: str) -> None:
        if any(tag in HIDDEN for tag, *_ in self._open):
            return
        for *_, words in self._open:
            words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, *_ in self._open}:
            return
        while self._open:
            name, given, line, words = self._open.pop()
            self._closed(name, given, line, " ".join("".join(words).split()))
            if name == tag:
                return

    def _closed(self, tag: str, given: dict[str, str], line: int, words: str) -> None:
        name = given.get("aria-label", "") or given.get("title", "") or words
        if heading := _HEADING.fullmatch(tag):
            self.headings.append((line, int(heading[1])))
            if not words:
                self._note(line, "a heading without words")
        elif tag == "title" and not any(one == "svg" for one, *_ in self._open):
            self.title = words
        elif tag == "a" and "href" in given:
            self._link(line, given["href"], name)
        elif tag == "button" and not name:
            self._note(line, "a button without a name")
        elif tag == "svg" and given.get("aria-hidden") != "true" and not given.get("aria-label"):
            self._note(line, "a drawing (svg) without a label")
        elif tag == "table" and self._headers and not self._headers.pop():
            self._note(line, "a table without header cells (th)")

    def _link(self, line: int, href: str, name: str) -> None:
        if not name:
            self._note(line, f"a link without words, to {href}")
        elif not re.search(r"\w", name) or name.lower().strip(" .:→") in EMPTY_WORDS:
            self._note(line, f"a link that says only {name!r}, to {href}")

    def _image(self, line: int, given: dict[str, str]) -> None:
        if "alt" not in given:
            self._note(line, "an image without alt text")
        elif given["alt"] and len(given["alt"]) < SHORTEST_ALT:
            self._note(line, f"an image whose alt text is {given['alt']!r}")

    def _note(self, line: int, text: str) -> None:
        self.found.append(Problem(line, text))
