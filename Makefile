# Everything a fresh machine needs is Python 3.11, git and make; each target sets up .venv by itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
# The folder that make demo profiles; empty means the sample that ships with the project. For make bench, a folder of
# taxi trips that its tables are drawn from; empty means synthetic ones.
DATA ?=
# How large the inputs of make bench are (small or full), and which of them; empty means all.
SCALE ?= full
ONLY ?=
# 1 runs the shortest DAG without a service; empty runs the nightly DAG against a service on Ray.
EMBEDDED ?=
# Where the demo's private Airflow and its results live.
DEMO ?= .demo

# Each of the many processes that the tests start would compile all modules for itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test e2e soak bench docs lint format clean
help:
	@echo "make demo [DATA=folder]  profile a folder with Airflow, the service and Ray, and show what was found"
	@echo "make demo EMBEDDED=1     the same without a service, in one Airflow task"
	@echo "make test                unit and contract tests, and one run of each integration path"
	@echo "make e2e                 long end-to-end runs"
	@echo "make soak                what takes too long for every change, by hand"
	@echo "make bench [SCALE=small] speed, memory and accuracy beside DuckDB, Polars, pandas and parsing alone"
	@echo "make docs                the guides and the reference as a site in .site"
	@echo "make lint                ruff and mypy, and no dead link in the guides"

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all]' --group dev
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/dataset-profiler demo --dags dags --work '$(DEMO)' $(if $(EMBEDDED),--embedded) $(if $(DATA),'$(DATA)')

test: $(INSTALLED)
	$(PYTEST) -n auto -m 'not e2e and not soak'

# Two at a time: they wait most of the time.
e2e: $(INSTALLED)
	$(PYTEST) -n 2 -m 'e2e and not soak'

bench: $(INSTALLED)
	@$(BIN)/python -m benchmarks --scale '$(SCALE)' $(if $(DATA),--data '$(DATA)') $(if $(ONLY),--only $(ONLY))

soak: $(INSTALLED)
	$(PYTEST) -m soak

# Strict: a dead link, or a docstring that cannot be read, fails it. The variable turns a notice of its authors off.
docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --config-file docs/site/mkdocs.yml

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory docs

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .demo .bench .site .mypy_cache .ruff_cache .pytest_cache .hypothesis
