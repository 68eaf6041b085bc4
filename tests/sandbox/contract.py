"""`make contract`: which lines of the contract hold, here and in MiniStack and moto unchanged.

The tests in this folder say with `@pytest.mark.contract(line)` what they show. They run once
against the sandbox and once against each of the others; the table counts them by line. Tests of
the sandbox's own start and end are not run against the others.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from tqdm import tqdm

from tests.sandbox.stock import listens, running_stock

LINES = (
    "INIT once per environment, before the first request; one request at a time",
    "REPORT: Init Duration, Billed Duration, Max Memory Used, byte for byte",
    "LogResult, the log group's lines, one stream per environment",
    "CPU share by memory; INIT and waiting are not scaled",
    "Memory, timeout, exit and crash end the environment; suppressed init",
    "Errors: message, type, request, stack trace; the runtime's own types",
    "/tmp is private; reserved environment variables",
    "Runtimes: python, nodejs and custom ones are run, any other is refused",
    "Concurrent calls get environments of their own",
    "A change gives new environments; InProgress meets the old one",
    "Reserved concurrency: guarantee, cap, 429, over-reservation",
    "Provisioned concurrency: really initialised; spills over",
    "Idle environments are reclaimed; at most 1,000 more per 10 s",
    "Asynchronous calls, destinations, versions, aliases, states",
    "Limits: payload, timeout, memory, environment, bad JSON",
    "Event source mappings: refusals, batches, filters, failures",
    "Redrive, the move task, purge and delete cooldowns",
    "API Gateway serves what was deployed; stages, keys, 403",
    "Integration timeout: 504 while the function runs on",
    "502 and 500 as AWS gives them, and nothing leaked",
    "SQS integration, mapping templates, the integration's role",
    "Permissions between services; PassRole; trust policies",
    "Logs Insights; metric filters",
    "Metrics of Lambda, SQS and API Gateway; math; alarms",
    "The rules of a VPC; DependencyViolation; DryRun",
    "Load balancers' zones; warm pools; S3 lifecycle",
    "Step Functions: Retry, Catch, Map, Parallel, Express",
    "SNS filters; EventBridge patterns",
    "CloudFormation and SAM: deploy, update, delete, fail",
    "Starts quickly, on one local port, and leaves nothing behind",
    "A 12-digit key is an account of its own",
    "2,000 calls at 50 at a time; warm calls under 3 ms",
    "SNS: what Publish and Subscribe refuse, envelopes, FIFO topics",
    "IAM and STS: policy variables, durations of sessions, descriptions",
    "SQS: what is refused, groups of FIFO queues, receipt handles",
)
"""The contract in short; its tests are the long form."""

SANDBOX, STOCK = "sandbox", ("MiniStack", "moto")
LOG = "out/contract-{}.log"
"""Where each run's details go."""

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
TEST_SECONDS = 30
"""How long a test of the others may take: some wait for what an emulator never does."""


class Counts:
    """Counts the tests of each line as pytest reports them; a plugin of one run."""

    def __init__(self, name: str, bar: tqdm[None]) -> None:
        self.name = name
        self.held: Counter[int] = Counter()
        self.failed: Counter[int] = Counter()
        self.not_run: Counter[int] = Counter()
        self.ended = False
        """Whether the server ended during the tests, which then say nothing."""
        self._bar = bar

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test's call, or its set-up where that failed or skipped it."""
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        lines = [int(str(line)) for name, line in report.user_properties if name == "contract"]
        counted = {"passed": self.held, "failed": self.failed, "skipped": self.not_run}
        counted[report.outcome].update(lines)
        self._bar.set_postfix_str(self.name)
        self._bar.update()

    def cell(self, line: int) -> str:
        """Say how a line fared."""
        ran = self.held[line] + self.failed[line]
        if self.ended:
            return "ended"
        if not ran:
            return "not run" if self.not_run[line] else "no test"
        return f"held {ran}" if not self.failed[line] else f"{self.held[line]} of {ran}"

    def holds(self, line: int) -> bool:
        """Tell whether every test of a line that ran has passed, and one did."""
        return self.held[line] > 0 and not self.failed[line] and not self.ended

    def total(self) -> str:
        """Say how many lines hold."""
        held = sum(self.holds(line) for line in range(1, len(LINES) + 1))
        return "ended" if self.ended else f"{held} of {len(LINES)}"


def run(name: str, tests: list[str], bar: tqdm[None]) -> Counts:
    """Run the contract's tests against `name`; the sandbox's tests start it themselves."""
    counts = Counts(name, bar)
    if name == SANDBOX:
        _run_tests(counts, tests)
        return counts
    with running_stock(name, ACCOUNT, REGION) as endpoint:
        given = ["--endpoint", endpoint, "--timeout", str(TEST_SECONDS), "-n", "2"]
        _run_tests(counts, [*given, *tests])
        counts.ended = not listens(int(endpoint.rpartition(":")[2]))
    return counts


def _run_tests(counts: Counts, arguments: list[str]) -> None:
    options = ["-m", "contract", "-q", "--no-header", "--tb", "short", "-p", "no:cacheprovider"]
    with Path(LOG.format(counts.name.lower())).open("w") as log, redirect_stdout(log):
        pytest.main([*options, *arguments], plugins=[counts])


def main() -> int:
    """Run everything, print the table; exit code 1 if a line does not hold in the sandbox."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("tests", nargs="*", default=[str(Path(__file__).parent)])
    options.add_argument("--only", choices=[SANDBOX, *STOCK], action="append")
    chosen = options.parse_args()
    Path(LOG).parent.mkdir(exist_ok=True)
    with tqdm(unit=" tests", disable=None) as bar:
        columns = [run(name, chosen.tests, bar) for name in chosen.only or [SANDBOX, *STOCK]]
    print_table(columns)
    return int(not all(columns[0].holds(line) for line in range(1, len(LINES) + 1)))


def print_table(columns: list[Counts]) -> None:
    """Print a row for each line, and how many lines hold in each column."""
    width = max(map(len, LINES))
    print("line".ljust(width + 3), *(f"{column.name:>12}" for column in columns))
    for number, text in enumerate(LINES, start=1):
        cells = (f"{column.cell(number):>12}" for column in columns)
        print(f"{number:2} {text:{width}}", *cells)
    print("lines held".ljust(width + 3), *(f"{column.total():>12}" for column in columns))


if __name__ == "__main__":
    sys.exit(main())
