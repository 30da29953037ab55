# make demo    runs the main job on the sample data and says where the report is
# make test    runs everything that CI runs
# Both set themselves up: only Python 3.11 or later and make are needed.

VENV   ?= .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.installed

# The first suitable Python on the path, unless PYTHON says which.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

.PHONY: help setup demo test test-fast lint docs sample-data bench-fits bench-nist bench-population-speed bench-batch bench-coverage bench-end-to-end bench-classification bench-sorting bench-sorting-speed bench-length bench-smrx bench-peers clean

help:
	@sed -n '1,3p' Makefile

setup: $(STAMP)

$(PY):
	@test -n "$(PYTHON)" || { echo "ephys needs Python 3.11 or later, and none was found on the path."; \
	  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or say which: make demo PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
	  v=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "Python $$v has no venv or ensurepip. On Debian and Ubuntu: apt install python$$v-venv"; exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; exit 1; }

$(STAMP): pyproject.toml constraints.txt | $(PY)
	@echo "Installing ephys and what it needs into $(VENV) (about a minute) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' \
	  || { rm -rf "$(VENV)"; exit 1; }
	@touch $@

demo: $(STAMP)
	@$(VENV)/bin/ephys demo

# A worker per core (more threads within one would only get in the way), which takes a file at a time, so that what its
# tests share is made once; short doctests come last and even out the ends.
test: lint
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadscope --no-loadscope-reorder

test-fast: $(STAMP)
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadscope --no-loadscope-reorder -m "not slow"

lint: $(STAMP)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Runs the notebooks and the gallery, and holds every warning to be an error.
docs: $(STAMP)
	@OMP_NUM_THREADS=1 $(PY) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "The documentation is at docs/_build/html/index.html"

sample-data: $(STAMP)
	@$(PY) sample_data/make_sample_data.py

# Speeds are ratios within one run; the pages are kept in benchmarks/results.
bench-fits: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/fits.py benchmarks/results/fits.md

# Sessions per second, and what grows to 10,000 of them: a quarter of an hour; stopped, it starts anew.
bench-batch: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/batch.py benchmarks/results/batch.md

# One cell's ID50: about an hour on two cores. The shift between two groups: some hours. Stopped, both go on where they
# were.
bench-population-speed: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/population_speed.py benchmarks/results/population_speed.md

bench-coverage: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/coverage_study.py benchmarks/results
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/population_study.py benchmarks/results

# 200 sessions from voltage to ID50 and group shift: about half an hour on one core; stopped, it goes on where it was.
bench-end-to-end: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) benchmarks/end_to_end_study.py benchmarks/results

# The sweep runs beside ours whatever peers are installed: make bench-peers installs them. An hour or two with them on
# two cores, minutes without; stopped, it goes on where it was.
bench-sorting: $(STAMP)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1 PYTHONWARNINGS=ignore \
	  $(PY) benchmarks/sorting_study.py benchmarks/results

# Is a probability of 0.8 right in eight of ten? A minute or two.
bench-classification: $(STAMP)
	@OMP_NUM_THREADS=1 $(PY) benchmarks/classification_study.py benchmarks/results

bench-sorting-speed: $(STAMP)
	@$(PY) benchmarks/sorting_speed.py benchmarks/results/sorting_speed.md

# Four hours of four wires: does memory grow with the length? A few minutes.
bench-length: $(STAMP)
	@$(PY) benchmarks/long_recording.py benchmarks/results/long_recording.md

# A Spike2 file of 1 GB, and one of 4.3: opened, a second of it, all of it. A few minutes.
bench-smrx: $(STAMP)
	@OMP_NUM_THREADS=1 $(PY) benchmarks/smrx.py benchmarks/results/smrx.md

bench-peers: $(STAMP)
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'

# EPHYS_TEST_SHARED names the folder whose reference/ holds NIST's problems.
bench-nist: $(STAMP)
	@$(PY) benchmarks/nist.py "$(or $(EPHYS_TEST_SHARED),../shared)/reference" > benchmarks/results/nist.md.new
	@mv benchmarks/results/nist.md.new benchmarks/results/nist.md && cat benchmarks/results/nist.md

clean:
	rm -rf $(VENV) docs/_build docs/auto_gallery docs/measured docs/reference docs/tutorial .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis ephys-demo
