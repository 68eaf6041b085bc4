"""What ``labkit smoke`` does: plan, run here or on a cluster, and write the reports asked for."""

from __future__ import annotations

import argparse
from pathlib import Path

from labkit.course.build import Edition
from labkit.course.smoke.jobs import Options, parse_parameters, plan
from labkit.course.smoke.local import run_here
from labkit.course.smoke.pages import write_pages
from labkit.course.smoke.reports import Report, as_json, junit, table


def smoke(options: argparse.Namespace) -> list[Report]:
    """Run lessons as the command line asks, and print the result.

    Raises
    ------
    LabkitError
        A lesson or a parameter is unknown, or nothing could be started.
    """
    jobs = plan(
        Options(
            lessons=options.lesson,
            edition=Edition(options.edition),
            target=options.target,
            quick=options.quick,
            parameters=parse_parameters(options.parameter),
            cell_s=options.cell_timeout,
        )
    )
    if options.dask:
        from labkit.course.smoke.cluster import run_on_cluster

        reports = run_on_cluster(jobs, options.dask)
    else:
        reports = run_here(jobs, options.jobs)
    if options.report:
        Path(options.report).write_text(junit(reports), encoding="utf-8")
    if options.html:
        write_pages(reports, Path(options.html))
    print(as_json(reports) if options.json else table(reports))
    return reports
