# `make` prints what there is; `.venv` is made by itself. ARGS goes to the command: make test ARGS="-k lots"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_LINT := $(VENV)/.ready-lint

.PHONY: help demo test bench soak crash docs lint clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8
	@echo 'ARGS="…" goes to the command, for instance: make bench ARGS=--help'

demo:  ## a factory of 310 orders, released and restored in the terminal
test:  ## the tests
demo test: $(READY)
	$(BIN)/rilascio $@ $(ARGS)

bench:  ## release and restore of many orders, measured
soak:  ## many clients at once, and whether everything adds up afterwards
crash:  ## a server killed again and again, and whether each call counts once
docs:  ## the generated documents, written anew
bench soak crash docs: $(READY)
	$(BIN)/python -m harness.dev $@ $(ARGS)

lint: $(READY_LINT)  ## all that checks sources without running the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar migrations sql
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar --templater placeholder harness
	$(BIN)/python -m harness.dev lint

clean:  ## away with all that these have made, but for the sources
	rm -rf $(VENV) dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "rilascio needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments here. Run: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(READY_LINT): $(READY)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@
