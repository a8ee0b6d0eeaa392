# `make` alone prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q

help: ## Print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.venv/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installation des dépendances dans .venv (une fois)…"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.bench: .venv/.run benchmarks/requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

run: .venv/.run ## Start everything on this machine (PORT, DATA_DIR); Ctrl-C stops it
	@exec $(BIN)/python -m berinia.dev

backup: .venv/.run ## Write the database to FILE while everything runs
	@$(BIN)/python manage.py backup "$(or $(FILE),$(error FILE=… is needed))"

restore: .venv/.run ## Replace the database by FILE (FORCE=1: also one in use); stop everything first
	@$(BIN)/python manage.py restore "$(or $(FILE),$(error FILE=… is needed))" $(if $(FORCE),--force)

demo: .venv/.run ## Play a full story against the running system and print the timeline
	@exec $(BIN)/python manage.py demo

test: .venv/.dev ## All tests
	$(PYTEST) -n 2 --dist worksteal

test-pure: .venv/.dev ## Tests without a database
	WITHOUT_SERVERS=1 $(PYTEST) tests/pure

test-acts: .venv/.dev ## Tests on real PostgreSQL and Redis, in one process each
	$(PYTEST) tests/acts tests/contracts tests/seeds tests/house -n 2

test-scale: .venv/.dev ## Plans of all hot queries over 1,000,000 executions (`make test`: 100,000)
	SCALE=1000000 $(PYTEST) tests/scale

test-browser: .venv/.dev ## Tests in a headless Chromium (CHROMIUM names another one)
	$(PYTEST) tests/browser

test-road: .venv/.dev ## Tests that start the real processes and kill them
	$(PYTEST) tests/road tests/chaos

chaos: .venv/.dev ## Ten minutes of load and trouble on real processes, then an audit (MINUTES, RATE, SEED)
	$(BIN)/python -m tests.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED))

check: .venv/.dev ## Lint, types, layers, migrations, printed pages, catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py print_settings --check
	$(BIN)/python manage.py print_language --check
	$(BIN)/python -W ignore manage.py catalogues --check

chaos-mail: .venv/.dev ## 20,000 messages through a bad day of the providers, then an audit (COUNT, SEED)
	$(BIN)/python -m tests.chaos.mail $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

format: .venv/.dev ## Write the code the way `make check` wants it
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

bench: .venv/.bench ## Measure everything; writes benchmarks/results.json and docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-quick: .venv/.bench ## Measure with fewer rows, in some minutes
	@$(BIN)/python -m benchmarks --quick

learn: .venv/.dev ## Learn anew from the labelled replies and leads (writes the weights of the rules)
	$(BIN)/pip install --quiet --disable-pip-version-check -r tests/evaluation/requirements.txt
	$(BIN)/python tests/evaluation/learn.py
	$(BIN)/python tests/evaluation/learn_leads.py

screenshots: .venv/.dev ## Every page of the admin, light and dark, desktop and phone, into screenshots/ (ONLY=…)
	$(BIN)/python -m tests.browser.screenshots $(if $(ONLY),--only $(ONLY))

catalogues: .venv/.dev ## Write locale/*: what is new has to be translated there
	$(BIN)/python -W ignore manage.py catalogues

migrations: .venv/.run ## Write the migrations of changed models
	$(BIN)/python manage.py makemigrations

requirements: .venv/.dev ## Compile requirements*.in
	for name in requirements requirements-dev; do \
	  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o $$name.txt $$name.in; done

.PHONY: help run backup restore demo learn test test-pure test-acts test-scale test-road test-browser chaos chaos-mail check format bench bench-quick catalogues screenshots migrations requirements
