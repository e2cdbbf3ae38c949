# `make` prints what there is; `.venv` is made by itself. ARGS goes to the command: make test ARGS="-k lots"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_LINT := $(VENV)/.ready-lint
# A virtual environment holds its own path and that of its Python: one that was moved with the checkout is made anew.
MADE_HERE := $(shell $(BIN)/python -c '' 2>/dev/null && grep -sF '$(CURDIR)/$(BIN)/python' $(BIN)/pip)
LOCK := $(wildcard requirements-dev.lock)
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
LINT_PARTS := lint-style lint-types lint-sql lint-sources

.PHONY: help demo test bench soak crash mutants docs pictures release lint $(LINT_PARTS) lock clean elsewhere

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8
	@echo 'ARGS="…" goes to the command, for instance: make bench ARGS=--help'

demo:  ## a factory of 310 orders, released and restored in the terminal
demo: $(READY)
	$(BIN)/rilascio $@ $(ARGS)

test:  ## the tests
bench:  ## calls held against what they could at best be
soak:  ## many clients at once, and whether everything adds up afterwards
crash:  ## a server killed again and again, and whether each call counts once
mutants:  ## small mistakes put into the sources, and whether the tests notice
docs:  ## the generated documents, written anew
pictures:  ## the form in the browser, as the documents show it
release:  ## the bundle and the tag text of the release that is about to be cut
test bench soak crash mutants docs pictures release: $(READY)
	$(BIN)/python -m harness.dev $@ $(ARGS)

lint: $(LINT_PARTS)  ## all that checks sources without running the tests
$(LINT_PARTS): $(READY_LINT)
lint-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
lint-types:
	$(BIN)/mypy
lint-sql:
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar migrations sql examples
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar --templater placeholder harness
lint-sources:
	$(BIN)/python -m harness.dev lint

lock: $(READY_LINT)  ## the newest versions of all that development needs, into requirements-dev.lock
	$(PIP_INSTALL) --upgrade --upgrade-strategy eager --editable '.[lint]'
	{ echo '# The versions that development installs where they are to be had. Written by `make lock`.'; \
	  $(BIN)/pip freeze --exclude-editable; } > requirements-dev.lock

clean:  ## away with all that these have made, but for the sources
	rm -rf $(VENV) .cache dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The locked versions; where they are not to be had, as on a machine without network, whatever else fits.
define install
	@$(PIP_INSTALL) $(addprefix --constraint ,$(LOCK)) --editable '.[$(1)]' || { \
	  echo "The versions of requirements-dev.lock are not to be had here; others are tried." >&2; \
	  $(PIP_INSTALL) --editable '.[$(1)]'; }
	@touch $@
endef

ifndef MADE_HERE
$(READY): elsewhere
elsewhere:
endif
$(READY): pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "rilascio needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments here. Run: apt-get install python3-venv" >&2; exit 1; }
	@test -n "$(MADE_HERE)" || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing into $(VENV) ..."
	$(call install,dev)

$(READY_LINT): $(READY)
	$(call install,lint)
