"""Chooses the database of a test process before Django reads its settings.

`make test` runs every test on both databases at once: one pytest process hands all tests to two workers (`--dist each`), of
which one has `DUOLOGUE_TEST_DATABASE=postgresql`. Loaded by `-p` so that it comes before pytest-django.
"""

import os

POSTGRESQL = os.environ.get("DUOLOGUE_TEST_DATABASE") == "postgresql"
if POSTGRESQL:
    os.environ["DATABASE_URL"] = os.environ["DUOLOGUE_TEST_POSTGRESQL_URL"]
elif os.environ.get("DUOLOGUE_TEST_DATABASE") == "sqlite":
    os.environ.pop("DATABASE_URL", None)
os.environ.setdefault("CELERY_BROKER_URL", "")
# Argon2's cost is the point in use and a waste in tests; the hasher itself has its own test.
os.environ.setdefault("DUOLOGUE_LOG_LEVEL", "ERROR")
