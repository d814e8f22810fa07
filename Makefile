# Every target works on a machine with python3 (with venv and pip) and make; `make` lists them.
# Another Python: make run PYTHON=python3.12
PYTHON ?= python3
WORKERS ?= 2
DATASET ?= ml-100k

BIN := .venv/bin
# What lessons measure while they are tried out goes here, never into the results that are quoted.
export COURSE_RESULTS := $(CURDIR)/build/results
export PYTHONHASHSEED := 0
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 1

.DEFAULT_GOAL := help
.PHONY: help run lab test build grade clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 14

run: .venv/installed-lab ## Run all lessons with solutions, write HTML to build/html (a minute each)
	@echo "== Running every lesson on $(DATASET): about a minute each with ml-100k on two cores"
	$(BIN)/course data $(DATASET)
	$(BIN)/course run --dataset $(DATASET)

lab: .venv/installed-lab ## Open the lessons in JupyterLab
	@echo "== Opening JupyterLab on notebooks/; stop it with Ctrl-C"
	$(BIN)/jupyter lab notebooks

test: .venv/installed-test ## Lint, compare notebooks with sources, run all tests and notebooks (10-20 min)
	@echo "== Testing package, sources and both editions of every lesson: 10 to 20 minutes on two cores"
	@mkdir -p notebooks solutions
	$(BIN)/course data ml-100k
	$(BIN)/ruff check .
	$(BIN)/course build --check
	PATH="$(CURDIR)/$(BIN):$$PATH" COURSE_DATASET=ml-100k $(BIN)/python -m pytest \
		-n $(WORKERS) --dist loadscope tests notebooks solutions \
		--nbval-lax --nbval-current-env --nbval-cell-timeout=300 \
		--nbval-sanitize-with tests/nbval.cfg

build: .venv/installed-test ## Make the notebooks of every lesson from solutions/*.py (a minute each)
	@echo "== Building and executing every lesson: about a minute each on two cores"
	$(BIN)/course data ml-100k
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/course build

grade: .venv/installed-test ## Grade submissions: make grade ARGS="FOLDER --out GRADES" (seconds each)
	@echo "== Grading $(ARGS): a few seconds a submission on two cores"
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/course grade $(ARGS)

clean: ## Remove build/ and caches; .venv stays
	@echo "== Removing build/ and caches: a second"
	rm -rf build .pytest_cache .ruff_cache .hypothesis course_utils.egg-info
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
