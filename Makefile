# `make run` and `make test` set up all that they need in .venv. Another Python: make clean run PYTHON=python3.12
PYTHON ?= python3
VENV := .venv
PARALLEL ?= --numprocesses=2 --dist=loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
SEEDS ?= 5
FIRST_SEED ?= 0
OLDEST_PYTHON ?= python3.10
COLAB_PYTHON ?= python3.13
COLAB_CONSTRAINTS ?= tests/colab-constraints.txt

# JupyterLab runs notebooks in their own folder, where a relative path would mean another folder. (All other commands see
# to that themselves.)
ifneq ($(MNIST_DATA_DIR),)
ifneq ($(MNIST_DATA_DIR),practice digits)
ifeq ($(filter /% gs://% ~%,$(MNIST_DATA_DIR)),)
override MNIST_DATA_DIR := $(CURDIR)/$(MNIST_DATA_DIR)
endif
endif
export MNIST_DATA_DIR
endif

.PHONY: run test test-quick lab outputs results transfer publish benchmark longer onednn photos distributed measure-distributed measure-site test-browser site serve test-colab test-oldest test-changed clean

run: $(VENV)/installed  ## run every notebook, print the table of results
	$(BIN)/python -m mnist_helpers run

test: $(VENV)/site-installed $(VENV)/distributed-installed  ## format, lint, unit tests and all notebooks
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m pytest $(PARALLEL) -m "not browser"

test-quick: $(VENV)/installed  ## the same with the two fastest notebooks, for whoever changes a line
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow" tests notebooks/00_start_here.ipynb notebooks/01_watch_it_train.ipynb

lab: $(VENV)/installed  ## open JupyterLab on the notebooks
	$(BIN)/python -m jupyterlab notebooks/00_start_here.ipynb

outputs: $(VENV)/installed  ## refresh the outputs kept in the notebooks (NOTEBOOKS=… for some of them)
	$(BIN)/python -m mnist_helpers outputs $(NOTEBOOKS)

results: $(VENV)/installed  ## train with SEEDS seeds from FIRST_SEED on, write the results file and the README's table
	$(BIN)/python -m mnist_helpers results --seeds $(SEEDS) --first-seed $(FIRST_SEED)
	$(BIN)/python tools/publish.py

transfer: $(VENV)/installed  ## train on practice digits, test on MNIST, with 5 seeds
	$(BIN)/python -m mnist_helpers results --seeds 5 notebooks/11_from_drawn_digits.ipynb
	$(BIN)/python tools/publish.py

publish: $(VENV)/installed  ## write badges, setup cells and the README's table (REPO=owner/name to rename)
	$(BIN)/python tools/publish.py $(REPO)

benchmark: SEEDS = 3
benchmark: $(VENV)/installed  ## networks, pipeline and live curves side by side, into docs/benchmark.md
	$(BIN)/python tools/benchmark.py --seeds $(SEEDS) --first-seed $(FIRST_SEED)

longer: SEEDS = 3
longer: $(VENV)/installed  ## notebook 10's network, trained for longer and in other ways, into docs/longer.md
	$(BIN)/python tools/longer.py --seeds $(SEEDS) --first-seed $(FIRST_SEED)

onednn: SEEDS = 2
onednn: $(VENV)/installed  ## networks without and with oneDNN, by turns, into docs/onednn.md
	$(BIN)/python tools/onednn.py --seeds $(SEEDS) --first-seed $(FIRST_SEED)

photos: $(VENV)/installed  ## read photos of digits under many conditions, into docs/photos.md
	$(BIN)/python tools/photos.py

distributed: WORKERS = 4
distributed: FOLDER = build/distributed
distributed: $(VENV)/distributed-installed  ## train on WORKERS processes by Ray; checkpoints and figures go to FOLDER
	$(BIN)/python -m mnist_helpers.distributed $(FOLDER) --workers $(WORKERS)

measure-distributed: $(VENV)/distributed-installed  ## losses, accuracy, lost workers and costs, into docs/distributed.md
	$(BIN)/python tools/measure_distributed.py

measure-site: $(VENV)/site-installed  ## the web edition's networks, speed and size, into docs/web.md
	$(BIN)/python tools/measure_site.py

test-browser: $(VENV)/site-installed  ## the drawing pad in JupyterLab, and the web edition, in Chromium
	$(BIN)/python -m pytest -m browser tests

site: $(VENV)/site-installed  ## the web edition, into build/site
	$(BIN)/python tools/build_site.py

serve: site  ## the web edition on this machine
	@echo "http://127.0.0.1:8000 (Ctrl-C ends it)"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site 8000

test-oldest:  ## unit tests and notebooks with the oldest versions that pyproject.toml allows
	$(OLDEST_PYTHON) tools/test_oldest.py

test-changed: $(VENV)/installed  ## the notebooks with other parameters, and with each cell run twice
	$(BIN)/python tools/test_changed.py $(NOTEBOOKS)

test-colab:  ## the notebooks with Colab's versions, and that installing the package changes none
	$(COLAB_PYTHON) tools/test_colab.py $(COLAB_CONSTRAINTS)

clean:
	rm -rf build $(VENV) .venv-oldest .venv-colab

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 10) <= v <= (3, 13) or sys.exit("TensorFlow needs Python 3.10 to 3.13; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/site-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[site]"
	touch $@

$(VENV)/distributed-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[distributed]"
	touch $@
