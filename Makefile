# Every target works on a machine with python3 (with venv and pip) and make; `make` lists them.
# Each installs what it needs into .venv and calls `course`, which also works without make.
# Another Python: make run PYTHON=python3.12
PYTHON ?= python3
WORKERS ?= 2
DATASET ?= ml-100k

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run lab check test build grade clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 14

run: .venv/installed-lab ## Run all lessons with solutions, write HTML to build/html (a minute each)
	@echo "== Running every lesson on $(DATASET): about a minute each with ml-100k on two cores"
	$(BIN)/course run --dataset $(DATASET)

lab: .venv/installed-lab ## Open your copies of the lessons, in work/
	$(BIN)/course lab

check: .venv/installed-test ## The quick gates: style, types, notebooks against sources, unit tests (3 min)
	$(BIN)/course check --workers $(WORKERS)

test: .venv/installed-test ## All gates, with grader, browser and every notebook of both editions (10 min)
	$(BIN)/course test --workers $(WORKERS)

build: .venv/installed-test ## Make the notebooks of every lesson from solutions/*.py (a minute each)
	@echo "== Building and executing every lesson: about a minute each on two cores"
	$(BIN)/course build

grade: .venv/installed-test ## Grade submissions: make grade ARGS="FOLDER --out GRADES" (seconds each)
	@echo "== Grading $(ARGS): a few seconds a submission on two cores"
	$(BIN)/course grade $(ARGS)

clean: ## Remove build/ and caches; .venv stays
	rm -rf build .pytest_cache .ruff_cache .mypy_cache .hypothesis course_utils.egg-info
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

# Installing again only when pyproject.toml changes.
.venv/installed-lab: pyproject.toml | $(BIN)/python
	@echo "== Installing the course and JupyterLab into .venv: 2 to 6 minutes, about 3.5 GB, once"
	$(BIN)/python -m pip install --quiet --editable ".[lab]"
	@touch $@

.venv/installed-test: pyproject.toml | $(BIN)/python
	@echo "== Installing the course and the authors' tools into .venv: 2 to 6 minutes, about 3.5 GB, once"
	$(BIN)/python -m pip install --quiet --editable ".[lab,instructor,cluster,dev]"
	@touch $@ .venv/installed-lab

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "The course needs Python 3.11, 3.12 or 3.13; $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
		echo "Install one and say which: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "== Creating .venv with $(PYTHON): a few seconds"
	$(PYTHON) -m venv .venv
