# The two commands a newcomer needs are `make up` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
SETUP := $(PYTHON) -I casevac/bootstrap.py setup
WORDS := $(wildcard tests/words)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test up down test format lint types contracts docs page unit faults fuzz bench-roads bench-log
ROUNDS ?= 3
SECONDS ?= 30
EXTRACTS ?= ../shared/data/osm

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## install what is missing; quick when nothing is
	@$(SETUP)

setup-test:
	@$(SETUP) --test

up: setup ## start the whole system and keep it running (Ctrl-C stops it)
	@exec $(BIN)/casevac up

down: ## stop the whole system
	@test ! -x $(BIN)/casevac || $(BIN)/casevac down

test: format lint types contracts docs page unit ## every check and every test

format: setup-test ## is the code formatted?
	$(BIN)/ruff format --check .

lint: setup-test ## ruff
	$(BIN)/ruff check .

types: setup-test ## mypy, strict
	$(BIN)/mypy

contracts: setup-test ## the floors: imports point down only
	$(BIN)/lint-imports

docs: setup-test ## documentation checks
	$(if $(WORDS),$(BIN)/python -m pytest $(WORDS))

page: setup-test ## types and tests of the page's source
	@$(PYTHON) -I casevac/bootstrap.py page-test

unit: setup-test ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(addprefix --ignore=,$(WORDS))

faults: setup-test ## kill every part of a running exercise, count what is lost (ROUNDS=3)
	@$(BIN)/python -m tests.faults.kill --rounds $(ROUNDS)

fuzz: setup-test ## fuzz every decoder, guided by coverage (SECONDS=30 each)
	@$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

bench-roads: setup-test ## import the test extracts, compare with an independent Dijkstra
	@$(BIN)/python -m tests.bench.roads $(EXTRACTS)

bench-log: setup-test ## fold and restart with a million events, as one line of JSON
	@$(BIN)/python -m tests.bench.log
