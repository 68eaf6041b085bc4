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

total=$(grep -c == "$lock")
echo "labkit: installing $total packages from $lock, once; some minutes on a slow network…"
pip=".venv/bin/python -m pip --disable-pip-version-check"

tty=
[ -t 1 ] && tty=1

# Reads what pip says and shows how far it is: in a terminal in one line, else now and then a line.
progress() {
    awk -v total="$total" -v tty="$tty" '
        /^(Collecting|Processing|Requirement already satisfied|Ignoring)/ { seen++
            if (tty) printf "\r  %d of %d packages ", seen, total; else if (seen % 40 == 0) printf "  %d of %d packages\n", seen, total
            fflush() }
        /^Installing collected/ { if (tty) printf "\n"; print "  unpacking them…"; fflush() }
        /^(ERROR|WARNING)/ { print; fflush() }'
}

# A lock file names every package, so nothing is resolved. uv is quicker; pip does the same without it,
# and where uv cannot reach the packages: it does not read pip's settings for mirrors and proxies.
packages() {
    if command -v uv >/dev/null 2>&1; then
        quiet=--quiet
        [ -t 2 ] && quiet= # uv has a bar of its own
        uv pip install $quiet --python .venv/bin/python --no-deps --requirement "$lock" && return
        echo "labkit: uv could not install the packages; trying pip…"
    fi
    { $pip install --no-deps --no-compile --progress-bar off --requirement "$lock" && touch .venv/.packages; } | progress
    [ -f .venv/.packages ]
}

rm -f .venv/.packages
packages || stop "packages could not be installed; see above. Without a network this is expected: connect, then run the same command again."
$pip --quiet install --no-deps --no-build-isolation --editable . || stop "labkit itself could not be installed; see above."
touch "$stamp"
if [ "$stamp" = .venv/.learner ]; then
    echo "labkit: ready. A part of lesson 14 looks at a template with cfn-lint: make extras installs it (146 MB)."
else
    touch .venv/.learner # The development lock is a superset, so a learner's set-up is complete as well.
fi
