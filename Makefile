# The two commands of the README: `make demo` and `make test`. Each makes its virtual environment and installs what it needs.
#   PYTHON=python3.12   the interpreter the environment is made from
#   TORCH="torch ..."   another build of PyTorch, in pip's words
PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help demo test test-oldest test-host clean

PINNED_TORCH := $(shell grep '^torch==' constraints/newest.txt)
# Linux without an NVIDIA driver: the pinned release, so that a CPU build that pip is told of (find-links, index-url) is taken
# even where a newer one with CUDA is on offer. Elsewhere pip picks the build that suits the machine.
ifeq ($(shell uname -s)-$(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu),Linux-)
TORCH ?= $(PINNED_TORCH)
else
TORCH ?= torch
endif

# Two processes of one thread each: the suite's networks are too small to gain from more threads.
SUITE_THREADS := OMP_NUM_THREADS=1
SUITE_SHARE := -n 2 --dist worksteal

help:
	@echo "make demo         a product video from the built-in model: out/demo.mp4"
	@echo "make test         ruff, pyright and the suite on the newest supported libraries"
	@echo "make test-oldest  the suite on the oldest supported libraries"
	@echo "make test-host    the tests that need a ComfyUI checkout (COMFYUI_PATH)"
	@echo "make clean        remove the environments and what the demo wrote"

demo: $(VENV)/ready
	$(VENV)/bin/anchorcrafter demo

test: $(VENV)/ready-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python
	$(SUITE_THREADS) $(VENV)/bin/python -m pytest -q $(SUITE_SHARE)

test-oldest: $(OLDEST)/ready-dev
	$(SUITE_THREADS) $(OLDEST)/bin/python -m pytest -q $(SUITE_SHARE)

test-host: $(VENV)/ready-dev
	$(VENV)/bin/python -m pytest -q tests/host --write-report

clean:
	rm -rf $(VENV) $(OLDEST) out

%/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14) and "Python 3.10 to 3.13 is needed: make PYTHON=python3.12 ...")'
	rm -rf $*
	$(PYTHON) -m venv $* || { rm -rf $*; echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

# PyTorch first and by itself; the other pins then must not move it.
%/ready: pyproject.toml constraints/newest.txt constraints/oldest.txt | %/bin/pip
	@echo "Installing into $*: a few minutes the first time"
	$*/bin/python -m pip install $(TORCH)
	grep -v '^torch==' constraints/$(if $(findstring oldest,$*),oldest,newest).txt > $*/constraints.txt
	$*/bin/python -m pip install -c $*/constraints.txt -e .
	touch $@

%/ready-dev: %/ready
	$*/bin/python -m pip install -c $*/constraints.txt -e '.[dev]'
	touch $@
