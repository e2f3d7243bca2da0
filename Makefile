# `make run` serves the wizard; `make test` runs every test. Both set up all that they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
# Also where this is set for all that runs: else each server and command that a test starts compiles the wizard anew.
export PYTHONDONTWRITEBYTECODE :=
UPGRADE ?= --upgrade
PIP := $(BIN)/python -m pip --disable-pip-version-check
# What a lock says, and nothing else: no requirement is looked up in the index, and nothing is built by tools that no
# lock pins. Whether the locks hold all that is required is checked afterwards.
INSTALL_LOCK := $(PIP) install --quiet --no-deps --require-hashes --only-binary :all:
CHECK_INSTALLED = @missing=$$($(PIP) check) || { echo "$$missing" >&2; echo "The locks do not fit pyproject.toml or each \
	other: pin anew with 'make lock'. If .venv is of an older lock, remove it with 'make clean'." >&2; exit 1; }
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
# Three browsers on a busy machine can be too slow for a page's own timers, and the ClickHouse of the tests, a library,
# dies now and then under queries to both shards. What failed is named, run once more, alone, and must pass then.
ONCE_MORE = || { [ $$? -eq 1 ] || exit; echo "These failed while others ran; they are run once more, alone:" >&2; \
	$(BIN)/pytest $(1) --last-failed --last-failed-no-failures none --verbose; }

.PHONY: help run test test-unit test-e2e soak soak-serving bench check format minify lock system clean
.NOTPARALLEL:

help:  ## Say what there is to make.
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

run: .venv/run  ## Set up, and serve the wizard at http://127.0.0.1:8000 (HOST=, PORT= and WORKERS= change that).
	$(BIN)/wizard serve --host $(or $(HOST),127.0.0.1) --port $(or $(PORT),8000) --workers $(or $(WORKERS),1)

test: test-unit test-e2e  ## Set up, and run every test (JOBS=2 at a time).

test-unit: .venv/dev system  ## Run the unit tests, on SQLite, PostgreSQL and Redis (COVERAGE=1 measures their coverage).
	$(BIN)/pytest tests --numprocesses $$(($(JOBS) + 1)) --dist worksteal $(if $(COVERAGE),--cov --cov-report=term) \
		$(call ONCE_MORE,tests)

# Much of the time is waiting, for servers and for what moves, so that one more at a time costs nothing.
test-e2e: .venv/dev system  ## Run the tests in real browsers (PICTURES=1 keeps pictures in artifacts/screenshots/).
	$(BIN)/pytest e2e --numprocesses $$(($(JOBS) + 1)) --dist worksteal $(if $(PICTURES),--pictures) \
		$(call ONCE_MORE,e2e)

soak: .venv/dev system  ## Prove at length that the log loses nothing and counts nothing twice, that all figures agree, that all examples hold, and that pages are as they should be in every look and engine (35 minutes).
	$(BIN)/pytest tests -k "test_proof or test_chaos or test_upgrade or test_headline or each_state_has_the_same_bytes or started_anew or stays_in_its_language" --numprocesses $(JOBS) --soak
	$(BIN)/pytest tests -m hypothesis --numprocesses $(JOBS) --soak
	$(BIN)/pytest e2e -k "((test_pages or test_languages) and axe) or test_embed_native_sizing or in_turn" --numprocesses $(JOBS) --soak

# Apart from `soak`: it needs the machine for itself, for so long that it is run before releases only.
soak-serving: .venv/dev system  ## Serve visits for an hour at half of the most, and check that nothing fails or grows (MINUTES=60, POSTGRESQL=1).
	PYTHONPATH=tests/support $(BIN)/python bench/soak.py --minutes $(or $(MINUTES),60) $(if $(POSTGRESQL),--postgresql)

bench: .venv/dev  ## Measure the first question, serving, ingest, reports and the dashboard (EVENTS=10000000 takes long, and 8 GB in artifacts/).
	@.ci/system bench
	$(BIN)/python bench/first_question.py
	PYTHONPATH=tests/support $(BIN)/python bench/ingest.py --visits 3000 --events 1000000
	PYTHONPATH=tests/support $(BIN)/python bench/reports.py --events $(or $(EVENTS),1000000) --clickhouse
	PYTHONPATH=tests/support $(BIN)/python bench/overview.py --events $(or $(EVENTS),1000000) --clickhouse
	$(BIN)/python bench/tags.py
	PYTHONPATH=tests/support $(BIN)/python bench/serve.py --events $(or $(EVENTS),1000000)

check: .venv/dev  ## Lint, types, layers and declared dependencies.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy e2e
	$(BIN)/lint-imports
	$(BIN)/deptry wizard
	$(BIN)/deptry wizard tests tests/support e2e bench --non-dev-dependency-groups build,dev --exclude bench/first-question

format: .venv/dev  ## Put the code into its standard form.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

minify: .venv/dev  ## Make static/embed.min.js, which /embed.js serves, from static/embed.js.
	$(BIN)/python tests/support/minified_script.py

lock: $(BIN)/uv  ## Pin what pyproject.toml asks for to the newest releases, with hashes (UPGRADE= keeps pins that still fit).
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements.txt
	$(LOCK) $(UPGRADE) -c requirements.txt --group build -o requirements-build.txt
	$(LOCK) $(UPGRADE) -c requirements.txt --extra traces pyproject.toml -o requirements-traces.txt
	$(LOCK) $(UPGRADE) -c requirements-traces.txt -c requirements-build.txt --group build --group dev \
		--extra traces pyproject.toml -o requirements-dev.txt
	$(LOCK) $(UPGRADE) bench/first-question/requirements.in -o bench/requirements-first-question.txt

system:  ## Make sure that there are browsers (Chromium, Firefox, WebKit), a PostgreSQL, a Redis, promtool and podman to test with.
	@.ci/system

clean:  ## Remove all that was made here, but not var/ and what it holds.
	find wizard tests e2e bench -name __pycache__ -prune -exec rm -rf {} +
	rm -rf .venv artifacts dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv \
		|| { echo "This Python makes no virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }

# Apart from .venv/dev, so that locks which do not fit can be made anew.
$(BIN)/uv: | .venv/bin/python
	sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt | $(INSTALL_LOCK) -r /dev/stdin

# pip itself comes first. The wizard is installed without its dependencies: those come from the lock.
.venv/run: requirements.txt requirements-build.txt pyproject.toml | .venv/bin/python
	$(INSTALL_LOCK) -r requirements-build.txt
	$(INSTALL_LOCK) -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(CHECK_INSTALLED)
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(INSTALL_LOCK) -r requirements-dev.txt
	$(CHECK_INSTALLED)
	@touch $@
