# `make try` and `make test` need python3 and make, and nothing else that is installed beforehand.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
DOTS := "What is 15% of 240?"

ifdef UV
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
VENV = $(UV) venv --quiet --python $(PYTHON) .venv
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
VENV = $(PYTHON) -m venv .venv
endif

.PHONY: help try read test check lint types site prove solutions tests bench lock clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 12

try: .venv/base  ## an environment, the main job on a recording, and the next command
	@$(BIN)/cot $(DOTS)
	@echo
	@$(BIN)/grader list --next

read: .venv/book  ## the book at http://127.0.0.1:8000, until Ctrl-C
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

test: check tests  ## everything that CI runs

check: lint types site solutions prove

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

site: .venv/dev  ## the web site, into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

solutions: .venv/dev  ## the reference solutions through the learners' graders
	$(BIN)/pytest exercises --solution

prove: .venv/dev  ## the proof matrix of every module
	$(BIN)/grader prove

tests: .venv/dev  ## the grader's own tests
	$(BIN)/pytest grader/tests -q -p xdist.plugin -n 3

bench: .venv/dev  ## ratios, measured side by side in one run
	$(BIN)/python -m grader.tests.bench

# One lock, three parts, each on top of the one before: what a learner needs, the book, the rest.
.venv/base: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(VENV) || { echo "No virtual environment could be made with $(PYTHON). On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "installing what the course needs into .venv"
	@mkdir -p build && sed '/^# -- the book/,$$d' requirements.lock > build/base.lock
	@$(INSTALL) --require-hashes -r build/base.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/book: .venv/base
	@echo "installing what the book needs into .venv"
	@sed '/^# -- the rest/,$$d' requirements.lock > build/book.lock
	@$(INSTALL) --require-hashes -r build/book.lock
	@touch $@

.venv/dev: .venv/base
	@echo "installing what the tests and the site need into .venv"
	@$(INSTALL) --require-hashes -r requirements.lock
	@touch $@

lock: .venv/dev  ## resolve requirements.lock again (names no index)
	@sh .ci/lock $(BIN)/uv

clean:  ## remove what was made
	rm -rf .venv build .grader .pytest_cache .ruff_cache .mypy_cache
