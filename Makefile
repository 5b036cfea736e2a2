# `make demo` and `make test` need Python 3.11 and a package index, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?=
# Tests at a time: `auto` is one a core. Those of one file share what they train.
JOBS ?= auto
# What has to work on every backend of Keras.
ON_ANY_BACKEND := tests/keras_tvscm/layers

.PHONY: demo setup test lint tests test-slow test-jax test-torch wheel test-wheel test-installed test-kills \
	test-damage test-native android android-test results docs clean

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@echo "Setting up $(VENV): TensorFlow and its company, a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -e '.[dev]'
	touch $@

# The whole line on an embedded data set; the last line is the report's path.
demo: setup
	$(BIN)/tvscm demo $(DEMO)

test: lint tests test-jax

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy keras_tvscm convert eval android_demo/tools

# What a bare core can do is asked where there is one: make test-wheel.
tests: setup
	$(BIN)/pytest -n $(JOBS) --dist loadfile --ignore tests/keras_tvscm/test_core.py

test-slow: setup
	$(BIN)/pytest -n $(JOBS) --dist load -m slow

test-jax: setup
	KERAS_BACKEND=jax $(BIN)/pytest -n $(JOBS) --dist loadfile $(ON_ANY_BACKEND)

# Its wheels bring gigabytes of CUDA, so it is not installed for this: pip install torch.
test-torch: setup
	@if $(BIN)/python -c 'import torch' 2> /dev/null; \
	then KERAS_BACKEND=torch $(BIN)/pytest $(ON_ANY_BACKEND); \
	else echo 'PyTorch is not installed: not run here'; fi

# dist/: the sdist, and the wheel, which is built of the sdist.
wheel: setup
	rm -rf build dist
	$(BIN)/python -m build --quiet

# The wheel with Keras, NumPy and JAX alone, installed as users do, in an environment of its own.
test-wheel: wheel
	$(PYTHON) -m venv --clear $(VENV)-core
	$(VENV)-core/bin/pip install --quiet --disable-pip-version-check -c requirements.txt "$$(echo dist/*.whl)[jax]" pytest hypothesis
	KERAS_BACKEND=jax $(VENV)-core/bin/pytest tests/test_wheel.py tests/keras_tvscm/test_core.py
	cd tests/user && $(abspath $(BIN))/mypy --strict --ignore-missing-imports --cache-dir /dev/null --python-executable $(abspath $(VENV))-core/bin/python program.py

# The tests against the wheel with every extra: what `pip install` brings, not the checkout.
# Some of them: make test-installed TESTS=tests/convert
test-installed: wheel
	$(PYTHON) -m venv --clear $(VENV)-installed
	$(VENV)-installed/bin/pip install --quiet --disable-pip-version-check -c requirements.txt "$$(echo dist/*.whl)[test]"
	$(VENV)-installed/bin/pytest -n $(JOBS) --dist loadfile $(TESTS)

# Commands killed, out of disk space or interrupted before each of their file-system calls.
test-kills: setup
	$(BIN)/python tests/failing/kills.py

# Damaged files, given to the commands that read them.
test-damage: setup
	$(BIN)/python tests/failing/damage.py

# Random networks as C for vectors, compared with TFLite-Micro byte by byte.
test-native: setup
	$(BIN)/python tests/failing/native.py --networks 2000

# The demo app for Android: android_demo/build/tvscm-demo.apk. Says which programs are missing.
android: setup
	$(BIN)/python android_demo/tools/build_apk.py

# All that can be tested of it without a phone, a line each. Some of it: make android-test PARTS=arm64
android-test: android
	$(BIN)/python android_demo/tools/android_test.py $(PARTS)

# The pages of recorded results and the tables in other documents, from their JSON.
results: setup
	$(BIN)/python -m keras_tvscm.eval.results

# The documentation's site, in build/site; whatever warns ends it. The variable silences an
# announcement of mkdocs-material's.
docs: results
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo build/site/index.html

clean:
	rm -rf $(VENV) $(VENV)-core $(VENV)-installed build dist *.egg-info runs
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
