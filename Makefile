# Thin aliases of the command `rilascio`; `.venv` is made by itself. ARGS goes to the command: make test ARGS="-k lots"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_LINT := $(VENV)/.ready-lint

.PHONY: demo test bench docs lint clean

demo test bench: $(READY)
	$(BIN)/rilascio $@ $(ARGS)

docs: $(READY)
	$(BIN)/python -m harness.reference

lint: $(READY_LINT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar migrations sql
	$(BIN)/python -m harness.check

clean:
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
