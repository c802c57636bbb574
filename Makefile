# Every target works in a fresh clone, as root or not: what it needs is installed first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv/bin
FLASK := $(VENV)/flask --app wsgi

.PHONY: help install upgrade compose setup dev run demo test check fix types floors migration words bench faults planted lock screenshots

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what runs Touchline into .venv and node_modules (safe to repeat)
	@bin/setup

dev:
	@bin/setup dev

# A virtual environment that is there already, with all of requirements.lock: USE_VENV=/path
install: $(if $(USE_VENV),,setup) ## Put Touchline on this server: DOMAIN=touchline.example.org (PREFIX=… for a folder of yours)
	@$(or $(USE_VENV),.venv)/bin/python -m deploy install

compose: ## Write the settings of deploy/compose.yaml: DOMAIN=touchline.example.org
	@python3 -m deploy compose

upgrade: $(if $(USE_VENV),,setup) ## Bring this checkout to the server: backup, migrations, restart, and what changed
	@$(or $(USE_VENV),.venv)/bin/python -m deploy upgrade

run: setup ## Migrate, seed an invented practice when empty, serve http://localhost:8000 (PORT=…)
	@$(VENV)/python bin/demo_env.py
	@$(FLASK) db upgrade
	@$(FLASK) seed
	@exec $(VENV)/gunicorn wsgi:app

demo: export DATABASE_URL = sqlite:///var/demo-day.db
demo: setup ## A busy invented day with the clock running, in a database of its own (STAND_IN=1: over Twilio's API)
	@$(VENV)/python bin/demo_env.py
	@$(FLASK) db upgrade
	@$(FLASK) seed --busy
	@exec $(if $(STAND_IN),$(VENV)/python bin/demo_stand_in.py,$(VENV)/gunicorn wsgi:app)

test: ## All tests, on SQLite and on PostgreSQL (T=tests/web narrows; BROWSER=required insists)
	@bin/test $(T)

check: dev ## Format, lint, types, floors, house rules, migrations, seeds, translations, audits
	@bin/check

fix: dev ## Format, and repair what ruff can repair safely
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

types: dev ## mypy --strict
	@$(VENV)/mypy

floors: dev ## An import may only go down
	@$(VENV)/lint-imports

migration: dev ## Write a migration from the models (m="add due date to tasks")
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add due date to tasks"'; exit 2; }
	@$(VENV)/python bin/demo_env.py
	@$(FLASK) db upgrade
	@$(FLASK) db revision -m "$(m)"
	@$(VENV)/ruff check --fix --quiet migrations
	@$(VENV)/ruff format --quiet migrations
	@echo "Read it, say before-deploy or after-deploy in its docstring, then: make check"

words: dev ## Collect the words on the screen into app/translations
	@$(VENV)/pybabel -q extract -F pyproject.toml -k _l -k lazy_gettext --no-location --project Touchline -o app/translations/messages.pot .
	@$(VENV)/pybabel -q update -i app/translations/messages.pot -d app/translations --no-fuzzy-matching

screenshots: dev ## Take the README's screenshots anew
	@$(VENV)/python bin/screenshots.py

faults: export FAULTS = full
faults: dev ## The fault tests at full size, on SQLite and on PostgreSQL; each prints its figure
	@TEST_DATABASE=sqlite $(VENV)/pytest -n 2 tests/faults tests/workers/test_processes.py
	@TEST_DATABASE=postgres $(VENV)/pytest -n 2 -m "not pure" tests/faults tests/workers/test_processes.py

planted: dev ## Plant known faults in a copy of the tree, one by one, and say which test caught each (T="words")
	@$(VENV)/python bin/planted.py $(T)

bench: dev ## Side-by-side measurements (T="outbox --repetitions 5" for fewer)
	@$(VENV)/python -m bench $(T)

lock: ## Resolve requirements*.in again into pins and hashes
	@bin/lock
