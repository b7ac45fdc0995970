# One room for every command. Needs Python 3.11 or newer and make; nothing else is built or compiled here.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Compiled once, not by every process that a test or a bench starts, also where the environment asks for no such files.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check bench soak coverage mutants screenshots easy-read words window-test package dictionary lock qt clean

run: qt  ## make the demonstration and open it (without a display: render its screens)
	@$(BIN)/onestory demo

test: qt  ## the whole suite
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMP)  ## format, lint, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: qt  ## the budgets, as ratios measured in one run
	@QT_QPA_PLATFORM=offscreen $(BIN)/onestory bench

soak: qt  ## the long forms of the safety tests
	@QT_QPA_PLATFORM=offscreen ONESTORY_SOAK=1 $(BIN)/python -m pytest -m soak --timeout 7200 tests

coverage: qt  ## every branch of the deciding files (named in pyproject.toml) is taken by a test; fails otherwise
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m coverage run -m pytest -n 0 tests/unit
	@$(BIN)/python -m coverage report

mutants: qt  ## change the deciding code one small thing at a time; needs mutmut in the environment (docs/mutants.md)
	@$(BIN)/python packaging/mutants.py $(FILES)

screenshots: qt  ## render the demonstration's screens to docs/screenshots, and every page in every look and state to its folder every
	@QT_QPA_PLATFORM=offscreen $(BIN)/onestory demo --screenshots docs/screenshots

easy-read: qt  ## the citizen's guide in Easy Read, docs/my-choices-easy-read.pdf, from the words of the screens
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m desktop.easy_guide docs/my-choices-easy-read.pdf

words: qt  ## bring one language's catalogue up to date, for translators: make words LANGUAGE=cy
	@$(BIN)/python -m desktop.translations.collecting $(LANGUAGE)

window-test: qt  ## the tests of windows in a real X window; needs Xvfb or a display, and says what is missing
	@if [ -n "$$DISPLAY" ]; then \
	  QT_QPA_PLATFORM=xcb $(BIN)/python -m pytest -n 0 $(or $(TESTS),tests/qt); \
	elif command -v xvfb-run >/dev/null; then \
	  QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24" $(BIN)/python -m pytest -n 0 $(or $(TESTS),tests/qt); \
	else \
	  echo "This runs windows on a real X display and there is none: install Xvfb (Debian: apt-get install xvfb xauth)," >&2; \
	  echo "and what Qt needs to speak to it: libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0." >&2; exit 2; \
	fi

package: qt  ## freeze the application for this system and run its self-test
	@$(BIN)/python packaging/build.py

dictionary: $(STAMP)  ## train the compression dictionary anew, from invented people
	@$(BIN)/python packaging/train_dictionary.py

lock: $(STAMP)  ## renew requirements.lock (hashes, no addresses)
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile -q --extra dev --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-options --no-annotate \
	  -o requirements.lock pyproject.toml

qt: $(STAMP)
	@$(BIN)/python packaging/qt_libraries.py

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "OneStory needs Python 3.11 or newer, which was not found on this machine."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "OneStory needs Python 3.11 or newer."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist
