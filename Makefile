# Needs make, Python 3.11 or newer and the internet; `make help` is the menu.

PORT ?= 8000
DATA ?= var
# A Python to use instead of the first suitable one.
PYTHON ?=
# More words for pytest: make test TESTS='tests/unit -k policy'
TESTS ?= tests
# How many files of tests run side by side.
JOBS ?= 2
# Words for the run of chaos: `python -m tests.chaos --help` names them.
CHAOS ?=

BIN := .venv/bin
# Python's own files are compiled when they are first imported: compiling all of them costs more than the start.
INSTALL := $(BIN)/pip install --quiet --no-compile --no-input --disable-pip-version-check --constraint constraints.txt
CODE := service workers tests $(wildcard benchmarks)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check format bench chaos audit pins clean chromium

help:  ## Show this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed  ## Install what is needed and run Gatepost: make run [PORT=8000] [DATA=var]
	@exec $(BIN)/gatepost up --port '$(PORT)' --data '$(DATA)'

test: .venv/installed-dev chromium check  ## Run lint, types, import contracts and every test: make test [TESTS=tests/unit] [JOBS=2]
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(TESTS)

check: .venv/installed-dev  ## Run lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: .venv/installed-dev  ## Put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed-dev  ## Measure speed and memory
	$(BIN)/python -m benchmarks

chaos: .venv/installed-dev  ## Break everything while 20,000 submissions flow: make chaos [CHAOS='--seed 7 --minutes 5']
	$(BIN)/python -m tests.chaos $(CHAOS)

# Not among the tests: it asks services on the internet. `--strict` says so where they do not answer for a package.
audit: .venv/installed-dev  ## Ask for known weaknesses of every pinned package; needs the internet
	@$(INSTALL) --upgrade --target .venv/audit 'pip-audit>=2.10,<3'
	PYTHONPATH=.venv/audit $(BIN)/python -m pip_audit --strict --disable-pip --no-deps --requirement constraints.txt

pins:  ## Renew constraints.txt from what pyproject.toml allows today
	rm -rf .venv
	: > constraints.txt
	$(MAKE) .venv/installed-dev
	echo '# Every package at the version that the tests ran with; `make pins` renews this file.' > constraints.txt
	$(BIN)/pip freeze --exclude-editable >> constraints.txt
	touch .venv/installed .venv/installed-dev

clean:  ## Remove what was built here, and never the data
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find service workers tests -name __pycache__ -prune -exec rm -rf {} +

# 3.12 and 3.11 first: for them a package brings a Redis along. Each is run, for a name on PATH may lead nowhere.
$(BIN)/pip:
	@set -eu; found=; \
	for candidate in $(PYTHON) python3.12 python3.11 python3.13 python3.14 python3 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'Gatepost needs Python 3.11 or newer, and none was found. Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name one: make run PYTHON=/path/to/python3.' >&2; exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version)"; \
	rm -rf .venv; \
	"$$found" -m venv --without-pip .venv; \
	if "$$found" -m pip --python .venv/bin/python --version >/dev/null 2>&1; then \
	  printf '#!/bin/sh\nexec "%s" -m pip --python "%s" "$$@"\n' "$$("$$found" -c 'import sys; print(sys.executable)')" "$(CURDIR)/.venv/bin/python" > $@; \
	  chmod +x $@; \
	elif ! .venv/bin/python -m ensurepip >/dev/null 2>&1 || ! cp .venv/bin/pip3 $@; then \
	  rm -rf .venv; echo "$$("$$found" --version) has no pip to install with (Debian, Ubuntu: apt install python3-venv python3-pip)." >&2; exit 1; \
	fi

.venv/installed: pyproject.toml constraints.txt | $(BIN)/pip
	@echo 'Installing'
	@$(INSTALL) --editable '.[redis-server]'
	@touch $@

.venv/installed-dev: pyproject.toml constraints.txt | $(BIN)/pip
	@echo 'Installing, with what tests, training and measuring need'
	@$(INSTALL) --editable '.[redis-server,dev,train,bench,detoxify]'
	@touch $@ .venv/installed

chromium:
	@for name in chromium chromium-browser google-chrome-stable google-chrome; do \
	  command -v $$name >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends chromium; \
	else \
	  echo 'The browser tests need Chromium. Install it (Debian: apt install chromium; Fedora: dnf install chromium; macOS: brew install chromium).' >&2; exit 1; \
	fi
