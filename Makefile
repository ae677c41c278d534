# The only commands a person needs. Everything happens in $(VENV); nothing is
# installed outside this folder.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8080
DEMO ?= demo-repo
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start many servers: none of them shall compile its modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test soak lint format audit bench bench-scale bench-queries bench-client clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "; print "Butlery. Usage: make <target>\n"} \
	  /^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=$(PYTHON) (3.11 or newer)   VENV=$(VENV)   PORT=$(PORT)"

# One stamp per set of extras: a target installs what it needs, once, and again
# when the dependencies change.
$(VENV)/.base: ; $(PYTHON) -m venv $(VENV) && touch $@
$(VENV)/.demo: $(VENV)/.base pyproject.toml setup.py
	$(BIN)/pip install --quiet -e '.[demo]' && touch $@
$(VENV)/.test: $(VENV)/.base pyproject.toml setup.py
	$(BIN)/pip install --quiet -e '.[test]' && touch $@ $(VENV)/.demo
$(VENV)/.lint: $(VENV)/.base pyproject.toml setup.py
	$(BIN)/pip install --quiet -e '.[lint]' && touch $@ $(VENV)/.test $(VENV)/.demo
$(VENV)/.audit: $(VENV)/.base pyproject.toml setup.py
	$(BIN)/pip install --quiet -e '.[audit]' && touch $@ $(VENV)/.test $(VENV)/.demo

run: $(VENV)/.demo ## Build a demo repository and serve it on 127.0.0.1:8080
	@test -e $(DEMO)/butler.yaml || $(BIN)/butlery demo $(DEMO)
	@$(BIN)/butlery serve $(DEMO) --label demo --port $(PORT)

# Three processes on two cores: much of what is tested is waiting. They share the
# tests out as tests/conftest.py says.
test: $(VENV)/.test ## Run the tests (a real PostgreSQL comes from a wheel)
	$(BIN)/python -m pytest $(or $(ARGS),--numprocesses=3 --dist=loadscope --no-loadscope-reorder)

soak: $(VENV)/.test ## Run the same tests at their long sizes
	BUTLERY_SOAK=1 $(BIN)/python -m pytest --timeout=0 -o faulthandler_timeout=0 $(ARGS)

lint: $(VENV)/.lint ## Check style, types and the arrows between the parts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p butlery
	$(BIN)/mypy tests benchmarks
	$(BIN)/lint-imports

format: $(VENV)/.lint ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Strict: what cannot be looked up, or not now, is a failure. The list leaves out this
# package itself, which is in no index.
audit: $(VENV)/.audit ## Look for known vulnerabilities in all that is installed
	$(BIN)/pip freeze --all --exclude-editable > $(VENV)/installed.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
	  --requirement $(VENV)/installed.txt

bench: $(VENV)/.test ## Measure, and print the figures of docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

bench-scale: $(VENV)/.test ## Measure release indexes, and print the figures of docs/sizing.md
	$(BIN)/python -m benchmarks.scale $(ARGS)

bench-queries: $(VENV)/.test ## Measure general queries, and lookups beside them
	$(BIN)/python -m benchmarks.queries $(ARGS)

bench-client: $(VENV)/.test ## Measure our client beside the stock client
	$(BIN)/python -m benchmarks.client $(ARGS)

clean: ## Remove the demo repository and every tool's cache
	rm -rf $(DEMO) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
