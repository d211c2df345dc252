.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
# Tests start hundreds of processes: what they all need is compiled once.
unexport PYTHONDONTWRITEBYTECODE

# requirements/*.txt name all that is needed: there is nothing left for pip to resolve.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help serve test suite programs site screenshots check format lint types contracts migrations subjects audit pins openapi sbom bench bench-large bench-bulk clean

help: ## print the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# With SLIM=1 what files need is left out: a quarter of the size, for machines that import none.
serve: .venv/$(if $(SLIM),slim,serve) ## set up, migrate and answer at HOST:PORT, on a SQLite file or DATABASE_URL
	@$(BIN)/reunite serve

test: .venv/develop ## set up and run what a change can break, on SQLite and on PostgreSQL
	@$(BIN)/python -m tools.suite --quick

suite: .venv/develop .cache/clients/node_modules programs ## run all tests, and require their coverage
	@$(BIN)/python -m tools.suite

check: .venv/develop format lint types contracts migrations subjects audit suite ## everything that CI runs

format: .venv/develop
	$(BIN)/ruff format --check

lint: .venv/develop
	$(BIN)/ruff check
	$(BIN)/python -m tools.prose

types: .venv/develop
	$(BIN)/mypy

contracts: .venv/develop
	$(BIN)/lint-imports

migrations: .venv/develop
	$(BIN)/reunite django makemigrations --check --dry-run

subjects: .venv/develop
	$(BIN)/python -m tools.subjects

audit: .venv/develop
	$(BIN)/python -m tools.audit

pins: .venv/develop ## compile the pinned requirements again, from pyproject.toml
	$(BIN)/python -m tools.pins

sbom: .venv/develop ## write sbom.json: all packages of a server, in the form of CycloneDX
	$(BIN)/python -m tools.sbom sbom.json

bench: .venv/develop ## measure against the limit and the baseline, in a quarter of an hour
	$(BIN)/python -m benchmarks --chart docs/explanation/performance.svg

bench-large: .venv/develop ## measure 10 million contacts against 100,000
	$(BIN)/python -m benchmarks large --shared-buffers 4GB --rounds 15 --seconds 2

bench-bulk: .venv/develop ## measure imports: the plan against its floor, and loads
	$(BIN)/python -m benchmarks.bulk

openapi: .venv/develop ## write the OpenAPI document, the client and the list of events again
	$(BIN)/python -m tools.openapi
	$(BIN)/python -m tools.client
	$(BIN)/python -m tools.events

# Debian's packages, where they can be installed; a line names what is left out.
site: .venv/develop ## build the documents as a site, in .cache/site
	@$(BIN)/mkdocs build --strict --quiet
	@echo "open .cache/site/index.html"

screenshots: .venv/develop programs ## take the pictures of the explorer in docs/images again
	@mkdir -p docs/images
	@SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser

programs: .venv/develop
	@$(BIN)/python -m tools.debian caddy chromium nginx pgbouncer

.cache/clients/node_modules: tests/clients/package-lock.json | .venv/develop
	$(BIN)/python -m tools.node

clean: ## remove what the other targets made, but no data
	rm -rf .venv .cache .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Reunite needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/serve: requirements/base.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/base.txt -r requirements/build.txt
	$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/slim: requirements/slim.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/slim.txt -r requirements/build.txt
	$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/develop: requirements/dev.txt .venv/serve
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
