# `make demo` and `make test` set everything up on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
PY := .venv/bin/python
PARTIES := tests/relying_parties
.PHONY: demo setup setup-test parties test check coverage lock bench drills clean

demo: setup
	$(PY) manage.py demo

setup: .venv/installed

setup-test: .venv/installed-test

.venv/installed: requirements.txt deploy/install.sh
	sh deploy/install.sh $(PYTHON) requirements.txt
	@touch $@

.venv/installed-test: tests/requirements.txt deploy/install.sh
	sh deploy/install.sh $(PYTHON) tests/requirements.txt
	@touch $@ .venv/installed

# Relying parties that sign in against the demo, in environments of their own.
parties: $(PARTIES)/.venv/installed

$(PARTIES)/.venv/installed: $(PARTIES)/requirements.txt $(PARTIES)/package-lock.json $(PARTIES)/install.sh
	sh $(PARTIES)/install.sh $(PYTHON)
	@touch $@

test: setup-test parties
	$(PY) -m tests $(ARGS)

check: setup-test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	sh deploy/check_production_settings.sh $(PY)
	$(PY) -m docs.links
	$(PY) -m tests.architecture.lines

# Which lines and branches of the kernels their own tests reach; with SIZE=full, of everything by all tests on SQLite.
KERNEL_TESTS := tests/governance/duo tests/governance/record tests/consent/domain tests/access/domain tests/access/clearinghouse
coverage: export DUOLOGUE_TEST_DATABASE := sqlite
coverage: export DUOLOGUE_TEST_EXAMPLES := reached
coverage: setup-test
	@mkdir -p var
ifeq ($(SIZE),full)
	$(PY) -m coverage run --source=governance,consent,access -m pytest -q tests
	$(PY) -m coverage report --fail-under=0
else
	$(PY) -m coverage run -m pytest -q $(KERNEL_TESTS)
	$(PY) -m coverage report
endif

bench: setup-test
	$(PY) -m benchmarks $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

drills: setup-test
	$(PY) -m tests tests/drills $(ARGS)

# Pins every requirement with its hashes; run after changing a requirements.in.
lock: setup-test
	$(PY) -m pip install -q uv
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 requirements.in -o requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 -c requirements.txt tests/requirements.in -o tests/requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 $(PARTIES)/requirements.in -o $(PARTIES)/requirements.txt
	npm install --prefix $(PARTIES) --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent

clean:
	rm -rf .venv var $(PARTIES)/.venv $(PARTIES)/node_modules
