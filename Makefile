# Two commands on a fresh machine with Python 3.11 or later and make: `make plan` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
CAMPAIGN ?= campaigns/mechanofusion-ncm82
WEEK ?= 2026-W48
SEED ?= 1

.PHONY: plan test report bench weeks simulators surrogates pictures serve lint clean

plan: $(VENV)/core
	$(BIN)/coatopt plan $(CAMPAIGN) --week $(WEEK) --seed $(SEED) --dry-run

report: $(VENV)/core
	$(BIN)/coatopt report $(CAMPAIGN)

test: $(VENV)/test lint
	$(BIN)/pytest -q

lint: $(VENV)/test
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/pydoclint --quiet src

bench: $(VENV)/test
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/surrogates.py
	$(BIN)/python benchmarks/impedance_fit.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/nondominance.py
	$(BIN)/python benchmarks/sensitivity.py
	$(BIN)/python benchmarks/replay.py
	$(BIN)/python benchmarks/large_report.py

# Closed loops in four virtual labs: an hour and a half on two cores.
weeks: $(VENV)/test
	$(BIN)/python benchmarks/weeks.py --jobs 2
	$(BIN)/python benchmarks/weeks.py gate --jobs 2
	$(BIN)/python benchmarks/weeks.py simulators --labs mechanofusion --weeks 12 --jobs 2

# The simulators beside what was published: an hour and a half of one core, kept in the cache of simulations.
simulators: $(VENV)/test
	$(BIN)/python benchmarks/simulators.py --jobs 2

# The kept models that come with coatopt, from the published measurements; the same data give the same files.
surrogates: $(VENV)/core
	for campaign in campaigns/*; do $(BIN)/coatopt fit $$campaign --save --to surrogates --seed 0 || exit 1; done

# The two pictures of the README; needs Chromium, Chrome or Edge.
pictures: $(VENV)/core
	$(BIN)/coatopt report campaigns/mechanofusion-ncm82 --to $(VENV)/front.html --png $(VENV)/front
	$(BIN)/coatopt report campaigns/coating-benchmark-ncm85 --to $(VENV)/ranking.html --png $(VENV)/ranking
	cp $(VENV)/front/front.png $(VENV)/ranking/ranking-values.png .github/pictures/

serve: $(VENV)/web
	$(BIN)/coatopt serve $(CAMPAIGN)

clean:
	rm -rf $(VENV)

# A stamp that is older than pyproject.toml or constraints.txt is stale, and its extras are installed again.
$(VENV)/core: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "coatopt needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/test: $(VENV)/core
	$(PIP) -e ".[test]"
	# pydoclint needs the fork of a module that TauFactor's dependencies install under the same name.
	$(PIP) --force-reinstall --no-deps docstring_parser_fork
	touch $@

$(VENV)/web: $(VENV)/core
	$(PIP) -e ".[web]"
	touch $@
