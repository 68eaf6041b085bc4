"""`python -m benchmarks [name …]`: run these benchmarks, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Run the named benchmarks, or all; return 1 if one of them failed."""
    found = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(found)}")
    names = options.parse_args().names or found
    if unknown := sorted(set(names) - set(found)):
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(found)}", file=sys.stderr)
        return 1
    failed = []
    for number, name in enumerate(names, start=1):
        print(f"[{number}/{len(names)}] {name}", flush=True)
        started = time.monotonic()
        ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        failed += [name] * (ended.returncode != 0)
        print(f"{name}: {time.monotonic() - started:.0f} s\n", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
