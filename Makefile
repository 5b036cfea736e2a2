# `make demo` and `make test` need Python 3.11 and a package index, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?=

.PHONY: demo test setup clean

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@echo "Setting up $(VENV): TensorFlow and its company, a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -e '.[test]'
	touch $@

# The whole line on an embedded data set; the last line is the report's path.
demo: setup
	$(BIN)/tvscm demo $(DEMO)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy keras_tvscm convert eval
	$(BIN)/pytest
	KERAS_BACKEND=jax $(BIN)/pytest tests/keras_tvscm/test_layer.py tests/keras_tvscm/test_heads.py

clean:
	rm -rf $(VENV) runs
