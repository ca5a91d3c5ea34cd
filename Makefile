# Every command installs what it needs into this folder; nothing is written outside it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check fix lock screenshots clean

help:
	@echo 'make demo        a whole country on this machine, with one sign-in link per role'
	@echo 'make test        the whole suite, browser journeys included'
	@echo 'make check       style, types, import order and the house rules; changes nothing'
	@echo 'make fix         mends what check can mend'
	@echo 'make setup       only installs, into .venv and node_modules'
	@echo 'make demo-reset  forgets the demo and begins anew'
	@echo 'make lock        writes the lock files from pyproject.toml and package.json'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Dawr needs Python 3.11 or later; set PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo 'This Python cannot make a virtual environment; on Debian: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements/runtime.txt pyproject.toml | .venv/bin/python
	@echo 'Installing Python packages from requirements/runtime.txt'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
	@echo 'Installing development packages from requirements/dev.txt'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.runtime: package-lock.json .venv/.runtime
	@echo 'Installing web assets from package-lock.json'
	@$(BIN)/npm ci --omit=dev --loglevel=error
	@touch $@

node_modules/.dev: package-lock.json .venv/.dev
	@echo 'Installing web assets and browser tools from package-lock.json'
	@$(BIN)/npm ci --loglevel=error
	@touch $@ node_modules/.runtime

src/dawr/web/static/built/.stamp: $(wildcard src/dawr/web/styles/* src/dawr/*/static/*.*) $(filter-out src/dawr/web/static/built/%,$(wildcard src/dawr/*/static/*/*.*)) package-lock.json
	@test -e node_modules/.runtime || $(MAKE) --no-print-directory node_modules/.runtime
	@echo 'Building style sheets'
	@$(BIN)/node src/dawr/web/styles/build.mjs
	@touch $@

setup: .venv/.runtime src/dawr/web/static/built/.stamp

setup-dev: .venv/.dev node_modules/.dev src/dawr/web/static/built/.stamp
.PHONY: setup-dev

demo: setup
	@exec $(BIN)/dawr demo

demo-reset: setup
	@exec $(BIN)/dawr demo --reset

test: setup-dev
	@$(BIN)/python tests/run.py

check: setup-dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar src
	@$(BIN)/vulture
	@$(BIN)/python -m pytest -q tests/test_tidy.py

fix: setup-dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/sqlfluff fix --disable-progress-bar src

lock: .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for part in runtime dev; do \
	  $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    --universal pyproject.toml $$(test $$part = runtime && echo '--group build' || echo '--group build --group dev --constraint requirements/runtime.txt') \
	    --output-file requirements/$$part.txt || exit 1; done
	@npm install --package-lock-only --loglevel=error

screenshots: setup-dev
	@$(BIN)/python tests/screenshots.py

clean:
	rm -rf .venv node_modules src/dawr/web/static/built .mypy_cache .ruff_cache .pytest_cache .hypothesis
