# Everything starts here: `make` alone lists the targets. Needs Python 3.11 or newer, and nothing else.

VENV := .venv
BIN  := $(VENV)/bin
SEED := seeds/the-ferry-bell.md

# The first of these that is new enough; name another one with `make PYTHON=/path/to/python3 …`.
PYTHONS = python3 python3.14 python3.13 python3.12 python3.11
IS_NEW  = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON  = $(firstword $(foreach name,$(PYTHONS),$(shell $(name) -c '$(IS_NEW)' 2>/dev/null && echo $(name))))

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench fuzz docs gallery clean

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/installed ## Render a sample newsletter, send it to outbox/, say how to look at it
	@echo 'Rendering $(SEED) …'
	@$(BIN)/handbill render $(SEED) --output outbox/preview >/dev/null
	@echo 'Sending it to the outbox: $(BIN)/handbill send $(SEED) --to reader@example.org --sender outbox'
	@sent="$$($(BIN)/handbill send $(SEED) --to reader@example.org --sender outbox)" && printf '%s\n' \
	  '' 'The newsletter is ready. Look at it' \
	  "  in a browser:       $(CURDIR)/outbox/preview/$(basename $(notdir $(SEED))).html" \
	  "  as plain text:      $(CURDIR)/outbox/preview/$(basename $(notdir $(SEED))).txt" \
	  "  in a mail program:  $$(echo "$$sent"/*.eml)" \
	  'Nobody was emailed. Next, see it as your subscribers would, on every screen:' \
	  '  $(BIN)/handbill preview $(SEED)' \
	  'Or start a publication of your own:  $(BIN)/handbill init my-newsletter'

# In three processes, since many tests wait, unless ARGS="-n 0" or another number. Compiled first, because the hundreds of
# commands that the tests run write no byte code.
test: $(VENV)/developing ## Run the tests: all, or ARGS="-m 'not slow'"
	@$(BIN)/python -m compileall -q pipeline
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/developing ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/developing ## Fix what can be fixed automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/measuring ## Measure speed beside named peers; also writes bench.json
	$(BIN)/python -m tests.benchmarks

fuzz: $(VENV)/developing ## Attack every input with broken files for ten minutes, or ARGS="--minutes 1"
	$(BIN)/python -m tests.fuzz $(ARGS)

gallery: $(VENV)/developing ## Take the pictures of the themes in docs/images/themes/ again
	$(BIN)/python -m tests.gallery $(ARGS)

docs: $(VENV)/documenting ## Build the documentation as a site in build/site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Open build/site/index.html"

clean: ## Remove the environment, caches and built files; outbox/ is kept
	rm -rf $(VENV) build dist bench.json .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find pipeline tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/made:
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(IS_NEW)' || { \
	  echo 'Handbill needs Python 3.11 or newer, and none was found. Install it, or name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv' >&2; exit 1; }
	@echo 'Creating an environment in $(VENV)/ …'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml
	@echo 'Installing Handbill into it; the first time this takes about a minute …'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/developing: $(VENV)/made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/installed

# The peers ask for lxml in two spellings, over which pip before 23.3 stumbles.
$(VENV)/measuring: $(VENV)/developing
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=23.3'
	$(BIN)/python -m pip install --quiet --editable '.[dev,bench]'
	@touch $@

$(VENV)/documenting: $(VENV)/made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@ $(VENV)/installed
