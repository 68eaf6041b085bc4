"""What the doctor says: one finding a line, each fine, a warning or a problem with its remedy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Literal

from labkit.resources.rows import as_html
from labkit.show.words import count

Verdict = Literal["fine", "warning", "problem"]
"""``warning``: lessons run, but something is lost. ``problem``: lessons will not run."""

NAMED = 6
"""Things of a kind that a finding names."""

SIGNS = {"fine": "✓", "warning": "!", "problem": "✗"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    about
        What was looked at.
    verdict
        See `Verdict`.
    found
        What there was.
    remedy
        What to do; empty where all is fine.
    """

    about: str
    verdict: Verdict
    found: str
    remedy: str = ""


def fine(about: str, found: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(about, "fine", found)


def warning(about: str, found: str, remedy: str) -> Finding:
    """Say what is lost, and how to get it back."""
    return Finding(about, "warning", found, remedy)


def problem(about: str, found: str, remedy: str) -> Finding:
    """Say what keeps lessons from running, and what to do."""
    return Finding(about, "problem", found, remedy)


def some(names: Sequence[str]) -> str:
    """Name the first few of many."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


@dataclass(frozen=True)
class Diagnosis:
    """All findings about one target, and how to sum them up without a problem and with one.

    The target is empty where it is the host that was looked at.
    """

    target: str
    findings: Sequence[Finding]
    good: str = "Lessons can run"
    bad: str = "Lessons will not run yet"

    @property
    def healthy(self) -> bool:
        """Whether there is no problem; warnings do not keep lessons from running."""
        return self.count("problem") == 0

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        counts = ", ".join(count(self.count(what), what) for what in ("problem", "warning"))
        verdict = self.good if self.healthy else self.bad
        where = f"the target {self.target}" if self.target else "this host"
        return f"{verdict} on {where}: {counts}."

    def count(self, verdict: Verdict) -> int:
        """Count the findings with a verdict."""
        return sum(finding.verdict == verdict for finding in self.findings)

    def as_json(self) -> str:
        """Return the findings as JSON."""
        findings = [asdict(finding) for finding in self.findings]
        whole = {"target": self.target, "healthy": self.healthy, "findings": findings}
        return json.dumps(whole, ensure_ascii=False, indent=1)

    def __repr__(self) -> str:
        width = max((len(finding.about) for finding in self.findings), default=0)
        lines = []
        for finding in self.findings:
            sign = f"{SIGNS[finding.verdict]} {finding.verdict:8}"
            lines.append(f"{sign} {finding.about:{width}}  {finding.found}")
            if finding.remedy:
                lines.append(f"{'':{len(sign) + width + 3}} → {finding.remedy}")
        return "\n".join([*lines, self.summary])

    def _repr_html_(self) -> str:
        rows = [
            (f"{SIGNS[f.verdict]} {f.verdict}", f.about, f.found, f.remedy) for f in self.findings
        ]
        table = as_html(("verdict", "about", "found", "what to do"), rows)
        return f"<p>{escape(self.summary)}</p>{table}"
