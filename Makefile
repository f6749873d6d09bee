# make demo | make test | make check | make bench   (ARGS are passed on: make demo ARGS=--no-serve)
# Needs only Python 3.11+ and make; everything else is installed below .venv and .tools from the locks.
PYTHON ?= python3
BIN := .venv/bin
UV := .tools/bin/uv
ARGS ?=
export UV_PROJECT_ENVIRONMENT := .venv
# Compiled modules are kept, here in the tree: without them every process pays half a second for its imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench format lock clean docs peers
.DEFAULT_GOAL := demo

$(UV): requirements/tools.lock
	@$(PYTHON) -c 'import sys; sys.exit("weft needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Name one: make PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock
	@touch $(UV)

.venv/run.stamp: $(UV) requirements/run.lock pyproject.toml packages/weft-vendors/pyproject.toml
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@test -e .venv/dev.stamp || $(UV) pip sync --quiet --python $(BIN)/python requirements/run.lock
	@test -e .venv/dev.stamp || $(UV) pip install --quiet --python $(BIN)/python --no-deps -e . -e packages/weft-vendors
	@touch $@

.venv/dev.stamp: $(UV) requirements/dev.lock pyproject.toml packages/weft-vendors/pyproject.toml
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python $(BIN)/python requirements/dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e . -e packages/weft-vendors -e packages/test-plugin
	@touch $@

demo: .venv/run.stamp
	@$(BIN)/weft demo $(ARGS)

# What is committed is synced, thousands of times: in memory, where it has 4 GB for that, nobody waits for a disk.
MEMORY = $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 >= 4096 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')

test: .venv/dev.stamp
	@$(MEMORY) $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

check: .venv/dev.stamp
	@$(BIN)/ruff format --check src tests bench packages tools
	@$(BIN)/ruff check src tests bench packages tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/house $(ARGS)

format: .venv/dev.stamp
	@$(BIN)/ruff format src tests bench packages tools
	@$(BIN)/ruff check --fix-only --quiet src tests bench packages tools

bench: .venv/dev.stamp
	@$(BIN)/python -m bench $(ARGS)

docs: .venv/dev.stamp
	@$(BIN)/python tests/house/generate.py

# What some tests and benchmarks compare with, each in a place of its own below .tools; they are skipped without it.
peers: $(UV)
	@test -x .tools/airbyte/bin/python || $(UV) venv --quiet --python $(PYTHON) .tools/airbyte
	@$(UV) pip install --quiet --python .tools/airbyte/bin/python airbyte-cdk
	@for name in source-faker tap-dimdate dlt; do test -x .tools/programs/$$name/bin/python || $(UV) venv --quiet --python $(PYTHON) .tools/programs/$$name; done
	@$(UV) pip install --quiet --python .tools/programs/source-faker/bin/python airbyte-source-faker
	@$(UV) pip install --quiet --python .tools/programs/tap-dimdate/bin/python tap-dimdate 'setuptools<80'
	@$(UV) pip install --quiet --python .tools/programs/dlt/bin/python dlt
	@command -v npm > /dev/null && npm install --silent --no-audit --no-fund --prefix .tools/prism @stoplight/prism-cli || echo "no npm: without Prism"

# New versions into the locks: versions and hashes only, no addresses.
lock: $(UV)
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade requirements/tools.in -o requirements/tools.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --all-extras pyproject.toml -o requirements/run.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --all-extras --group dev pyproject.toml -o requirements/dev.lock

clean:
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
