#!/bin/sh
# install.sh PYTHON REQUIREMENTS: a virtual environment in .venv with exactly the locked requirements.
# Where PostgreSQL's pg_config is missing, psycopg2 cannot be built: its binary build is installed in its place, never both.
set -eu
python=$1 requirements=$2
command -v "$python" >/dev/null 2>&1 || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || {
	echo "Python 3.11 or later is needed; '$python' is older. Install it and say: make PYTHON=/path/to/python3.11" >&2
	exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
if command -v pg_config >/dev/null 2>&1 && command -v "${CC:-cc}" >/dev/null 2>&1; then
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
else
	echo "pg_config or a C compiler is missing: installing psycopg2-binary in place of psycopg2"
	.venv/bin/python - "$requirements" >.venv/requirements-binary.txt <<'PY'
import pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text()
blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
binary = pathlib.Path("deploy/requirements-psycopg2-binary.txt").read_text()
print("".join(b for b in blocks if not b.startswith("psycopg2==")) + binary)
PY
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/requirements-binary.txt
fi
