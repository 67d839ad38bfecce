# What a person types. Everything that takes time is done again only when what it depends on has changed.
#   make run      serve the wiki at http://127.0.0.1:8000 (PORT=, HOST=)
#   make test     all tests, in a real browser too        make check   format, lint, types, import contracts
#   make bench    the benchmarks                          make lock    pin all dependencies anew
#   make screenshots  the main pages as pictures, into screenshots/ and docs/images/
#   make lighthouse   what Lighthouse says of the main pages, into docs/reference/lighthouse.md
#   make fuzz     the fuzzers, TIME= seconds each          make sbom     what it is made of, as CycloneDX, into dist/
#   make properties   the tests of properties, with examples that are new each time
#   make words    bring the translations in line with the words in code and templates

PYTHON ?= python3
# What is not said here is in instance/wiki.toml; without it: 127.0.0.1, port 8000, two processes.
HOST ?=
PORT ?=
WORKERS ?=
TESTS ?= tests
TIME ?= 300
JOBS ?= auto

BIN := .venv/bin
STAMPS := .venv/.stamps
SOURCES := $(shell find static/css static/js static/icons -type f 2>/dev/null) static/icons.txt package-lock.json
CHECKED := wiki tests tools benchmarks fuzz app.py hatch_build.py

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# A registry that is out of breath gets the time to find it again.
export PIP_RETRIES ?= 10
export npm_config_fetch_retries ?= 5
# Some images say that Python should not keep what it has compiled; then each of the hundreds of processes that the tests start would
# compile the whole wiki again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install setup libraries assets translations words test check fuzz properties sbom format bench screenshots lighthouse lock clean
.DEFAULT_GOAL := run

run: install assets translations
	@exec $(BIN)/movement-wiki serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

# The environment

$(STAMPS)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which one: make PYTHON=python3.12"; exit 1; }
	@command -v git > /dev/null || { echo "Git is needed."; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(STAMPS)/python
	@echo "Installing the locked dependencies …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements/dev.txt | $(STAMPS)/runtime
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/fuzz: requirements/fuzz.txt | $(STAMPS)/dev
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/fuzz.txt
	@touch $@

$(STAMPS)/sbom: requirements/sbom.txt | $(STAMPS)/runtime
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/sbom.txt
	@touch $@

install: $(STAMPS)/runtime

# What the browser loads

static/built/manifest.json: $(SOURCES) tools/build_assets.py | $(STAMPS)/runtime
	@$(BIN)/python tools/build_assets.py
	@touch $@

assets: static/built/manifest.json

# The interface in other languages

WORDS := $(wildcard wiki/translations/*/LC_MESSAGES/messages.po)
$(WORDS:.po=.mo): %.mo: %.po | $(STAMPS)/runtime
	@$(BIN)/python tools/translations.py compile

translations: $(WORDS:.po=.mo)

words: | $(STAMPS)/runtime
	@$(BIN)/python tools/translations.py update
	@$(BIN)/python tools/translations.py compile

# For those who work on it

# All that the targets below need, fuzzing and bill of materials too: once it is there, they may run beside each other.
setup: libraries $(STAMPS)/browser

# All of it but the browser, which the system may still be installing.
libraries: $(STAMPS)/fuzz $(STAMPS)/sbom assets translations

$(STAMPS)/browser: | $(STAMPS)/dev
	@$(BIN)/python tools/find_browser.py
	@touch $@

# Each process takes tests that follow one another, so that a server for a whole file is started once.
test: $(STAMPS)/dev assets translations $(STAMPS)/browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(TESTS)

check: $(STAMPS)/dev
	$(BIN)/ruff format --check $(wildcard $(CHECKED))
	$(BIN)/ruff check $(wildcard $(CHECKED))
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_docs.py

fuzz: $(STAMPS)/fuzz assets translations
	@$(BIN)/python -m fuzz $(TIME)

properties: $(STAMPS)/dev assets translations
	@$(BIN)/python -m pytest -m hypothesis --hypothesis-profile new $(TESTS)

sbom: $(STAMPS)/sbom
	@$(BIN)/python tools/sbom.py

format: $(STAMPS)/dev
	$(BIN)/ruff format $(wildcard $(CHECKED))
	$(BIN)/ruff check --fix $(wildcard $(CHECKED))

bench: $(STAMPS)/dev assets
	@$(BIN)/python -m benchmarks

screenshots: $(STAMPS)/browser assets translations
	@$(BIN)/python tools/screenshots.py --docs

lighthouse: $(STAMPS)/browser assets translations
	@$(BIN)/python tools/lighthouse.py --docs

# `make lock UPGRADE=--upgrade` takes the newest of everything, else only what pyproject.toml asks for changes.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)
lock: $(STAMPS)/runtime
	@$(BIN)/python -m pip install --quiet uv
	$(COMPILE) requirements/build.in -o requirements/build.txt
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	$(COMPILE) --group fuzz -o requirements/fuzz.txt
	$(COMPILE) --group sbom -o requirements/sbom.txt

clean:
	rm -rf .venv static/built node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
