#!/bin/sh
# install.sh PYTHON: the relying parties that come from package registries, exactly as locked, apart from the product's own
# environment. Apache with mod_auth_openidc and oidc-agent come from Debian.
set -eu
cd "$(dirname "$0")"
python=$1
command -v "$python" >/dev/null 2>&1 || python=python3
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
if command -v npm >/dev/null 2>&1; then
	npm ci --silent --ignore-scripts --no-audit --no-fund
else
	echo "npm is missing: openid-client is left out"
fi
