"""What ``labkit smoke`` does: plan, run here or on a cluster, and write the reports asked for."""

from __future__ import annotations

import argparse
from pathlib import Path

from labkit.course.build import Edition
from labkit.course.own_kernel import prefer_own_kernel
from labkit.course.smoke.executed_pages import write_pages
from labkit.course.smoke.jobs import SmokeOptions, parse_parameters, plan
from labkit.course.smoke.local import run_here
from labkit.course.smoke.reports import LessonReport, as_json, junit, table
from labkit.errors import LabkitError
from labkit.show.terminal import say


def smoke(options: argparse.Namespace) -> list[LessonReport]:
    """Run lessons as the command line asks, print the result, and write the reports asked for.

    Raises
    ------
    LabkitError
        A lesson or a parameter is unknown, or nothing could be started; or a report could not be
        written, after the result was printed.
    """
    prefer_own_kernel()
    jobs = plan(
        SmokeOptions(
            lessons=options.lesson,
            edition=Edition(options.edition),
            target=options.target,
            quick=options.quick,
            parameters=parse_parameters(options.parameter),
            cell_s=options.cell_timeout,
            core=options.core,
        )
    )
    if options.dask:
        from labkit.course.smoke.cluster import run_on_cluster

        reports = run_on_cluster(jobs, options.dask)
    else:
        reports = run_here(jobs, options.jobs)
    if options.json:
        print(as_json(reports))
    else:
        say(table(reports))
    try:
        if options.report:
            _write(Path(options.report), junit(reports))
        if options.html:
            write_pages(reports, Path(options.html))
    except OSError as error:
        raise LabkitError(
            f"{error.filename} could not be written ({error.strerror}); what the lessons did is "
            "above. Name another place and run them again if you need the file."
        ) from error
    return reports


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
