# Two commands: `make start` writes a first document, `make test` proves that everything works.
# Needed: Python 3.11 or newer and make. Everything else is set up here, in .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
TESTS ?= tests

.PHONY: start test unit mutations accuracy fuzz soak lint fix docs bench clean

start: .venv/runtime
	$(BIN)/xiezuo write examples/tea.yaml

test: lint
	$(BIN)/python docs/generate.py --check
	$(BIN)/pytest $(TESTS)

# Seconds instead of minutes: no engine, no model.
unit: .venv/dev
	$(BIN)/pytest -m "not engine" $(TESTS)

# Every defence is taken away once; a test must notice.
mutations: .venv/dev
	$(BIN)/python tests/faults/mutations.py

# What the linter finds of injected faults, and what it reports on clean text.
accuracy: .venv/dev
	$(BIN)/python -m tests.corpus.accuracy

SECONDS ?= 60
fuzz: .venv/dev
	$(PIP) -e '.[fuzz]'
	$(BIN)/python tests/fuzz/fuzz_lint.py -max_total_time=$(SECONDS) -max_len=2000 -timeout=20

# Kills the program again and again while it writes. SECONDS=1800 for the long form.
soak: .venv/dev
	$(BIN)/python -m tests.jobs.soak --seconds $(SECONDS) --model $(MODEL)
	$(BIN)/python -m tests.jobs.soak --seconds $(SECONDS) --model $(MODEL) --postgres

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/basedpyright --level error
	$(BIN)/xiezuo lint *.md docs

fix: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev
	$(BIN)/python docs/generate.py

bench: .venv/dev
	$(BIN)/xiezuo bench --quick

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .coverage

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

.venv/dev: .venv/runtime
	@echo "Installing what the tests need …"
	@$(PIP) -e '.[dev,synthetic]'
	@touch $@
