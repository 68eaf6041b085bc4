#!/bin/sh
# Makes .venv from a lock file and installs labkit into it: setup.sh LOCKFILE STAMP
set -eu
lock=$1 stamp=$2

stop() { echo "labkit: $1" >&2; exit 1; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if recent "$name"; then python=$name; break; fi
done
[ -n "$python" ] || stop "no Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3 …"

if ! recent .venv/bin/python; then
    rm -rf .venv
    "$python" -m venv .venv || stop "\"$python -m venv\" failed. On Debian and Ubuntu: apt install python3-venv. Nothing was left behind."
fi

echo "labkit: installing from $lock (once; a minute or two)…"
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
$pip install --requirement "$lock" || stop "packages could not be installed; see above. Without a network this is expected: connect, then run the same command again."
$pip install --no-deps --no-build-isolation --editable . || stop "labkit itself could not be installed; see above."
touch "$stamp"
# The development lock is a superset, so a learner's set-up is complete as well.
[ "$stamp" = .venv/.learner ] || touch .venv/.learner
