# The two commands a newcomer needs are `make up` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
SETUP := $(PYTHON) -I casevac/bootstrap.py setup
WORDS := $(wildcard tests/words)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test up down test format lint types contracts docs page unit bench-faults fault-cut fuzz bench-roads bench-log bench-ingest bench-routing bench-map bench-dialects bench-chain
ROUNDS ?= 17
INGEST ?= 1
CUT ?= 1800
SECONDS ?= 30
EXTRACTS ?= ../shared/data/osm
DATA ?= ../shared/data

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

bench-faults: setup-test ## kill -9 every part again and again under load, count what is lost (ROUNDS=17 INGEST=1)
	@$(BIN)/python -m tests.faults.matrix --rounds $(ROUNDS) --ingest $(INGEST)

fault-cut: setup-test ## a tracker whose link is cut for half an hour (CUT=1800)
	@CASEVAC_CUT_S=$(CUT) $(BIN)/python -m pytest tests/faults/test_links.py -k cut

fuzz: setup-test ## fuzz every decoder, guided by coverage (SECONDS=30 each)
	@$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

bench-roads: setup-test ## import the test extracts, compare with an independent Dijkstra
	@$(BIN)/python -m tests.bench.roads $(EXTRACTS)

bench-log: setup-test ## fold and restart with a million events, as one line of JSON
	@$(BIN)/python -m tests.bench.log

bench-ingest: setup-test ## rates, latency, memory and thin links of the field door, as one line of JSON (PARTS=)
	@$(BIN)/python -m tests.bench.ingest $(if $(PARTS),--only $(PARTS))

bench-routing: ## routing against a C++ hierarchy, pgRouting, networkx and scipy, as one line of JSON (PARTS=, DATA=)
	@$(SETUP) --test --bench
	@$(BIN)/python -m tests.bench.routing --data $(DATA) $(if $(PARTS),--only $(PARTS))

bench-chain: setup-test ## how many lives a planner saves: CASEVAC-Bench, ours beside four baselines, as one line of JSON (PLANNER=, DATA=)
	@$(BIN)/python -m tests.bench.casevac_bench --data $(DATA) $(if $(PLANNER),--planner $(PLANNER))

bench-map: setup-test ## the operations map: painted, input, memory, bytes, viewers, as one line of JSON (PARTS=)
	@$(BIN)/python -m tests.bench.map $(if $(PARTS),--only $(PARTS))

bench-dialects: setup-test ## decode rates of every dialect of the field door, as one line of JSON (PARTS=)
	@$(BIN)/python -m tests.bench.dialects $(if $(PARTS),--only $(PARTS))
