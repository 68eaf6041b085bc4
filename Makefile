# make lab    JupyterLab on the lesson list, with a sandbox running   (ARGS="--no-browser --port N" passes through)
# make extras what a part of lesson 14 needs: cfn-lint, 146 MB
# make test   everything that proves the kit works
# make check  lint, types and the tests without a server: what to run before each commit
# make gates  the four gates of every lesson, which make test asks for, too, and a killed kernel in each; ARGS="-k 09" takes one
# make test-slow  what takes long for what it shows: smoke runs killed at each step, or spread over a cluster
# make test-faults  every fault at every request of every kind: some twenty minutes
# make test-clients  tools of other people against the sandbox: CLIs, CDK, Chalice, SDKs, … (kept in out/: 2 GB)
# make test-surroundings  every lesson under what other computers have set or lack: hours, and some of it as root
# make test-class  a class served for real: hub, proxy, rooms, faults, browsers, the image; needs root, Node and npm
# make class-extras  what `labkit class` needs: JupyterHub, and its proxy into out/proxy
# make smoke  every solved lesson, on a sandbox of its own
# make bench  side-by-side measurements
# make contract  what the sandbox does as AWS does, line by line, beside MiniStack and moto: some forty minutes
# make extension  JupyterLab's extension of the course from extension/ (with Node); ARGS=--check compares with what is shipped
# make pictures  the README's pictures, taken of the kit as it is now
# make build  notebooks/ and solutions/ from lessons/
# make readability  how long the sentences of lessons and pages are; reports, and fails nothing
# make lock   what pyproject.toml asks for into the lock files; ARGS=--upgrade takes new versions of everything
# make drift  everything on the newest Python and packages, to see what tomorrow brings
# make clean  removes what make made
.PHONY: lab pictures extras test check gates test-slow test-class class-extras test-faults test-clients test-surroundings smoke bench contract extension build readability lint lock drift clean
.DEFAULT_GOAL := lab
ARGS ?=
BIN := .venv/bin
# Where this is set, as in many container images, each Python process would compile all that it imports anew: seconds each.
export PYTHONDONTWRITEBYTECODE :=

lab: .venv/.learner
	@$(BIN)/labkit lab $(ARGS)

extras: .venv/.learner
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint requirements-dev.lock cfn-lint

smoke: .venv/.learner
	@$(BIN)/labkit smoke $(ARGS)

build: .venv/.learner
	@$(BIN)/labkit build $(ARGS)

extension: .venv/.dev
	@.ci/extension $(ARGS)

readability: .venv/.learner
	@$(BIN)/python -m labkit.course.readability

# The tests wait more than they compute: with two workers, two cores were idle for a third of the time.
test: lint
	@$(BIN)/labkit build --check
	@$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder -m 'not slow' $(ARGS)

check: lint
	@$(BIN)/pytest -q -n auto tests/unit $(ARGS)

gates: .venv/.dev
	@LABKIT_TEST_KILLS=0.5 $(BIN)/pytest -n 2 --dist loadscope tests/lessons $(ARGS)

test-slow: .venv/.dev
	@$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -m slow $(ARGS)

test-faults: .venv/.dev
	@LABKIT_FAULTS=all $(BIN)/pytest -n 2 tests/faults $(ARGS)

test-clients: .venv/.dev
	@LABKIT_TEST_CLIENTS=1 $(BIN)/pytest tests/sandbox/clients $(ARGS)

test-surroundings: .venv/.dev
	@LABKIT_TEST_SURROUNDINGS=1 $(BIN)/pytest -n 1 tests/surroundings $(ARGS)

PROXY := out/proxy/node_modules/.bin/configurable-http-proxy

HUB_5 := out/hub-5/.made

test-class: .venv/.dev $(PROXY) $(HUB_5)
	@LABKIT_TEST_CLASS=1 $(BIN)/pytest --timeout 900 tests/classroom $(ARGS)

class-extras: .venv/.learner $(PROXY)
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint requirements-dev.lock jupyterhub
	@echo "labkit: ready. $(BIN)/labkit class new makes a class."

$(HUB_5): requirements-dev.lock
	@.ci/hub-5

$(PROXY):
	@npm install --silent --no-fund --no-audit --prefix out/proxy configurable-http-proxy@5.3.0

lint: .venv/.dev
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check || { echo "make: ruff format would change the files above; run $(BIN)/ruff format."; exit 1; }
	@$(BIN)/mypy

bench: .venv/.dev
	@$(BIN)/python -m benchmarks $(ARGS)

contract: .venv/.dev
	@LABKIT_TEST_ENDS=50 $(BIN)/python -m tests.sandbox.contract $(ARGS)

pictures: .venv/.dev
	@$(BIN)/python -m docs.make_pictures

lock: .venv/.dev
	@$(BIN)/uv pip compile --quiet $(ARGS) --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet $(ARGS) --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

drift: .venv/.dev
	@.ci/drift

clean:
	@rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.learner: requirements.lock pyproject.toml
	@./setup.sh requirements.lock .venv/.learner

.venv/.dev: requirements-dev.lock pyproject.toml
	@./setup.sh requirements-dev.lock .venv/.dev
