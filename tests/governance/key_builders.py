"""Signing keys for tests."""

from datetime import timedelta

from django.utils import timezone

from governance.services import keys
from tests.acting import TESTS
from tests.worlds import made_once


@made_once
def standing_keys() -> None:
    """Give every use an active and a next key, both two days old."""
    keys.ensure(by=TESTS, now=timezone.now() - timedelta(days=2))
