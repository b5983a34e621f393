#!/bin/sh
# check_production_settings.sh PYTHON: `check --deploy` under production settings with throw-away secrets finds nothing.
set -eu
secret() { "$1" -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'; }
DUOLOGUE_ENV=production DUOLOGUE_BASE_URL=https://duologue.example/ DUOLOGUE_SECRET_KEY="$(secret "$1")$(secret "$1")" \
	DUOLOGUE_KEY_WRAPPING_KEYS="$(secret "$1")" DUOLOGUE_VAULT_WRAPPING_KEYS="$(secret "$1")" DUOLOGUE_EMAIL_URL=smtp+tls://u:p@mail.example:587 \
	"$1" manage.py check --deploy --fail-level WARNING
