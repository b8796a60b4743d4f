# Everything happens in .venv, made from requirements.lock; nothing but python3.11, make and git is needed.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

# This key is public, so the demo's pseudonyms protect nobody; set a key of your own for real posts.
DEMO_KEY := otklik-demo-key-which-is-public
DEMO := out/demo
POSTS ?= 500000
MINUTES ?= 5
PEER := out/bench/peer
PORT ?= 9092
SEED ?= 1
MATCH ?=
FILES ?= $(wildcard ../shared/data/mstream_*.jsonl ../shared/data/ru_tgnews_silver.jsonl)

# where it is set, every start would compile all libraries anew, which takes longer than the start itself
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint bench bench-snapshots bench-grouping bench-kafka bench-latency faults broker lock clean

demo: $(VENV)/.installed $(DEMO)/posts.jsonl
	@export PATH="$(abspath $(BIN)):$$PATH" OTKLIK_PSEUDONYM_KEY=$(DEMO_KEY); \
	echo && echo "Running the shipped configuration on it (authors are signed with a public demo key) …" && \
	otklik run --config deploy/example --posts $(DEMO)/posts.jsonl --decisions $(DEMO)/posts.decisions.jsonl \
		--store chdb://$(DEMO)/store && \
	echo && echo "The five most overdue incidents:" && \
	otklik sql "SELECT incident_id, theme, organisation, posts, due_at, hours_overdue FROM overdue LIMIT 5" \
		--store chdb://$(DEMO)/store
	@echo
	@echo "To try next, after:  . $(VENV)/bin/activate"
	@echo "  otklik sql \"SELECT * FROM triage_queue LIMIT 10\" --store chdb://$(DEMO)/store"
	@echo "  otklik sql \"SELECT * FROM incidents_by_territory\" --store chdb://$(DEMO)/store"
	@echo "  otklik verify --store chdb://$(DEMO)/store"

$(DEMO)/posts.jsonl: | $(VENV)/.installed
	@mkdir -p $(DEMO)
	@echo "Simulating 50,000 posts of three days, with the people who handle them …"
	@$(BIN)/otklik simulate --out $@ --seed 1 --posts 50000 --days 3

$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@echo "Compiling the inner loops, once for this checkout …"
	@$(BIN)/python -m flows.warm_up
	touch $@

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(VENV)/.installed  ## the whole flow beside its floor, and rules; POSTS=1000000 for a long one
	$(BIN)/python tests/bench/flow.py --posts $(POSTS)
	$(BIN)/python tests/bench/matching.py $(MATCH)

bench-snapshots: $(VENV)/.installed  ## what snapshots write, and how soon a killed run with a million incidents is back
	$(BIN)/python tests/bench/snapshots.py

bench-latency: $(VENV)/.installed  ## how long a post takes from a broker to its row in the store
	$(BIN)/python -m tests.bench.latency

bench-grouping: $(VENV)/.installed  ## quality and speed of grouping beside other methods; FILES="a.jsonl b.jsonl" of your own
	$(BIN)/python tests/bench/grouping.py $(FILES) --svg deploy/grouping.svg

faults: $(VENV)/.installed  ## at least 50 kills -9 and outages on a real broker and store; SEED=7 for other ones
	$(BIN)/python -m tests.faults.long --seed $(SEED)

broker: $(VENV)/.installed  ## a Kafka broker on 127.0.0.1 with its topics, until Ctrl-C; PORT=9092
	$(BIN)/python -m tests.support.broker --port $(PORT)

bench-kafka: $(VENV)/.installed $(PEER)/.installed  ## the same over Kafka, by one process and two, beside quixstreams
	$(BIN)/python tests/bench/kafka.py --posts $(POSTS) --processes 2 --peer $(PEER)/bin/python --minutes $(MINUTES)

# the peer wants older libraries than we do, so it has an environment of its own
$(PEER)/.installed: tests/bench/peer/requirements.lock | $(VENV)/.installed
	test -x $(PEER)/bin/python || $(PYTHON) -m venv $(PEER)
	$(BIN)/uv pip install --quiet --python $(PEER)/bin/python --require-hashes -r $<
	touch $@

lock: $(VENV)/.installed  ## after a change of dependencies in pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --no-emit-find-links --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) out
