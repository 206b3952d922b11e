# Two targets do everything: `make serve` and `make test`. Needs Python 3.11 or newer, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: serve test lint types pytest check fix lock clean

serve: $(READY)  ## start the service on http://127.0.0.1:8000
	@$(BIN)/anshan-kg serve

test: lint types pytest check  ## everything that has to hold

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

pytest: $(READY)
	$(BIN)/pytest -n auto -m "not alone"
	$(BIN)/pytest -m alone

check: $(READY)
	$(BIN)/anshan-kg check

fix: $(READY)  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The environment is exactly what requirements.lock pins, by version and hash.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "anshan-kg needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:  ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 --no-emit-index-url --output-file requirements.lock --upgrade

clean:
	rm -rf $(VENV) dist build release
