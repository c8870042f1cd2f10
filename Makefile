# `make help` lists what there is. Everything is set up on first use, in .venv; nothing is installed globally.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Ray alone is as large as all of that.
WORKERS := build/workers
# The package index has torch for Linux with 4 GB of CUDA, which nothing here uses.
TORCH_CPU := https://download.pytorch.org/whl/cpu
TORCH := 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["torch"])'
VSIX := build/ttlang.vsix
VSCODE := editors/vscode
# VS Code itself, for tests of the extension: a package that holds packages of its own.
EDITOR := $(VSCODE)/test/node_modules
BROWSERS := chromium chromium-browser google-chrome
# What installs packages; as in CI, who runs it may be root and have no sudo.
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TTLANG_CACHE ?= $(CURDIR)/.cache

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/it") if not (3, 11) <= sys.version_info < (3, 14) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --upgrade pip
	$(BIN)/python -m pip install --retries 0 --timeout 10 --index-url $(TORCH_CPU) "$$($(BIN)/python -c $(TORCH))" \
	    || echo "No CPU build of torch is to be had from $(TORCH_CPU): the package index gives what it has."
	$(BIN)/python -m pip install -e '.[dev]'
	$(BIN)/pyright --version
	touch $(READY)

.PHONY: setup
setup: $(READY) ## the virtual environment, with the tools of development

.PHONY: demo
demo: $(READY) ## compile a fused kernel, print its C++, simulate it, compare with torch
	$(BIN)/python examples/fused_gelu.py

.PHONY: headers
headers: $(READY) ## the kernel headers of the ttnn wheels, which C++ is type-checked against
	$(BIN)/python -m ttlang.tools.headers

.PHONY: test
test: $(READY) headers ## all tests
	$(BIN)/python -m pytest -n auto

.PHONY: lint
lint: $(READY) ## ruff and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: check
check: lint ## what to run before a commit: ruff, pyright, the fast tests
	$(BIN)/python -m pytest -n auto -m 'not slow and not headers and not browser'

$(VSIX): pyproject.toml LICENSE $(wildcard $(VSCODE)/*.*) $(wildcard $(VSCODE)/src/*)
	npm --prefix $(VSCODE) ci
	npm --prefix $(VSCODE) run build

.PHONY: vsix
vsix: $(VSIX) ## the extension for VS Code, which needs Node: build/ttlang.vsix

.PHONY: wheel
wheel: $(READY) $(VSIX) ## the wheel and the source distribution, with the extension in them: dist
	$(BIN)/python -m hatchling build

$(EDITOR)/.ready: $(VSCODE)/test/package-lock.json
	npm --prefix $(VSCODE)/test ci
	npm --prefix $(EDITOR)/code-server/lib/vscode install --omit=dev --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: browser-test
browser-test: $(READY) $(VSIX) $(EDITOR)/.ready ## tests in Chromium, VS Code and Neovim, which apt and npm install
	@for each in $(BROWSERS); do command -v $$each > /dev/null && command -v nvim > /dev/null && exit 0; done; \
	    $(ROOT) apt-get update && $(ROOT) apt-get install -y --no-install-recommends chromium fonts-dejavu-core neovim
	$(BIN)/python -m pytest -n auto -m browser $$(grep -rl 'pytest.mark.browser' tests --include='*.py')
	node --test $(VSCODE)/test/*.test.mjs

.PHONY: pictures
pictures: $(READY) $(VSIX) $(EDITOR)/.ready ## the pictures of docs/editor.md anew, by the tests of the extension
	PICTURES=1 node --test $(VSCODE)/test/*.test.mjs

$(WORKERS)/.ready: pyproject.toml
	$(PYTHON) -m venv $(WORKERS)
	$(WORKERS)/bin/python -m pip install -e '.[test,dask,ray,optuna]'
	touch $(WORKERS)/.ready

.PHONY: workers-test
workers-test: $(WORKERS)/.ready ## tests of tuning with Dask, Ray and Optuna, which get an environment of their own
	$(WORKERS)/bin/python -m pytest tests/driver/tuning/test_cluster_workers.py tests/driver/tuning/test_optuna_search.py

.PHONY: native
native: $(READY) ## all tests, with each kernel run from its C++ too and compared bit for bit (half an hour)
	$(BIN)/python -m pytest -n auto --native

.PHONY: golden
golden: $(READY) ## write the golden files of the tests anew
	$(BIN)/python -m pytest --update-golden

.PHONY: docs
docs: $(READY) ## write the generated pages of docs/ anew
	$(BIN)/python -m ttlang.tools.generated_docs

.PHONY: bench
bench: $(READY) ## compilation, simulation, memory, start; COMPILER=python SIMULATOR=python: beside published ones
	$(BIN)/python benchmarks/run.py $(if $(COMPILER),--official-compiler $(COMPILER)) \
	    $(if $(SIMULATOR),--official-simulator $(SIMULATOR)) $(if $(ONLY),--only '$(ONLY)') $(if $(PAGE),--page)
	$(if $(ONLY),,$(BIN)/python benchmarks/predict.py)

.PHONY: accuracy
accuracy: $(READY) ## the clock beside measured figures, into docs/accuracy.md; DATA=folder: beside those of a folder
	$(BIN)/python benchmarks/time_accuracy/run.py $(if $(DATA),--data $(DATA)) $(if $(UNSEEN),--unseen)

.PHONY: accuracy-fit
accuracy-fit: $(READY) ## fit the parameters of the clock to the measured figures (some minutes)
	$(BIN)/python benchmarks/time_accuracy/fit.py

.PHONY: compare
compare: $(READY) ## this checkout beside another: make compare BASE=/path/to/it; ratios of processor time
	$(BIN)/python benchmarks/compare.py $(BASE)
