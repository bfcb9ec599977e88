# Everything a checkout can do. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.stamp
WORKERS ?= 2
PACKAGES := $(shell sed -n 's/^  "tocsin\.\([a-z]*\)",$$/\1/p' pyproject.toml)
LINKS := $(addprefix .links/tocsin/,$(PACKAGES))
# Folders that are checked but are no package; those without a Python file yet are left out.
BESIDE := $(foreach folder,tests benchmarks examples,$(if $(shell find $(folder) -name '*.py' 2>/dev/null | head -1),$(folder)))
# What matters most comes last: the last line of all is that of the whole way.
BENCHES := $(filter-out %/bench_end_to_end.py,$(sort $(wildcard benchmarks/bench_*.py))) $(wildcard benchmarks/bench_end_to_end.py)
SOUND = -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do $$p $(SOUND) && { echo $$p; break; }; done)

.PHONY: help setup demo test soak check bench types lock wheel-test

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: $(STAMP)  ## Install Tocsin with everything it needs into .venv

# Hashes and an editable install do not mix in one command, hence two. The warning left out says to
# keep folders of the package's own name away: there is no folder tocsin/, and a test keeps it so.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install -y python3" >&2; exit 1; }
	@if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	  elif command -v virtualenv >/dev/null; then virtualenv --quiet --clear --python $(PYTHON) $(VENV); \
	  else echo "$(PYTHON) cannot make a virtual environment: apt-get install -y python3-venv" >&2; exit 1; fi; fi
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@PYTHONWARNINGS='ignore:Editable installation' $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## Play three whole incidents with made-up people on this machine
	@$(BIN)/tocsin demo

test: setup  ## Run the tests
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --max-worker-restart 0

# pytest leaves with 5 when there is nothing to run; no long test is no failure.
soak: setup  ## Run the long tests
	@$(BIN)/pytest -m soak -p no:xdist -o faulthandler_timeout=0 || [ $$? -eq 5 ]

check: setup types  ## Check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(addprefix -p tocsin.,$(PACKAGES))
	@if [ -n "$(BESIDE)" ]; then $(BIN)/mypy $(BESIDE); fi

bench: setup  ## Run the benchmarks
	@for file in $(BENCHES); do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

types: $(LINKS)  ## Make the links through which type checkers see folder X as tocsin.X

.links/tocsin/%:
	@mkdir -p .links/tocsin && ln -sfn ../../$* $@

lock: setup  ## Pin the dependencies anew (UPGRADE=--upgrade takes newer versions)
	@$(BIN)/python -c 'import tomllib; \
	  d = tomllib.load(open("pyproject.toml", "rb")); \
	  print(*d["project"]["dependencies"], *sum(d["dependency-groups"].values(), []), sep="\n")' \
	| env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	  --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --no-emit-options $(UPGRADE) --output-file requirements.lock -
	@sed -i 's/^\(    #  *\(via \)\{0,1\}\)-r -$$/\1pyproject.toml/' requirements.lock

# The tests of the checkout itself stay behind: they read folders that a wheel does not have.
wheel-test: setup  ## Build the wheel, install it elsewhere and run the tests on it
	@set -euo pipefail; there=$$(mktemp -d); chmod 755 "$$there"; trap 'rm -rf "$$there"' EXIT; \
	cp -r pyproject.toml README.md LICENSE $(PACKAGES) "$$there"; \
	$(BIN)/python -m build --no-isolation --outdir "$$there/dist" "$$there" >"$$there/build.log" 2>&1 \
	  || { cat "$$there/build.log"; exit 1; }; \
	$(BIN)/python -m venv --without-pip "$$there/venv"; \
	$(PIP) --python "$$there/venv" install --quiet --require-hashes -r requirements.lock; \
	$(PIP) --python "$$there/venv" install --quiet --no-deps "$$there"/dist/*.whl; \
	mkdir "$$there/run"; cp -r pyproject.toml tests examples "$$there/run"; cd "$$there/run"; \
	../venv/bin/pytest -n $(WORKERS) --dist worksteal --max-worker-restart 0 --ignore tests/architecture
