"""How easily lessons and pages read: a report for authors, which fails nothing.

Sentences are counted in the field's plain way: words up to a full stop, question or exclamation
mark. The libraries that do this (textstat, py-readability-metrics) fetch NLTK's dictionaries over
the network; lessons must be checked without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from labkit.course.cells import Cell
from labkit.course.lesson import course_folder, lesson_paths, read_lesson

LONG_SENTENCE_WORDS = 25
"""Sentences above this are hard to read (GOV.UK content design, "Short sentences")."""
LONG_WORD_LETTERS = 13
_CODE = re.compile(r"```.*?```|`[^`]*`|<[^>]+>|\|[^\n]*\|", re.DOTALL)
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|>) )")
_END = re.compile(r"(?<=[.!?])[)*\"]*\s+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?(?:\w+ed|made|sent|given|taken|kept|told|"
    r"found|seen|written|built|called|known|shown|put|cut|paid|held|set|read|done|left|lost)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Readability:
    """What one text reads like.

    Attributes
    ----------
    name
        The lesson or page.
    sentences
        How many there are.
    mean_words
        Words in a sentence, on average.
    long
        Share of sentences with more than `LONG_SENTENCE_WORDS` words, from 0 to 1.
    passive
        Share of sentences with a passive verb, from 0 to 1; a guess by the verbs' forms.
    longest
        The longest sentence.
    long_words
        Words of `LONG_WORD_LETTERS` letters and more, each once.
    """

    name: str
    sentences: int
    mean_words: float
    long: float
    passive: float
    longest: str
    long_words: tuple[str, ...]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of Markdown; code, tables and headings are left out."""
    prose = _HEADING.sub("", _LINK.sub(r"\1", _CODE.sub(_stand_in, text)))
    for paragraph in _PARAGRAPH.split(prose):
        for sentence in _END.split(" ".join(paragraph.split())):
            if len(_WORD.findall(sentence)) > 1:
                yield sentence.strip()


def _stand_in(code: re.Match[str]) -> str:
    """Return what stands for code in a sentence: a word for a short piece, nothing for a block."""
    return "X" if code[0].startswith(("`", "<")) and not code[0].startswith("```") else ""


def measure(name: str, text: str) -> Readability:
    """Measure one text."""
    found = list(sentences(text)) or ["no prose"]
    lengths = [len(_WORD.findall(one)) for one in found]
    words = {word.lower() for one in found for word in _WORD.findall(one)}
    return Readability(
        name=name,
        sentences=len(found),
        mean_words=mean(lengths),
        long=sum(length > LONG_SENTENCE_WORDS for length in lengths) / len(found),
        passive=sum(bool(_PASSIVE.search(one)) for one in found) / len(found),
        longest=found[lengths.index(max(lengths))],
        long_words=tuple(sorted(word for word in words if len(word) >= LONG_WORD_LETTERS)),
    )


def measured(folder: Path | None = None) -> list[Readability]:
    """Measure every lesson's prose, and every page of the course."""
    root = folder or course_folder()
    lessons = [read_lesson(path) for path in lesson_paths(root)]
    texts = [(one.name, _prose(one.cells)) for one in lessons]
    pages = [*sorted((root / "docs").glob("*.md")), root / "README.md"]
    texts += [(page.name, page.read_text(encoding="utf-8")) for page in pages if page.exists()]
    return [measure(name, text) for name, text in texts]


def report(found: Sequence[Readability]) -> str:
    """Return the report as Markdown."""
    rows = [
        f"| {one.name} | {one.sentences} | {one.mean_words:.1f} | {one.long:.0%} | "
        f"{one.passive:.0%} | {len(one.long_words)} |"
        for one in found
    ]
    head = f"| Text | Sentences | Words each | Over {LONG_SENTENCE_WORDS} | Passive | Long words |"
    worst = [f"- {one.name}: {one.longest}" for one in found if one.long > 0]
    lines = [head, "|---|---|---|---|---|---|", *rows, "", "The longest sentence of each:", *worst]
    return "\n".join(lines)


def _prose(cells: Sequence[Cell]) -> str:
    return "\n\n".join(cell.source for cell in cells if cell.kind == "markdown" and cell.is_shown)


if __name__ == "__main__":
    print(report(measured()))
