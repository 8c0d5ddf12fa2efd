# `make` alone lists what there is. Needs Python 3.11 or newer, make and git; everything else is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-quality bench-programme lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp ## set up, load the demonstration data, run the main job, serve the site on 127.0.0.1:8000
	$(BIN)/opcmatch demo

test: $(VENV)/dev.stamp ## run the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/dev.stamp ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## print the figures of speed and memory (nothing is asserted)
	$(BIN)/python -m tests.benchmarks

bench-quality: $(VENV)/dev.stamp ## print how good the matches are on the gold set, beside other systems
	$(BIN)/python -m tests.benchmarks.bench_quality

bench-programme: $(VENV)/dev.stamp ## print the figures of the roadshows' plans, target beside measured
	$(BIN)/python -m tests.benchmarks.bench_programme

lock: $(VENV)/dev.stamp ## resolve the dependencies again (needs the network)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --all-extras pyproject.toml -o requirements-dev.lock

clean: ## remove .venv and caches; the data in instance/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@test -e $(VENV)/dev.stamp || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@test -e $(VENV)/dev.stamp || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
